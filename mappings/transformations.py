"""Which named functions may a rule use? Each is pure, with an example that is run as a test."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mappings.errors import Rejected
from mappings.registry import TRANSFORMATIONS, Context, transformation
from mappings.values import Ref

ID_PREFIXES = {"001": "SF-ACC", "003": "SF-CON", "006": "SF-OPP", "801": "SF-ORD", "0Q0": "SF-QUO", "00Q": "SF-LEA"}
DIGITS = {
    "JPY": 0,
    "KRW": 0,
    "CLP": 0,
    "VND": 0,
    "ISK": 0,
    "BHD": 3,
    "KWD": 3,
    "OMR": 3,
    "JOD": 3,
    "TND": 3,
}  # ISO 4217
SUITEQL_TIME = "%Y-%m-%d %H:%M:%S"


@transformation
def text(value: Any, _context: Context) -> str:
    """Text as it is, trimmed: " Acme " becomes "Acme"."""
    return str(value).strip()


@transformation
def external_id(value: Any, _context: Context) -> str:
    """Our key at the target: "006…" becomes "SF-OPP-006…".

    NetSuite keeps one space of external ids for all transactions and one for all entities (netsuite.md 0.5), and allows
    letters, digits, `_` and `-` (3.1); so the id is prefixed with its source and object.
    """
    found = str(value)
    prefix = ID_PREFIXES.get(found[:3])
    if prefix is None or not found.isalnum():
        raise Rejected("INVALID_ID", value=value, message=f"'{found}' is no Salesforce id that has a prefix of ours.")
    return f"{prefix}-{found}"


@transformation
def pipeline_id(value: Any, context: Context) -> str:
    """Our key of an open deal at the target: "006…" becomes "SF-PIP-006…", for its order will be SF-OPP-006…."""
    return str(external_id(value, context)).replace("SF-OPP-", "SF-PIP-")


@transformation
def below_id(value: Any, _context: Context) -> str:
    """The name of a second line that stands under a first: "00k…" becomes "00k…+"."""
    return f"{value}+"


@transformation
def line_discount(value: Any, context: Context) -> Decimal | None:
    """What a discount takes off a line, from its TotalPrice, Quantity and UnitPrice: 2 at 50.00 for 90.00 give -10.00.

    The full price is rounded as NetSuite rounds a line's amount; nothing is left of it where there is no discount.
    """
    if "TotalPrice" not in value:
        return None
    digits = Decimal(1).scaleb(-DIGITS.get(context.currency, 2))
    full = Decimal(str(value["Quantity"])) * Decimal(str(value["UnitPrice"]))
    off: Decimal = decimal(value["TotalPrice"], context) - full.quantize(digits, "ROUND_HALF_UP")
    return off.quantize(digits) or None


@transformation
def date_(value: Any, context: Context) -> date:
    """A day: "2017-03-01" as it is; a time becomes the day that it is in the company's zone."""
    found = str(value)
    try:
        return (
            date.fromisoformat(found)
            if len(found) == len("2017-03-01")
            else _moment(found).astimezone(context.zone).date()
        )
    except ValueError as error:
        raise Rejected("INVALID_DATE", value=value, message=f"'{found}' is not a date.") from error


@transformation
def datetime_(value: Any, _context: Context) -> datetime:
    """A moment in UTC, from ISO 8601 or from SuiteQL's "2026-01-02 03:04:05"."""
    try:
        return _moment(str(value))
    except ValueError as error:
        raise Rejected("INVALID_DATE", value=value, message=f"'{value}' is not a date and time.") from error


@transformation
def decimal(value: Any, _context: Context) -> Decimal:
    """An exact number: "1.50" becomes Decimal("1.50")."""
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise Rejected("INVALID_NUMBER", value=value, message=f"'{value}' is not a number.") from error
    if isinstance(value, bool) or not found.is_finite():
        raise Rejected("INVALID_NUMBER", value=value, message=f"'{value}' is not a number.")
    return found


@transformation
def money(value: Any, context: Context) -> Decimal:
    """An amount at its currency's precision: 588 becomes Decimal("588.00") in USD, 588 in JPY; nothing is rounded away."""
    found: Decimal = decimal(value, context)
    exact: Decimal = found.quantize(Decimal(1).scaleb(-DIGITS.get(context.currency, 2)))
    if exact != found:
        words = f"{found} has more digits than {context.currency or 'the currency'} has."
        raise Rejected(
            "MONEY_PRECISION", value=value, message=words, hint="Correct the price; Isthmus does not round it."
        )
    return exact


@transformation
def integer(value: Any, context: Context) -> int:
    """A whole number: "3" and 3.0 become 3."""
    found = decimal(value, context)
    if found != found.to_integral_value():
        raise Rejected("INVALID_NUMBER", value=value, message=f"{found} is not a whole number.")
    return int(found)


@transformation
def boolean(value: Any, _context: Context) -> bool:
    """True or false, also as Salesforce's "true" and NetSuite's "T"."""
    found = str(value).strip().casefold()
    if found not in {"true", "false", "t", "f"}:
        raise Rejected("INVALID_BOOLEAN", value=value, message=f"'{value}' is neither true nor false.")
    return found in {"true", "t"}


@transformation
def reference(value: Any, _context: Context) -> Ref:
    """A reference to a target object by its internal id: "1" becomes Ref("1")."""
    return Ref(str(value))


@transformation
def joined(value: Any, _context: Context) -> str:
    """Several values as one key, in the order of their paths: 501 and 2 become "501-2"; what is empty is left out."""
    return "-".join(str(one) for one in value.values())


@transformation
def first(value: Any, _context: Context) -> str:
    """The first of several values that is there: of an empty display name and "GTX-Pro" it is "GTX-Pro"."""
    return str(next(iter(value.values())))


@transformation
def less(value: Any, context: Context) -> Decimal:
    """The first of several amounts less the others: 108.25 and 8.25 become 100.00; what is empty counts nothing."""
    start, *others = (decimal(one, context) for one in value.values())
    return Decimal(start) - sum(others, Decimal())


@transformation
def inverted(value: Any, context: Context) -> bool:
    """The opposite of true or false: an item that is inactive is a product that is not active."""
    return not boolean(value, context)


@transformation
def price_book(value: Any, context: Context) -> str:
    """The price book of a price level: the table's, else the one of the same name."""
    return context.tables.find("price_level", str(value)) or str(value)


for _name in ("date", "datetime"):  # Python's own names; the language says them plainly
    TRANSFORMATIONS[_name] = TRANSFORMATIONS.pop(f"{_name}_")


def _moment(found: str) -> datetime:
    """Return an aware time in UTC; what says no zone is meant in UTC, as we ask SuiteQL for it."""
    if "T" not in found:
        return datetime.strptime(found, SUITEQL_TIME).replace(tzinfo=UTC)
    shaped = found.replace("Z", "+00:00")
    if shaped[-5] in "+-" and shaped[-3] != ":":
        shaped = f"{shaped[:-2]}:{shaped[-2:]}"
    moment = datetime.fromisoformat(shaped)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
