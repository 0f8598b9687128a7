"""Where are the org's records kept? One SQLite table an object, a text column a field."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sandbox.salesforce.building import build
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.model import SYSTEM, Field, SObject, objects
from sandbox.salesforce.plan import Built
from sandbox.salesforce.query import Query

Rows = list[tuple[Any, ...]]


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The records of one org, over one connection in autocommit mode."""

    child_page = 2000  # rows of a subquery that one record shows at once

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], datetime] = _now) -> None:
        self.connection = connection
        self.now = now
        self.transactions = 0  # how many have begun; tells one from the next
        self.ended: list[Callable[[], None]] = []  # who wants to know that one has ended
        self.emptied: list[Callable[[], None]] = []  # who empties itself with the records
        self.restored: list[Callable[[], None]] = []  # who has to read again what is in the file
        connection.execute("PRAGMA case_sensitive_like=OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        connection.execute("CREATE TABLE IF NOT EXISTS switch (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        connection.execute("CREATE TABLE IF NOT EXISTS bin (id TEXT PRIMARY KEY, object TEXT, root TEXT) WITHOUT ROWID")
        connection.execute("CREATE INDEX IF NOT EXISTS bin_root ON bin (root)")
        for owner in objects().values():
            _make_table(connection, owner)

    def switch(self, name: str) -> bool:
        """Tell whether a switch of the org is on."""
        return (
            self.connection.execute("SELECT 1 FROM switch WHERE name = ? AND value = 1", (name,)).fetchone() is not None
        )

    def set_switch(self, name: str, *, on: bool) -> None:
        """Turn a switch of the org on or off."""
        self.connection.execute("INSERT OR REPLACE INTO switch VALUES (?, ?)", (name, int(on)))

    def put_into_bin(self, kind: str, record_id: str, root: str) -> None:
        """Remember with whose deletion a record was deleted."""
        self.connection.execute("INSERT OR REPLACE INTO bin VALUES (?, ?, ?)", (record_id, kind, root))

    def take_out_of_bin(self, root: str) -> list[tuple[str, str]]:
        """Forget, and return, the object and id of all that was deleted with a record, itself included."""
        taken = "DELETE FROM bin WHERE root = ? RETURNING object, id"
        return [(str(kind), str(one)) for kind, one in self.connection.execute(taken, (root,)).fetchall()]

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
            self._tell()
            raise
        self.connection.execute("COMMIT")
        self._tell()

    def _tell(self) -> None:
        for tell in self.ended:
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

    def count_up(self, name: str) -> int:
        """Return the next number of a counter, from 1."""
        counted = "INSERT INTO counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        (number,) = self.connection.execute(counted, (name,)).fetchone()
        return int(number)

    def new_id(self, owner: SObject) -> str:
        """Return the next free id of an object; ids that were loaded are taken."""
        taken = f'SELECT 1 FROM "{owner.name}" WHERE "Id" = ?'  # noqa: S608 — a name of the model's
        while True:
            found = make_id(owner.prefix, self.count_up(owner.name))
            if self.connection.execute(taken, (found,)).fetchone() is None:
                return found

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

    def get(self, owner: SObject, record_id: str, *, deleted: bool = False) -> dict[str, Any] | None:
        """Return a record by its id; those in the recycle bin only on demand."""
        alive = "" if deleted else " AND \"IsDeleted\" = 'false'"
        found = self._read(f'SELECT * FROM "{owner.name}" WHERE "Id" = ?{alive}', (record_id,))  # noqa: S608 — a name of the model's
        return found[0] if found else None

    def where(self, owner: SObject, name: str, value: str) -> list[dict[str, Any]]:
        """Return the records of which a field has a value; text is compared without case.

        Nearly all records are alive: the plus keeps the index on that from being taken for as good as the field's.
        """
        collate = "" if name.endswith("Id") else "COLLATE NOCASE"
        sql = f'SELECT * FROM "{owner.name}" WHERE "{name}" = ? {collate} AND +"IsDeleted" = \'false\''  # noqa: S608 — names are the model's
        return self._read(sql, (value,))

    def newest(self, owner: SObject, most: int) -> list[dict[str, Any]]:
        """Return the records that were touched last."""
        sql = f'SELECT * FROM "{owner.name}" WHERE "IsDeleted" = \'false\' ORDER BY "SystemModstamp" DESC LIMIT ?'  # noqa: S608 — a name of the model's
        return self._read(sql, (most,))

    def touched(self, owner: SObject, since: str, until: str, *, deleted: bool) -> list[tuple[str, str]]:
        """Return id and SystemModstamp of what was touched in a span of time, the end excluded, oldest first."""
        sql = (
            f'SELECT "Id", "SystemModstamp" FROM "{owner.name}" WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?'  # noqa: S608 — a name of the model's
            ' AND "IsDeleted" = ? ORDER BY "SystemModstamp", "Id"'
        )
        return self.connection.execute(sql, (since, until, str(deleted).lower())).fetchall()

    def _read(self, sql: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        cursor = self.connection.execute(sql, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def plan(self, query: Query, *, deleted: bool = False) -> Built:
        """Plan a query for today."""
        return build(query, self.now().date(), deleted=deleted)

    def rows(self, built: Built) -> Rows:
        """Run a plan."""
        return self.connection.execute(built.sql, built.parameters).fetchall()

    def some_rows(self, built: Built, most: int) -> Rows:
        """Run a plan for its first rows."""
        cursor = self.connection.execute(built.sql, built.parameters)
        rows = cursor.fetchmany(most)
        cursor.close()
        return rows

    def ids(self, built: Built) -> Iterator[str]:
        """Run a plan for the ids of all its rows, one at a time."""
        return (row[0] for row in self.connection.execute(built.ids, built.parameters))

    def page(self, built: Built, ids: Sequence[str]) -> Rows:
        """Return the rows of some ids as they are now, in the ids' order."""
        return self.connection.execute(built.page, (json.dumps(ids),)).fetchall()

    def child_rows(self, built: Built, parents: Sequence[str]) -> Rows:
        """Run a subquery's plan for the given parents; the last column of each row is its parent."""
        return self.connection.execute(built.sql, [*built.parameters, json.dumps(parents)]).fetchall()

    def clear(self) -> None:
        """Delete every record; the counters go on, so no id is given twice."""
        with self.writing():
            for name in ("bin", *(owner.name for owner in objects().values())):
                self.connection.execute(f'DELETE FROM "{name}"')  # noqa: S608 — names are the model's
            for empty in self.emptied:
                empty()


def _make_table(connection: sqlite3.Connection, owner: SObject) -> None:
    """Make an object's table, or add the columns that it lacks; every one has the system fields, told or not."""
    names = list(dict.fromkeys([*SYSTEM, *(found.name for found in owner.fields.values() if found.kept)]))
    columns = ", ".join(f'"{name}" TEXT{" PRIMARY KEY" * (name == "Id")}' for name in names)
    connection.execute(f'CREATE TABLE IF NOT EXISTS "{owner.name}" ({columns}) WITHOUT ROWID')
    known = {row[1] for row in connection.execute(f'PRAGMA table_info("{owner.name}")')}
    for name in names:
        if name not in known:
            connection.execute(f'ALTER TABLE "{owner.name}" ADD COLUMN "{name}" TEXT')
    looked_up = [found for found in owner.fields.values() if _is_looked_up(found)]
    for found in looked_up:
        plain = found.type == "reference"
        term = f'"{found.name}"' if plain else f'"{found.name}" COLLATE NOCASE'
        index = f'CREATE INDEX IF NOT EXISTS "{owner.name}_{found.name}" ON "{owner.name}" ({term})'
        connection.execute(f'{index} WHERE "{found.name}" IS NOT NULL')
    stamped = f'CREATE INDEX IF NOT EXISTS "{owner.name}_touched" ON "{owner.name}" ("SystemModstamp", "IsDeleted")'
    connection.execute(stamped)
    connection.execute(f'DROP INDEX IF EXISTS "{owner.name}_SystemModstamp"')


def _is_looked_up(found: Field) -> bool:
    """Tell whether records are found by the field: not by who made them, which every record has."""
    who = {"CreatedById", "LastModifiedById", "OwnerId"}
    if any(found.has(flag) for flag in ("external", "idlookup", "namefield")) and found.name != "Id":
        return True
    return found.type == "reference" and bool(found.to) and found.name not in who
