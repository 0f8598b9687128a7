"""What does the control API do with the account's records? Load, empty, list and add up."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.netsuite.account import Account
from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest.problems import Problem
from sandbox.netsuite.rest.reading import BodyReader
from sandbox.netsuite.seeding import start_over
from sandbox.netsuite.signin import Door
from sandbox.netsuite.soap.writing import shown
from sandbox.netsuite.store import Stored
from sandbox.twin.control import LoadRefused


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

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Load records in one transaction, keeping their ids; the first bad one undoes all."""
        loaded: Counter[str] = Counter()
        with self._account.store.call():
            for line, name, record in records:
                loaded[name] += self._load_one(line, name, record)
        return loaded

    def _load_one(self, line: int, name: str, record: Mapping[str, Any]) -> int:
        kind = record_types().get(name.lower())
        if kind is None:
            raise LoadRefused(f"the account keeps no records of type {name}", line)
        number = record.get("internalId") or record.get("id")
        reader = BodyReader(kind, {"item", "addressBook"})
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
        start_over(self._account)
        self._door.reset()

    def find(self, kind: str, query: str, limit: int, offset: int) -> tuple[int, list[Mapping[str, Any]]]:
        """Give how many records of a type there are, and a page of them."""
        found = self._type(kind)
        if found is None:
            return 0, []
        page = self._account.store.page((found.family, found.name), limit, offset, query)
        return self._account.store.count(found.family, found.name), [_listed(one) for one in page]

    def totals(self, kind: str) -> tuple[int, Mapping[str, str]]:
        """Give how many orders there are, and their totals by currency."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        store, found = self._account.store, self._type(kind)
        count = store.count(found.family, found.name) if found else 0
        if found and found.family == "transaction":
            for currency, total in self._amounts(found.name):
                sums[currency] += Decimal(total)
        return count, {currency: f"{total:f}" for currency, total in sorted(sums.items())}

    def _amounts(self, name: str) -> Iterable[tuple[str, str]]:
        query = (
            "SELECT json_extract(c.doc, '$.symbol'), t.doc -> '$.total' FROM ns_transaction t "
            "JOIN ns_currency c ON c.id = CAST(json_extract(t.doc, '$.currency.id') AS INTEGER) WHERE t.type = ?"
        )
        return self._account.store.connection.execute(query, (name,))

    def _type(self, name: str) -> RecordType | None:
        return record_types().get(name.lower())
