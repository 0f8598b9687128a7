"""Who holds which key? One row a key; two unique constraints decide, whoever asks at the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, and_, delete, or_, select, tuple_

from flows.holders import Holder
from ledger.engine import chunks, insert
from ledger.tables import holders


class HolderBook:
    """The part of the Memory port that tells whose a key is."""

    _engine: Engine

    def hold(self, flow: str, wanted: Mapping[str, str], now: datetime) -> Sequence[Holder]:
        """Give each record its key where both are free; return who holds the keys, and what the records hold."""
        rows = [{"flow": flow, "key": key, "source_id": own, "since": now} for own, key in sorted(wanted.items())]
        with self._engine.begin() as connection:
            for row in rows:
                connection.execute(insert(connection, holders).values(row).on_conflict_do_nothing())
            return _known(connection, flow, wanted)

    def release(self, flow: str, holders_: Sequence[Holder]) -> None:
        """Let keys go, each only from the holder that is named."""
        pairs = [(one.key, one.source_id) for one in holders_]
        with self._engine.begin() as connection:
            for chunk in chunks(pairs):
                named = tuple_(holders.c.key, holders.c.source_id).in_(chunk)
                connection.execute(delete(holders).where(and_(holders.c.flow == flow, named)))


def _known(connection: Connection, flow: str, wanted: Mapping[str, str]) -> list[Holder]:
    found = []
    for chunk in chunks(list(wanted.items())):
        named = or_(
            holders.c.key.in_([key for _, key in chunk]), holders.c.source_id.in_([source_id for source_id, _ in chunk])
        )
        rows = connection.execute(select(holders.c.key, holders.c.source_id).where(holders.c.flow == flow, named))
        found += [Holder(row.key, row.source_id) for row in rows]
    return found
