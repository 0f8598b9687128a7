"""What has the outside asked for, and what of it is still to be answered? One row an ask, gone once it is answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, delete, func, or_, select, tuple_, update

from flows.model import Ask, Intake, Mark
from ledger.engine import chunks, insert, is_postgresql, reading
from ledger.tables import asks, runs
from ledger.watches import note_mark

PATIENCE = timedelta(
    minutes=10
)  # what a source has not shown by then it never will: the hint was not one of its versions
Key = tuple[str, str]


class AskBook:
    """Notes what was asked for, tells what is outstanding, and strikes off what has been answered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, wanted: Sequence[Ask], now: datetime, mark: Mark | None = None) -> int:
        """Note the asks, and how far their stream was read, in one transaction; returns how many were not outstanding yet."""
        with self._engine.begin() as connection:
            last = connection.execute(select(func.max(runs.c.id))).scalar() or 0
            single = _collapsed(wanted)
            known = sum(_known(connection, chunk) for chunk in chunks([_key(one) for one in single]))
            for chunk in chunks(single):
                _note(connection, [_row(one, last, now) for one in chunk])
            if mark:
                note_mark(connection, mark, now)
        return len(single) - known

    def outstanding(self, flow: str, ids: Sequence[str]) -> Sequence[str]:
        """Return which of the ids are still asked for, in their order."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            for chunk in chunks(ids):
                same = and_(asks.c.flow == flow, asks.c.source_id.in_(chunk))
                found.update(connection.execute(select(asks.c.source_id).where(same)).scalars())
        return [one for one in dict.fromkeys(ids) if one in found]

    def asked(self, before: datetime, most: int) -> Sequence[Ask]:
        """Return up to `most` asks that nobody has knocked for since `before`, longest unheard first."""
        columns = [asks.c[name] for name in Ask.__dataclass_fields__]
        overdue = select(*columns).where(asks.c.knocked_at < before).order_by(asks.c.knocked_at, asks.c.id).limit(most)
        with reading(self._engine) as connection:
            return [Ask(*row) for row in connection.execute(overdue)]

    def knocked(self, wanted: Sequence[Ask], now: datetime) -> None:
        """Note that these asks are knocked for once more."""
        with self._engine.begin() as connection:
            for chunk in chunks([_key(one) for one in wanted]):
                rows = _locked(connection, tuple_(asks.c.flow, asks.c.source_id).in_(chunk))
                connection.execute(update(asks).where(asks.c.id.in_(rows)).values(knocked_at=now))

    def strike(self, flow: str, ids: Sequence[str], run: int, now: datetime) -> int:
        """Strike off asks whose record the run did not find; one that said "gone" stays until the source says so, too."""
        done = 0
        with self._engine.begin() as connection:
            for chunk in chunks(ids):
                unfound = and_(asks.c.flow == flow, asks.c.source_id.in_(chunk), asks.c.after_run < run)
                done += _delete(connection, and_(unfound, or_(~asks.c.gone, asks.c.asked_at < now - PATIENCE)))
        return done


def answer(connection: Connection, intake: Intake, now: datetime) -> None:
    """Strike off the asks that this page answers: read after they were noted, at the version they hint at or a newer one."""
    for records in chunks(intake.page.records):
        newest = {record.id: record.version for record in sorted(records, key=lambda one: one.version)}
        mine = and_(asks.c.flow == intake.flow, asks.c.source_id.in_(newest), asks.c.after_run < intake.run)
        if not connection.execute(select(asks.c.id).where(mine).limit(1)).first():
            continue
        reached = case(newest, value=asks.c.source_id)
        _delete(connection, and_(mine, or_(asks.c.version <= reached, asks.c.asked_at < now - PATIENCE)))


def _key(ask: Ask) -> Key:
    return ask.flow, ask.source_id


def _collapsed(wanted: Sequence[Ask]) -> list[Ask]:
    """Return one ask a record with the newest hint, in the order of their keys, in which all writers lock them."""
    found: dict[Key, Ask] = {}
    for one in sorted(wanted, key=lambda ask: (*_key(ask), ask.version)):
        before = found.get(_key(one))
        found[_key(one)] = one if before is None else _joined(before, one)
    return list(found.values())


def _joined(before: Ask, one: Ask) -> Ask:
    first = min(before.asked_at, one.asked_at)
    return Ask(one.flow, one.source_id, one.version, before.gone or one.gone, one.origin, first)


def _known(connection: Connection, keys: Sequence[Key]) -> int:
    same = tuple_(asks.c.flow, asks.c.source_id).in_(keys)
    return int(connection.execute(select(func.count()).select_from(asks).where(same)).scalar_one())


def _row(ask: Ask, last: int, now: datetime) -> dict[str, Any]:
    return {
        "flow": ask.flow,
        "source_id": ask.source_id,
        "version": ask.version,
        "gone": ask.gone,
        "origin": ask.origin[:100],
        "asked_at": ask.asked_at,
        "knocked_at": now,
        "after_run": last,  # only a run that begins later surely reads what this ask is about
    }


def _note(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    fresh = insert(connection, asks).values(list(rows))
    newer = {
        "version": case((fresh.excluded.version > asks.c.version, fresh.excluded.version), else_=asks.c.version),
        "gone": or_(fresh.excluded.gone, asks.c.gone),
        "origin": fresh.excluded.origin,
        "knocked_at": fresh.excluded.knocked_at,
        "after_run": fresh.excluded.after_run,
    }
    connection.execute(fresh.on_conflict_do_update(index_elements=[asks.c.flow, asks.c.source_id], set_=newer))


def _locked(connection: Connection, which: ColumnElement[bool]) -> Sequence[int]:
    """Return the ids of these asks, locked in the order in which everybody locks them, so that no two wait in a ring."""
    found = select(asks.c.id).where(which).order_by(asks.c.flow, asks.c.source_id)
    if is_postgresql(connection):
        found = found.with_for_update()
    return connection.execute(found).scalars().all()


def _delete(connection: Connection, which: ColumnElement[bool]) -> int:
    rows = _locked(connection, which)
    return connection.execute(delete(asks).where(asks.c.id.in_(rows))).rowcount if rows else 0
