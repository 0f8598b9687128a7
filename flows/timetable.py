"""When is a flow due? Intervals, windows and times of the day, read from its file in the company's zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mappings.language import Flow

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LATE = timedelta(hours=6)  # how late a flow with `at` may begin where no window says it: a 22:00 never begins by day
SECOND = timedelta(seconds=1)
DAYS = (-2, -1, 0, 1, 2)  # days around a moment among which its neighbours are; a zone may skip or repeat one


def interval(text: str) -> timedelta:
    """Return how long `every` means.

    >>> interval("5m")
    datetime.timedelta(seconds=300)
    """
    matched = re.fullmatch(r"(\d+)([smhd])", text)
    if matched is None:
        raise ValueError(f"'{text}' is not an interval such as 30s, 5m, 1h or 1d")
    return timedelta(**{UNITS[matched[2]]: int(matched[1])})


def is_open(flow: Flow, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether a flow that runs at intervals may run now: always, or while its daily window is open."""
    return flow.window is None or flow.window.holds(now.astimezone(zone).time())


def timing(flow: Flow) -> str:
    """Return the flow's timetable in words."""
    often = f"every {flow.every}" if flow.every else f"at {flow.at:%H:%M}" if flow.at else "on demand"
    hours = f", {flow.window.opens:%H:%M}-{flow.window.closes:%H:%M}" if flow.window else ""
    return often + hours


def occurrence(flow: Flow, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the occurrence of the flow's `at` whose run may begin now; None when it is too late for the newest one.

    It may begin until the window closes for the first time after it; without a window, for six hours.
    """
    if flow.at is None:
        return None
    newest = _last(flow.at, now, zone)
    until = _next(flow.window.closes, newest, zone) if flow.window else newest + LATE
    return newest if now < until else None


def upcoming(flow: Flow, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the flow's `at` occurs next, as the company's clocks show it."""
    return _next(flow.at, now, zone).astimezone(zone) if flow.at else None


def _last(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    return max(moment for moment in _around(at, now, zone) if moment <= now)


def _next(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    return min(moment for moment in _around(at, now, zone) if moment > now)


def _around(at: time, now: datetime, zone: ZoneInfo) -> list[datetime]:
    today = now.astimezone(zone).date()
    return [_moment(datetime.combine(today + timedelta(days=day), at), zone) for day in DAYS]


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """Return when the zone's clocks show this: the first time where they do twice, the jump itself where they never do."""
    before, after = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return _jump(after, before, zone) if before > after else before


def _jump(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Return the second, between two moments, in which the zone's clocks jump ahead."""
    offset = early.astimezone(zone).utcoffset()
    while late - early > SECOND:
        middle = early + (late - early) // 2 // SECOND * SECOND
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == offset else (early, middle)
    return late
