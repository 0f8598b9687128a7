"""What ever happened to one record? Its story is followed through the bindings, from either side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, or_, select

from ledger.engine import reading
from ledger.reports import DeliveryReport, columns, report
from ledger.tables import attempts, bindings, deliveries

Kinds = Mapping[str, tuple[str, str]]
Node = tuple[str, str]
SHORT_ID = 15  # characters of a Salesforce id without its checksum
ROUNDS = 3  # opportunity, order, and back: longer ways do not exist


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that ever happened to one record."""

    bindings: Sequence[Mapping[str, Any]]
    deliveries: Sequence[DeliveryReport]
    attempts: Sequence[Mapping[str, Any]]


class Stories:
    """Tells stories; `kinds` says for each flow what its source and target ids are ids of.

    NetSuite numbers customers and orders apart, so 105 may be both; an id is only followed among ids of its kind.
    """

    def __init__(self, engine: Engine, kinds: Kinds) -> None:
        self._engine = engine
        self._kinds = kinds

    def trace(self, key: str) -> Story:
        """Return the story of a Salesforce id (15 or 18 characters), a NetSuite id, or an order number."""
        with reading(self._engine) as connection:
            nodes = self._named(connection, key)
            pairs: dict[tuple[str, str], Mapping[str, Any]] = {}
            for _ in range(ROUNDS):
                pairs |= self._bound(connection, nodes)
                nodes |= {node for pair in pairs.values() for node in self._ends(pair)}
            found = self._deliveries(connection, nodes)
            tries = select(attempts).where(attempts.c.delivery.in_([one.id for one in found]))
            rows = connection.execute(tries.order_by(attempts.c.started_at)).mappings()
            return Story(list(pairs.values()), found, [dict(row) for row in rows])

    def _named(self, connection: Connection, key: str) -> set[Node]:
        """Return what the key may mean: a source id, a target id, or the number of an order that came back."""
        numbered = deliveries.c.record.contains(f'"tranid":"{key}"', autoescape=True)
        wanted = select(deliveries.c.flow, deliveries.c.source_id).where(
            or_(_is(deliveries, "source_id", key), numbered)
        )
        nodes = {(self._kinds[flow][0], found) for flow, found in connection.execute(wanted) if flow in self._kinds}
        bound = select(bindings.c.flow, bindings.c.target_id).where(_is(bindings, "target_id", key))
        return nodes | {
            (self._kinds[flow][1], found) for flow, found in connection.execute(bound) if flow in self._kinds
        }

    def _bound(self, connection: Connection, nodes: set[Node]) -> dict[tuple[str, str], Mapping[str, Any]]:
        rows = connection.execute(select(bindings).where(or_(*self._touching(nodes)))).mappings() if nodes else ()
        return {(row["flow"], row["source_id"]): dict(row) for row in rows}

    def _touching(self, nodes: set[Node]) -> list[ColumnElement[bool]]:
        found = [bindings.c.flow == ""]
        for flow, kinds in self._kinds.items():
            for kind, column in zip(kinds, (bindings.c.source_id, bindings.c.target_id), strict=True):
                ids = [node for of, node in nodes if of == kind]
                found += [and_(bindings.c.flow == flow, column.in_(ids))] if ids else []
        return found

    def _ends(self, pair: Mapping[str, Any]) -> set[Node]:
        source, target = self._kinds.get(pair["flow"], ("", ""))
        return {(source, pair["source_id"]), (target, pair["target_id"])}

    def _deliveries(self, connection: Connection, nodes: set[Node]) -> Sequence[DeliveryReport]:
        wanted = [deliveries.c.id < 0]
        for flow, (kind, _) in self._kinds.items():
            ids = [node for of, node in nodes if of == kind]
            wanted += [and_(deliveries.c.flow == flow, deliveries.c.source_id.in_(ids))] if ids else []
        rows = connection.execute(columns().where(or_(*wanted)).order_by(deliveries.c.id)).mappings()
        return [report(row) for row in rows]


def _is(table: Table, name: str, key: str) -> ColumnElement[bool]:
    """Return the condition that a column holds the key; a 15-character Salesforce id stands for its 18."""
    same = [table.c[name] == key]
    same += [table.c[name].like(f"{key}___")] if len(key) == SHORT_ID and key.isalnum() else []
    return or_(*same)
