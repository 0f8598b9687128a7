"""What does a quantity cost under a price plan? By its tiers, each a rate or a fixed amount (netsuite.md 4.5)."""

from decimal import Decimal

from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store
from sandbox.netsuite.transactions.amounts import ZERO, money, precision_of

RATE, FIXED = "-101", "-102"
_VOLUME = "4"
_HUNDRED = Decimal(100)


def _number(value: object) -> Decimal:
    return Decimal(str(value or 0))


def price_of(plan: Document, quantity: Decimal) -> Decimal:
    """Give the price of a quantity: by volume under one tier alone, else each tier for its own share.

    >>> tiers = [{"fromVal": 0, "value": 10}, {"fromVal": 5, "value": 8}]
    >>> [price_of({"priceTiers": tiers, "pricePlanType": kind}, Decimal(7)) for kind in ("2", "4")]
    [Decimal('66'), Decimal('56')]
    """
    tiers = sorted(plan.get("priceTiers") or (), key=lambda one: _number(one.get("fromVal")))
    if plan.get("pricePlanType") == _VOLUME:
        reached = [one for one in tiers if _number(one.get("fromVal")) <= quantity]
        return _tier(reached[-1], quantity) if reached else ZERO
    ends = [*(_number(one.get("fromVal")) for one in tiers[1:]), quantity]
    total = ZERO
    for one, end in zip(tiers, ends, strict=True):
        share = min(end, quantity) - _number(one.get("fromVal"))
        if share > ZERO:
            total += _tier(one, share)
    return total


def _tier(tier: Document, quantity: Decimal) -> Decimal:
    fixed = (tier.get("pricingOption") or {}).get("id") == FIXED
    return _number(tier.get("value")) if fixed else _number(tier.get("value")) * quantity


def recurring_amount(store: Store, interval: Document, currency: Document | None) -> Decimal:
    """Give what an interval costs each time: its price plan at its quantity, less its discount in per cent."""
    reference = interval.get("pricePlan")
    plan = store.by_id("pricePlan", reference["id"]) if reference else None
    price = price_of(plan.doc, _number(interval.get("quantity"))) if plan else ZERO
    price *= 1 - _number(interval.get("discount")) / _HUNDRED
    return money(price, precision_of(store, currency))
