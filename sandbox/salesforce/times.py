"""How does the org write times, and what do SOQL's relative dates mean?"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from sandbox.salesforce.refusals import Refused

QUARTER = 3  # months
DAY = timedelta(days=1)
NEAR = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}


def stamp(moment: datetime) -> str:
    """Return a time as REST shows it; whole seconds, as SystemModstamp has them (salesforce.md 1.4).

    >>> stamp(datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    '2026-01-02T03:04:05.000+0000'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_datetime(text: str) -> str:
    """Return an ISO 8601 time in the form in which the org keeps times."""
    shaped = re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text.replace("Z", "+00:00"))
    try:
        moment = datetime.fromisoformat(shaped)
    except ValueError as error:
        raise Refused("MALFORMED_QUERY", f"'{text}' is no datetime") from error
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def span(literal: str, count: int, today: date) -> tuple[date, date]:
    """Return the days that a relative date means: the first, and the first after. The fiscal year begins in January.

    >>> span("LAST_N_DAYS", 2, date(2026, 3, 10))
    (datetime.date(2026, 3, 8), datetime.date(2026, 3, 11))
    """
    match [word for word in literal.split("_") if word != "FISCAL"]:
        case ["N", unit, "AGO"]:
            first = _shift(_start(unit.removesuffix("S"), today), unit.removesuffix("S"), -count)
            return first, _shift(first, unit.removesuffix("S"), 1)
        case ["LAST" | "NEXT" as which, "90", "DAYS"]:
            return _n(which, "DAY", 90, today)
        case [which, "N", unit]:
            return _n(which, unit.removesuffix("S"), count, today)
        case [which, unit]:
            first = _shift(_start(unit, today), unit, {"LAST": -1, "THIS": 0, "NEXT": 1}[which])
            return first, _shift(first, unit, 1)
        case [day] if day in NEAR:
            return today + NEAR[day] * DAY, today + (NEAR[day] + 1) * DAY
    raise Refused("MALFORMED_QUERY", f"unknown date literal {literal}")


def end_of_quarter(day: date) -> date:
    """Return the last day of a day's quarter.

    >>> end_of_quarter(date(2026, 11, 3)).isoformat()
    '2026-12-31'
    """
    return _shift(_start("QUARTER", day), "QUARTER", 1) - DAY


def _n(which: str, unit: str, count: int, today: date) -> tuple[date, date]:
    if unit == "DAY":
        return (today - count * DAY, today + DAY) if which == "LAST" else (today + DAY, today + (count + 1) * DAY)
    here = _start(unit, today)
    if which == "LAST":
        return _shift(here, unit, -count), here
    return _shift(here, unit, 1), _shift(here, unit, count + 1)


def _start(unit: str, day: date) -> date:
    match unit:
        case "DAY":
            return day
        case "WEEK":
            return day - timedelta(days=(day.weekday() + 1) % 7)
        case "MONTH":
            return day.replace(day=1)
        case "QUARTER":
            return day.replace(month=(day.month - 1) // QUARTER * QUARTER + 1, day=1)
        case _:
            return day.replace(month=1, day=1)


def _shift(day: date, unit: str, by: int) -> date:
    if unit in {"DAY", "WEEK"}:
        return day + by * (DAY if unit == "DAY" else 7 * DAY)
    months = {"MONTH": 1, "QUARTER": QUARTER, "YEAR": 12}[unit] * by + day.month - 1
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
