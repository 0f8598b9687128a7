"""What waits to be told? Notifications, queued in the transaction of their change, until acknowledged or 24 hours old."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.salesforce.changes import Change
from sandbox.salesforce.events.outbound.rules import Rule, Rules
from sandbox.salesforce.ids import make_id

LIFETIME = 24 * 3600 * 1000  # milliseconds by the twin's clock (salesforce.md 3.1)
LONGEST = 2 * 3600 * 1000  # between two tries
MOST = 100  # notifications in one message
TABLE = """
CREATE TABLE IF NOT EXISTS outbound_notification (
  id INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, record TEXT NOT NULL, kind TEXT NOT NULL,
  queued INTEGER NOT NULL, due INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, failure TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS outbound_count (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class Notification:
    """One notification; times in milliseconds by the twin's clock."""

    number: int
    rule: str
    record: str
    kind: str
    queued: int
    due: int
    tries: int
    failure: str

    @property
    def id(self) -> str:
        """Return the id by which a receiver knows a notification it has had."""
        return make_id("04l", self.number)


class Queue:
    """The notifications of one org that are not yet acknowledged."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime], rules: Rules) -> None:
        self._connection = connection
        self._now = now
        self._rules = rules
        connection.executescript(TABLE)

    def __call__(self, change: Change) -> None:
        """Queue what the rules say about a change, in its transaction."""
        for rule in self._rules.of(change.object.name):
            if change.kind != "DELETE" and self._tells(rule, change):
                now = self.milliseconds()
                self._connection.execute(
                    "INSERT INTO outbound_notification (rule, record, kind, queued, due) VALUES (?, ?, ?, ?, ?)",
                    (rule.id, change.record_id, change.kind, now, now),
                )

    def milliseconds(self) -> int:
        """Return the twin's time."""
        return round(self._now().timestamp() * 1000)

    def drop_old(self) -> None:
        """Give up what is older than 24 hours, or whose rule is gone."""
        known = [rule.id for rule in self._rules.all()]
        marks = ", ".join("?" * len(known))
        gone = self._connection.execute(
            f"DELETE FROM outbound_notification WHERE queued <= ? OR rule NOT IN ({marks})",  # noqa: S608 — marks alone
            (self.milliseconds() - LIFETIME, *known),
        ).rowcount
        self.count("dropped", gone)

    def due(self, rule: Rule) -> list[Notification]:
        """Return what is to be told now to a rule's endpoint, at most one message."""
        rows = self._connection.execute(
            "SELECT * FROM outbound_notification WHERE rule = ? AND due <= ? ORDER BY due, id LIMIT ?",
            (rule.id, self.milliseconds(), MOST),
        )
        return [Notification(*row) for row in rows]

    def acknowledge(self, notifications: list[Notification]) -> None:
        """Forget what its receiver has taken."""
        self._each("DELETE FROM outbound_notification WHERE id = ?", [(one.number,) for one in notifications])
        self.count("acknowledged", len(notifications))

    def again(self, notifications: list[Notification], first: float, failure: str) -> None:
        """Try again later: after `first` seconds, then twice as long each time, two hours at most."""
        now = self.milliseconds()
        rows = [
            (now + min(round(first * 1000) * 2**one.tries, LONGEST), one.tries + 1, failure, one.number)
            for one in notifications
        ]
        self._each("UPDATE outbound_notification SET due = ?, tries = ?, failure = ? WHERE id = ?", rows)
        self.count("failed", 1)

    def postpone(self, notification: Notification, seconds: float) -> None:
        """Let others go first."""
        due = self.milliseconds() + round(seconds * 1000)
        self._each("UPDATE outbound_notification SET due = ? WHERE id = ?", [(due, notification.number)])

    def count(self, name: str, by: int) -> None:
        """Count what became of notifications and messages."""
        sql = "INSERT INTO outbound_count VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
        if by:
            self._connection.execute(sql, (name, by))

    def counts(self) -> dict[str, int]:
        """Return how many were acknowledged and dropped, and how many messages failed."""
        return dict(self._connection.execute("SELECT * FROM outbound_count ORDER BY name"))

    def waiting(self, limit: int, offset: int = 0) -> tuple[int, list[Notification]]:
        """Return how many wait, and a page of them."""
        (count,) = self._connection.execute("SELECT COUNT(*) FROM outbound_notification").fetchone()
        rows = self._connection.execute(
            "SELECT * FROM outbound_notification ORDER BY id LIMIT ? OFFSET ?", (limit, offset)
        )
        return count, [Notification(*row) for row in rows]

    def clear(self) -> None:
        """Give up all that waits."""
        self._connection.execute("DELETE FROM outbound_notification")

    def _tells(self, rule: Rule, change: Change) -> bool:
        if not self._rules.meets(rule, change.record_id):
            return False
        return not (rule.becoming and change.kind == "UPDATE" and _same(rule, change))

    def _each(self, sql: str, rows: list[Any]) -> None:
        self._connection.executemany(sql, rows)


def _same(rule: Rule, change: Change) -> bool:
    """Tell whether nothing changed that the condition names: then it was met before, too."""
    names = [name for name in change.after if name.lower() in rule.when.lower()]
    return all(change.before.get(name) == change.after.get(name) for name in names)
