"""How many units of the subsidiary's currency is one unit of another worth on a day?"""

from bisect import bisect_right
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store

ONE = Decimal(1)
_PLACES = Decimal("0.00000001")
_Steps = dict[tuple[str, str], list[tuple[str, Decimal]]]


def _known(store: Store) -> _Steps:
    steps: _Steps = defaultdict(list)
    for one in store.every("currencyRate"):
        pair = (one.doc["baseCurrency"]["id"], one.doc["transactionCurrency"]["id"])
        steps[pair].append((one.doc["effectiveDate"], Decimal(str(one.doc["exchangeRate"]))))
    return {pair: sorted(rows) for pair, rows in steps.items()}


def rate_on(store: Store, base: str, currency: str, day: str) -> Decimal:
    """Give the exchange rate of two currencies (internal ids) in force on a day; 1 for the same one.

    Without a dated rate it is the quotient of what the two currencies hold.
    """
    if base == currency:
        return ONE
    steps = store.made("currencyRate", _known).get((base, currency)) or []
    place = bisect_right(steps, (day, Decimal("Infinity")))
    return steps[place - 1][1] if place else _quotient(store, base, currency)


def _quotient(store: Store, base: str, currency: str) -> Decimal:
    worth = [_held(store.by_id("currency", key)) for key in (currency, base)]
    return (worth[0] / worth[1]).quantize(_PLACES, ROUND_HALF_UP).normalize() + 0


def _held(currency: object) -> Decimal:
    doc: Document = getattr(currency, "doc", {})
    return Decimal(str(doc.get("exchangeRate") or 1)) or ONE


def base_of(store: Store, subsidiary: Document | None) -> str:
    """Give the internal id of a subsidiary's currency."""
    found = store.by_id("subsidiary", subsidiary["id"]) if subsidiary else None
    return str(((found.doc.get("currency") if found else None) or {"id": "1"})["id"])
