"""What happened to records? Their changes, their deletions, and which record was made from or applied to which."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.netsuite.documents import Document, dump, load

_TABLES = """
CREATE TABLE IF NOT EXISTS change (family TEXT NOT NULL, record INTEGER NOT NULL, at TEXT NOT NULL, who TEXT NOT NULL,
  what TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS change_of ON change (family, record);
CREATE TABLE IF NOT EXISTS deletion (number INTEGER PRIMARY KEY, type TEXT NOT NULL, record INTEGER NOT NULL,
  external_id TEXT, name TEXT, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deletion_at ON deletion (at);
CREATE TABLE IF NOT EXISTS link (source INTEGER NOT NULL, target INTEGER NOT NULL, role TEXT NOT NULL,
  PRIMARY KEY (source, target, role)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_target ON link (target);
CREATE TABLE IF NOT EXISTS attachment (record INTEGER NOT NULL, contact INTEGER NOT NULL, role TEXT,
  PRIMARY KEY (record, contact)) WITHOUT ROWID;
"""
CREATED: list[tuple[str, Any, Any]] = [("record", None, "created")]
_CREATED = dump(CREATED)
_UNTOLD = frozenset({"lastModifiedDate", "createdDate"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One change: when (UTC, `YYYY-MM-DD HH:MM:SS`), who, and each field with its old and its new value."""

    at: str
    who: str
    what: list[tuple[str, Any, Any]]


@dataclass(frozen=True, slots=True)
class Deletion:
    """One record that is gone, and when it went."""

    type: str
    id: int
    external_id: str | None
    name: str
    at: str


def _brief(value: Any) -> Any:
    """Say a value in one line: a list by its length, a reference by its id."""
    if isinstance(value, list):
        return f"{len(value)} rows"
    if isinstance(value, dict):
        return value.get("id") or dump(value)[:80]
    return value


def differences(old: Document, new: Document) -> list[tuple[str, Any, Any]]:
    """Give the fields that differ, each with its old and its new value in brief."""
    names = [name for name in {**old, **new} if name not in _UNTOLD and old.get(name) != new.get(name)]
    return [(name, _brief(old.get(name)), _brief(new.get(name))) for name in names]


class Journal:
    """The account's memory beside its records, in the same file and the same transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(_TABLES)

    def changed(self, key: tuple[str, int], at: str, who: str, what: list[tuple[str, Any, Any]]) -> None:
        """Note a change of the record (family, id); a save that changed nothing is none."""
        if what:
            told = _CREATED if what is CREATED else dump(what)
            self._connection.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?)", (*key, at, who, told))

    def history(self, family: str, number: int) -> list[Entry]:
        """Tell a record's changes, oldest first."""
        return self.read(self._connection, family, number)

    @staticmethod
    def read(connection: sqlite3.Connection, family: str, number: int) -> list[Entry]:
        """Tell a record's changes by another connection to the same file."""
        query = "SELECT at, who, what FROM change WHERE family = ? AND record = ? ORDER BY rowid"
        rows = connection.execute(query, (family, number))
        return [Entry(at, who, [(one[0], one[1], one[2]) for one in load(what)]) for at, who, what in rows]

    def deleted(self, gone: Deletion) -> None:
        """Note a deletion."""
        row = (gone.type, gone.id, gone.external_id, gone.name, gone.at)
        self._connection.execute(
            "INSERT INTO deletion (type, record, external_id, name, at) VALUES (?, ?, ?, ?, ?)", row
        )

    def deletions(self, since: str, until: str, kinds: Iterable[str] = ()) -> list[Deletion]:
        """Tell what was deleted from `since` to `until` (UTC), oldest first; without `kinds`, of any type."""
        query = "SELECT type, record, external_id, name, at FROM deletion WHERE at BETWEEN ? AND ? ORDER BY at, number"
        wanted = set(kinds)
        rows = (Deletion(*row) for row in self._connection.execute(query, (since, until)))
        return [one for one in rows if not wanted or one.type in wanted]

    def link(self, source: int, target: int, role: str) -> None:
        """Note that transaction `target` came from (`createdFrom`) or is applied to (`apply`) `source`."""
        self._connection.execute("INSERT OR IGNORE INTO link VALUES (?, ?, ?)", (source, target, role))

    def unlink(self, target: int) -> None:
        """Forget what a transaction came from and is applied to."""
        self._connection.execute("DELETE FROM link WHERE target = ?", (target,))

    def release(self, target: int, source: int) -> None:
        """Forget that a transaction is applied to another one; what it came from stays known."""
        query = "DELETE FROM link WHERE source = ? AND target = ? AND role = 'apply'"
        self._connection.execute(query, (source, target))

    def dependants(self, source: int) -> list[tuple[int, str]]:
        """Give the transactions that came from or are applied to one, each with its role."""
        return self._connection.execute("SELECT target, role FROM link WHERE source = ?", (source,)).fetchall()

    def attach(self, record: int, contact: int, role: str | None) -> None:
        """Attach a contact to an entity in a role."""
        self._connection.execute("INSERT OR REPLACE INTO attachment VALUES (?, ?, ?)", (record, contact, role))

    def detach(self, record: int, contact: int) -> bool:
        """Detach a contact; say whether it was attached."""
        query = "DELETE FROM attachment WHERE record = ? AND contact = ?"
        return self._connection.execute(query, (record, contact)).rowcount > 0

    def attached(self, record: int) -> list[tuple[int, str | None]]:
        """Give the contacts attached to an entity, each with its role."""
        query = "SELECT contact, role FROM attachment WHERE record = ? ORDER BY contact"
        return self._connection.execute(query, (record,)).fetchall()

    def empty(self) -> None:
        """Forget everything."""
        for table in ("change", "deletion", "link", "attachment"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 — names are ours
