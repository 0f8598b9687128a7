"""Does NetSuite plan what must be earned? One line's expected months beside the planned ones, to the last cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from mappings.errors import Rejected
from mappings.revenue.spreading import ZERO

Months = Mapping[str, Decimal]
AGAIN = "the next check clears this by itself."
MAKE_PLANS = "Run 'Update Revenue Arrangements and Revenue Plans' in NetSuite"


def difference(line: Mapping[str, Any], planned: Months | None, opens: str = "") -> Rejected | None:
    """Return what differs first, None where all agrees; `planned` is None for a line that NetSuite has no plan for.

    A plan made after periods were closed has what they missed in the first open one, `opens`: that is right as well.
    """
    expected = _months(line["schedule"])
    if planned is None or not any(planned.values()):
        return _missing(line) if any(expected.values()) else None
    if _nonzero(planned) in (_nonzero(expected), _nonzero(_caught_up(line["schedule"], opens))):
        return None
    whole, found = sum(expected.values(), ZERO), sum(planned.values(), ZERO)
    return _whole(line, whole, found) if whole != found else _month(line, expected, planned)


def _months(schedule: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    return {one["period"]: one["amount"] for one in schedule}


def _nonzero(months: Months) -> dict[str, Decimal]:
    return {period: amount for period, amount in months.items() if amount}


def _caught_up(schedule: Sequence[Mapping[str, Any]], opens: str) -> dict[str, Decimal]:
    open_still = [one for one in schedule if not one.get("closed")]
    missed = sum((one["amount"] for one in schedule if one.get("closed")), ZERO)
    months = _months(open_still)
    return months | {opens: months.get(opens, ZERO) + missed} if opens else _months(schedule)


def _missing(line: Mapping[str, Any]) -> Rejected:
    whole = sum((one["amount"] for one in line["schedule"]), ZERO)
    return Rejected(
        "REVENUE_PLAN_MISSING",
        field=str(line["item"]),
        candidates=(str(whole),),
        message=f"NetSuite has no revenue plan for {line['item']}; {whole} must be earned.",
        hint=f"{MAKE_PLANS}; {AGAIN}",
    )


def _whole(line: Mapping[str, Any], expected: Decimal, found: Decimal) -> Rejected:
    return Rejected(
        "REVENUE_AMOUNT_DIFFERS",
        field=str(line["item"]),
        value=_shown(found, expected),
        candidates=(str(expected),),
        message=f"NetSuite plans {_shown(found, expected)} for {line['item']} in all; the order sells it for {expected}.",
        hint=f"{MAKE_PLANS}, or correct the element's amount; {AGAIN}",
    )


def _month(line: Mapping[str, Any], expected: Months, planned: Months) -> Rejected:
    periods = [*expected, *(period for period in planned if period not in expected)]
    wrong = [one for one in periods if expected.get(one, ZERO) != planned.get(one, ZERO)]
    first = wrong[0]
    must = expected.get(first, ZERO)
    is_ = _shown(planned.get(first, ZERO), next(iter(expected.values()), ZERO))
    more = f", and {len(wrong) - 1} more periods differ" if len(wrong) > 1 else ""
    return Rejected(
        "REVENUE_PLAN_DIFFERS",
        field=first,
        value=is_,
        candidates=(str(must),),
        message=f"{first}: NetSuite plans to recognise {is_} for {line['item']}; {must} must be earned{more}.",
        hint=f"Correct the plan or its rule in NetSuite; {AGAIN}",
    )


def _shown(found: Decimal, like: Decimal) -> str:
    """Write an amount with as many places as another, where it has no more: SuiteQL says 17 for 17.00."""
    places = found.quantize(like)
    return str(places if places == found else found)
