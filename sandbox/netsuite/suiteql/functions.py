"""How do the functions of SuiteQL work that SQLite has not? Dates, formats, texts, exact sums; Oracle's rules for NULL.

Dates are texts: `YYYY-MM-DD`, with ` HH:MM:SS` behind it where there is a time, so that they order as they should.
"""

import calendar
import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache

_FORMATS = {
    "YYYY": "%Y", "RRRR": "%Y", "YY": "%y", "RR": "%y", "MM": "%m", "MONTH": "%B", "MON": "%b", "DDD": "%j", "DD": "%d",
    "DAY": "%A", "DY": "%a", "D": "%w", "HH24": "%H", "HH12": "%I", "HH": "%I", "MI": "%M", "SS": "%S", "AM": "%p",
    "PM": "%p", "IW": "%V", "WW": "%W",
}  # fmt: skip
_TOKENS = re.compile("|".join(sorted(_FORMATS, key=len, reverse=True)) + "|Q", re.IGNORECASE)
_SHOWN = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: \d\d:\d\d:\d\d)?")
_TYPED = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*")
_FIGURES = re.compile(r"(FM)?[$L]?[90,.]+")
_DAY = 10


def python_format(oracle: str) -> str:
    """Turn an Oracle format into Python's.

    >>> python_format("YYYY-MM-DD HH24:MI:SS")
    '%Y-%m-%d %H:%M:%S'
    """
    return _TOKENS.sub(lambda token: _FORMATS.get(token.group().upper(), "Q"), oracle.removeprefix("fm"))


def moment(value: object) -> datetime | None:
    """Read a date as it is kept, or as the account shows it; None for anything else."""
    text = str(value)
    if typed := _TYPED.fullmatch(text):
        text = f"{typed[3]}-{int(typed[1]):02}-{int(typed[2]):02}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def kept(value: datetime) -> str:
    """Write a date the way dates are kept; midnight is the bare day."""
    text = value.strftime("%Y-%m-%d %H:%M:%S")
    return text.removesuffix(" 00:00:00")


def plain(value: object) -> str:
    """Write a value as text: no point behind whole numbers."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def to_char(value: object, form: str | None) -> str | None:
    """Write a date, a number, or anything else as it is, in an Oracle format."""
    if value is None:
        return None
    if form is None:
        return as_shown(value)
    if _FIGURES.fullmatch(form):
        return _figures(value, form)
    read = moment(value)
    if read is None:
        return plain(value)
    if form.upper() == "Q":
        return str((read.month + 2) // 3)
    return read.strftime(python_format(form))


def _figures(value: object, form: str) -> str:
    places = len(form.partition(".")[2].rstrip()) if "." in form else 0
    text = f"{Decimal(str(value)):{',' if ',' in form else ''}.{places}f}"
    return text if form.startswith("FM") else f" {text}"


def to_moment(text: object, form: str | None) -> str | None:
    """Read a text by a format into a date, Python's or (from a parameter) Oracle's; without one, in the account's."""
    if text is None:
        return None
    if form is None:
        return str(as_date(text))
    return kept(datetime.strptime(str(text), form if "%" in form else python_format(form)))  # noqa: DTZ007 — UTC throughout


def as_date(value: object) -> object:
    """Take a text that is compared with a date: one in the account's format becomes a date, any other stays."""
    if value is None:
        return None
    read = moment(value)
    return kept(read) if read else value


def as_shown(value: object) -> str | None:
    """Write a bare date or moment as the account shows it: M/D/YYYY, with no time."""
    if value is None:
        return None
    found = _SHOWN.fullmatch(str(value))
    return f"{int(found[2])}/{int(found[3])}/{found[1]}" if found else plain(value)


def number(value: object, *_form: object) -> float | int | None:
    """Read a text as a number; commas are left out."""
    if value is None:
        return None
    read = Decimal(str(value).replace(",", "").strip())
    return int(read) if read == read.to_integral_value() else float(read)


def plus(one: object, other: object) -> object:
    """Add days to a date, or number to number."""
    day = moment(one) if isinstance(one, str) else None
    if one is None or other is None:
        return None
    if day is not None:
        return kept(day + timedelta(days=float(str(other))))
    return plus(other, one) if isinstance(other, str) and moment(other) else _sum(one, other)


def minus(one: object, other: object) -> object:
    """Take days from a date, a date from a date (in days), or number from number."""
    if one is None or other is None:
        return None
    left = moment(one) if isinstance(one, str) else None
    right = moment(other) if isinstance(other, str) else None
    if left and right:
        return (left - right).total_seconds() / 86400
    return kept(left - timedelta(days=float(str(other)))) if left else _sum(one, -Decimal(str(other)))


def _sum(one: object, other: object) -> float | int:
    read = Decimal(str(one)) + Decimal(str(other))
    return int(read) if read == read.to_integral_value() else float(read)


def add_months(value: object, count: object) -> str | None:
    """Move a date by months; the end of a month stays one."""
    day = moment(value) if value is not None else None
    if day is None or count is None:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + int(float(str(count))), 12)
    last = calendar.monthrange(year, month + 1)[1]
    ended = day.day == calendar.monthrange(day.year, day.month)[1]
    return kept(day.replace(year=year, month=month + 1, day=last if ended else min(day.day, last)))


def last_day(value: object) -> str | None:
    """Give the last day of a date's month."""
    day = moment(value) if value is not None else None
    return kept(day.replace(day=calendar.monthrange(day.year, day.month)[1])) if day else None


def months_between(one: object, other: object) -> float | None:
    """Count the months between two dates; days are 31sts."""
    left, right = (moment(each) if each is not None else None for each in (one, other))
    if left is None or right is None:
        return None
    whole = (left.year - right.year) * 12 + left.month - right.month
    ends = all(each.day == calendar.monthrange(each.year, each.month)[1] for each in (left, right))
    return whole if left.day == right.day or ends else whole + (left.day - right.day) / 31


def trunc(value: object, unit: object = None) -> object:
    """Cut a date to its day (or month, quarter, year, week), or a number to places."""
    if value is None:
        return None
    day = moment(value) if isinstance(value, str) else None
    if day is None:
        scale = Decimal(1).scaleb(-int(str(unit or 0)))
        return float(Decimal(str(value)).quantize(scale, "ROUND_DOWN"))
    day = day.replace(hour=0, minute=0, second=0)
    cut = _CUTS.get(str(unit or "DD").upper())
    return kept(cut(day) if cut else day)


_CUTS: dict[str, Callable[[datetime], datetime]] = {
    **dict.fromkeys(("MM", "MON", "MONTH"), lambda day: day.replace(day=1)),
    **dict.fromkeys(("YYYY", "YEAR", "YY", "Y"), lambda day: day.replace(month=1, day=1)),
    **dict.fromkeys(("Q", "QUARTER"), lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)),
    **dict.fromkeys(("IW", "WEEK"), lambda day: day - timedelta(days=day.weekday())),
    **dict.fromkeys(("D", "DAY", "DY"), lambda day: day - timedelta(days=(day.weekday() + 1) % 7)),
}


def extract(part: str, value: object) -> int | None:
    """Give one part of a date."""
    day = moment(value) if value is not None else None
    found: int | None = getattr(day, part.lower(), None)
    return found


class ExactSum:
    """SUM without floats: each value is taken by its shortest decimal text."""

    def __init__(self) -> None:
        self._total: Decimal | None = None

    def step(self, value: object) -> None:
        """Add one value; NULL counts for nothing."""
        if value is not None:
            try:
                self._total = (self._total or Decimal(0)) + Decimal(str(value))
            except InvalidOperation as error:
                raise ValueError(f"{value} is no number") from error

    def finalize(self) -> float | int | None:
        """Give the sum; NULL of nothing."""
        if self._total is None:
            return None
        return int(self._total) if self._total == self._total.to_integral_value() else float(self._total)


@cache
def _pattern(text: str, flags: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE if "i" in flags else 0)


def regexp_like(value: object, pattern: str, flags: str = "") -> int | None:
    """Tell whether a text matches a pattern somewhere."""
    return None if value is None else int(bool(_pattern(pattern, flags or "").search(str(value))))


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection the functions of dates and numbers."""
    once: list[tuple[str, int, Callable[..., object]]] = [
        ("ns_to_char", 2, to_char), ("ns_to_moment", 2, to_moment), ("ns_date", 1, as_date), ("ns_shown", 1, as_shown),
        ("ns_number", -1, number), ("ns_plus", 2, plus), ("ns_minus", 2, minus), ("ns_add_months", 2, add_months),
        ("ns_last_day", 1, last_day), ("ns_months_between", 2, months_between), ("ns_trunc", -1, trunc),
        ("ns_extract", 2, extract), ("ns_regexp_like", -1, regexp_like),
    ]  # fmt: skip
    for name, count, function in once:
        connection.create_function(name, count, function, deterministic=True)  # type: ignore[arg-type]  # the stubs want SQLite's own values
    connection.create_aggregate("ns_sum", 1, ExactSum)  # type: ignore[arg-type]  # the stubs allow whole numbers only
