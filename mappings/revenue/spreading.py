"""How much of an amount is earned in which period? By NetSuite's recognition methods, exactly, nothing over or short.

The methods and their figures are the vendor's ("Revenue Recognition Rule Field Reference" and "Straight-Line Revenue
Recognition Examples" of its help): even periods ignore days; exact days weigh each period by its days; prorating the
first and last period gives these their share of the term's days and the others equal parts, the rounding difference to
the last but one; at period rate each period weighs what part of it lies in the term. Elsewhere the last takes the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from mappings.errors import Rejected
from mappings.revenue.terms import Calendar, Term, months

ZERO = Decimal(0)


class Method(StrEnum):
    """How a revenue recognition rule spreads an amount."""

    EVEN = "STRAIGHT_LINE_BY_EVEN_PERIODS"
    EXACT_DAYS = "STRAIGHT_LINE_USING_EXACT_DAYS"
    PRORATED = "STRAIGHT_LINE_PRORATE_FIRST_AND_LAST_PERIOD"
    PERIOD_RATE = "STRAIGHT_LINE_PRORATE_FIRST_AND_LAST_PERIOD_PERIOD_RATE"
    UPFRONT = "POINT_IN_TIME"


@dataclass(frozen=True, slots=True)
class Earning:
    """What a line earns: so much, over this term, by this method, in a currency with so many places."""

    amount: Decimal
    term: Term
    method: Method
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Portion:
    """What one period earns; `period` is that period, whole."""

    period: Term
    amount: Decimal


Schedule = tuple[Portion, ...]


def method_of(name: str) -> Method:
    """Return the method of that name; one that is not known here is refused, never guessed at."""
    try:
        return Method(name)
    except ValueError:
        raise Rejected(
            "REVENUE_METHOD_UNKNOWN",
            value=name,
            candidates=tuple(Method),
            message=f"The rule's method '{name}' is none that can be computed here.",
            hint="Check this plan by hand, or give the item a straight-line rule.",
        ) from None


def spread(earning: Earning, calendar: Calendar = months) -> Schedule:
    """Return what each period earns; the portions add up to the amount exactly."""
    if earning.method is Method.UPFRONT:
        first = Term(earning.term.first, earning.term.first)
        return (Portion(calendar(first)[0], rounded(earning.amount, earning.digits)),)
    touched = calendar(earning.term)
    amounts = _ways(earning.method)(earning, touched)
    return tuple(Portion(period, amount) for period, amount in zip(touched, amounts, strict=True))


def rounded(amount: Decimal | Fraction, digits: int) -> Decimal:
    """Return an amount at its currency's places, halves away from zero: 0.005 dollars are a cent.

    >>> rounded(Fraction(200, 3), 2), rounded(Decimal("-0.5"), 0)
    (Decimal('66.67'), Decimal('-1'))
    """
    exact = Fraction(amount) * 10**digits
    half_up = (abs(exact) + Fraction(1, 2)).__floor__()
    return Decimal(half_up if exact >= 0 else -half_up).scaleb(-digits)


def fits(amount: Decimal, digits: int) -> bool:
    """Tell whether an amount has no more places than its currency."""
    return amount == amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def shared(amount: Decimal, weights: Sequence[Fraction], digits: int) -> list[Decimal]:
    """Share an amount out by weight; every share is rounded, and the last takes what is left.

    >>> [str(one) for one in shared(Decimal(100), [Fraction(1)] * 3, 2)]
    ['33.33', '33.33', '33.34']
    """
    whole = sum(weights, Fraction(0))
    shares = [rounded(Fraction(amount) * weight / whole, digits) for weight in weights[:-1]]
    return [*shares, amount - sum(shares, ZERO)]


def _weighed(weigh: Callable[[Term, Term], Fraction]) -> Callable[[Earning, Sequence[Term]], list[Decimal]]:
    def share(earning: Earning, touched: Sequence[Term]) -> list[Decimal]:
        weights = [weigh(period, earning.term) for period in touched]
        return shared(earning.amount, weights, earning.digits)

    return share


def _days(period: Term, term: Term) -> Fraction:
    part = period.within(term)
    return Fraction(part.days if part else 0)


def _prorated(earning: Earning, touched: Sequence[Term]) -> list[Decimal]:
    """First and last by days, equal parts between, the rounding difference to the last but one."""
    if len(touched) < 3:  # noqa: PLR2004 — a first and a last period alone: days say it all
        return _weighed(_days)(earning, touched)
    daily = Fraction(earning.amount) / earning.term.days
    first, last = (rounded(daily * _days(one, earning.term), earning.digits) for one in (touched[0], touched[-1]))
    between = shared(earning.amount - first - last, [Fraction(1)] * (len(touched) - 2), earning.digits)
    return [first, *between, last]


def _ways(method: Method) -> Callable[[Earning, Sequence[Term]], list[Decimal]]:
    return {
        Method.EVEN: _weighed(lambda _period, _term: Fraction(1)),
        Method.EXACT_DAYS: _weighed(_days),
        Method.PERIOD_RATE: _weighed(lambda period, term: _days(period, term) / period.days),
        Method.PRORATED: _prorated,
    }[method]
