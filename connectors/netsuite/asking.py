"""How are a flow's paths asked for in SuiteQL? Columns with their meaning, references as joins, one SELECT a table.

A path is a column (`tranid`), the words of a column (`status.name`), or it goes on over a reference
(`createdfrom.tranid`). The order of the paths is kept, and every column is read back under a short name of ours, because
two tables may have columns of one name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.netsuite.kinds import Table, table_of
from connectors.netsuite.suiteql import STAMP, Row, column
from flows.errors import Misconfigured
from mappings.paths import put

DAY = "YYYY-MM-DD"
WORDS = "name"
Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a SELECT: the path that asked for it, and how its text becomes a value."""

    path: str
    read: Read


@dataclass
class Select:
    """A SELECT in the making: `head` is the table that it begins with, under the alias `alias`.

    `sign` is what stands around columns that are signed as in a ledger: nothing, a minus, or a function. `own` are
    columns that come from elsewhere, with their SQL.
    """

    head: Table
    alias: str
    sign: str = "{}"
    source: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    joins: dict[tuple[str, str], tuple[str, Table, str]] = field(default_factory=dict)

    def add(self, path: str) -> None:
        """Ask for a path."""
        *way, last = path.split(".")
        if last in {WORDS, "id"} and way:
            self._ends_at_a_reference(path, way, last)
            return
        alias, table = self._walk(path, way)
        sql, read = self._meaning(alias, table, column(last))
        self._put(path, sql, read)

    def text(self, conditions: list[str], order: str) -> str:
        """Return the query."""
        joined = " ".join(text for text, _, _ in self.joins.values())
        chosen = " AND ".join(f"({one})" for one in conditions if one)
        listed = ", ".join(self.items)
        place = self.source or f"{self.head.name} {self.alias}"
        return " ".join(
            part
            for part in (
                f"SELECT {listed} FROM {place}",  # noqa: S608 — names checked, values escaped
                joined,
                f"WHERE {chosen}" if chosen else "",
                f"ORDER BY {order}",
            )
            if part
        )

    def values(self, row: Row) -> dict[str, Any]:
        """Return a row's values under their paths; what is absent is None, so that a mapping sees it empty."""
        found: dict[str, Any] = {}
        for place, asked in enumerate(self.columns):
            text = row.get(f"c{place}")
            put(found, asked.path.split("."), None if text is None else asked.read(text))
        return found

    def _ends_at_a_reference(self, path: str, way: list[str], last: str) -> None:
        alias, table = self._walk(path, way[:-1])
        name = column(way[-1])
        if last == "id":
            self._put(path, f"{alias}.{name}", str)
        elif way[-1] in table.kinds:
            raise _unknown(path, way[-1], table)
        else:
            self._put(path, f"BUILTIN.DF({alias}.{name})", _without_type)

    def _walk(self, path: str, way: list[str]) -> tuple[str, Table]:
        alias, table = self.alias, self.head
        for step in way:
            if step not in table.leads:
                raise _unknown(path, step, table)
            alias, table = self._join(alias, table, step)
        return alias, table

    def _join(self, alias: str, table: Table, step: str) -> tuple[str, Table]:
        if (alias, step) not in self.joins:
            target, key = table.leads[step]
            fresh = f"j{len(self.joins)}"
            text = f"LEFT JOIN {target} {fresh} ON {fresh}.{key} = {alias}.{step}"
            self.joins[alias, step] = text, table_of(target), fresh
        _, target_table, fresh = self.joins[alias, step]
        return fresh, target_table

    def _meaning(self, alias: str, table: Table, name: str) -> tuple[str, Read]:
        sql = f"{alias}.{name}"
        if alias == self.alias:
            sql = self.own.get(name, sql)
            sql = self.sign.format(sql) if name in table.signed else sql
        match table.kinds.get(name):
            case "dates":
                return f"TO_CHAR({sql}, '{DAY}')", str
            case "moments":
                return f"TO_CHAR({sql}, '{STAMP}')", _moment
            case kind:
                return sql, _READERS.get(kind or "", str)

    def _put(self, path: str, sql: str, read: Read) -> None:
        short = path.split(".")
        for other in self.columns:
            steps = other.path.split(".")
            if short[: len(steps)] == steps or steps[: len(short)] == short:
                words = f"{path} and {other.path} cannot both be read: say {min(path, other.path, key=len)}.id."
                raise Misconfigured("QUERY", words)
        self.items.append(f"{sql} AS c{len(self.columns)}")
        self.columns.append(Column(path, read))


def _unknown(path: str, step: str, table: Table) -> Misconfigured:
    known = ", ".join(sorted(table.leads)) or "none"
    return Misconfigured(
        "QUERY", f"{path}: {step} of NetSuite's {table.name} leads nowhere; what leads on there: {known}."
    )


def _moment(text: str) -> str:
    """Return a moment as ISO 8601; the account's clock is UTC to us (netsuite.md 3.6)."""
    return f"{text.replace(' ', 'T')}Z"


def _without_type(text: str) -> str:
    """Drop the type that BUILTIN.DF puts before a status: "Sales Order : Billed"."""
    return text.rpartition(" : ")[2]


_READERS: Mapping[str, Read] = {"numbers": Decimal, "flags": lambda text: text == "T"}
