"""How far has each backfill read, and who may go on with it? A row a backfill, beside the run that counts what it read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, select, update

from flows.model import Intake, Reading, Reason
from flows.moments import Keyset
from flows.past import Backfill, Stretch, Turn
from ledger.audit import note
from ledger.engine import reading
from ledger.intake import take_in
from ledger.lanes import is_live
from ledger.tables import backfills, deliveries, runs

OPEN = backfills.c.run.in_(select(runs.c.id).where(runs.c.reading == Reading.BACKFILL, runs.c.finished_at.is_(None)))
REPORTED = (
    "run", "flow", "since", "until", "moment", "read", "new", "known", "filtered", "resting", "who",
    "started_at", "finished_at", "failure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """One backfill as people see it; `moment` is how far it has read."""

    run: int
    flow: str
    since: datetime
    until: datetime | None
    moment: datetime
    read: int
    new: int
    known: int
    filtered: int
    resting: str | None
    who: str
    started_at: datetime
    finished_at: datetime | None
    failure: str | None

    @property
    def state(self) -> str:
        """Return how it stands, in a word."""
        if self.finished_at is None:
            return "resting" if self.resting else "reading"
        return "ended" if self.failure is None else self.failure.split(":")[0].lower()


class PastBook:
    """The Past port, and what people ask about backfills."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, flow: str, stretch: Stretch, who: str, now: datetime) -> int:
        """Write a backfill down, with a run of its own; returns the run's id, which is the backfill's too."""
        run = {"flow": flow, "reading": Reading.BACKFILL, "started_at": now, "touched_at": now}
        row = {"since": stretch.since, "until": stretch.until, "moment": stretch.since, "key": "", "who": who}
        with self._engine.begin() as connection:
            own = int(connection.execute(runs.insert().values(run).returning(runs.c.id)).scalar_one())
            connection.execute(backfills.insert().values(row | {"run": own, "leased_until": now}))
            note(connection, [(who, "backfill", f"{flow} since {stretch.since.isoformat()}", None, str(own))], now)
        return own

    def lease(self, now: datetime, until: datetime) -> Sequence[Turn]:
        """Lease every open backfill that nobody holds and that does not rest."""
        free = and_(OPEN, backfills.c.leased_until <= now)
        with reading(
            self._engine
        ) as connection:  # asked at every relay, and seldom is there one: no write lock for that
            found = connection.execute(select(backfills.c.run).where(free)).scalars().all()
        return tuple(turn for run in found if (turn := self._lease(run, free, until)))

    def _lease(self, run: int, free: ColumnElement[bool], until: datetime) -> Turn | None:
        taken = update(backfills).where(backfills.c.run == run, free)
        with self._engine.begin() as connection:
            fences = taken.values(fence=backfills.c.fence + 1, leased_until=until).returning(backfills.c.fence)
            fence = connection.execute(fences).scalar()
        return None if fence is None else Turn(run, fence)

    def claim(self, turn: Turn, until: datetime) -> Backfill | None:
        """Take a leased backfill in hand; None if it is another's by now, or at its end."""
        taken = update(backfills).where(_held_under(turn), OPEN).values(fence=turn.fence + 1, leased_until=until)
        wanted = (backfills.c.moment, backfills.c.key, backfills.c.until)
        with self._engine.begin() as connection:
            row = connection.execute(taken.returning(*wanted)).first()
            if row is None:
                return None
            flow = connection.execute(select(runs.c.flow).where(runs.c.id == turn.run)).scalar_one()
        return Backfill(Turn(turn.run, turn.fence + 1), flow, Keyset(row.moment, row.key), row.until)

    def extend(self, turns: Sequence[Turn], until: datetime) -> None:
        """Prolong the turns that are still held under these fences."""
        with self._engine.begin() as connection:
            for turn in turns:
                _change(connection, turn, leased_until=until)

    def admit(self, backfill: Backfill, intake: Intake, until: datetime, now: datetime) -> bool:
        """Take a page in and move to the backfill's new place, in one transaction; False, and nothing, if it is another's."""
        place = {"moment": backfill.place.moment, "key": backfill.place.id, "leased_until": until, "resting": None}
        with self._engine.begin() as connection:
            if not _change(connection, backfill.turn, **place):
                return False
            take_in(connection, intake, now)
        return True

    def rest(self, turn: Turn, until: datetime, reason: Reason | None) -> None:
        """Put a backfill down until a time, with the reason for people."""
        with self._engine.begin() as connection:
            _change(connection, turn, fence=turn.fence + 1, leased_until=until, resting=_words(reason))

    def end(self, turn: Turn, now: datetime, failure: Reason | None) -> None:
        """End a backfill."""
        with self._engine.begin() as connection:
            if _change(connection, turn, fence=turn.fence + 1, resting=None):
                ended = {"finished_at": now, "touched_at": now, "failure": _words(failure)}
                connection.execute(update(runs).where(runs.c.id == turn.run).values(ended))

    def under_way(self, lane: str) -> int:
        """Return how many deliveries of a lane have not come to an end."""
        counted = select(func.count()).select_from(deliveries).where(deliveries.c.lane == lane, is_live())
        with reading(self._engine) as connection:
            return int(connection.execute(counted).scalar_one())

    def stop(self, run: int, who: str, now: datetime) -> bool:
        """End a backfill at a person's word; whoever has it in hand admits nothing more. False if it has ended."""
        open_still = and_(runs.c.id == run, runs.c.reading == Reading.BACKFILL, runs.c.finished_at.is_(None))
        stopped = update(runs).where(open_still).values(finished_at=now, touched_at=now, failure=f"STOPPED: by {who}")
        with self._engine.begin() as connection:
            if not connection.execute(stopped).rowcount:
                return False
            connection.execute(
                update(backfills).where(backfills.c.run == run).values(fence=backfills.c.fence + 1, resting=None)
            )
            note(connection, [(who, "stop backfill", str(run), None, None)], now)
        return True

    def resume(self, run: int, who: str, now: datetime) -> bool:
        """Let a backfill that was stopped or failed go on from its place. False if there is none such."""
        broken = and_(runs.c.id == run, runs.c.reading == Reading.BACKFILL, runs.c.failure.is_not(None))
        opened = update(runs).where(broken).values(finished_at=None, touched_at=now, failure=None)
        with self._engine.begin() as connection:
            if not connection.execute(opened).rowcount:
                return False
            connection.execute(update(backfills).where(backfills.c.run == run).values(leased_until=now))
            note(connection, [(who, "resume backfill", str(run), None, None)], now)
        return True

    def reports(self) -> Sequence[BackfillReport]:
        """Return all backfills, newest first."""
        columns = [backfills.c[name] if name in backfills.c else runs.c[name] for name in REPORTED]
        wanted = select(*columns).join(runs, runs.c.id == backfills.c.run).order_by(backfills.c.run.desc())
        with reading(self._engine) as connection:
            return [BackfillReport(*row) for row in connection.execute(wanted)]


def _held_under(turn: Turn) -> ColumnElement[bool]:
    return and_(backfills.c.run == turn.run, backfills.c.fence == turn.fence)


def _change(connection: Connection, turn: Turn, **values: object) -> bool:
    return bool(connection.execute(update(backfills).where(_held_under(turn)).values(values)).rowcount)


def _words(reason: Reason | None) -> str | None:
    return f"{reason.code}: {reason.message}" if reason else None
