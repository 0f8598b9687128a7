"""Which records fulfil a tree of conditions? Conditions on fields, lines and what they refer to, compiled to bound SQL.

A tree is made of `Condition`, `Every`, `Either`, `Not`, `Through` (a reference), `Rows` (a sublist) and `Referring`
(records that refer here). Field names are REST's; a dotted one goes through references and sublists
(`entity.companyName`, `item.item`). Values are text, numbers, booleans, dates and aware moments.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from sandbox.netsuite.checks import family_of
from sandbox.netsuite.fields import Field, RecordType, record_type, record_types
from sandbox.netsuite.operators import Column, Sql, Unsearchable, Value, condition, prepare
from sandbox.netsuite.store import Store, Stored

__all__ = [
    "Column", "Condition", "Either", "Every", "Found", "Node", "Not", "Referring", "Rows", "Sql", "Through",
    "Unsearchable", "Value", "compiled", "find", "prepare",
]  # fmt: skip

_COLUMNS = {
    "internalId": ("id", "#"), "id": ("id", "#"), "externalId": ("external_key", "x"), "recordType": ("type", "s"),
    "createdDate": ("created", "t"), "dateCreated": ("created", "t"), "lastModifiedDate": ("modified", "t"),
}  # fmt: skip
_NAMES = {"item": "itemId", "entity": "entityId", "transaction": "tranId"}


@dataclass(frozen=True)
class Condition:
    """One field compared by one operator; `values` are none for `empty`, two for `between` and `within`."""

    field: str
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Every:
    """All parts hold; none at all holds for every record."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Either:
    """One of the parts holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Node"


@dataclass(frozen=True)
class Through:
    """The record that a field refers to fulfils the part."""

    field: str
    part: "Node"


@dataclass(frozen=True)
class Rows:
    """A line of a sublist fulfils the part."""

    name: str
    part: "Node"


@dataclass(frozen=True)
class Referring:
    """A record of the group that refers here by `field` (dotted for a line's) fulfils the part."""

    family: str
    field: str
    part: "Node"


Node = Condition | Every | Either | Not | Through | Rows | Referring


@dataclass(frozen=True)
class Found:
    """One page of records, and how many there are in all."""

    total: int
    records: list[Stored]


@dataclass
class _Scope:
    """Where field names are looked up: the record types in question, and the alias of their table or line."""

    family: str
    fields: dict[str, Field]
    alias: str
    names: "count[int]" = field(default_factory=count)
    line: bool = False

    def value(self, name: str, kind: str = "") -> str:
        path = name.replace('"', "")
        path = f'$."{path}".id' if kind == "@" else f'$."{path}"'
        source = f"{self.alias}.value" if self.line else f"{self.alias}.doc"
        return f"json_extract({source}, '{path}')"

    def next(self) -> str:
        return f"t{next(self.names)}"


@cache
def fields_of(family: str) -> dict[str, Field]:
    """Give every field of a group's record types by its name; the first type that has it decides its kind."""
    every: dict[str, Field] = {}
    for kind in record_types().values():
        if kind.family == family:
            every = {**kind.by_name, **every}
    return every


def _column(scope: _Scope, name: str) -> Column:
    if not scope.line and name in _COLUMNS:
        column, kind = _COLUMNS[name]
        return Column(name, f"{scope.alias}.{column}", kind)
    if not scope.line and name == _NAMES.get(scope.family, "name"):
        return Column(name, f"{scope.alias}.name", "s")
    known = scope.fields.get(name)
    if known is not None:
        shown = f"replace(replace({scope.value(name)}, 'T', ' '), 'Z', '')" if known.kind == "t" else ""
        return Column(name, shown or scope.value(name, known.kind), known.kind)
    if name.lower().startswith("cust") and name.replace("_", "").isalnum():
        return Column(name, f"coalesce({scope.value(name.lower(), '@')}, {scope.value(name.lower())})", "s")
    raise Unsearchable(name, f"there is no field {name}")


def _custom_kind(column: Column, values: tuple[Value, ...]) -> Column:
    """Take a custom field's kind from what it is compared with: nothing but its values declares it."""
    if column.kind != "s" or not column.name.startswith("cust") or not values:
        return column
    if isinstance(values[0], bool):
        return Column(column.name, column.sql, "b")
    if isinstance(values[0], int) or type(values[0]).__name__ == "Decimal":
        return Column(column.name, column.sql, "n")
    day = hasattr(values[0], "isoformat")
    return Column(column.name, f"substr({column.sql}, 1, 10)", "d") if day else column


def _condition(node: Condition, scope: _Scope) -> Sql:
    head, dot, rest = node.field.partition(".")
    if not dot:
        return condition(_custom_kind(_column(scope, head), node.values), node.operator, node.values)
    inner = Condition(rest, node.operator, node.values)
    known = scope.fields.get(head)
    if known is None or known.kind not in "@l":
        raise Unsearchable(node.field, f"there is no field {node.field}")
    return _compiled(Through(head, inner) if known.kind == "@" else Rows(head, inner), scope)


def _through(node: Through, scope: _Scope) -> Sql:
    known = scope.fields.get(node.field)
    family = family_of(known.target) if known is not None else ""
    if known is None or not family:
        raise Unsearchable(node.field, f"{node.field} leads to no records")
    there = _Scope(family, fields_of(family), scope.next(), scope.names)
    sql, bound = _compiled(node.part, there)
    key = f"CAST({scope.value(node.field, '@')} AS INTEGER)"
    return f'EXISTS (SELECT 1 FROM "ns_{family}" {there.alias} WHERE {there.alias}.id = {key} AND {sql})', bound  # noqa: S608 — names are ours


def _rows(node: Rows, scope: _Scope) -> Sql:
    known = scope.fields.get(node.name)
    if known is None or known.kind != "l" or scope.line:
        raise Unsearchable(node.name, f"there is no list {node.name}")
    there = _Scope(scope.family, record_type(known.target).by_name, scope.next(), scope.names, line=True)
    sql, bound = _compiled(node.part, there)
    rows = f"json_each({scope.alias}.doc, '$.\"{known.name}\"') {there.alias}"
    return f"EXISTS (SELECT 1 FROM {rows} WHERE {sql})", bound  # noqa: S608 — names are ours


def _referring(node: Referring, scope: _Scope) -> Sql:
    there = _Scope(node.family, fields_of(node.family), scope.next(), scope.names)
    sql, bound = _compiled(node.part, there)
    head, dot, rest = node.field.partition(".")
    if not dot:
        key = f"CAST({there.value(head, '@')} AS INTEGER) = {scope.alias}.id"
    else:
        line = _Scope(node.family, {}, scope.next(), line=True)
        rows = f"json_each({there.alias}.doc, '$.\"{head}\"') {line.alias}"
        key = f"{scope.alias}.id IN (SELECT CAST({line.value(rest, '@')} AS INTEGER) FROM {rows})"  # noqa: S608 — names are ours
    return f'EXISTS (SELECT 1 FROM "ns_{node.family}" {there.alias} WHERE {key} AND {sql})', bound  # noqa: S608 — names are ours


def _joined(node: Every | Either, scope: _Scope) -> Sql:
    texts, bound = [], []
    for part in node.parts:
        sql, values = _compiled(part, scope)
        texts.append(f"({sql})")
        bound += values
    if isinstance(node, Every):
        return " AND ".join(texts) or "1", bound
    return " OR ".join(texts) or "0", bound


def _not(node: Not, scope: _Scope) -> Sql:
    sql, bound = _compiled(node.part, scope)
    return f"NOT coalesce(({sql}), 0)", bound


_WORK: dict[type, Callable[[Any, _Scope], Sql]] = {
    Condition: _condition, Every: _joined, Either: _joined, Not: _not, Through: _through, Rows: _rows,
    Referring: _referring,
}  # fmt: skip


def _compiled(node: Node, scope: _Scope) -> Sql:
    return _WORK[type(node)](node, scope)


def compiled(family: str, tree: Node, kinds: Iterable[RecordType] = ()) -> Sql:
    """Give the SQL condition on table alias `r` of a group, and its values; raise `Unsearchable`."""
    names = [one.name for one in kinds]
    fields = {name: known for one in kinds for name, known in one.by_name.items()} or fields_of(family)
    sql, bound = _compiled(tree, _Scope(family, fields, "r"))
    if not names:
        return sql, bound
    return f"r.type IN ({', '.join('?' * len(names))}) AND ({sql})", [*names, *bound]


def find(store: Store, family: str, tree: Node, *, kinds: Iterable[RecordType] = (), page: tuple[int, int]) -> Found:
    """Find the records of a group (or of some of its types) by id; `page` is (limit, offset). Raises `Unsearchable`."""
    sql, bound = compiled(family, tree, tuple(kinds))
    return Found(store.count_where(family, sql, bound), store.select(family, sql, bound, page))
