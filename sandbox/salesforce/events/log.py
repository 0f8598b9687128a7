"""Where are events kept? In the org's state, for 72 hours by the twin's clock, under ids that only grow."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.salesforce.events.bell import Bell

RETENTION = 72 * 3600 * 1000  # milliseconds (salesforce.md 3.3)
FIRST = 1_000_000  # below the first replay id, so that none is near zero
TABLES = """
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  record TEXT NOT NULL, header TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS event_at ON event (at);
CREATE INDEX IF NOT EXISTS event_name ON event (name, id);
CREATE TABLE IF NOT EXISTS event_told (id INTEGER PRIMARY KEY, at INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Kept:
    """One event: `name` is AccountChangeEvent or Sync_Request__e, `kind` a change type or empty.

    `body` maps fields to [before, after] for a change, and to values for a platform event.
    """

    id: int
    at: int
    name: str
    kind: str
    record: str
    header: dict[str, Any]
    body: dict[str, Any]

    @property
    def replay_id(self) -> bytes:
        """Return the id as it travels: opaque to clients, eight bytes here."""
        return self.id.to_bytes(8, "big")


class EventLog:
    """The events of one org; writes belong to the transaction that is open."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now
        self.bell = Bell()
        connection.executescript(TABLES)
        if connection.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'event'").fetchone() is None:
            connection.execute("INSERT INTO sqlite_sequence VALUES ('event', ?)", (FIRST,))

    def milliseconds(self) -> int:
        """Return the twin's time."""
        return round(self._now().timestamp() * 1000)

    @property
    def busy(self) -> bool:
        """Tell whether a transaction is open: what it has written may yet be undone."""
        return self._connection.in_transaction

    def append(self, event: Kept) -> int:
        """Keep an event, whose id counts for nothing, and return its id."""
        sql = "INSERT INTO event (at, name, kind, record, header, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
        kept = (event.at, event.name, event.kind, event.record, json.dumps(event.header), json.dumps(event.body))
        return int(self._connection.execute(sql, kept).fetchone()[0])

    def rewrite(self, event: Kept) -> None:
        """Keep an event of the open transaction in its new form."""
        self._connection.execute(
            "UPDATE event SET kind = ?, body = ? WHERE id = ?", (event.kind, json.dumps(event.body), event.id)
        )

    def remove(self, event_id: int) -> None:
        """Forget an event of the open transaction."""
        self._connection.execute("DELETE FROM event WHERE id = ?", (event_id,))

    def find(self, event_id: int, record: str) -> Kept | None:
        """Return the event under an id, if it is about a record."""
        row = self._connection.execute(
            "SELECT * FROM event WHERE id = ? AND record = ?", (event_id, record)
        ).fetchone()  # fmt: skip
        return _kept(row) if row else None

    def after(self, event_id: int, names: Sequence[str], limit: int) -> list[Kept]:
        """Return the events of some names behind an id, oldest first; none while a transaction is open, which may be undone."""
        if self.busy:
            return []
        if len(names) == 1:
            rows = self._connection.execute(
                "SELECT * FROM event WHERE name = ? AND id > ? ORDER BY id LIMIT ?", (names[0], event_id, limit)
            )
        else:
            rows = self._connection.execute(
                "SELECT * FROM event WHERE id > ? AND +name IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?",
                (event_id, json.dumps(names), limit),
            )
        return [_kept(row) for row in rows]

    def newest(self, limit: int) -> list[Kept]:
        """Return the newest events, newest first."""
        return [
            _kept(row) for row in self._connection.execute("SELECT * FROM event ORDER BY id DESC LIMIT ?", (limit,))
        ]

    def counts(self) -> dict[str, int]:
        """Return how many events of each name are kept."""
        return dict(self._connection.execute("SELECT name, COUNT(*) FROM event GROUP BY name ORDER BY name"))

    def oldest(self) -> int | None:
        """Return when the oldest event that is kept happened."""
        found: int | None = self._connection.execute("SELECT MIN(at) FROM event").fetchone()[0]
        return found

    def tip(self) -> int:
        """Return the id of the last event there ever was."""
        return int(self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'event'").fetchone()[0])

    def tell_tip(self) -> int:
        """Return the last id for a subscriber to come back with, and remember that it was told."""
        tip = self.tip()
        self._connection.execute("INSERT OR REPLACE INTO event_told VALUES (?, ?)", (tip, self.milliseconds()))
        return tip

    def knows(self, event_id: int) -> bool:
        """Tell whether a subscriber may come back with an id: of an event within the retention, or told as the last one."""
        self.prune()
        sql = "SELECT 1 FROM event WHERE id = ?1 UNION SELECT 1 FROM event_told WHERE id = ?1"
        return self._connection.execute(sql, (event_id,)).fetchone() is not None

    def prune(self) -> None:
        """Forget what is older than the retention."""
        border = self.milliseconds() - RETENTION
        self._connection.execute("DELETE FROM event WHERE at <= ?", (border,))
        self._connection.execute("DELETE FROM event_told WHERE at <= ?", (border,))

    def clear(self) -> None:
        """Forget all events; the ids go on."""
        self._connection.execute("DELETE FROM event")
        self._connection.execute("DELETE FROM event_told")


def _kept(row: tuple[Any, ...]) -> Kept:
    event_id, at, name, kind, record, header, body = row
    return Kept(event_id, at, name, kind, record, json.loads(header), json.loads(body))
