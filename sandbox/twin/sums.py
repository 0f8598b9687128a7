"""How many records are there, and what do they add up to, without counting them? Sums that triggers keep, row by row.

A home page over a million orders reads a dozen rows. Each write adjusts its own sum in its own transaction, so a sum is
never behind and outlives a kill. Amounts are kept in ten-thousandths as whole numbers, so that they stay exact.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_TABLE = """
CREATE TABLE IF NOT EXISTS book_sum (
  shelf TEXT NOT NULL, kind TEXT NOT NULL, currency TEXT NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL,
  PRIMARY KEY (shelf, kind, currency)) WITHOUT ROWID
"""
# No upsert and no OR IGNORE: an outer INSERT OR REPLACE would put its own way of meeting conflicts in their place.
_ADD = """
INSERT INTO book_sum SELECT '{shelf}', {kind}, {currency}, 0, 0 WHERE {live} AND NOT EXISTS (
  SELECT 1 FROM book_sum WHERE shelf = '{shelf}' AND kind = {kind} AND currency = {currency});
UPDATE book_sum SET count = count {sign} 1, total = total {sign} {amount}
  WHERE {live} AND shelf = '{shelf}' AND kind = {kind} AND currency = {currency};
"""
_EVENTS = (("INSERT", ("NEW", "+")), ("DELETE", ("OLD", "-")))


@dataclass(frozen=True)
class Shelf:
    """One table of records; the expressions read a row called `row`: its kind, currency, amount, and whether it counts."""

    table: str
    kind: str = "''"
    currency: str = "''"
    amount: str = "0"
    live: str = "1"

    def told(self, row: str, sign: str) -> str:
        """Return the statements that add a row to its sum, or take it away."""
        parts = {
            "kind": f"coalesce({self.kind}, '')",
            "currency": f"coalesce({self.currency}, '')",
            "amount": f"coalesce({self.amount}, 0)",
            "live": self.live,
        }
        return _ADD.format(
            shelf=self.table, sign=sign, **{name: one.replace("row.", f"{row}.") for name, one in parts.items()}
        )


class Sums:
    """The sums of one twin's shelves, in the file of their records."""

    def __init__(self, connection: sqlite3.Connection, shelves: tuple[Shelf, ...]) -> None:
        self._connection = connection
        self._shelves = shelves
        connection.execute("PRAGMA recursive_triggers=ON")  # so that a replaced row is told as deleted
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'book_sum'").fetchone() is None:
            self._count()
        self._watch()

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Let records be emptied without telling each one; what is left is counted anew."""
        for name in self._triggers():
            self._connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        self._connection.execute("DROP TABLE IF EXISTS book_sum")  # killed in between, the next start counts
        try:
            yield
        finally:
            self._count()
            self._watch()

    def _triggers(self) -> list[str]:
        kinds = ("INSERT", "DELETE", "UPDATE")
        return [f'"book_{kind}_{shelf.table}"' for shelf in self._shelves for kind in kinds]

    def _watch(self) -> None:
        for shelf in self._shelves:
            whole = {event: shelf.told(*how) for event, how in _EVENTS} | {
                "UPDATE": shelf.told("OLD", "-") + shelf.told("NEW", "+")
            }
            for event, body in whole.items():
                self._connection.execute(
                    f'CREATE TRIGGER IF NOT EXISTS "book_{event}_{shelf.table}" AFTER {event} ON "{shelf.table}" BEGIN {body} END'
                )

    def _count(self) -> None:
        self._connection.execute(_TABLE)
        for shelf in self._shelves:
            columns = f"'{shelf.table}', coalesce({shelf.kind}, ''), coalesce({shelf.currency}, ''), count(*)"
            self._connection.execute(
                f"INSERT INTO book_sum SELECT {columns}, sum(coalesce({shelf.amount}, 0)) "  # noqa: S608 — expressions of our own
                f'FROM "{shelf.table}" AS row WHERE {shelf.live} GROUP BY 2, 3'
            )


def read(reading: sqlite3.Connection, shelf: str) -> list[tuple[str, str, int, int]]:
    """Return (kind, currency, count, total in ten-thousandths) of a shelf, kinds without records left out."""
    query = "SELECT kind, currency, count, total FROM book_sum WHERE shelf = ? AND count > 0 ORDER BY kind, currency"
    return reading.execute(query, (shelf,)).fetchall()


def count(reading: sqlite3.Connection, shelf: str, kinds: tuple[str, ...] = ()) -> int:
    """Return how many records of some kinds a shelf has; without kinds, of all."""
    return sum(number for kind, _, number, _ in read(reading, shelf) if not kinds or kind in kinds)
