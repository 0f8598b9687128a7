"""What does an item cost on this line? By price level, currency and quantity (netsuite.md 4.4)."""

from decimal import Decimal
from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.amounts import ZERO

CUSTOM = "-1"  # the price level under which a rate is the caller's own (netsuite.md 2.6)
BASE_LEVEL = "1"
_HUNDRED = Decimal(100)


def level_of(party: Stored | None) -> str:
    """Give the price level of a customer."""
    level = (party.doc.get("priceLevel") if party else None) or {}
    return str(level.get("id", BASE_LEVEL))


def listed(store: Store, item: Stored, level: str, currency: str, quantity: Decimal) -> Decimal | None:
    """Give an item's price; None when it has none."""
    rows = [row for row in item.doc.get("price") or () if _id(row, "currency") in {currency, ""}]
    own = next((row for row in rows if _id(row, "priceLevel") == level), None)
    if own is not None and (price := _at(own, quantity)) is not None:
        return price
    start = next((row for row in rows if _id(row, "priceLevel") == BASE_LEVEL), None)
    price = _at(start, quantity) if start is not None else item.doc.get("basePrice")
    if price is None or level == BASE_LEVEL:
        return price
    return price * (1 + _discount(store, level) / _HUNDRED)


def _id(row: Document, name: str) -> str:
    value: Any = row.get(name) or {}
    return str(value.get("id", ""))


def _discount(store: Store, level: str) -> Decimal:
    found = store.by_id("priceLevel", level)
    return Decimal(str((found.doc.get("discountpct") if found else None) or 0))


def _at(row: Document, quantity: Decimal) -> Decimal | None:
    """Give the price of the highest quantity break that is reached."""
    steps = [(Decimal(str(one.get("quantity") or 0)), one.get("value")) for one in row.get("priceList") or ()]
    reached = [(start, value) for start, value in steps if start <= max(quantity, ZERO) and value is not None]
    found = max(reached, key=lambda step: step[0])[1] if reached else row.get("price")
    return None if found is None else Decimal(str(found))


def customers_own(party: Stored | None, item: Stored, currency: str) -> Decimal | None:
    """Give the price that a customer has for this very item."""
    for row in (party.doc.get("itemPricing") or ()) if party else ():
        if _id(row, "item") == str(item.id) and _id(row, "currency") in {currency, ""} and row.get("price") is not None:
            return Decimal(str(row["price"]))
    return None
