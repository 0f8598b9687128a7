"""Which tables does SuiteQL see, and what stands in their columns? Read out of the record tables, plus what is computed.

A column is SQL over the alias `r` (the record) or `l` (a line of it); its kind is that of the record tables: `s` text,
`n` number, `i` whole number, `b` T or F, `d` date, `t` moment, `@type` a reference, `e` a choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml

from sandbox.netsuite.checks import family_of
from sandbox.netsuite.customizations import of_sort
from sandbox.netsuite.fields import Field, RecordType, families, record_type, record_types
from sandbox.netsuite.transactions.kinds import transaction_kinds

ENTITIES = ("customer", "contact", "employee", "vendor", "partner", "job")
_ELSEWHERE = frozenset({"transaction", "entity", "item"})

_WORD = re.compile(r"\b[A-Z][A-Z_]+\b")
_CUSTOM = {"transaction": "transactionBody", "entity": "entity", "item": "item", "transactionline": "transactionColumn"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its SQL, its kind, and the type that a reference leads to."""

    sql: str
    kind: str = "s"
    target: str = ""


@dataclass(frozen=True)
class Table:
    """One table: what stands behind FROM, which rows of it, and the columns by lower-case name."""

    name: str
    source: str
    where: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)
    document: str = ""  # where custom fields are read from; empty when there are none

    def column(self, name: str) -> Column | None:
        """Find a column, a custom field among them."""
        known = self.columns.get(name)
        if known is None and self.document and name.startswith("cust") and "_" in name:
            return Column(_custom(self.document, name))
        return known


def _custom(document: str, name: str) -> str:
    """Read a custom field out of the document: a reference gives its id, a check box T or F."""
    path = f"'$.{name}'"
    return (
        f"CASE json_type({document}, {path}) WHEN 'true' THEN 'T' WHEN 'false' THEN 'F' "
        f"WHEN 'object' THEN json_extract({document}, {path[:-1]}.id') ELSE json_extract({document}, {path}) END"
    )


def _read(document: str, name: str, kind: str) -> str:
    value = f"json_extract({document}, '$.{name}')"
    if kind == "b":
        return f"CASE {value} WHEN 1 THEN 'T' ELSE 'F' END"
    if kind in {"n", "i"}:
        return f"CAST({value} AS NUMERIC)"
    if kind == "@":
        return f"CAST(json_extract({document}, '$.{name}.id') AS INTEGER)"
    if kind == "t":
        return f"replace(replace({value}, 'T', ' '), 'Z', '')"
    return f"CAST({value} AS TEXT)" if kind in {"s", "e", "y"} else value


def columns_of(fields: Mapping[str, Field], document: str) -> dict[str, Column]:
    """Make a column of every field that holds one value."""
    return {
        name.lower(): Column(_read(document, name, one.kind), one.kind, one.target)
        for name, one in fields.items()
        if one.kind in "snibdtey@"
    }


def _own(name: str) -> dict[str, Column]:
    return {
        "id": Column("r.id", "i"),
        "externalid": Column("r.external_id"),
        "external_key": Column("r.external_key"),
        "lastmodifieddate": Column("r.modified", "t"),
        "createddate": Column("r.created", "t"),
        "datecreated": Column("r.created", "t"),
        name: Column("r.name"),
    }


@cache
def _declared() -> dict[str, dict[str, dict[str, str]]]:
    """Read the tables that are computed, and the columns that differ from the records' (`tables.yaml`)."""
    text = resources.files(__package__).joinpath("tables.yaml").read_text("utf-8")
    read = yaml.load(text, yaml.BaseLoader)  # noqa: S506 — makes nothing but text
    texts = {**read.pop("texts"), "TRANSACTION_CODE": _transaction_code(), "STATUSES": _statuses()}
    return {
        part: {table: {name: _in_full(sql, texts) for name, sql in rows.items()} for table, rows in read[part].items()}
        for part in ("tables", "columns")
    }


def _in_full(sql: str, texts: Mapping[str, str]) -> str:
    """Put the text for every word in capitals that stands for one.

    >>> _in_full("n TOTAL * 2", {"TOTAL": "1 + RATE", "RATE": "3"})
    'n (1 + (3)) * 2'
    """
    return _WORD.sub(lambda word: f"({_in_full(texts[word[0]], texts)})" if word[0] in texts else word[0], sql)


def _transaction_code() -> str:
    """Give SuiteQL's code of a transaction as SQL: a function of ours would cost a second in a million rows."""
    codes = " ".join(f"WHEN '{kind.name}' THEN '{kind.code}'" for kind in transaction_kinds().values())
    return f"CASE r.type {codes} ELSE r.type END"


def _statuses() -> str:
    """Give the statuses of all transaction types as a table in SQL."""
    every = [
        f"SELECT '{kind.name}' AS type, '{letter}' AS letter, '{words}' AS name"
        for kind in transaction_kinds().values()
        for letter, words in kind.statuses.items()
    ]
    return " UNION ALL ".join(every)


def _spelt(columns: Mapping[str, str]) -> dict[str, Column]:
    """Read `name: kind SQL`, where a reference's kind is `@type`; an empty text is a field that SuiteQL does not expose."""
    read = {}
    for name, text in columns.items():
        kind, _, sql = text.partition(" ")
        read[name] = Column(sql, kind[:1], kind[1:])
    return read


def _customs(family: str, document: str) -> dict[str, Column]:
    """Make a column of every declared custom field of a group."""
    sort = "customRecord" if family.startswith("customrecord_") else _CUSTOM.get(family, "none")
    return {
        one.script_id: Column(_custom(document, one.script_id), one.kind, one.target)
        for one in of_sort(f"{sort}CustomField")
    }


def _union(kinds: list[RecordType]) -> dict[str, Field]:
    every: dict[str, Field] = {}
    for kind in kinds:
        every = {**kind.by_name, **every}
    return every


def _kinds(family: str) -> list[RecordType]:
    return [kind for kind in record_types().values() if kind.family == family]


def _family(name: str, family: str, naming: str, where: str = "") -> Table:
    kinds = [record_types()[name]] if where and name in record_types() else _kinds(family)
    columns = {**columns_of(_union(kinds), "r.doc"), **_customs(family, "r.doc"), **_own(naming)}
    changed = _spelt(_declared()["columns"].get(name, {}))
    known = {column: one for column, one in {**columns, **changed}.items() if one.sql}
    return Table(name, f'"ns_{family}" r', where, known, "r.doc")


def _lines() -> Table:
    rows = [
        record_type(one.target)
        for kind in _kinds("transaction")
        for one in kind.by_name.values()
        if one.kind == "l" and one.name == "item"
    ]
    columns = {**columns_of(_union(rows), "l.value"), **_customs("transactionline", "l.value")}
    columns |= _spelt(_declared()["columns"]["transactionline"])
    declared = _declared()["tables"]["transactionline"]
    return Table("transactionline", declared["from"], declared["where"], columns, "l.value")


@cache
def tables() -> dict[str, Table]:
    """Give every table by its lower-case name."""
    made = {"transaction": _family("transaction", "transaction", "tranid"), "item": _family("item", "item", "itemid")}
    made["entity"] = _family("entity", "entity", "entityid")
    made["transactionline"] = _lines()
    for name in ENTITIES:
        if name in record_types():
            # The plus keeps the type from being looked up: any other condition has the better index.
            made[name] = _family(name, "entity", "entityid", f"+r.type = '{record_types()[name].name}'")
    for name, kind in record_types().items():
        if kind.family not in _ELSEWHERE:
            made[name] = _family(name, kind.family, "name", f"+r.type = '{kind.name}'")
    for name, one in _declared()["tables"].items():
        if name != "transactionline":
            columns = _spelt(_declared()["columns"][name])
            made[name] = Table(name, one["from"], one.get("where", ""), columns)
    return made


@cache
def dates() -> frozenset[str]:
    """Name every column that holds a date or a moment in some table."""
    return frozenset(
        name for table in tables().values() for name, column in table.columns.items() if column.kind in {"d", "t"}
    )


@cache
def target_family(target: str) -> str:
    """Say in which group a reference's target lives; empty when there are no such records."""
    return target if target in families() else family_of(target) if target else ""
