"""How do records get into the ledger? Page by page, each in one transaction with its cursor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, and_, select, tuple_, update

from flows.catalogue import lanes_below
from flows.model import Admitted, Intake, Reading, Reason, Record, State
from flows.moments import Occurrence
from ledger.asks import answer
from ledger.engine import chunks, insert, reading
from ledger.exact import content_of, write
from ledger.tables import ONCE, cursors, deliveries, runs

Seen = dict[str, set[tuple[str, str]]]
YIELDS = (State.PENDING, State.WAITING, State.DEAD)  # states that give way to a newer version


class RunBook:
    """Opens and closes runs, and admits what they read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open_run(self, flow: str, how: Reading, now: datetime) -> int:
        """Begin a run and return its id."""
        with self._engine.begin() as connection:
            values = {"flow": flow, "reading": how, "started_at": now, "touched_at": now}
            return int(connection.execute(runs.insert().values(values).returning(runs.c.id)).scalar_one())

    def open_occurrence(self, flow: str, how: Reading, now: datetime, occurrence: Occurrence) -> int | None:
        """Begin the run of an occurrence; None if one is under way, has ended well, or failed only just."""
        values = {"flow": flow, "reading": how, "started_at": now, "touched_at": now, "occurrence": occurrence.at}
        own = and_(runs.c.flow == flow, runs.c.occurrence == occurrence.at)
        fresh = select(runs.c.id).where(own, runs.c.finished_at > occurrence.again)
        with self._engine.begin() as connection:
            if connection.execute(fresh.limit(1)).first():
                return None
            begun = (
                insert(connection, runs)
                .values(values)
                .on_conflict_do_nothing(index_elements=[runs.c.flow, runs.c.occurrence], index_where=ONCE)
            )
            return connection.execute(begun.returning(runs.c.id)).scalar()

    def close_run(self, run: int, now: datetime, failure: Reason | None) -> None:
        """End a run; `failure` says why it did not come to its end."""
        words = f"{failure.code}: {failure.message}" if failure else None
        with self._engine.begin() as connection:
            # What the sweep has ended stays ended.
            ended = update(runs).where(runs.c.id == run, runs.c.finished_at.is_(None))
            connection.execute(ended.values(finished_at=now, touched_at=now, failure=words))

    def forsake(self, before: datetime, now: datetime, reason: Reason) -> int:
        """End open runs that nobody has added to since `before`; returns how many."""
        held = runs.c.reading != Reading.BACKFILL  # which may rest as long as its lane is full
        open_still = and_(runs.c.finished_at.is_(None), runs.c.touched_at < before, held)
        ended = update(runs).where(open_still).values(finished_at=now, failure=f"{reason.code}: {reason.message}")
        with self._engine.begin() as connection:
            return connection.execute(ended).rowcount

    def cursor(self, flow: str) -> datetime | None:
        """Return how far the flow has read."""
        with reading(self._engine) as connection:
            return connection.execute(select(cursors.c.position).where(cursors.c.flow == flow)).scalar()

    def admit(self, intake: Intake, now: datetime) -> Admitted:
        """Take one page in, in one transaction: new deliveries, older ones superseded, cursor moved, asks answered."""
        with self._engine.begin() as connection:
            return take_in(connection, intake, now)


def take_in(connection: Connection, intake: Intake, now: datetime) -> Admitted:
    """Admit a page within a transaction."""
    seen = _seen(connection, intake)
    rows = [_row(intake, record, seen, now) for record in intake.page.records]
    fresh = [row for row in rows if (row["version"], row["content"]) not in seen.get(row["source_id"], ())]
    _insert(connection, fresh)
    superseded = _supersede(connection, intake, now)
    _lift(connection, intake)
    _count(connection, intake, len(fresh), now)
    _move_cursor(connection, intake)
    answer(connection, intake, now)
    return Admitted(new=len(fresh), known=len(rows) - len(fresh), superseded=superseded)


def _seen(connection: Connection, intake: Intake) -> Seen:
    """Return which versions, with which content, are known of each record of the page."""
    found: Seen = {}
    columns = (deliveries.c.source_id, deliveries.c.version, deliveries.c.content)
    for ids in chunks([record.id for record in intake.page.records]):
        known = and_(deliveries.c.flow == intake.flow, deliveries.c.source_id.in_(ids))
        for source_id, version, content in connection.execute(select(*columns).where(known)):
            found.setdefault(source_id, set()).add((version, content))
    return found


def _row(intake: Intake, record: Record, seen: Seen, now: datetime) -> dict[str, Any]:
    text = write(record.fields)
    signed = f"{text} gone" if record.gone else text
    amount, currency = intake.amounts.get(record.id, (None, None))
    state = _first_state(intake, record, seen)
    return {
        "flow": intake.flow,
        "source_id": record.id,
        "version": record.version,
        "content": content_of(signed),
        "record": text,
        "gone": record.gone,
        "run": intake.run,
        "lane": intake.lane,
        "owner": intake.owner,
        "state": state,
        "due_at": now if state is State.PENDING else None,
        "amount": None if amount is None else format(amount, "f"),
        "currency": currency,
        "created_at": now,
        "settled_at": None if state is State.PENDING else now,
    }


def _first_state(intake: Intake, record: Record, seen: Seen) -> State:
    if any(version > record.version for version, _ in seen.get(record.id, ())):
        return State.SUPERSEDED
    return State.FILTERED if record.id in intake.filtered else State.PENDING


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows; where another run was quicker with the same version, its row stands.

    They go in by record, in which order any two runs wait for each other and never in a ring; versions keep their order.
    """
    unique = (deliveries.c.flow, deliveries.c.source_id, deliveries.c.version, deliveries.c.content)
    ordered = sorted(rows, key=itemgetter("source_id"))
    if ordered:
        connection.execute(insert(connection, deliveries).on_conflict_do_nothing(index_elements=unique), ordered)


def _supersede(connection: Connection, intake: Intake, now: datetime) -> int:
    """Let older versions give way: those that wait, not those under way, whose settlement is still to come."""
    done = 0
    for records in chunks(intake.page.records):
        newer = deliveries.alias("newer")
        has_newer = (
            select(newer.c.id)
            .where(newer.c.flow == deliveries.c.flow, newer.c.source_id == deliveries.c.source_id)
            .where(tuple_(newer.c.version, newer.c.id) > tuple_(deliveries.c.version, deliveries.c.id))
            .exists()
        )
        older = and_(
            deliveries.c.flow == intake.flow,
            deliveries.c.source_id.in_([record.id for record in records]),
            deliveries.c.state.in_(YIELDS),
            has_newer,
        )
        gone = update(deliveries).where(older).values(state=State.SUPERSEDED, settled_at=now, due_at=None)
        done += connection.execute(gone).rowcount
    return done


def _lift(connection: Connection, intake: Intake) -> None:
    """Lift what is known of these records, and still waits in a lane below, into the lane in which it is wanted now."""
    below = lanes_below(intake.lane)
    for ids in chunks([record.id for record in intake.page.records]) if below else ():
        lower = and_(deliveries.c.lane.in_(below), deliveries.c.state.in_((State.PENDING, State.WAITING)))
        mine = and_(deliveries.c.flow == intake.flow, deliveries.c.source_id.in_(ids))
        connection.execute(update(deliveries).where(mine, lower).values(lane=intake.lane))


def _count(connection: Connection, intake: Intake, new: int, now: datetime) -> None:
    size = len(intake.page.records)
    added = {
        "read": runs.c.read + size,
        "new": runs.c.new + new,
        "known": runs.c.known + size - new,
        "filtered": runs.c.filtered + len(intake.filtered),
        "touched_at": now,
    }
    connection.execute(update(runs).where(runs.c.id == intake.run).values(added))


def _move_cursor(connection: Connection, intake: Intake) -> None:
    if intake.page.cursor is None:
        return
    fresh = insert(connection, cursors).values(flow=intake.flow, position=intake.page.cursor)
    further = fresh.on_conflict_do_update(
        index_elements=[cursors.c.flow],
        set_={"position": fresh.excluded.position},
        where=fresh.excluded.position > cursors.c.position,
    )
    connection.execute(further)
