"""When is a flow due? Intervals and windows, read from its file."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def interval(text: str) -> timedelta:
    """Return how long `every` means.

    >>> interval("5m")
    datetime.timedelta(seconds=300)
    """
    matched = re.fullmatch(r"(\d+)([smhd])", text)
    if matched is None:
        raise ValueError(f"'{text}' is not an interval such as 30s, 5m, 1h or 1d")
    return timedelta(**{UNITS[matched[2]]: int(matched[1])})


def is_open(opens: time, closes: time, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether `now` lies in the daily window, in the company's time zone; a window may reach over midnight."""
    local = now.astimezone(zone).time()
    if opens <= closes:
        return opens <= local < closes
    return local >= opens or local < closes
