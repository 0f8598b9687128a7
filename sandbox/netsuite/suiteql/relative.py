"""Which day does a relative range begin or end on? BUILTIN.RELATIVE_RANGES, counted from the account's today."""

import re

from sqlglot import exp

_AGO = re.compile(r"(D|DAYS|W|WEEKS|M|MONTHS|Q|QUARTERS|Y|YEARS)(AGO|FROMNOW)(\d+)")
_NAMED = {
    "TODAY": ("DD", 0), "YESTERDAY": ("DD", -1), "TOMORROW": ("DD", 1), "TW": ("D", 0), "LW": ("D", -1), "TM": ("MM", 0),
    "LM": ("MM", -1), "TQ": ("Q", 0), "LQ": ("Q", -1), "TY": ("YYYY", 0), "LY": ("YYYY", -1), "TFY": ("YYYY", 0),
    "LFY": ("YYYY", -1), "TFQ": ("Q", 0), "LFQ": ("Q", -1), "TP": ("MM", 0), "LP": ("MM", -1),
}  # fmt: skip
_MONTHS = {"MM": 1, "Q": 3, "YYYY": 12}
_DAYS = {"DD": 1, "D": 7}
_UNITS = {"D": "DD", "W": "D", "M": "MM", "Q": "Q", "Y": "YYYY"}


def _call(name: str, *arguments: exp.Expression) -> exp.Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def relative_range(code: str, *, end: bool) -> exp.Expression:
    """Give the SQL of the first day of a range, or the last; a range that is not known is today."""
    ago = _AGO.fullmatch(code.upper())
    if ago:
        unit, count = _UNITS[ago[1][0]], int(ago[3]) * (-1 if ago[2] == "AGO" else 1)
        today = _call("ns_today")
        return _moved(today, unit, count)
    unit, count = _NAMED.get(code.upper(), ("DD", 0))
    start = _call("ns_trunc", _call("ns_today"), exp.Literal.string(unit))
    if not end:
        return _moved(start, unit, count)
    return _call("ns_minus", _moved(start, unit, count + 1), exp.Literal.number(1))


def _moved(day: exp.Expression, unit: str, count: int) -> exp.Expression:
    if unit in _MONTHS:
        return _call("ns_add_months", day, exp.Literal.number(count * _MONTHS[unit]))
    return _call("ns_plus", day, exp.Literal.number(count * _DAYS[unit]))
