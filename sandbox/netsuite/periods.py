"""Which days does a word like `lastFiscalQuarter` mean today? The predefined dates of a search.

The fiscal year is the calendar's.
The words are built by a grammar, so they are read by one: a count of days, a period (a week, month, quarter, half or
year, with its place among its neighbours), and what of it is meant (all, its start, or up to today's place in it).
"""

import re
from datetime import date, timedelta

_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "thirty": 30, "sixty": 60, "ninety": 90,
}  # fmt: skip
_MONTHS = {"Month": 1, "Quarter": 3, "Half": 6, "Year": 12}
_BACK = {"this": 0, "same": 0, "last": -1, "next": 1}
_DAYS = re.compile(r"(\w+?)Days(Ago|FromNow)")
_AGO = re.compile(rf"({'|'.join(_COUNTS)})(?:Fiscal)?(Month|Quarter|Year)sAgo")
_UNIT = re.compile(r"(?:Fiscal|Business)?(Week|Month|Quarter|Half|Year)")
_WEEKS = 7

Days = tuple[date, date]


def days_of(word: str, today: date) -> Days | None:
    """Give the first and the last day that a predefined date means; None when it is no such word."""
    single = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(word)
    if single is not None:
        return _day(today + timedelta(days=single))
    if counted := _DAYS.fullmatch(word):
        sign = -1 if counted.group(2) == "Ago" else 1
        return _day(today + timedelta(days=sign * _COUNTS[counted.group(1)])) if counted.group(1) in _COUNTS else None
    if word == "nextFourWeeks":
        return today, today + timedelta(days=27)
    if word == "fourWeeksStartingThisWeek":
        start = _week(today, 0)[0]
        return start, start + timedelta(days=27)
    return _rolling(word, today) or _framed(word, today)


def _day(day: date) -> Days:
    return day, day


def _framed(word: str, today: date) -> Days | None:
    """Read a period with what is meant of it."""
    start, to_date, same_day = word.startswith("startOf"), word.endswith("ToDate"), word.startswith("sameDay")
    core = word.removeprefix("startOf").removeprefix("sameDay").removesuffix("ToDate")
    core = core[:1].lower() + core[1:]
    found = _period(core, today)
    if found is None:
        return None
    (first, last), unit = found
    if start:
        return _day(first)
    if to_date or same_day:
        here = min(first + (today - _named(unit, today, 0)[0]), last)
        return (first, here) if to_date else _day(here)
    return first, last


def _period(core: str, today: date) -> tuple[Days, str] | None:
    if counted := _AGO.fullmatch(core):
        unit = counted.group(2)
        return (_named(unit, today, -_COUNTS[counted.group(1)]), unit)
    text = core[:1].upper() + core[1:]
    found = _UNIT.search(text)
    if found is None:
        return None
    unit, tail = found.group(1), text[found.end() :]
    lead = text[: found.start()].lower()
    if tail in {"BeforeLast", "AfterNext"}:
        return _named(unit, today, -2 if tail == "BeforeLast" else 2), unit
    return _placed(lead, unit, _seen_from(tail, today), business="Business" in text) if lead in _BACK else None


def _placed(lead: str, unit: str, seen: date, *, business: bool) -> tuple[Days, str]:
    """Read `this`, `last`, `next` and `same` as seen from a day; a business week is Monday to Friday."""
    first, last = _named(unit, seen, _BACK[lead])
    return ((first + timedelta(days=1), last - timedelta(days=1)) if business else (first, last)), unit


def _seen_from(tail: str, today: date) -> date:
    """Give the day that corresponds to today in the year or quarter that a word is seen from."""
    shifts = {
        "OneFiscalQuarterAgo": -3, "TwoFiscalQuartersAgo": -6, "OneFiscalYearAgo": -12, "TwoFiscalYearsAgo": -24,
        "LastFiscalYear": -12, "LastFiscalQuarter": -3, "FiscalYearBeforeLast": -24, "FiscalQuarterBeforeLast": -6,
        "LastFiscalHalf": -6,
    }  # fmt: skip
    return _shifted(today, shifts.get(tail, 0))


def _rolling(word: str, today: date) -> Days | None:
    """Read periods that end or begin today (`previousOneMonth`, `lastRollingYear`) and runs of earlier ones."""
    start = word.startswith("startOf")
    core = word.removeprefix("startOf")
    core = core[:1].lower() + core[1:]
    if ahead := re.fullmatch(r"(next|previous)One(Day|Week|Month|Quarter|Half|Year)", core):
        return _running(ahead.group(2), today, forward=ahead.group(1) == "next")
    if turn := re.fullmatch(r"(this|last|previous)Rolling(Quarter|Half|Year)", core):
        steps = {"this": 0, "last": 1, "previous": 2}[turn.group(1)] * _MONTHS[turn.group(2)]
        end = _shifted(today, -steps)
        first = _shifted(end, -_MONTHS[turn.group(2)]) + timedelta(days=1)
        return _day(first) if start else (first, end)
    if core == "oneYearBeforeLast":
        return _shifted(today, -24), _shifted(today, -12) - timedelta(days=1)
    return _earlier(core, today)


def _running(unit: str, today: date, *, forward: bool) -> Days:
    if unit in _MONTHS:
        other = _shifted(today, _MONTHS[unit] if forward else -_MONTHS[unit])
    else:
        days = 1 if unit == "Day" else _WEEKS
        other = today + timedelta(days=days if forward else -days)
    return (today, other) if forward else (other, today)


def _earlier(core: str, today: date) -> Days | None:
    """Read `previousMonthsThisFiscalQuarter`: the whole months of a frame that lie before the present one."""
    runs = re.fullmatch(
        r"previous(Month|FiscalQuarter)s(Same|This|Last)Fiscal(Half|Quarter|Year)(LastFiscalYear)?", core
    )
    if runs is None:
        return None
    unit, which, frame, year = runs.groups()
    seen = _shifted(today, -12 if year else 0)
    if which == "Last":
        seen = _shifted(today, -_MONTHS[frame])
    first = _named(frame, seen, 0)[0]
    return first, max(_named(unit.removeprefix("Fiscal"), seen, 0)[0] - timedelta(days=1), first)


def _named(unit: str, today: date, steps: int) -> Days:
    """Give the first and last day of the period that is `steps` away from the one around today."""
    if unit == "Week":
        return _week(today, steps)
    months = _MONTHS[unit]
    index = (today.year * 12 + today.month - 1) // months * months + steps * months
    first, behind = (date(at // 12, at % 12 + 1, 1) for at in (index, index + months))
    return first, behind - timedelta(days=1)


def _week(today: date, steps: int) -> Days:
    """Weeks begin on Sunday, as the vendor's default has it."""
    first = today - timedelta(days=(today.weekday() + 1) % _WEEKS) + timedelta(days=steps * _WEEKS)
    return first, first + timedelta(days=_WEEKS - 1)


def _shifted(day: date, months: int) -> date:
    """Move a day by months; the last of a longer month becomes the last of a shorter."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    behind = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (behind - first).days) - 1)
