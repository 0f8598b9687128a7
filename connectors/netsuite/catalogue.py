"""Which items does NetSuite sell? Read in one go, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from connectors.netsuite.suiteql import Row, SuiteQl
from flows.model import Priority
from mappings.catalogue import Catalogue, Item

QUERY = "SELECT id, itemid, displayname, isinactive FROM item ORDER BY id"
AGE = timedelta(minutes=5)

Kept = TypeVar("Kept")


def load(suiteql: SuiteQl) -> Catalogue:
    """Return all items, inactive ones too: an order for one of those deserves its own words."""
    return Catalogue(_item(row) for row in suiteql.every_row(QUERY, Priority.REALTIME))


class Aged(Generic[Kept]):
    """Keeps what `fetch` gave until it is older than `age`; many threads may ask, one fetches."""

    def __init__(self, fetch: Callable[[], Kept], clock: Callable[[], datetime], age: timedelta = AGE) -> None:
        self._fetch = fetch
        self._clock = clock
        self._age = age
        self._lock = Lock()
        self._kept: tuple[datetime, Kept] | None = None

    def __call__(self) -> Kept:
        """Return what is kept, fetched anew when it is too old."""
        with self._lock:
            now = self._clock()
            if self._kept is None or now - self._kept[0] >= self._age:
                self._kept = (now, self._fetch())
            return self._kept[1]

    def forget(self) -> None:
        """Fetch anew on the next call."""
        with self._lock:
            self._kept = None


def _item(row: Row) -> Item:
    return Item(row["id"], row["itemid"], row.get("displayname", ""), row.get("isinactive") == "T")
