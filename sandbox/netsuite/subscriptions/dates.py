"""When does a term end, and when does a charge come again?"""

from calendar import monthrange
from datetime import date, timedelta

from sandbox.netsuite.documents import Document

_MONTHS = 12
# Months between two charges; weeks and days stand in `_DAYS`.
_EVERY = {
    "MONTHLY": 1, "BIMONTHLY": 2, "QUARTERLY": 3, "SEMIANNUALLY": 6, "ANNUALLY": 12, "BIENNIALLY": 24,
    "TRIENNIALLY": 36,
}  # fmt: skip
_DAYS = {"DAILY": 1, "WEEKLY": 7, "BIWEEKLY": 14, "QUADWEEKLY": 28}
_UNITS = {"MONTHS": 1, "YEARS": 12, "MONTH": 1, "YEAR": 12}


def months_after(day: date, count: int) -> date:
    """Give the same day so many months later, or the last one that month has.

    >>> str(months_after(date(2026, 1, 31), 1))
    '2026-02-28'
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + count, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def units_after(day: date, count: int, unit: str) -> date:
    """Give the day so many years, months, weeks or days later."""
    if unit in _UNITS:
        return months_after(day, count * _UNITS[unit])
    return day + timedelta(days=count * (7 if unit.startswith("WEEK") else 1))


def end_of_term(start: date, term: Document) -> date | None:
    """Give a term's last day; an evergreen or custom one has none of its own."""
    count, unit = term.get("subscriptionTermDuration"), term.get("subscriptionTermUnit")
    if not count or not unit:
        return None
    return units_after(start, int(count), unit) - timedelta(days=1)


def next_charge(day: date, frequency: str, repeat: int) -> date | None:
    """Give the day of the next charge; a one-time one has none."""
    if frequency in _DAYS:
        return day + timedelta(days=_DAYS[frequency] * max(repeat, 1))
    months = _EVERY.get(frequency)
    return months_after(day, months * max(repeat, 1)) if months else None
