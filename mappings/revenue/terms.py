"""From when to when does something run, and which periods does that touch? Both days belong to a term."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mappings.errors import Rejected

MONTHS = 12
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """A first and a last day."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it has, both ends counted: a leap February has 29."""
        return (self.last - self.first).days + 1

    def within(self, other: Term) -> Term | None:
        """Return the part that lies in another term, None where they do not touch."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Term(first, last) if first <= last else None


Calendar = Callable[[Term], Sequence[Term]]


def term_of(first: date, last: date) -> Term:
    """Return a term; one that ends before it begins is refused."""
    if last < first:
        words = f"It ends on {last}, before it begins on {first}."
        raise Rejected(
            "TERM_BACKWARDS", value=last, message=words, hint="Correct the dates; the change is picked up by itself."
        )
    return Term(first, last)


def months(term: Term) -> Sequence[Term]:
    """Return the whole calendar months that a term touches.

    >>> [str(one.first) for one in months(Term(date(2027, 12, 15), date(2028, 2, 1)))]
    ['2027-12-01', '2028-01-01', '2028-02-01']
    """
    found = []
    first = term.first.replace(day=1)
    while first <= term.last:
        last = first.replace(day=monthrange(first.year, first.month)[1])
        found.append(Term(first, last))
        first = last + ONE_DAY
    return found


def periods(known: Iterable[Term]) -> Calendar:
    """Return the calendar of an account's own accounting periods (months, or 4-4-5 weeks); a hole in it is refused."""
    in_order = sorted(known)

    def touched(term: Term) -> Sequence[Term]:
        found = [one for one in in_order if one.within(term)]
        covered = sum(part.days for one in found if (part := one.within(term)))
        if covered != term.days:
            raise _too_few(term, found)
        return found

    return touched


def months_after(day: date, count: int) -> date:
    """Return the same day so many months later, or the last one which that month has.

    >>> str(months_after(date(2024, 1, 31), 1))
    '2024-02-29'
    """
    year, month = divmod(day.year * MONTHS + day.month - 1 + count, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def running(first: date, count: int) -> Term:
    """Return the term of so many months from a day on.

    >>> str(running(date(2026, 1, 15), 12).last)
    '2027-01-14'
    """
    return term_of(first, months_after(first, count) - ONE_DAY)


def _too_few(term: Term, found: Sequence[Term]) -> Rejected:
    last = found[-1].last if found else None
    words = f"NetSuite has no accounting periods for all of {term.first} to {term.last}"
    return Rejected(
        "INSUFCNT_NUM_PRDS_FOR_REV_REC",  # the vendor's own code for it (netsuite.md 4.5)
        value=term.last,
        message=f"{words}; the last one that it has ends on {last}." if last else f"{words}.",
        hint="Set up the accounting periods through that day; the next check clears this by itself.",
    )
