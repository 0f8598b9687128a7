"""Where are the org's records kept? One SQLite table an object, a text column a field."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.plan import Built, build
from sandbox.salesforce.query import Query

Rows = list[tuple[Any, ...]]


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The records of one org, over one connection in autocommit mode."""

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime] = _now) -> None:
        self.connection = connection
        self.now = now
        self.transactions = 0  # how many have begun; tells one from the next
        self.committed: list[Callable[[], None]] = []  # who wants to know that one has been committed
        self.emptied: list[Callable[[], None]] = []  # who empties itself with the records
        self.restored: list[Callable[[], None]] = []  # who has to read again what is in the file
        connection.execute("PRAGMA case_sensitive_like=OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        for owner in objects().values():
            _make_table(connection, owner)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold all writes of one request in one transaction; inside another one it is a savepoint of that."""
        if self.connection.in_transaction:
            with self.attempting():
                yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        self.transactions += 1
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        for tell in self.committed:
            tell()

    @contextmanager
    def attempting(self) -> Iterator[None]:
        """Undo one record's writes when it is refused, inside a request's transaction."""
        self.connection.execute("SAVEPOINT one")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK TO one")
            self.connection.execute("RELEASE one")
            raise
        self.connection.execute("RELEASE one")

    def new_id(self, owner: SObject) -> str:
        """Return the next free id of an object."""
        counted = "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        (number,) = self.connection.execute(counted, (owner.name,)).fetchone()
        return make_id(owner.prefix, number)

    def insert(self, owner: SObject, values: Mapping[str, Any]) -> None:
        """Insert a record, or replace the one with its Id."""
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        sql = f'INSERT OR REPLACE INTO "{owner.name}" ({names}) VALUES ({marks})'  # noqa: S608 — names are the model's
        self.connection.execute(sql, list(values.values()))

    def update(self, owner: SObject, record_id: str, values: Mapping[str, Any]) -> None:
        """Change fields of a record."""
        sets = ", ".join(f'"{name}" = ?' for name in values)
        self.connection.execute(f'UPDATE "{owner.name}" SET {sets} WHERE "Id" = ?', [*values.values(), record_id])  # noqa: S608 — names are the model's

    def get(self, owner: SObject, record_id: str) -> dict[str, Any] | None:
        """Return a record that is not deleted, by its id."""
        found = self.where(owner, "Id", record_id)
        return found[0] if found else None

    def where(self, owner: SObject, name: str, value: str) -> list[dict[str, Any]]:
        """Return the records of which a field has a value; text is compared without case."""
        collate = "" if name == "Id" else "COLLATE NOCASE"
        sql = f'SELECT * FROM "{owner.name}" WHERE "{name}" = ? {collate} AND "IsDeleted" = \'false\''  # noqa: S608 — names are the model's
        cursor = self.connection.execute(sql, (value,))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def plan(self, query: Query, *, deleted: bool = False) -> Built:
        """Plan a query for today."""
        return build(query, self.now().date(), deleted=deleted)

    def rows(self, built: Built) -> Rows:
        """Run a plan."""
        return self.connection.execute(built.sql, built.parameters).fetchall()

    def child_rows(self, built: Built, parents: Sequence[str]) -> Rows:
        """Run a subquery's plan for the given parents; the last column of each row is its parent."""
        return self.connection.execute(built.sql, [*built.parameters, json.dumps(parents)]).fetchall()

    def clear(self) -> None:
        """Delete every record; the counters go on, so no id is given twice."""
        with self.writing():
            for owner in objects().values():
                self.connection.execute(f'DELETE FROM "{owner.name}"')  # noqa: S608 — names are the model's
            for empty in self.emptied:
                empty()


def _make_table(connection: sqlite3.Connection, owner: SObject) -> None:
    columns = ", ".join(
        '"Id" TEXT PRIMARY KEY' if found.name == "Id" else f'"{found.name}" TEXT' for found in owner.fields.values()
    )
    connection.execute(f'CREATE TABLE IF NOT EXISTS "{owner.name}" ({columns}) WITHOUT ROWID')
    looked_up = [found.name for found in owner.fields.values() if found.parent or found.has("external")]
    for name in (*looked_up, "SystemModstamp"):
        collate = "" if name.endswith("Id") or name == "SystemModstamp" else "COLLATE NOCASE"
        connection.execute(f'CREATE INDEX IF NOT EXISTS "{owner.name}_{name}" ON "{owner.name}" ("{name}" {collate})')
