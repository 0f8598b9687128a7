"""How do kept rows become the records of an answer? Types, nesting, attributes, child lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sandbox.salesforce.building import build
from sandbox.salesforce.model import NUMBERS, Child, Field, SObject, objects, parts_of
from sandbox.salesforce.plan import Built, Column
from sandbox.salesforce.query import Query
from sandbox.salesforce.store import Rows, Store

Shown = Callable[[Any], Any]
More = Callable[[int, Child, str, list[str]], str]  # keeps the ids of children that did not fit; returns their address


def value_of(kind: str, kept: Any) -> Any:
    """Return a kept value as JSON has it. Salesforce's numbers are IEEE doubles on the wire, so these are too."""
    if kept is None:
        return None
    shown = _shown(kind)
    return shown(kept) if shown else kept


def shown(found: Field, row: Mapping[str, Any], owner: SObject) -> Any:
    """Return a record's field as JSON has it; a compound address is made of its parts."""
    if found.type != "address":
        return value_of(found.type, row[found.name])
    told = {name: value_of(part.type, row[part.name]) for name, part in parts_of(owner, found).items()}
    return told if any(value is not None for value in told.values()) else None


def attributes(owner: SObject, record_id: str | None, version: str) -> dict[str, str]:
    """Return the `attributes` that open each record."""
    found = {"type": owner.name}
    if record_id:
        found["url"] = f"/services/data/v{version}/sobjects/{owner.name}/{record_id}"
    return found


def _shown(kind: str) -> Shown | None:
    if kind in NUMBERS:
        return float
    if kind.startswith("formatted:"):
        return _formatted(*kind.split(":")[1:])
    other: dict[str, Shown] = {"int": int, "boolean": _truth, "address": _address}
    return other.get(kind)


def _truth(kept: Any) -> bool:
    return bool(kept == "true")


def _address(kept: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(kept)
    return told | {name: float(told[name]) for name in ("latitude", "longitude") if told.get(name) is not None}


def _formatted(kind: str, scale: str) -> Shown | None:
    """Return how a value is shown to a reader in the user's language, en_US."""
    if kind == "date":
        return lambda kept: _day(date.fromisoformat(kept))
    if kind == "datetime":
        return lambda kept: _moment(datetime.fromisoformat(kept))
    if kind == "currency":
        return lambda kept: f"{str(kept)[:4]}{float(str(kept)[4:] or 0):,.{scale}f}"
    if kind in {"double", "percent", "int"}:
        return lambda kept: f"{float(kept):,.{scale}f}"
    return _shown(kind)


def _day(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _moment(moment: datetime) -> str:
    return f"{_day(moment.date())}, {moment.hour % 12 or 12}:{moment:%M %p}"


@dataclass
class _Node:
    """One level of a record: its fields and parents in the order in which they were selected."""

    type: str
    address: str
    id_at: int | None
    steps: list[tuple[str, int, Any]] = field(default_factory=list)

    def record(self, row: Sequence[Any]) -> dict[str, Any] | None:
        """Return the record that a row holds at this level, or None where there is no such parent."""
        record_id = row[self.id_at] if self.id_at is not None else None
        if record_id is None:
            return None
        made: dict[str, Any] = {"attributes": {"type": self.type, "url": self.address + record_id}}
        for name, at, how in self.steps:
            kept = row[at] if at >= 0 else row
            made[name] = kept if how is None or kept is None else how(kept)
        return made


class Renderer:
    """Turns the rows of one plan into records, subqueries included."""

    def __init__(self, store: Store, built: Built, query: Query, version: str, more: More | None = None) -> None:
        self._store = store
        self._built = built
        self._query = query
        self._version = version
        self._more = more
        self._top = self._compiled()
        self._aggregated = [(column.path[0], _step(column)) for column in built.plan.columns]

    def records(self, rows: Rows) -> list[dict[str, Any]]:
        """Return the records of some rows."""
        if self._query.aggregates:
            return [self._group(row) for row in rows]
        records = [self._top.record(row) or {} for row in rows]
        for at, (name, query) in enumerate(self._built.plan.children):
            self._hang_in(at, name, query, rows, records)
        return records

    def _group(self, row: Sequence[Any]) -> dict[str, Any]:
        named = zip(self._aggregated, row, strict=False)
        told = {name: kept if kept is None or how is None else how(kept) for (name, how), kept in named}
        return {"attributes": {"type": "AggregateResult"}} | told

    def _compiled(self) -> _Node:
        plan = self._built.plan
        nodes: dict[tuple[str, ...], _Node] = {(): self._node(plan.object, plan.id_at)}
        for at, column in enumerate(plan.columns):
            here = self._reach(nodes, column.path[:-1])
            here.steps.append((column.path[-1], at, _step(column)))
        return nodes[()]

    def _reach(self, nodes: dict[tuple[str, ...], _Node], path: tuple[str, ...]) -> _Node:
        """Return the level at a path; makes it, and those above it, where the first field asks for it."""
        if path not in nodes:
            above = self._reach(nodes, path[:-1])
            key = tuple(step.lower() for step in path)
            if key not in self._built.plan.parents:
                return above
            nodes[path] = self._node(self._built.plan.joins[key][1], self._built.plan.parents[key])
            above.steps.append((path[-1], -1, nodes[path].record))
        return nodes[path]

    def _node(self, owner: SObject, id_at: int | None) -> _Node:
        return _Node(owner.name, f"/services/data/v{self._version}/sobjects/{owner.name}/", id_at)

    def _hang_in(self, at: int, name: str, query: Query, rows: Rows, records: list[dict[str, Any]]) -> None:
        plan = self._built.plan
        child = plan.object.children[query.object.lower()]
        wanted = below(query, child)
        built = build(wanted, plan.today, deleted=plan.deleted, below=child.field)
        inner = Renderer(self._store, built, wanted, self._version)
        ids = [row[plan.id_at or 0] for row in rows]
        grouped: dict[str, list[Any]] = {}
        for row in self._store.child_rows(built, ids):
            grouped.setdefault(row[built.plan.below_at or 0], []).append(row)
        room = self._store.child_page
        for record_id, record in zip(ids, records, strict=True):
            kept = grouped.get(record_id, [])[query.offset :][: query.limit]
            told: dict[str, Any] = {"totalSize": len(kept), "done": len(kept) <= room or self._more is None}
            if not told["done"] and self._more is not None:
                rest = [row[built.plan.id_at or 0] for row in kept]
                told["nextRecordsUrl"] = self._more(at, child, name, rest)
                kept = kept[:room]
            record[name] = told | {"records": inner.records(kept)} if kept else None


def _step(column: Column) -> Shown | None:
    if column.labels:
        return lambda kept: column.labels.get(kept, kept)
    return _shown(column.type)


def below(query: Query, child: Child) -> Query:
    """Return a subquery as a query over the child object."""
    kept = {"where": query.where, "order": query.order, "limit": query.limit, "offset": query.offset}
    return Query(query.select, child.object, names=query.names, text=query.text, **kept)  # type: ignore[arg-type] # by name


__all__ = ["Renderer", "attributes", "below", "objects", "shown", "value_of"]
