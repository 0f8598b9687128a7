"""How are amounts read, rounded and shared out? Exactly, to the currency's precision."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store

ZERO = Decimal(0)
_HUNDRED = Decimal(100)


def number(value: Any, name: str, path: str) -> Decimal:
    """Read an amount exactly; what is no finite number is refused."""
    try:
        read = Decimal(str(value))
    except ArithmeticError as error:
        raise refusals.bad_value(name, value, path) from error
    if isinstance(value, bool) or not read.is_finite():
        raise refusals.bad_value(name, value, path)
    return read


def money(value: Decimal, precision: int) -> Decimal:
    """Round to a currency's precision, halves away from zero.

    >>> money(Decimal("1") * Decimal("1.005"), 2)
    Decimal('1.01')
    """
    return value.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)


def precision_of(store: Store, currency: Document | None) -> int:
    """Say how many places a currency's amounts have."""
    found = store.by_id("currency", currency["id"]) if currency else None
    return int(found.doc.get("currencyPrecision", "2")) if found else 2


def per_cent(rate: Any, name: str, path: str) -> Decimal | None:
    """Read `-10.0%` as the factor -0.1; None when the rate is an amount."""
    if not isinstance(rate, str) or not rate.rstrip().endswith("%"):
        return None
    return number(rate.rstrip().rstrip("%"), name, path) / _HUNDRED
