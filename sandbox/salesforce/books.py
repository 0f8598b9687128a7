"""What do a bookkeeper's eyes see in the org? Records and totals for the control API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.salesforce.model import objects
from sandbox.salesforce.org import Org


class OrgBooks:
    """The control API's view of an org."""

    def __init__(self, org: Org) -> None:
        self._org = org

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Load records as they are, all or nothing."""
        return self._org.load(records)

    def reset(self) -> None:
        """Empty the org."""
        self._org.store.clear()

    def find(self, kind: str, query: str, limit: int, offset: int) -> tuple[int, list[Mapping[str, Any]]]:
        """Return how many records of a kind there are, and a page of those whose name or id holds the query."""
        owner = objects().get(kind.lower())
        if owner is None:
            return 0, []
        name = "Name" if "name" in owner.fields else "Id"
        found = f'FROM "{owner.name}" WHERE "IsDeleted" = \'false\' AND ("{name}" LIKE ? OR "Id" LIKE ?)'
        marks = (f"%{query}%", f"%{query}%")
        (count,) = self._org.store.connection.execute(f"SELECT COUNT(*) {found}", marks).fetchone()
        cursor = self._org.store.connection.execute(
            f'SELECT * {found} ORDER BY "Id" LIMIT ? OFFSET ?', (*marks, limit, offset)
        )
        names = [column[0] for column in cursor.description]
        return count, [dict(zip(names, row, strict=True)) for row in cursor]

    def totals(self, kind: str) -> tuple[int, Mapping[str, str]]:
        """Return how many records of a kind there are, and the sum of their amounts by currency."""
        owner = objects().get(kind.lower())
        if owner is None:
            return 0, {}
        amount = '"Amount"' if "amount" in owner.fields else "NULL"
        currency = '"CurrencyIsoCode"' if "currencyisocode" in owner.fields else "NULL"
        rows = self._org.store.connection.execute(
            f'SELECT {amount}, {currency} FROM "{owner.name}" WHERE "IsDeleted" = \'false\''  # noqa: S608 — names are the model's
        ).fetchall()
        sums: dict[str, Decimal] = {}
        for kept, code in rows:
            if kept is not None:
                sums[code or ""] = sums.get(code or "", Decimal()) + Decimal(kept)
        return len(rows), {code: format(total, "f") for code, total in sums.items()}
