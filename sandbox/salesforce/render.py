"""How do kept rows become the records of an answer? Types, nesting, attributes, child lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.salesforce.model import NUMBERS, Field, SObject, objects
from sandbox.salesforce.plan import Built, Column, build
from sandbox.salesforce.query import Query
from sandbox.salesforce.store import Rows, Store

PARTS = ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street")


def value_of(kind: str, kept: Any) -> Any:
    """Return a kept value as JSON has it. Salesforce's numbers are IEEE doubles on the wire, so these are too."""
    if kept is None:
        return None
    if kind in NUMBERS:
        return float(kept)
    if kind == "int":
        return int(kept)
    if kind == "boolean":
        return kept == "true"
    return kept


def shown(found: Field, row: Mapping[str, Any], owner: SObject) -> Any:
    """Return a record's field as JSON has it; a compound address is made of its parts."""
    return address_of(owner, found, row) if found.type == "address" else value_of(found.type, row[found.name])


def address_of(owner: SObject, found: Field, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an address from its parts, or None where all are empty."""
    stem = found.name.removesuffix("Address")
    parts = {name: owner.fields.get(f"{stem}{name}".lower()) for name in PARTS}
    told = {name[0].lower() + name[1:]: value_of(part.type, row[part.name]) for name, part in parts.items() if part}
    return told if any(value is not None for value in told.values()) else None


def attributes(owner: SObject, record_id: str | None, version: str) -> dict[str, str]:
    """Return the `attributes` that open each record."""
    found = {"type": owner.name}
    if record_id:
        found["url"] = f"/services/data/v{version}/sobjects/{owner.name}/{record_id}"
    return found


class Renderer:
    """Turns the rows of one plan into records, subqueries included."""

    def __init__(self, store: Store, built: Built, query: Query, version: str) -> None:
        self._store = store
        self._built = built
        self._query = query
        self._version = version
        self._id_at = next((at for at, column in enumerate(built.plan.columns) if column.path == ("Id",)), None)

    def records(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the records of some rows."""
        records = [self._record(row) for row in rows]
        for name, query in self._built.plan.children:
            self._hang_in(name, query, rows, records)
        return records

    def _record(self, row: Sequence[Any]) -> dict[str, Any]:
        plan = self._built.plan
        if self._query.aggregates:
            named = zip(plan.columns, row, strict=False)
            return {"attributes": {"type": "AggregateResult"}} | {
                one.path[0]: _aggregate(one, kept) for one, kept in named
            }
        record_id = row[self._id_at] if self._id_at is not None else None
        record: dict[str, Any] = {"attributes": attributes(plan.object, record_id, self._version)}
        for column, kept in zip(plan.columns, row, strict=False):
            self._place(record, plan.object, column, kept)
        for path, at in plan.parents.items():
            if row[at] is None:
                _no_parent(record, path)
        return record

    def _place(self, record: dict[str, Any], owner: SObject, column: Column, kept: Any) -> None:
        for step in column.path[:-1]:
            owner = objects()[owner.parents[step.lower()].to.lower()]
            record = record.setdefault(step, {"attributes": attributes(owner, None, self._version)})
        record[column.path[-1]] = value_of(column.type, kept)

    def _hang_in(self, name: str, query: Query, rows: Rows, records: list[dict[str, Any]]) -> None:
        owner = self._built.plan.object
        child = owner.children[query.object.lower()]
        wanted = _below(query, child.object)
        built = build(wanted, self._built.plan.today, deleted=self._built.plan.deleted, below=child.field)
        inner = Renderer(self._store, built, wanted, self._version)
        ids = self._ids(rows)
        grouped: dict[str, list[dict[str, Any]]] = {}
        kept = self._store.child_rows(built, ids)
        for row, record in zip(kept, inner.records(kept), strict=True):
            grouped.setdefault(row[-1], []).append(record)
        for record_id, record in zip(ids, records, strict=True):
            found = grouped.get(record_id, [])[: query.limit]
            record[name] = {"totalSize": len(found), "done": True, "records": found} if found else None

    def _ids(self, rows: Rows) -> list[str]:
        """Return the rows' ids; a query with subqueries has them in its last column, which is not shown."""
        return [row[-1] for row in rows]


def _below(query: Query, child: str) -> Query:
    return Query(query.select, child, query.where, query.group, query.having, query.order, query.limit)


def _no_parent(record: dict[str, Any], path: tuple[str, ...]) -> None:
    """Put null where a parent is not there; names are compared without case, as in the query."""
    for depth, step in enumerate(path, start=1):
        name = next((known for known in record if known.lower() == step), None)
        if name is None or record[name] is None:
            return
        if depth == len(path):
            record[name] = None
        else:
            record = record[name]


def _aggregate(column: Column, kept: Any) -> Any:
    return value_of(column.type, kept)
