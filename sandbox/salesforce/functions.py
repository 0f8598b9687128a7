"""What do SOQL's functions mean in SQL? Aggregates, parts of dates, currencies, labels and formats (salesforce.md 1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.describe import use_of
from sandbox.salesforce.model import Field
from sandbox.salesforce.query import Aggregate, Call, Misplaced
from sandbox.salesforce.sql import is_number, number_of

if TYPE_CHECKING:
    from sandbox.salesforce.plan import Plan

DATES = {
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "WEEK_IN_MONTH": "(CAST(substr({0}, 9, 2) AS INTEGER) - 1) / 7 + 1",
    "WEEK_IN_YEAR": "(CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER) - 1) / 7 + 1",
}
DATES |= {
    f"FISCAL_{part}": DATES[f"CALENDAR_{part}"] for part in ("YEAR", "QUARTER", "MONTH")
}  # its year begins in January
RATE = 'COALESCE((SELECT CAST(c."ConversionRate" AS REAL) FROM "CurrencyType" c WHERE c."IsoCode" = {0}), 1.0)'
CENTS = 2


@dataclass(frozen=True)
class Made:
    """A function as SQL, its type, and the path under which a record shows it (None: only by a name of its own)."""

    sql: str
    type: str
    name: tuple[str, ...] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    field: Field | None = None


def call(plan: Plan, item: Aggregate | Call) -> Made:
    """Return a function as SQL; raise Misplaced for one that does not fit its field."""
    if isinstance(item, Aggregate):
        return _aggregate(plan, item)
    if item.function in DATES:
        return _date(plan, item)
    if item.function not in OTHERS:
        raise Misplaced("MALFORMED_QUERY", f"Invalid function: {item.function}", item.at)
    made: Made = OTHERS[item.function](plan, item)
    return made


def refuse_unless(found: Field, able: str, words: str, at: str) -> None:
    """Refuse to use a field as its describe says it cannot be used."""
    if not use_of(found)[able]:
        raise Misplaced("MALFORMED_QUERY" if able == "groupable" else "INVALID_FIELD", words, at)


def _aggregate(plan: Plan, item: Aggregate) -> Made:
    column, found, _ = plan.resolve(item.path)
    if item.function == "GROUPING":
        return Made(f"({column} IS NULL)", "int")
    if item.function in {"COUNT", "COUNT_DISTINCT"}:
        return Made(f"COUNT({'DISTINCT ' * (item.function == 'COUNT_DISTINCT')}{column})", "int")
    sums = item.function in {"SUM", "AVG"}
    if (sums and not is_number(found)) or found.type in {"boolean", "address"}:
        words = f"field {found.name} does not support aggregate operator {item.function}"
        raise Misplaced("MALFORMED_QUERY", words, item.path[0])
    value = _at_home(plan, column, found, item.path)
    if not sums:
        return Made(f"{item.function}({value})", found.type)
    unit = 10 ** max(found.scale, CENTS)
    whole = f"SUM(CAST(ROUND({value} * {unit}) AS INTEGER))"  # exact, where binary fractions would add up to a crumb
    total = f"{whole} / {unit}.0"
    if item.function == "SUM":
        return Made(total, "double" if found.type == "int" else found.type)
    return Made(f"{total} / COUNT({column})", "double")


def _at_home(plan: Plan, column: str, found: Field, path: tuple[str, ...]) -> str:
    """Return a number; amounts are added up in the org's own currency."""
    value = number_of(column, found)
    code = _currency(plan, path) if found.type == "currency" else None
    return f"({value} / {RATE.format(code)})" if code else value


def _currency(plan: Plan, path: tuple[str, ...]) -> str | None:
    """Return the column of the currency of the record that a path's field belongs to."""
    try:
        return plan.resolve((*path[:-1], "CurrencyIsoCode"))[0]
    except Misplaced:
        return None


def _date(plan: Plan, item: Call) -> Made:
    inner = item.argument
    if isinstance(inner, Call) and inner.function == "CONVERTTIMEZONE":
        inner = inner.argument
    column, found, _ = plan.resolve(inner)
    if found.type not in {"date", "datetime"}:
        words = f"field '{found.name}' is not a date or dateTime and cannot be used with {item.function}"
        raise Misplaced("INVALID_FIELD", words, inner[0])
    return Made(DATES[item.function].format(column), "date" if item.function == "DAY_ONLY" else "int")


def _field(plan: Plan, item: Call) -> tuple[str, Field, tuple[str, ...]]:
    if not isinstance(item.argument, tuple):
        raise Misplaced("MALFORMED_QUERY", f"{item.function} takes a field", item.at)
    return plan.resolve(item.argument)


def _timezone(plan: Plan, item: Call) -> Made:
    column, found, spelt = _field(plan, item)
    return Made(column, found.type, spelt, field=found)


def _label(plan: Plan, item: Call) -> Made:
    column, found, spelt = _field(plan, item)
    return Made(column, found.type, spelt, dict(zip(found.values, found.labels, strict=True)), found)


def _convert(plan: Plan, item: Call) -> Made:
    """Convert an amount to the user's currency, which is the org's own."""
    if isinstance(item.argument, Aggregate):
        return call(plan, item.argument)
    column, found, spelt = _field(plan, item)
    if found.type != "currency":
        words = f"field '{found.name}' is not a currency field and cannot be converted"
        raise Misplaced("INVALID_FIELD", words, item.argument[0])
    value = _at_home(plan, column, found, item.argument)
    return Made(f"ROUND({value}, {max(found.scale, CENTS)})", "currency", spelt, field=found)


def _format(plan: Plan, item: Call) -> Made:
    inner = item.argument
    if isinstance(inner, tuple):
        column, found, spelt = plan.resolve(inner)
        code = _currency(plan, inner) if found.type == "currency" else None
        shown = f"COALESCE({code}, 'USD') || ' ' || {column}" if code else column
        kind = "double" if found.type == "currency" and not code else found.type
        return Made(shown, f"formatted:{kind}:{found.scale}", spelt)
    made = call(plan, inner)
    shown = f"'USD ' || ({made.sql})" if made.type == "currency" else made.sql
    return Made(shown, f"formatted:{made.type}:{CENTS}", made.name)


OTHERS: dict[str, Any] = {
    "CONVERTTIMEZONE": _timezone,
    "TOLABEL": _label,
    "CONVERTCURRENCY": _convert,
    "FORMAT": _format,
}
