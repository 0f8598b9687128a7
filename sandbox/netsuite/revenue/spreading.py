"""How much of an amount is earned in which month? By the method of a rule, to the cent.

As the vendor's help has it ("Straight-Line Revenue Recognition Examples"): with the first and the last month prorated,
these two get their share of the term's days, the others equal parts, and the last but one the remainder; at a period's
rate each month counts by the part of it that is meant. Elsewhere the last month takes the remainder.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sandbox.netsuite.transactions.amounts import ZERO, money

EVEN = "STRAIGHT_LINE_BY_EVEN_PERIODS"
EXACT_DAYS = "STRAIGHT_LINE_USING_EXACT_DAYS"
PRORATED = "STRAIGHT_LINE_PRORATE_FIRST_AND_LAST_PERIOD"
PERIOD_RATE = "STRAIGHT_LINE_PRORATE_FIRST_AND_LAST_PERIOD_PERIOD_RATE"
POINT_IN_TIME = "POINT_IN_TIME"
_MONTHS = 12

Span = tuple[date, date]


def months(start: date, end: date) -> list[Span]:
    """Give the part of each calendar month that lies between two days, both of them included.

    >>> [str(last) for _, last in months(date(2026, 1, 20), date(2026, 3, 5))]
    ['2026-01-31', '2026-02-28', '2026-03-05']
    """
    spans: list[Span] = []
    first = start
    while first <= end:
        last = min(date(first.year, first.month, monthrange(first.year, first.month)[1]), end)
        spans.append((first, last))
        first = date(first.year + first.month // _MONTHS, first.month % _MONTHS + 1, 1)
    return spans


def _days(span: Span) -> Decimal:
    return Decimal((span[1] - span[0]).days + 1)


def _share_of_month(span: Span) -> Decimal:
    return _days(span) / monthrange(span[0].year, span[0].month)[1]


_WEIGHTS: dict[str, Callable[[Span], Decimal]] = {
    EVEN: lambda _: Decimal(1),
    EXACT_DAYS: _days,
    PRORATED: _days,
    PERIOD_RATE: _share_of_month,
}


def shared(amount: Decimal, weights: list[Decimal], precision: int) -> list[Decimal]:
    """Share an amount out by weight; every share is rounded, and the last takes what is left.

    >>> shared(Decimal(100), [Decimal(1)] * 3, 2)
    [Decimal('33.33'), Decimal('33.33'), Decimal('33.34')]
    """
    whole = sum(weights, ZERO)
    shares = [money(amount * weight / whole, precision) for weight in weights[:-1]]
    return [*shares, money(amount - sum(shares, ZERO), precision)]


def spread(method: str, amount: Decimal, start: date, end: date, precision: int) -> list[tuple[Span, Decimal]]:
    """Give each month's span and amount; a point in time earns everything on its first day."""
    weigh = _WEIGHTS.get(method)
    if weigh is None or end <= start:
        return [((start, start), money(amount, precision))]
    spans = months(start, end)
    weights = [weigh(span) for span in spans]
    if method == PRORATED and len(spans) > 2:  # noqa: PLR2004 — months between the first and the last
        return list(zip(spans, _level(amount, weights, precision), strict=True))
    return list(zip(spans, shared(amount, weights, precision), strict=True))


def _level(amount: Decimal, days: list[Decimal], precision: int) -> list[Decimal]:
    """Give the first and the last month their days' worth and level what lies between."""
    daily = amount / sum(days, ZERO)
    first, last = money(days[0] * daily, precision), money(days[-1] * daily, precision)
    return [first, *shared(amount - first - last, [Decimal(1)] * (len(days) - 2), precision), last]
