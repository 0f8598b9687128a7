"""Which records fulfil a tree of conditions? Conditions on fields, lines and what they refer to, compiled to bound SQL.

A tree is made of `Condition`, `Every`, `Either`, `Not`, `Through` (a reference), `Rows` (a sublist) and `Referring`
(records that refer here). Field names are REST's; a dotted one goes through references and sublists
(`entity.companyName`, `item.item`). Values are text, numbers, booleans, dates and aware moments.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.netsuite.checks import family_of
from sandbox.netsuite.fields import RecordType, record_type
from sandbox.netsuite.operators import OTHER_HALF, Column, Sql, Unsearchable, Value, condition, prepare
from sandbox.netsuite.places import Scope, column_of, field_of, fields_of, knows, nested
from sandbox.netsuite.store import Store, Stored

__all__ = [
    "Column", "Condition", "Either", "Every", "Found", "Node", "Not", "Referring", "Rows", "Sql", "Through",
    "Unsearchable", "Value", "compiled", "field_of", "find", "knows", "page_of", "prepare", "weigh",
]  # fmt: skip


_FEW = 5000  # so many records are sorted sooner than all are walked through


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


def _several(node: Condition, scope: Scope) -> Sql:
    """Look through a field of several references; none of them fulfils what is denied."""
    alias, operator = scope.next(), OTHER_HALF.get(node.operator, node.operator)
    sql, bound = condition(Column(node.field, f"json_extract({alias}.value, '$.id')", "@"), operator, node.values)
    rows = f"json_each({scope.alias}.doc, '$.\"{node.field}\".items') {alias}"
    word = "EXISTS" if operator == node.operator else "NOT EXISTS"
    return f"{word} (SELECT 1 FROM {rows} WHERE {sql})", bound  # noqa: S608 — names are ours


def _condition(node: Condition, scope: Scope) -> Sql:
    head, dot, rest = node.field.partition(".")
    if not dot and not scope.line and head in scope.fields and scope.fields[head].kind == "r":
        return _several(node, scope)
    if not dot:
        return condition(_custom_kind(column_of(scope, head), node.values), node.operator, node.values)
    inner = Condition(rest, node.operator, node.values)
    known = scope.fields.get(head)
    if known is not None and known.kind in "ao":
        return condition(nested(scope, known, rest), node.operator, node.values)
    if known is None or known.kind not in "@l":
        raise Unsearchable(node.field, f"there is no field {node.field}")
    return _compiled(Through(head, inner) if known.kind == "@" else Rows(head, inner), scope)


def _through(node: Through, scope: Scope) -> Sql:
    known = scope.fields.get(node.field)
    family = family_of(known.target) if known is not None else ""
    if known is None or not family:
        raise Unsearchable(node.field, f"{node.field} leads to no records")
    there = Scope(family, fields_of(family), scope.next(), scope.names)
    sql, bound = _compiled(node.part, there)
    # A subquery that knows nothing of the outer row is carried out once, and the outer row reached by its index.
    found = f'SELECT {there.alias}.id FROM "ns_{family}" {there.alias} WHERE {sql}'  # noqa: S608 — names are ours
    return f"{scope.key(node.field)} IN ({found})", bound


def _rows(node: Rows, scope: Scope) -> Sql:
    known = scope.fields.get(node.name)
    if known is None or known.kind != "l" or scope.line:
        raise Unsearchable(node.name, f"there is no list {node.name}")
    there = Scope(scope.family, record_type(known.target).by_name, scope.next(), scope.names, line=True)
    sql, bound = _compiled(node.part, there)
    rows = f"json_each({scope.alias}.doc, '$.\"{known.name}\"') {there.alias}"
    return f"EXISTS (SELECT 1 FROM {rows} WHERE {sql})", bound  # noqa: S608 — names are ours


def _referring(node: Referring, scope: Scope) -> Sql:
    there = Scope(node.family, fields_of(node.family), scope.next(), scope.names)
    sql, bound = _compiled(node.part, there)
    head, dot, rest = node.field.partition(".")
    table, key = f'"ns_{node.family}" {there.alias}', there.key(head)
    if dot:
        line = Scope(node.family, {}, scope.next(), line=True)
        table += f", json_each({there.alias}.doc, '$.\"{head}\"') {line.alias}"
        key = line.key(rest)
    return f"{scope.alias}.id IN (SELECT {key} FROM {table} WHERE {sql})", bound  # noqa: S608 — names are ours


def _joined(node: Every | Either, scope: Scope) -> Sql:
    texts, bound = [], []
    for part in node.parts:
        sql, values = _compiled(part, scope)
        texts.append(f"({sql})")
        bound += values
    if isinstance(node, Every):
        return " AND ".join(texts) or "1", bound
    return " OR ".join(texts) or "0", bound


def _not(node: Not, scope: Scope) -> Sql:
    sql, bound = _compiled(node.part, scope)
    return f"NOT coalesce(({sql}), 0)", bound


_WORK: dict[type, Callable[[Any, Scope], Sql]] = {
    Condition: _condition, Every: _joined, Either: _joined, Not: _not, Through: _through, Rows: _rows,
    Referring: _referring,
}  # fmt: skip


def _compiled(node: Node, scope: Scope) -> Sql:
    return _WORK[type(node)](node, scope)


def compiled(family: str, tree: Node, kinds: Iterable[RecordType] = ()) -> Sql:
    """Give the SQL condition on table alias `r` of a group, and its values; raise `Unsearchable`."""
    names = [one.name for one in kinds]
    fields = {name: known for one in kinds for name, known in one.by_name.items()} or fields_of(family)
    sql, bound = _compiled(tree, Scope(family, fields, "r"))
    if "r.modified" in sql:  # a span of time is narrower than a type: leave the type's index alone
        sql = sql.replace("r.type ", "+r.type ")
    if not names:
        return sql, bound
    plus = "+" if "r.modified" in sql else ""
    return f"{plus}r.type IN ({', '.join('?' * len(names))}) AND ({sql})", [*names, *bound]


def page_of(
    store: Store, family: str, tree: Node, *, kinds: Iterable[RecordType] = (), page: tuple[int, int]
) -> list[Stored]:
    """Give one page of the records of a group (or of some of its types) by id; `page` is (limit, offset)."""
    return store.select(family, *compiled(family, tree, tuple(kinds)), page)


def find(store: Store, family: str, tree: Node, *, kinds: Iterable[RecordType] = (), page: tuple[int, int]) -> Found:
    """Find records and count them all; `page` is (limit, offset). Raises `Unsearchable`."""
    sql, bound = compiled(family, tree, tuple(kinds))
    total = store.count_where(family, sql, bound)
    return Found(total, store.select(family, sql, bound, page, few=total < _FEW) if total else [])


def weigh(store: Store, family: str, tree: Node, rows: str, *, kinds: Iterable[RecordType] = ()) -> tuple[int, int]:
    """Count the records that fulfil a tree, and their lines in the list `rows`."""
    sql, bound = compiled(family, tree, tuple(kinds))
    counted = f'SELECT count(*), coalesce(sum(json_array_length(r.doc, ?)), 0) FROM "ns_{family}" r WHERE {sql}'  # noqa: S608 — compiled, values bound
    found: tuple[int, int] = store.connection.execute(counted, [f"$.{rows}", *bound]).fetchone()
    return found
