"""Can NetSuite plan this order's revenue at all? What accountants find out at month's end, said the night before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mappings.errors import Rejected
from mappings.revenue.spreading import Method
from mappings.revenue.terms import term_of

CLEARS = "the next check clears this by itself."


def revenue_can_be_planned(record: Mapping[str, Any]) -> None:
    """Each line that earns over time has a rule, a deferred revenue account, and dates in order."""
    for number, line in enumerate((record.get("lines") or {}).get("records") or [], start=1):
        try:
            _line(line)
        except Rejected as refused:
            raise refused.at(f"lines[{number}].{refused.field}") from refused


def _line(line: Mapping[str, Any]) -> None:
    item, earning = line.get("item"), line.get("earning") or {}
    start, end = earning.get("start"), earning.get("end")
    if not line.get("rule"):
        words = f"{item} is sold over time, from {start} to {end}, but the item has no revenue recognition rule."
        raise _wrong("REVENUE_RULE_MISSING", "rule", item, words, "Give the item its rule in NetSuite")
    if not line.get("account"):
        words = f"{item} has a revenue recognition rule, but no deferred revenue account."
        raise _wrong("DEFERRED_ACCOUNT_MISSING", "account", item, words, "Give the item its account in NetSuite")
    if earning.get("method") == Method.UPFRONT:
        return
    for name, value in (("start", start), ("end", end)):
        if not value:
            words = f"{item} is earned over a term, but its order line has no {name}."
            raise _wrong("REVENUE_DATES_MISSING", name, item, words, "Fill in the line's dates")
    try:
        term_of(date.fromisoformat(str(start)), date.fromisoformat(str(end)))
    except Rejected as backwards:
        raise backwards.at("end") from backwards


def _wrong(code: str, field: str, value: object, message: str, remedy: str) -> Rejected:
    return Rejected(code, field=field, value=value, message=message, hint=f"{remedy}; {CLEARS}")
