"""What do a bookkeeper's eyes see in the org? Records and totals for the control API."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sandbox.salesforce import shelf
from sandbox.salesforce.eyes import OrgEyes
from sandbox.salesforce.model import objects
from sandbox.salesforce.org import Org
from sandbox.twin.books import Page
from sandbox.twin.sums import Sums


class OrgBooks:
    """The control API's view of an org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        shelf.prepare(org.store.connection)
        self._sums = Sums(org.store.connection, shelf.summed())

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Load records as they are, all or nothing."""
        return self._org.load(records)

    def reset(self) -> None:
        """Empty the org down to what every org has."""
        with self._sums.unwatched():
            self._org.reset()

    def forget(self) -> None:
        """Let everybody read again what is in the file."""
        for recall in self._org.store.restored:
            recall()

    def kinds(self) -> Mapping[str, str]:
        """Return the org's objects, with their labels."""
        return {owner.name: owner.label for owner in objects().values()}

    def find(self, reading: sqlite3.Connection, kind: str, page: Page) -> tuple[int, list[Mapping[str, Any]]]:
        """Return how many records of an object there are (or a query finds), and a page of them."""
        owner = objects().get(kind.lower())
        return shelf.page(reading, owner, page) if owner else (0, [])

    def totals(self, reading: sqlite3.Connection, kind: str) -> tuple[int, Mapping[str, str]]:
        """Return how many records of an object there are, and the sum of their amounts by currency."""
        owner = objects().get(kind.lower())
        if owner is None:
            return 0, {}
        rows = shelf.sums(reading, owner)
        amounts = {currency: total for currency, _, total in rows if total is not None}
        return sum(count for _, count, _ in rows), {code: shelf.money(total) for code, total in amounts.items()}

    def whole(self, reading: sqlite3.Connection, kind: str, key: str) -> Mapping[str, Any] | None:
        """Return one record, by its id."""
        owner = objects().get(kind.lower())
        record = shelf.one(reading, owner, key) if owner else None
        sheet = OrgEyes().sheet(reading, kind, key)
        if record is None or sheet is None:
            return None
        told = asdict(sheet)
        return {
            **record,
            "type": told["kind"],
            "origin": told["origin"],
            "history": told["history"],
            "tables": told["tables"],
        }
