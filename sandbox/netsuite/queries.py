"""How are records listed? By type, by key, by entity, under a condition; always by an index where there may be many."""

import sqlite3
from collections.abc import Callable
from typing import Any, Self, TypeVar

from sandbox.netsuite.stored import COLUMNS, Stored, stored

T = TypeVar("T")
_NEWEST = 50_000  # how many documents are read through for a text that is no key: a quarter of a second


class Queries:
    """The reading half of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._made: dict[str, Any] = {}

    def every(self, family: str) -> list[Stored]:
        """List a short group in full, by id."""
        query = f'SELECT {COLUMNS} FROM "ns_{family}" ORDER BY id'  # noqa: S608 — names are ours
        return [stored(family, row) for row in self.connection.execute(query)]

    def named(self, family: str, name: str) -> list[Stored]:
        """List the records of a group that bear a name, in any case."""
        query = f'SELECT {COLUMNS} FROM "ns_{family}" WHERE name = ? COLLATE NOCASE'  # noqa: S608 — names are ours
        return [stored(family, row) for row in self.connection.execute(query, (name,))]

    def made(self, family: str, make: Callable[[Self], T]) -> T:
        """Give what was made of a short group, made anew after every change of the group."""
        if family not in self._made:
            self._made[family] = make(self)
        kept: T = self._made[family]
        return kept

    def made_anew(self, family: str) -> None:
        """Let what was made of a group be made again."""
        self._made.pop(family, None)

    def of_party(self, party: int, kind: str, status: str) -> list[Stored]:
        """List an entity's transactions of a type and status, oldest first."""
        query = (
            f'SELECT {COLUMNS} FROM "ns_transaction" '  # noqa: S608 — names are ours
            "WHERE party = ? AND type = ? AND status = ? ORDER BY day, id"
        )
        return [stored("transaction", row) for row in self.connection.execute(query, (party, kind, status))]

    def has_party(self, party: int) -> bool:
        """Say whether an entity has any transaction."""
        query = "SELECT 1 FROM ns_transaction WHERE party = ? LIMIT 1"
        return self.connection.execute(query, (party,)).fetchone() is not None

    def mentions(self, families: tuple[str, ...], field: str, number: int) -> bool:
        """Say whether any document of some groups refers to a record by a field; it reads them through."""
        told = f'"{field}":{{"id":"{number}"}}'
        for family in families:
            query = f'SELECT 1 FROM "ns_{family}" WHERE instr(doc, ?) LIMIT 1'  # noqa: S608 — names are ours
            if self.connection.execute(query, (told,)).fetchone() is not None:
                return True
        return False

    def page(self, record_type: tuple[str, str], limit: int, offset: int, contains: str = "") -> list[Stored]:
        """List records of (family, type) by id.

        `contains` is an id, an external id or the beginning of a name (a number), in any case; if that finds nothing,
        any text in one of the newest records.
        """
        family, name = record_type
        if contains:
            return self._keyed(family, name, contains)[offset : offset + limit]
        query = f'SELECT {COLUMNS} FROM "ns_{family}" WHERE type = ? ORDER BY id LIMIT ? OFFSET ?'  # noqa: S608 — names are ours
        return [stored(family, row) for row in self.connection.execute(query, (name, limit, offset))]

    def _keyed(self, family: str, name: str, words: str) -> list[Stored]:
        # Each branch has its index; a look through a million documents would stop the twin for seconds.
        top = words + "\uffff"
        query = (
            f'SELECT {COLUMNS} FROM "ns_{family}" WHERE type = ? AND id IN ('  # noqa: S608 — names are ours
            f'SELECT id FROM "ns_{family}" WHERE id = CAST(? AS INTEGER) '
            f'UNION SELECT id FROM "ns_{family}" WHERE external_key = ? '
            f'UNION SELECT id FROM "ns_{family}" WHERE name >= ? COLLATE NOCASE AND name < ? COLLATE NOCASE) '
            "ORDER BY id LIMIT 1000"
        )
        rows = self.connection.execute(query, (name, words, words.lower(), words, top)).fetchall()
        return [stored(family, row) for row in rows] or self._read_through(family, name, words)

    def _read_through(self, family: str, name: str, words: str) -> list[Stored]:
        query = (
            f'SELECT {COLUMNS} FROM "ns_{family}" WHERE type = ? AND id > '  # noqa: S608 — names are ours
            f'(SELECT max(id) FROM "ns_{family}") - {_NEWEST} AND instr(lower(doc), ?) ORDER BY id LIMIT 1000'
        )
        return [stored(family, row) for row in self.connection.execute(query, (name, words.lower()))]

    def select(
        self, family: str, where: str, bound: list[Any], page: tuple[int, int], *, few: bool = False
    ) -> list[Stored]:
        """List a group's records by id under a compiled condition on alias `r`; `page` is (limit, offset).

        `few` says that few fulfil it: then the condition's own index is better than a walk through the ids.
        """
        order = "+r.id" if few else "r.id"
        names = ", ".join(f"r.{name}" for name in COLUMNS.split(", "))
        query = f'SELECT {names} FROM "ns_{family}" r WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?'  # noqa: S608 — compiled, values bound
        return [stored(family, row) for row in self.connection.execute(query, [*bound, *page])]

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
