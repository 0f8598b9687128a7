"""What has become of a record, change by change? Written down as it happens, by whom, for the bookkeeper's page."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.salesforce.changes import Change
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp
from sandbox.twin.page.views import Happening
from sandbox.twin.voice import calling

_TABLES = """
CREATE TABLE IF NOT EXISTS happening (
  record TEXT NOT NULL, at TEXT NOT NULL, call TEXT NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS happening_of ON happening (record);
"""
_UNTOLD = frozenset({"SystemModstamp", "LastModifiedDate", "LastModifiedById", "IsDeleted"})
_WORDS = {"CREATE": "Created", "UPDATE": "Changed", "DELETE": "Deleted", "UNDELETE": "Undeleted"}
_LONGEST = 500


@dataclass
class History:
    """The changes of one org's records; what is loaded is there from the beginning and has none."""

    store: Store

    def __post_init__(self) -> None:
        """Make its table, and empty it with the records."""
        self.store.connection.executescript(_TABLES)
        self.store.emptied.append(self._empty)

    def _empty(self) -> None:
        self.store.connection.execute("DELETE FROM happening")

    def watch(self, change: Change) -> None:
        """Write a change down, inside the transaction that makes it."""
        names = [] if change.kind != "UPDATE" else [
            name for name, value in change.after.items() if name not in _UNTOLD and change.before.get(name) != value
        ]  # fmt: skip
        told = [
            [name, str(change.before.get(name) or "")[:_LONGEST], str(change.after[name] or "")[:_LONGEST]]
            for name in names
        ]
        row = (change.record_id, stamp(self.store.now()), calling.get(), change.kind, json.dumps(told))
        self.store.connection.execute("INSERT INTO happening VALUES (?, ?, ?, ?, ?)", row)


def read(reading: sqlite3.Connection, record: str) -> Iterator[Happening]:
    """Tell a record's changes, oldest first."""
    query = "SELECT at, call, kind, what FROM happening WHERE record = ? ORDER BY rowid"
    for at, call, kind, what in reading.execute(query, (record,)):
        time = f"{at[:10]} {at[11:19]} UTC"
        yield Happening(time, call, _WORDS.get(kind, kind), [(name, old, new) for name, old, new in json.loads(what)])
