"""What becomes of a schedule in its course? Terms are shared and cut, credits reverse, closed periods are caught up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mappings.errors import Rejected
from mappings.revenue.spreading import ZERO, Earning, Method, Portion, Schedule, rounded, spread
from mappings.revenue.terms import ONE_DAY, Calendar, Term, months, term_of


def cotermed(whole: Earning, joined: date) -> Earning:
    """Return what a product that joins within a term earns: to the same last day, its price by the days that are left.

    A year's licence for 365.00 that joins on the 1st of July 2026 of a calendar year costs and earns 184.00.
    """
    rest = term_of(max(joined, whole.term.first), whole.term.last)
    part = rounded(Fraction(whole.amount) * rest.days / whole.term.days, whole.digits)
    return Earning(part, rest, whole.method, whole.digits)


@dataclass(frozen=True, slots=True)
class Ending:
    """A term that ended early: what was earned until then, and what is credited because it never will be."""

    earned: Schedule
    credit: Decimal


def terminated(earning: Earning, last: date, calendar: Calendar = months) -> Ending:
    """Cut a schedule on its last day of service; the period in which it ends earns by its days.

    What was earned and the credit add up to what was sold.
    """
    if last < earning.term.first:
        return Ending((), -earning.amount)
    whole = spread(earning, calendar)
    if last >= earning.term.last or earning.method is Method.UPFRONT:
        return Ending(whole, ZERO)
    ran = Term(earning.term.first, last)
    earned = tuple(_cut(one, earning, ran) for one in whole if one.period.first <= last)
    return Ending(earned, total(earned) - earning.amount)


def _cut(portion: Portion, earning: Earning, ran: Term) -> Portion:
    meant, served = portion.period.within(earning.term), portion.period.within(ran)
    if meant is None or served is None or served == meant:
        return portion
    part = Fraction(portion.amount) * served.days / meant.days
    return Portion(portion.period, rounded(part, earning.digits))


def added(schedules: Iterable[Schedule]) -> Schedule:
    """Add schedules up, period by period: an order's lines, or a sale and its credit."""
    sums: dict[Term, Decimal] = {}
    for portion in (portion for schedule in schedules for portion in schedule):
        sums[portion.period] = sums.get(portion.period, ZERO) + portion.amount
    return tuple(Portion(period, sums[period]) for period in sorted(sums))


def reversed_(schedule: Schedule) -> Schedule:
    """Turn a schedule round, as a credit of all of it does."""
    return tuple(Portion(one.period, -one.amount) for one in schedule)


def caught_up(expected: Schedule, opens: Term, booked: Mapping[Term, Decimal] | None = None) -> Schedule:
    """Return what may still be booked when periods before `opens` are closed; what they missed goes to that first one.

    `booked` says what the closed periods did recognise. More than was right leads to a negative catch-up. What was
    booked and what is returned add up to what was expected.
    """
    done = sum((booked or {}).values(), ZERO)
    closed = [one for one in expected if one.period.first < opens.first]
    missed = total(tuple(closed)) - done
    later = tuple(one for one in expected if one.period.first >= opens.first)
    return added([(Portion(opens, missed),), later]) if missed else later


def first_open(closed: Iterable[Term], periods: Iterable[Term]) -> Term:
    """Return the first period after the last closed one; all closed is refused with the remedy."""
    shut = set(closed)
    after = max((one.last for one in shut), default=date.min)
    found = min((one for one in periods if one not in shut and one.first >= after), default=None)
    if found is None:
        raise Rejected(
            "NO_OPEN_PERIOD",
            value=after + ONE_DAY if shut else None,
            message="Every accounting period of this term is closed.",
            hint="Set up or open the period that follows; what was missed is caught up there.",
        )
    return found


def total(schedule: Schedule) -> Decimal:
    """Return the sum of a schedule."""
    return sum((one.amount for one in schedule), ZERO)
