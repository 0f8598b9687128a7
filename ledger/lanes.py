"""What is due, and who has it in hand? Backlog, leases and claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, case, func, or_, select, tuple_, update

from flows.model import Delivery, Lease, Record, State
from ledger.engine import chunks, is_postgresql, reading
from ledger.exact import read
from ledger.tables import attempts, deliveries

LIVE = (State.PENDING, State.WAITING, State.LEASED)


class Leases:
    """Hands out deliveries, each to one holder at a time, under a fence that only grows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def backlog(self, now: datetime, lane: str = "") -> Mapping[str, tuple[int, int]]:
        """Return for each lane, or for one, (how many are due, how many are leased and alive)."""
        due = func.sum(case((_is_due(now), 1), else_=0))
        alive = func.sum(case((_is_alive(now), 1), else_=0))
        counted = select(deliveries.c.lane, due, alive).where(is_live()).group_by(deliveries.c.lane)
        counted = counted.where(deliveries.c.lane == lane) if lane else counted
        with reading(self._engine) as connection:
            return {lane: (int(ready), int(held)) for lane, ready, held in connection.execute(counted)}

    def lease(self, lane: str, most: int, now: datetime, until: datetime) -> tuple[Sequence[Lease], str]:
        """Lease up to `most` due deliveries of the lane, oldest first; none whose record is under way elsewhere."""
        with self._engine.begin() as connection:
            rows = _free(connection, lane, most, now)
            if not rows:
                return (), ""
            taken = update(deliveries).where(deliveries.c.id.in_([row.id for row in rows]))
            connection.execute(taken.values(state=State.LEASED, fence=deliveries.c.fence + 1, leased_until=until))
        label = f"{rows[0].flow} {rows[0].source_id}" + (f" +{len(rows) - 1}" if len(rows) > 1 else "")
        return tuple(Lease(row.id, row.fence + 1) for row in rows), label

    def claim(self, leases: Sequence[Lease], now: datetime, until: datetime) -> Sequence[Delivery]:
        """Take the leased deliveries in hand: raise each fence, commit the attempt. Stale leases are left out."""
        found: dict[int, Any] = {}
        with self._engine.begin() as connection:
            for chunk in chunks(leases):
                for row in _take(connection, chunk, until):
                    found[row.id] = row
            if found:
                connection.execute(attempts.insert(), [_attempt(row, now) for row in found.values()])
        return [_delivery(found[lease.delivery]) for lease in leases if lease.delivery in found]

    def extend(self, leases: Sequence[Lease], until: datetime) -> None:
        """Prolong leases that are still held under these fences."""
        with self._engine.begin() as connection:
            for chunk in chunks(leases):
                connection.execute(update(deliveries).where(held_under(chunk)).values(leased_until=until))


def held_under(leases: Sequence[Lease]) -> ColumnElement[bool]:
    """Return the condition that a delivery is leased under exactly one of these leases."""
    pairs = [(lease.delivery, lease.fence) for lease in leases]
    return and_(tuple_(deliveries.c.id, deliveries.c.fence).in_(pairs), deliveries.c.state == State.LEASED)


def is_live() -> ColumnElement[bool]:
    """Return the condition of the partial index, in literals: SQLite sees through no parameter when it picks one."""
    return deliveries.c.state.in_(bindparam("live", LIVE, expanding=True, literal_execute=True))


def _is_due(now: datetime) -> ColumnElement[bool]:
    resting = and_(deliveries.c.state.in_((State.PENDING, State.WAITING)), deliveries.c.due_at <= now)
    return or_(resting, and_(deliveries.c.state == State.LEASED, deliveries.c.leased_until < now))


def _is_alive(now: datetime) -> ColumnElement[bool]:
    return and_(deliveries.c.state == State.LEASED, deliveries.c.leased_until >= now)


def _free(connection: Connection, lane: str, most: int, now: datetime) -> Sequence[Any]:
    """Return the oldest due deliveries, one a record at most: the older ones of a record come to their end first."""
    other = deliveries.alias("other")
    same = and_(other.c.flow == deliveries.c.flow, other.c.source_id == deliveries.c.source_id)
    sooner = and_(other.c.state.in_(LIVE), other.c.id < deliveries.c.id)
    blocked = select(other.c.id).where(same, sooner).exists()
    due = (
        select(deliveries.c.id, deliveries.c.fence, deliveries.c.flow, deliveries.c.source_id)
        .where(deliveries.c.lane == lane, is_live(), _is_due(now), ~blocked)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(most)
    )
    if is_postgresql(connection):
        due = due.with_for_update(skip_locked=True, of=deliveries)
    return connection.execute(due).all()


def _take(connection: Connection, leases: Sequence[Lease], until: datetime) -> Sequence[Any]:
    taken = (
        update(deliveries)
        .where(held_under(leases))
        .values(fence=deliveries.c.fence + 1, attempts=deliveries.c.attempts + 1, leased_until=until)
        .returning(
            deliveries.c.id,
            deliveries.c.fence,
            deliveries.c.flow,
            deliveries.c.source_id,
            deliveries.c.version,
            deliveries.c.record,
            deliveries.c.gone,
            deliveries.c.attempts,
            deliveries.c.unsettled,
        )
    )
    return connection.execute(taken).all()


def _attempt(row: Any, now: datetime) -> dict[str, Any]:
    return {"delivery": row.id, "fence": row.fence, "number": row.attempts, "started_at": now}


def _delivery(row: Any) -> Delivery:
    return Delivery(
        lease=Lease(row.id, row.fence),
        flow=row.flow,
        record=Record(row.source_id, row.version, read(row.record), row.gone),
        attempts=row.attempts,
        unsettled=row.unsettled,
    )
