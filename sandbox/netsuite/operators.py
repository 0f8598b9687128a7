"""How does one condition on one value become SQL? By its operator and the kind of the value; every value is bound.

Operators bear the names of the SOAP contract (netsuite.md 2.4); each `not…` is the complement of its other half, so it
also finds records that hold nothing.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

Sql = tuple[str, list[Any]]
Value = str | int | bool | Decimal | date | datetime
NOTHING = "@NONE@"  # the vendor's word for "no value" in a choice

OTHER_HALF = {
    "isNot": "is", "doesNotContain": "contains", "doesNotStartWith": "startsWith", "notEmpty": "empty",
    "noneOf": "anyOf", "notEqualTo": "equalTo", "notBetween": "between", "notWithin": "within", "notOn": "on",
    "notGreaterThan": "greaterThan", "notGreaterThanOrEqualTo": "greaterThanOrEqualTo", "notLessThan": "lessThan",
    "notLessThanOrEqualTo": "lessThanOrEqualTo", "notAfter": "after", "notBefore": "before",
    "notOnOrAfter": "onOrAfter", "notOnOrBefore": "onOrBefore", "doesNotEndWith": "endsWith",
}  # fmt: skip
_COMPARISONS = {
    "equalTo": "=", "is": "=", "greaterThan": ">", "greaterThanOrEqualTo": ">=", "lessThan": "<",
    "lessThanOrEqualTo": "<=",
}  # fmt: skip


class Unsearchable(ValueError):
    """A condition makes no sense: `field` cannot be searched for, or not with this operator or value."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True)
class Column:
    """A value in a query: its SQL, and its kind as in the record tables; `#` is an internal id, `x` an external one."""

    name: str
    sql: str
    kind: str


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection the one function that SQLite has not: case folding beyond ASCII."""
    connection.create_function("ns_fold", 1, _fold, deterministic=True)


def _fold(value: object) -> str | None:
    return None if value is None else str(value).casefold()


def condition(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    """Give the SQL of one condition and the values bound to it; raise `Unsearchable`."""
    positive = OTHER_HALF.get(operator)
    if positive is not None:
        sql, bound = condition(column, positive, values)
        return f"NOT coalesce(({sql}), 0)", bound
    if operator == "empty":
        return f"({column.sql} IS NULL OR {column.sql} = '')", []
    work = _BY_KIND.get(column.kind)
    if work is None:
        raise Unsearchable(column.name, f"{column.name} cannot be searched for")
    try:
        return work(column, operator, values)
    except (ValueError, IndexError, KeyError, ArithmeticError) as error:
        raise Unsearchable(column.name, f"{operator} {[str(one) for one in values]}: {error}") from error


def _text(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    if operator == "anyOf":
        return _choice(column, operator, values)
    wanted = str(values[0])
    if operator in {"is", "equalTo"} and wanted.isascii():
        return f"{column.sql} = ? COLLATE NOCASE", [wanted]
    fold, low = ("lower", wanted.lower()) if wanted.isascii() else ("ns_fold", wanted.casefold())
    folded = f"{fold}({column.sql})"
    if operator == "hasKeywords":
        words = low.split()
        return " AND ".join(f"instr({folded}, ?)" for _ in words) or "1", list(words)
    shapes = {
        "is": f"{folded} = ?",
        "equalTo": f"{folded} = ?",
        "contains": f"instr({folded}, ?)",
        "startsWith": f"instr({folded}, ?) = 1",
        "endsWith": f"substr({folded}, -{max(len(low), 1)}) = ?",
    }
    return (shapes[operator], [low]) if operator in shapes else _ordered(column, operator, values)


def _ordered(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    """Compare texts that hold numbers (a PO number) as numbers."""
    return _number(Column(column.name, f"CAST({column.sql} AS REAL)", "n"), operator, values)


def _number(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    if operator == "anyOf":
        return f"{column.sql} IN ({', '.join('?' * len(values))})", [_figure(one) for one in values]
    if operator in {"between", "within"}:
        return f"{column.sql} BETWEEN ? AND ?", [_figure(values[0]), _figure(values[1])]
    return f"{column.sql} {_COMPARISONS[operator]} ?", [_figure(values[0])]


def _figure(value: Value) -> int | float:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    return int(number) if number == number.to_integral_value() else float(number)


def _flag(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    wanted = {"true": 1, "t": 1, "1": 1, "false": 0, "f": 0, "0": 0}[str(values[0]).lower()]
    if operator not in {"is", "equalTo"}:
        raise ValueError(operator)
    return f"coalesce({column.sql}, 0) = ?", [wanted]


def _choice(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    if operator not in {"anyOf", "is", "equalTo"}:
        raise ValueError(operator)
    wanted = [str(one) for one in values if one != NOTHING]
    parts = [f"{column.sql} IN ({', '.join('?' * len(wanted))})"] if wanted else []
    parts += [f"{column.sql} IS NULL"] * (len(wanted) < len(values))
    return f"({' OR '.join(parts) or '0'})", list(wanted)


def _internal(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    if operator in {"anyOf", "is"}:
        numbers = [int(str(one)) for one in values if str(one).lstrip("-").isdecimal()]
        empty = f" OR {column.sql} IS NULL" * (NOTHING in values)
        return f"({column.sql} IN ({', '.join('?' * len(numbers))}){empty})", list(numbers)
    return _number(column, operator, values)


def _external(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    """External ids are kept in lower case beside their spelling, for nothing tells two apart by case (netsuite.md 0.5)."""
    low = tuple(one if one == NOTHING else str(one).lower() for one in values)
    if operator in {"anyOf", "is", "equalTo"}:
        return _choice(column, "anyOf", low)
    return _text(column, operator, low)


def _bounds(value: Value) -> tuple[datetime, datetime]:
    """Give the first moment of a day or second, and the first behind it."""
    if isinstance(value, datetime):
        start = value.astimezone(UTC).replace(microsecond=0)
        return start, start + timedelta(seconds=1)
    if not isinstance(value, date):
        raise ValueError(f"{value} is no date")  # noqa: TRY004 — it is the caller's text that is wrong
    start = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


def _whole_day(value: Value) -> Value:
    return value.astimezone(UTC).date() if isinstance(value, datetime) else value


def _moment(column: Column, operator: str, values: tuple[Value, ...]) -> Sql:
    first = _whole_day(values[0]) if operator in {"on", "is", "equalTo"} or column.kind == "d" else values[0]
    start, end = _bounds(first)
    last = _bounds(_whole_day(values[1]) if column.kind == "d" else values[1])[1] if len(values) > 1 else end
    shown = "%Y-%m-%d" if column.kind == "d" else "%Y-%m-%d %H:%M:%S"
    low, high, behind = (one.strftime(shown) for one in (start, end, last))
    within = (f"({column.sql} >= ? AND {column.sql} < ?)", [low, behind])
    shapes = {
        "on": within, "is": within, "equalTo": within, "within": within, "between": within,
        "after": (f"{column.sql} >= ?", [high]), "before": (f"{column.sql} < ?", [low]),
        "onOrAfter": (f"{column.sql} >= ?", [low]), "onOrBefore": (f"{column.sql} < ?", [high]),
    }  # fmt: skip
    if isinstance(first, date) and not isinstance(first, datetime) and operator == "within" and len(values) == 1:
        return within
    return shapes[operator]


_BY_KIND: dict[str, Callable[[Column, str, tuple[Value, ...]], Sql]] = {
    "s": _text, "e": _text, "y": _text, "n": _number, "i": _number, "b": _flag, "d": _moment, "t": _moment,
    "@": _choice, "#": _internal, "x": _external,
}  # fmt: skip
