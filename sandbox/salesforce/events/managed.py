"""Which managed subscriptions are there, and where is each? Set up through the control API, kept in the org's state."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from sandbox.salesforce.events.log import EventLog
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.ids import make_id


@dataclass(frozen=True)
class Managed:
    """One managed subscription; `earliest` says where it begins as long as nothing is committed."""

    name: str
    topic: str
    earliest: bool

    @property
    def id(self) -> str:
        """Return the id of its ManagedEventSubscription record."""
        return make_id("18x", crc32(self.name.encode()))


class ManagedSubscriptions:
    """The managed subscriptions of one org."""

    def __init__(self, connection: sqlite3.Connection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        connection.execute("CREATE TABLE IF NOT EXISTS event_place (name TEXT PRIMARY KEY, id INTEGER NOT NULL)")

    def all(self) -> list[Managed]:
        """Return all subscriptions."""
        return [_managed(name, spec) for name, spec in self._settings.managed.items()]

    def find(self, key: str) -> Managed | None:
        """Return a subscription by its developer name, or by its id in either length."""
        return next((one for one in self.all() if key in {one.name, one.id, one.id[:15]}), None)

    def place(self, found: Managed, log: EventLog) -> int:
        """Return where a subscription goes on; an id that is no longer kept is worth no more than none."""
        row = self._connection.execute("SELECT id FROM event_place WHERE name = ?", (found.name,)).fetchone()
        if row and log.knows(row[0]):
            return int(row[0])
        return 0 if found.earliest else log.tip()

    def commit(self, name: str, place: int) -> None:
        """Remember where a subscription is; it never goes back."""
        self._connection.execute(
            "INSERT INTO event_place VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET id = MAX(id, excluded.id)",
            (name, place),
        )


def _managed(name: str, spec: dict[str, Any]) -> Managed:
    return Managed(name, str(spec.get("topic", "")), str(spec.get("replay", "LATEST")).upper() == "EARLIEST")
