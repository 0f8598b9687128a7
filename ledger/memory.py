"""What is remembered about records beyond their deliveries? Bindings, fates, people's table entries, pauses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, delete, select, tuple_

from flows.model import Binding, Fate, Pause, Reason, State
from ledger.audit import note
from ledger.engine import chunks, insert, reading
from ledger.holders import HolderBook
from ledger.tables import bindings, deliveries, pauses, table_entries
from mappings.values import Reference


class SqlMemory(HolderBook):
    """The Memory port, and what people may change through the command line."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def bindings(self, references: Iterable[Reference]) -> Mapping[Reference, Binding]:
        """Return the bindings that exist."""
        return {Reference(row.flow, row.source_id): _binding(row) for row in self._rows("source_id", references)}

    def bound_to(self, references: Iterable[Reference]) -> Mapping[Reference, Binding]:
        """Return for references whose id is a *target* id of their flow the newest binding that leads there."""
        return {Reference(row.flow, row.target_id): _binding(row) for row in self._rows("target_id", references)}

    def _rows(self, end: str, references: Iterable[Reference]) -> Iterator[Any]:
        """Yield bindings by one of their ends, older ones first."""
        with reading(self._engine) as connection:
            for chunk in chunks([(reference.flow, reference.source_id) for reference in references]):
                known = tuple_(bindings.c.flow, bindings.c[end]).in_(chunk)
                yield from connection.execute(select(bindings).where(known).order_by(bindings.c.bound_at))

    def fates(self, references: Iterable[Reference]) -> Mapping[Reference, Fate]:
        """Return how the newest delivery of each record stands; never captured ones are left out."""
        found: dict[Reference, Fate] = {}
        key = (deliveries.c.flow, deliveries.c.source_id)
        with reading(self._engine) as connection:
            for chunk in chunks([(reference.flow, reference.source_id) for reference in references]):
                columns = (*key, deliveries.c.state, deliveries.c.code, deliveries.c.message)
                in_order = (deliveries.c.version, deliveries.c.id)  # an older version may be admitted after a newer one
                for row in connection.execute(select(*columns).where(tuple_(*key).in_(chunk)).order_by(*in_order)):
                    fate = Fate(State(row.state), row.code or "", row.message or "")
                    found[Reference(row.flow, row.source_id)] = fate
        return found

    def overrides(self) -> Mapping[str, Mapping[str, str]]:
        """Return the value-table entries that people have set, by table."""
        found: dict[str, dict[str, str]] = {}
        with reading(self._engine) as connection:
            for table, value, becomes in connection.execute(select(table_entries)):
                found.setdefault(table, {})[value] = becomes
        return found

    def set_override(self, table: str, value: str, becomes: str, who: str, now: datetime) -> None:
        """Set an entry of a value table, and say so in the audit."""
        key = and_(table_entries.c.table_name == table, table_entries.c.value == value)
        with self._engine.begin() as connection:
            before = connection.execute(select(table_entries.c.becomes).where(key)).scalar()
            fresh = insert(connection, table_entries).values(table_name=table, value=value, becomes=becomes)
            same = [table_entries.c.table_name, table_entries.c.value]
            connection.execute(fresh.on_conflict_do_update(index_elements=same, set_={"becomes": becomes}))
            note(connection, [(who, "set table entry", f"{table}: {value}", before, becomes)], now)

    def pauses(self) -> Mapping[str, Pause]:
        """Return what rests at present, by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(pauses)).all()
        return {row.name: Pause(row.name, row.until, Reason(row.code, row.message, row.hint)) for row in rows}

    def pause(self, pause: Pause) -> None:
        """Let a connection rest."""
        why = {"code": pause.reason.code, "message": pause.reason.message, "hint": pause.reason.hint}
        with self._engine.begin() as connection:
            fresh = insert(connection, pauses).values(name=pause.name, until=pause.until, **why)
            again = fresh.on_conflict_do_update(index_elements=[pauses.c.name], set_={"until": pause.until, **why})
            connection.execute(again)

    def resume(self, name: str) -> None:
        """End a rest; nothing happens where there is none."""
        if name in self.pauses():
            with self._engine.begin() as connection:
                connection.execute(delete(pauses).where(pauses.c.name == name))


def _binding(row: Any) -> Binding:
    agreed = json.loads(row.agreed) if row.agreed else None
    lines = json.loads(row.lines)
    return Binding(row.flow, row.source_id, row.target_id, row.version, row.digest, lines, agreed)
