"""Where are the account's records kept? One SQLite table a group: JSON documents, their keys in columns."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.netsuite.documents import Document, dump, load
from sandbox.netsuite.fields import families

_TABLE = """
CREATE TABLE IF NOT EXISTS "{0}" (
  id INTEGER NOT NULL PRIMARY KEY, type TEXT NOT NULL, external_key TEXT, external_id TEXT, name TEXT,
  created TEXT NOT NULL, modified TEXT NOT NULL, doc TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS "{0}_external" ON "{0}" (external_key) WHERE external_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS "{0}_as_sent" ON "{0}" (external_id);
CREATE INDEX IF NOT EXISTS "{0}_name" ON "{0}" (name COLLATE NOCASE);
CREATE INDEX IF NOT EXISTS "{0}_modified" ON "{0}" (modified);
"""
_SAVE = """
INSERT INTO "ns_{0}" VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET type = excluded.type,
  external_key = excluded.external_key, external_id = excluded.external_id, name = excluded.name,
  created = excluded.created, modified = excluded.modified, doc = excluded.doc
"""
_COLUMNS = "id, type, external_id, name, created, modified, doc"
_CACHED = 20_000


@dataclass(slots=True)
class Stored:
    """One record as it is kept; `created` and `modified` are UTC, `YYYY-MM-DD HH:MM:SS`."""

    family: str
    type: str
    id: int
    external_id: str | None
    name: str
    created: str
    modified: str
    doc: Document


def _stored(family: str, row: tuple[int, str, str | None, str, str, str, str]) -> Stored:
    return Stored(family, row[1], row[0], row[2], row[3], row[4], row[5], load(row[6]))


class Store:
    """The records of one account, over one connection that is in autocommit mode."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        connection.executescript("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);")
        for family in families():
            connection.executescript(_TABLE.format(f"ns_{family}"))
        self._seen: dict[tuple[str, int], Stored] = {}
        self.also: set[str] = set()  # tables of others in this file that are emptied with it
        self._counters: dict[str, int] = {}

    @contextmanager
    def call(self) -> Iterator[None]:
        """Hold all writes of one call in one transaction; an exception undoes them all. Inside another, a savepoint."""
        if self.connection.in_transaction:
            with self._part():
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
    def _part(self) -> Iterator[None]:
        """Hold the writes of a part of a call; numbers drawn in it stay drawn when it is undone."""
        self.connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._seen.clear()
            self.connection.execute("ROLLBACK TO part")
            raise
        finally:
            self.connection.execute("RELEASE part")

    def forget(self) -> None:
        """Drop what is remembered of the file: it may have changed underneath."""
        self._seen.clear()
        self._counters.clear()

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
        seen = self._seen.get((family, number))
        return seen or self._one(family, "id", number)

    def by_external(self, family: str, external_id: str) -> Stored | None:
        """Find a record of the group by its external id, in any case (netsuite.md 0.5)."""
        return self._one(family, "external_key", external_id.lower())

    def by_name(self, family: str, name: str) -> Stored | None:
        """Find a record of the group by its name (an entity's entityId, an order's number)."""
        return self._one(family, "name", name, "COLLATE NOCASE")

    def _one(self, family: str, column: str, value: object, collate: str = "") -> Stored | None:
        query = f'SELECT {_COLUMNS} FROM "ns_{family}" WHERE {column} = ? {collate}'  # noqa: S608 — names are ours
        row = self.connection.execute(query, (value,)).fetchone()
        return self._remember(_stored(family, row)) if row else None

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
            ),
        )
        self._remember(record)

    def delete(self, record: Stored) -> None:
        """Remove a record."""
        self._seen.pop((record.family, record.id), None)
        self.connection.execute(f'DELETE FROM "ns_{record.family}" WHERE id = ?', (record.id,))  # noqa: S608 — names are ours

    def page(self, record_type: tuple[str, str], limit: int, offset: int, contains: str = "") -> list[Stored]:
        """List records of (family, type) by id; `contains` is looked for in the document's text and the keys."""
        family, name = record_type
        query = (
            f'SELECT {_COLUMNS} FROM "ns_{family}" WHERE type = ? '  # noqa: S608 — names are ours
            "AND (? = '' OR instr(lower(doc || ' ' || coalesce(external_id, '') || ' ' || coalesce(name, '')), ?)) "
            "ORDER BY id LIMIT ? OFFSET ?"
        )
        low = contains.lower()
        rows = self.connection.execute(query, (name, low, low, limit, offset)).fetchall()
        return [_stored(family, row) for row in rows]

    def select(self, family: str, where: str, bound: list[Any], page: tuple[int, int]) -> list[Stored]:
        """List a group's records by id under a compiled condition on alias `r`; `page` is (limit, offset)."""
        names = ", ".join(f"r.{name}" for name in _COLUMNS.split(", "))
        query = f'SELECT {names} FROM "ns_{family}" r WHERE {where} ORDER BY r.id LIMIT ? OFFSET ?'  # noqa: S608 — compiled, values bound
        return [_stored(family, row) for row in self.connection.execute(query, [*bound, *page])]

    def count_where(self, family: str, where: str, bound: list[Any]) -> int:
        """Count a group's records under a compiled condition on alias `r`."""
        query = f'SELECT count(*) FROM "ns_{family}" r WHERE {where}'  # noqa: S608 — compiled, values bound
        number: int = self.connection.execute(query, bound).fetchone()[0]
        return number

    def count(self, family: str, name: str) -> int:
        """Count the records of one type."""
        query = f'SELECT count(*) FROM "ns_{family}" WHERE type = ?'  # noqa: S608 — names are ours
        number: int = self.connection.execute(query, (name,)).fetchone()[0]
        return number

    def empty(self) -> None:
        """Remove every record and every counter."""
        self.forget()
        for family in families():
            self.connection.execute(f'DELETE FROM "ns_{family}"')  # noqa: S608 — names are ours
        for table in ("counter", *self.also):
            self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 — names are ours
