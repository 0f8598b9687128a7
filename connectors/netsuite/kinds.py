"""In which SuiteQL table does an object live, what do its columns mean, and what hangs below it? Read from records.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from flows.errors import Misconfigured

FACTS = Path(__file__).parent / "records.yaml"
MEANINGS = ("dates", "moments", "numbers", "flags")


@dataclass(frozen=True, slots=True)
class Sum:
    """A header amount that is the sum of a column over some of the lines."""

    of: str
    where: str


@dataclass(frozen=True, slots=True)
class Table:
    """What the columns of one table mean: `kinds` by column, `leads` as (table, column) that a reference goes to."""

    name: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    signed: frozenset[str] = frozenset()
    mainline: frozenset[str] = frozenset()
    sums: Mapping[str, Sum] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Child:
    """Records that hang below another one: their table, the column that names it, which of them, and their order."""

    table: str
    facts: Table
    parent: str
    where: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One object in SuiteQL. `filter` selects it in its table; `credit` and `money` tell how its amounts are signed.

    `deletions` are the record types, in small letters, under which NetSuite remembers that one was deleted.
    """

    name: str
    facts: Table
    filter: str
    version: str
    code: str = ""
    credit: bool = False
    money: bool = False
    deletions: tuple[str, ...] = ()
    beside: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    children: Mapping[str, Child] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The table's name."""
        return self.facts.name


def kind_of(object_name: str) -> Kind:
    """Return the object's place; raises Misconfigured for an object that this project does not read."""
    if object_name not in kinds():
        known = ", ".join(kinds())
        raise Misconfigured("UNKNOWN_RECORD", f"NetSuite's {object_name} cannot be read; known are {known}.")
    return kinds()[object_name]


@cache
def kinds() -> dict[str, Kind]:
    """Return every object by its name."""
    facts: dict[str, Any] = yaml.safe_load(FACTS.read_text("utf-8"))
    return {name: _kind(name, said, facts["children"]) for name, said in facts["objects"].items()}


@cache
def tables() -> dict[str, Table]:
    """Return every table by its name."""
    facts: dict[str, Any] = yaml.safe_load(FACTS.read_text("utf-8"))
    sums = {name: Sum(said["of"], said["where"]) for name, said in facts["sums"].items()}
    return {name: _table(name, said, sums) for name, said in facts["tables"].items()}


def table_of(name: str) -> Table:
    """Return what is known of a table; of one without facts every column is text."""
    return tables().get(name) or Table(name)


def _kind(name: str, said: dict[str, Any], children: dict[str, Any]) -> Kind:
    rest = dict(said)
    table = rest.pop("table")
    chosen = rest.pop("where", "") or (f"t.type = '{said['code']}'" if "code" in said else "")
    below = {child: _child(found) for child, found in children.get(table, {}).items()}
    gone = tuple(rest.pop("deletions", name.lower()).split())
    return Kind(name, table_of(table), chosen, rest.pop("version"), deletions=gone, children=below, **rest)


def _child(said: dict[str, str]) -> Child:
    facts = table_of(said.get("facts", said["table"]))
    return Child(said["table"], facts, said["parent"], said.get("where", ""), tuple(said["order"].split()))


def _table(name: str, said: dict[str, Any], sums: Mapping[str, Sum]) -> Table:
    kinds = {column: meaning for meaning in MEANINGS for column in said.get(meaning, "").split()}
    leads = {column: _lead(target) for column, target in said.get("leads", {}).items()}
    signed, mainline = (frozenset(said.get(name, "").split()) for name in ("signed", "mainline"))
    added = {one: sums[one] for one in said.get("sums", "").split()}
    return Table(name, kinds, leads, signed, mainline, added)


def _lead(target: str) -> tuple[str, str]:
    table, _, column = target.partition(".")
    return table, column or "id"
