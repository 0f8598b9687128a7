"""What does the control API do with the account's records? Load, empty, list and add up."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sandbox.netsuite import shelf
from sandbox.netsuite.account import Account
from sandbox.netsuite.fields import families, record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest.problems import Problem
from sandbox.netsuite.rest.reading import BodyReader
from sandbox.netsuite.revenue.arranging import revenue_of
from sandbox.netsuite.seeding import start_over
from sandbox.netsuite.sheets import Sheets
from sandbox.netsuite.signin import Door
from sandbox.netsuite.soap.writing import shown
from sandbox.netsuite.store import Stored
from sandbox.twin.books import LoadRefused, Page
from sandbox.twin.sums import Sums


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _listed(stored: Stored) -> Mapping[str, Any]:
    keys = {"id": str(stored.id), "externalId": stored.external_id}
    return keys | {name: _plain(value) for name, value in shown(stored).items()}


class NetSuiteBooks:
    """The records of one account, for its control API; records are given as REST would take them."""

    def __init__(self, account: Account, door: Door) -> None:
        self._account = account
        self._door = door
        shelf.prepare(account.store.connection, families())
        self._sums = Sums(account.store.connection, shelf.SUMS)

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Load records in one transaction, keeping their ids; the first bad one undoes all."""
        loaded: Counter[str] = Counter()
        with self._account.store.call():
            for line, name, record in records:
                loaded[name] += self._load_one(line, name, record)
        return loaded

    def _load_one(self, line: int, name: str, record: Mapping[str, Any]) -> int:
        kind = shelf.kind_of(name)
        if kind is None:
            raise LoadRefused(f"the account keeps no records of type {name}", line)
        number = record.get("internalId") or record.get("id")
        reader = BodyReader(kind, {one.name for one in kind.by_name.values() if one.kind == "l"})
        try:
            wish = reader.wish({key: value for key, value in record.items() if key != "internalId"}, None, None)
            if reader.unknown:
                raise LoadRefused(f"{kind.name} has no {', '.join(reader.unknown)}", line)
            self._account.load(wish, int(number) if number else None)
        except Problem as problem:
            raise LoadRefused(f"{problem.detail} {problem.path}", line) from problem
        except (Refused, ValueError, sqlite3.IntegrityError) as refused:
            raise LoadRefused(str(getattr(refused, "message", refused)), line) from refused
        return 1

    def reset(self) -> None:
        """Empty the account down to its standard lists, and forget failed sign-ins."""
        with self._sums.unwatched():
            start_over(self._account)
        self._door.reset()

    def forget(self) -> None:
        """Drop what is remembered of the file: it has changed underneath."""
        self._account.store.forget()

    def kinds(self) -> Mapping[str, str]:
        """Give the types of records that are kept, with their labels."""
        return {kind.name: kind.label for kind in record_types().values()}

    def find(self, reading: sqlite3.Connection, kind: str, page: Page) -> tuple[int, list[Mapping[str, Any]]]:
        """Give how many records of a type there are (or a query finds), and a page of them."""
        found = shelf.kind_of(kind)
        if found is None:
            return 0, []
        count, records = shelf.page(reading, found.family, [found.kept], page)
        return count, [_listed(one) for one in records]

    def totals(self, reading: sqlite3.Connection, kind: str) -> tuple[int, Mapping[str, str]]:
        """Give how many records of a type there are, and the totals of transactions by currency."""
        found = shelf.kind_of(kind)
        if found is None:
            return 0, {}
        if found.family != "transaction":
            return shelf.count(reading, found.family, [found.kept]), {}
        mine = [row for row in shelf.sums(reading) if row[0] == found.kept]
        return sum(number for _, _, number, _ in mine), {symbol: f"{total:f}" for _, symbol, _, total in sorted(mine)}

    def whole(self, reading: sqlite3.Connection, kind: str, key: str) -> Mapping[str, Any] | None:
        """Give one record, by internal id, number or external id."""
        found = shelf.kind_of(kind)
        stored = shelf.one(reading, found, key) if found else None
        if stored is None:
            return None
        sheet = asdict(Sheets(reading).sheet(stored))
        told = {name: sheet[name] for name in ("origin", "history", "tables")}
        return {**_listed(stored), "type": stored.type, **told, "revenue": revenue_of(reading, stored.id)}
