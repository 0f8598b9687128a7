"""Where does a long answer wait to be fetched? The ids of its records lie in the org's state, a page a row (salesforce.md 1.3).

A page is read when it is asked for, so its records are as they are then. A cursor lives two days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp

LIFE = timedelta(days=2)
MAIN = -1  # the query itself; else the place of one of its subqueries
TABLES = """
CREATE TABLE IF NOT EXISTS query_cursor (name TEXT PRIMARY KEY, opened TEXT NOT NULL, soql TEXT NOT NULL,
  deleted INTEGER NOT NULL, child INTEGER NOT NULL, page INTEGER NOT NULL, total INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS query_page (name TEXT NOT NULL, number INTEGER NOT NULL, ids TEXT NOT NULL,
  PRIMARY KEY (name, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Asked:
    """What a cursor was opened for: a query's text, whether deleted records count, and which of its subqueries."""

    soql: str
    deleted: bool
    child: int = MAIN


@dataclass(frozen=True)
class Page:
    """The ids of one page, how many there are in all, and the next page's place in the address, if any."""

    asked: Asked
    ids: list[str]
    total: int
    following: str


class Cursors:
    """The open cursors of one org."""

    def __init__(self, store: Store) -> None:
        self._store = store
        store.connection.executescript(TABLES)

    def open(self, asked: Asked, page: int, ids: Iterator[str]) -> str:
        """Keep the ids of an answer and return the cursor's name."""
        name = make_id("01g", self._store.count_up("cursor"))
        with self._store.writing():
            self._drop_old()
            total = sum(self._keep(name, number, block) for number, block in enumerate(_blocks(ids, page)))
            self._store.connection.execute(
                "INSERT INTO query_cursor VALUES (?, ?, ?, ?, ?, ?, ?)",
                (name, stamp(self._store.now()), asked.soql, int(asked.deleted), asked.child, page, total),
            )
        return name

    def page(self, locator: str) -> Page:
        """Return the page that a locator means; raise Refused INVALID_QUERY_LOCATOR where there is none."""
        name, _, at = locator.partition("-")
        found = self._store.connection.execute("SELECT * FROM query_cursor WHERE name = ?", (name,)).fetchone()
        if found is None or found[1] < stamp(self._store.now() - LIFE) or (at and not at.isdigit()):
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        _, _, soql, deleted, child, size, total = found
        number, skipped = divmod(int(at or 0), size)
        kept = "SELECT ids FROM query_page WHERE name = ? AND number = ?"
        row = self._store.connection.execute(kept, (name, number)).fetchone()
        if row is None:
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        behind = (number + 1) * size
        following = f"{name}-{behind}" if behind < total else ""
        return Page(Asked(soql, bool(deleted), child), row[0].split()[skipped:], total, following)

    def _keep(self, name: str, number: int, block: list[str]) -> int:
        self._store.connection.execute("INSERT INTO query_page VALUES (?, ?, ?)", (name, number, " ".join(block)))
        return len(block)

    def _drop_old(self) -> None:
        old = (stamp(self._store.now() - LIFE),)
        dead = "SELECT name FROM query_cursor WHERE opened < ?"
        self._store.connection.execute(f"DELETE FROM query_page WHERE name IN ({dead})", old)  # noqa: S608 — our own words
        self._store.connection.execute("DELETE FROM query_cursor WHERE opened < ?", old)


def _blocks(ids: Iterator[str], size: int) -> Iterator[list[str]]:
    while block := list(islice(ids, size)):
        yield block
