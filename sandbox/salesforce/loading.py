"""How are records taken as they are? With their ids and read-only fields, unchecked but for their types, many at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from sandbox.salesforce.changes import Change
from sandbox.salesforce.ids import STANDARD_BOOK, USER
from sandbox.salesforce.logic import DERIVED
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.refusals import Refused, no_such_type
from sandbox.salesforce.rules import accept
from sandbox.salesforce.saving import Saving
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp
from sandbox.twin.books import LoadRefused

# In whole cents, so that nothing is lost to binary fractions.
DEALS = """
UPDATE Opportunity SET HasOpportunityLineItem = 'true', TotalOpportunityQuantity = sums.quantity,
  Amount = printf('%d.%02d', sums.cents / 100, ABS(sums.cents % 100)),
  ExpectedRevenue = printf('%.2f', sums.cents * CAST(COALESCE(Probability, 0) AS REAL) / 10000)
FROM (
  SELECT OpportunityId AS id, SUM(CAST(ROUND(CAST(TotalPrice AS NUMERIC) * 100) AS INTEGER)) AS cents,
         printf('%.2f', SUM(CAST(Quantity AS REAL))) AS quantity
  FROM OpportunityLineItem WHERE +IsDeleted = 'false' AND OpportunityId IN (SELECT value FROM json_each(?))
  GROUP BY OpportunityId) AS sums
WHERE Opportunity.Id = sums.id"""

LINES = """
UPDATE OpportunityLineItem
SET CurrencyIsoCode = (SELECT CurrencyIsoCode FROM Opportunity WHERE Opportunity.Id = OpportunityLineItem.OpportunityId)
WHERE CurrencyIsoCode IS NULL AND OpportunityId IN (SELECT value FROM json_each(?))"""


class Loading:
    """One load, inside the caller's transaction."""

    def __init__(
        self, store: Store, defaults: Callable[[SObject], dict[str, str | None]], tell: Callable[[Change], None] | None
    ) -> None:
        self._store = store
        self._tell = tell
        self._defaults = cache(lambda name: defaults(objects()[name]))
        now = stamp(store.now())
        times = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
        self._system = times | {"CreatedById": USER, "LastModifiedById": USER, "IsDeleted": "false"}
        self._products: dict[str, dict[str, Any]] = {}
        self._deals: set[str] = set()  # those that lines were loaded for: a large load comes in many parts

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[str, int]:
        """Load (line, type, record); returns counts by type; raise LoadRefused at the first that cannot be read."""
        counts: dict[str, int] = {}
        for line, kind, record in records:
            self._one(line, kind, record)
            counts[kind] = counts.get(kind, 0) + 1
        for derived in (DEALS, LINES):
            self._store.connection.execute(derived, (json.dumps(sorted(self._deals)),))
        return counts

    def _one(self, line: int, kind: str, record: Mapping[str, Any]) -> None:
        owner = objects().get(kind.lower())
        if owner is None:
            raise LoadRefused(no_such_type(kind).message, line)
        try:
            given = accept(owner, record, creating=True, loading=True)
        except Refused as refused:
            raise LoadRefused(f"{kind}: {refused.message}", line) from refused
        filled = {name: value for name, value in given.items() if value is not None}
        active = {"IsActive": "true"} if "isactive" in owner.fields else {}
        known = self._defaults(kind.lower()) | active | self._system | self._sold(owner, filled)
        saving = Saving(self._store, owner, {}, given, known | filled)
        saving.values.setdefault("Id", None)
        saving.values["Id"] = saving.values["Id"] or self._store.new_id(owner)
        for step in DERIVED.get(owner.name, ()):
            step(saving)
        self._store.insert(owner, saving.values)
        if owner.name == "OpportunityLineItem":
            self._deals.add(str(saving.values["OpportunityId"]))
        if self._tell:
            self._tell(Change(owner, "CREATE", saving.values["Id"], {}, saving.values))

    def _sold(self, owner: SObject, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a line has from its product, and which price book is the standard one."""
        if owner.name == "Pricebook2":
            return {"IsStandard": str(given.get("Id") == STANDARD_BOOK).lower()}
        if owner.name not in {"OpportunityLineItem", "PricebookEntry"}:
            return {}
        wanted = str(given.get("Product2Id") or "")
        if wanted not in self._products:
            self._products[wanted] = self._store.get(objects()["product2"], wanted) or {}
        product = self._products[wanted]
        return {"Name": product.get("Name"), "ProductCode": product.get("ProductCode")}
