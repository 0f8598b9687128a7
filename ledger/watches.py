"""Who listens, and how far was it heard? One row a stream: its position, and the watch over it with a fence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, and_, case, or_, select, update

from flows.changes import Watch
from flows.errors import Overtaken
from flows.model import Mark
from ledger.engine import insert, reading
from ledger.tables import marks


class WatchBook:
    """Keeps each stream's position, and hands its watch to one process at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mark(self, name: str) -> Mark | None:
        """Return how far the stream was read, and when that was noted; None if never."""
        columns = (marks.c.name, marks.c.position, marks.c.fence, marks.c.noted_at)
        with reading(self._engine) as connection:
            row = connection.execute(select(*columns).where(marks.c.name == name)).first()
        return Mark(*row) if row else None

    def watch(self, name: str, holder: str, now: datetime, until: datetime) -> int | None:
        """Take the watch over a stream, or keep it: returns its fence, None while another holder has it."""
        mine = marks.c.holder == holder
        free = and_(marks.c.name == name, or_(marks.c.holder.is_(None), mine, marks.c.held_until < now))
        fence = case((mine, marks.c.fence), else_=marks.c.fence + 1)
        taken = update(marks).where(free).values(holder=holder, held_until=until, fence=fence)
        with self._engine.begin() as connection:
            first = insert(connection, marks).values(name=name, position="", fence=0, noted_at=now)
            connection.execute(first.on_conflict_do_nothing(index_elements=[marks.c.name]))
            return connection.execute(taken.returning(marks.c.fence)).scalar()

    def leave(self, name: str, holder: str) -> None:
        """Give the watch up, so that whoever stands by takes over at once."""
        mine = and_(marks.c.name == name, marks.c.holder == holder)
        with self._engine.begin() as connection:
            connection.execute(update(marks).where(mine).values(holder=None, held_until=None))

    def watches(self) -> list[Watch]:
        """Return every stream's watch."""
        columns = (marks.c.name, marks.c.holder, marks.c.held_until, marks.c.noted_at)
        with reading(self._engine) as connection:
            return [Watch(*row) for row in connection.execute(select(*columns).order_by(marks.c.name))]


def note_mark(connection: Connection, mark: Mark, now: datetime) -> None:
    """Note how far a stream was read, under the fence of its watch; raise Overtaken when another has taken the watch."""
    same = and_(marks.c.name == mark.name, marks.c.fence == mark.fence)
    moved = connection.execute(update(marks).where(same).values(position=mark.position, noted_at=now))
    if not moved.rowcount:
        words = f"Another process listens to {mark.name} now."
        raise Overtaken("WATCH_TAKEN", words)
