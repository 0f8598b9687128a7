"""Where are the account's records kept? One SQLite table a group: JSON documents, their keys in columns."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sandbox.netsuite import parcels
from sandbox.netsuite.documents import dump
from sandbox.netsuite.fields import families
from sandbox.netsuite.journal import Entry, Journal
from sandbox.netsuite.queries import Queries
from sandbox.netsuite.stored import COLUMNS, Stored, stored

__all__ = ["Store", "Stored"]

# `party`, `day` and `status` are a transaction's entity, date and letter, kept apart so that an index reaches them.
_TABLE = """
CREATE TABLE IF NOT EXISTS "{0}" (
  id INTEGER NOT NULL PRIMARY KEY, type TEXT NOT NULL, external_key TEXT, external_id TEXT, name TEXT,
  created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL, party INTEGER, day TEXT, status TEXT);
CREATE INDEX IF NOT EXISTS "{0}_type" ON "{0}" (type);
CREATE INDEX IF NOT EXISTS "{0}_party" ON "{0}" (party, type, status) WHERE party IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS "{0}_external" ON "{0}" (external_key) WHERE external_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS "{0}_as_sent" ON "{0}" (external_id);
CREATE INDEX IF NOT EXISTS "{0}_name" ON "{0}" (name COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS "{0}_modified" ON "{0}" (modified);
"""
_SAVE = """
INSERT INTO "ns_{0}" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET type = excluded.type,
  external_key = excluded.external_key, external_id = excluded.external_id, name = excluded.name,
  created = excluded.created, modified = excluded.modified, doc = excluded.doc, party = excluded.party,
  day = excluded.day, status = excluded.status
"""
_CACHED = 20_000
_HIGHEST = 2**63 - 1  # SQLite's integers end here


class Store(Queries):
    """The records of one account, over one connection that is in autocommit mode."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        connection.executescript("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);")
        self.journal = Journal(connection)
        for family in families():
            connection.executescript(_TABLE.format(f"ns_{family}"))
        parcels.prepare(connection)
        self._seen: dict[tuple[str, int], Stored] = {}
        self.also: set[str] = set()  # tables of others in this file that are emptied with it
        self._counters: dict[str, int] = {}

    @contextmanager
    def call(self) -> Iterator[None]:
        """Hold all writes of one call in one transaction; an exception undoes them all. Inside another, a savepoint."""
        if self.connection.in_transaction:
            with self.part():
                yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            rows = list(self._counters.items())
            self.connection.executemany("INSERT OR REPLACE INTO counter VALUES (?, ?)", rows)
            self.connection.execute("COMMIT")
        except BaseException:
            self.forget()
            self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def part(self) -> Iterator[None]:
        """Hold the writes of a part of a call; numbers drawn in it stay drawn when it is undone."""
        self.connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._seen.clear()
            self._made.clear()
            self.connection.execute("ROLLBACK TO part")
            raise
        finally:
            self.connection.execute("RELEASE part")

    def nothing(self) -> AbstractContextManager[None]:
        """Stand in for `part()` where a write cannot fail half-way."""
        return nullcontext()

    def forget(self) -> None:
        """Drop what is remembered of the file: it may have changed underneath."""
        self._seen.clear()
        self._counters.clear()
        self._made.clear()

    def next(self, counter: str, start: int) -> int:
        """Draw the next number of a counter; the first is `start`."""
        if counter not in self._counters:
            row = self.connection.execute("SELECT value FROM counter WHERE name = ?", (counter,)).fetchone()
            self._counters[counter] = row[0] if row else start - 1
        self._counters[counter] += 1
        return self._counters[counter]

    def next_id(self, family: str) -> int:
        """Draw the next internal id of a group; ids grow and are never used twice."""
        if f"id {family}" not in self._counters:
            kept = self.connection.execute("SELECT value FROM counter WHERE name = ?", (f"id {family}",)).fetchone()
            top = self.connection.execute(f'SELECT max(id) FROM "ns_{family}"').fetchone()[0]  # noqa: S608 — names are ours
            self._counters[f"id {family}"] = max(kept[0] if kept else 0, top or 0, 100)
        return self.next(f"id {family}", 101)

    def take_id(self, family: str, number: int) -> int:
        """Use an id that the caller brings; later ids are drawn above it."""
        above = self.next_id(family)
        self._counters[f"id {family}"] = max(above - 1, number)
        return number

    def by_id(self, family: str, key: int | str) -> Stored | None:
        """Find a record by its internal id; anything but a number finds nothing."""
        try:
            number = int(key)
        except ValueError:
            return None
        if abs(number) > _HIGHEST:
            return None
        seen = self._seen.get((family, number))
        return seen or self._one(family, "id", number)

    def by_external(self, family: str, external_id: str) -> Stored | None:
        """Find a record of the group by its external id, in any case (netsuite.md 0.5)."""
        return self._one(family, "external_key", external_id.lower())

    def by_name(self, family: str, name: str) -> Stored | None:
        """Find a record of the group by its name (an entity's entityId, an order's number)."""
        return self._one(family, "name", name, "COLLATE NOCASE")

    def _one(self, family: str, column: str, value: object, collate: str = "") -> Stored | None:
        query = f'SELECT {COLUMNS} FROM "ns_{family}" WHERE {column} = ? {collate}'  # noqa: S608 — names are ours
        row = self.connection.execute(query, (value,)).fetchone()
        return self._remember(stored(family, row)) if row else None

    def _remember(self, record: Stored) -> Stored:
        if record.family != "transaction":
            if len(self._seen) >= _CACHED:
                self._seen.clear()
            self._seen[record.family, record.id] = record
        return record

    def save(self, record: Stored) -> None:
        """Write a record in full, new or old."""
        key = record.external_id.lower() if record.external_id else None
        self.connection.execute(
            _SAVE.format(record.family),
            (
                record.id,
                record.type,
                key,
                record.external_id,
                record.name,
                record.created,
                record.modified,
                dump(record.doc),
                record.party,
                record.day,
                record.status,
            ),
        )
        self._made.pop(record.family, None)
        self._remember(record)

    def delete(self, record: Stored) -> None:
        """Remove a record."""
        self._seen.pop((record.family, record.id), None)
        self._made.pop(record.family, None)
        self.connection.execute(f'DELETE FROM "ns_{record.family}" WHERE id = ?', (record.id,))  # noqa: S608 — names are ours

    def history(self, family: str, number: int) -> list[Entry]:
        """Tell a record's changes, oldest first."""
        return self.journal.history(family, number)

    def empty(self) -> None:
        """Remove every record and every counter."""
        self.forget()
        self.journal.empty()
        for family in families():
            self.connection.execute(f'DELETE FROM "ns_{family}"')  # noqa: S608 — names are ours
        for table in ("counter", *self.also):
            self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 — names are ours
