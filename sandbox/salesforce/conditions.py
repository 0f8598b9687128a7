"""What do SOQL's conditions mean in SQL? Null is a value like others, words are compared without case (salesforce.md 1.4)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.salesforce import functions
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import NUMBERS, Field
from sandbox.salesforce.query import Aggregate, Call, Condition, Literal, Misplaced, Query
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.sql import collation, is_number, number_of
from sandbox.salesforce.times import read_datetime, span

if TYPE_CHECKING:
    from sandbox.salesforce.plan import Plan

COMPARED = {"=": "IS", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
TYPES = dict.fromkeys(NUMBERS, "double") | {"datetime": "dateTime", "date": "date", "boolean": "boolean", "int": "int"}
FITTING = {kind: {"number", "money"} for kind in (*NUMBERS, "int")} | {
    "datetime": {"datetime"},
    "date": {"date"},
    "boolean": {"boolean"},
}
UNORDERED = frozenset({"boolean", "multipicklist"})
UNLIKE = frozenset({"id", "reference", "boolean", "date", "datetime", "int", "multipicklist", *NUMBERS})
MONEY = 'COALESCE((SELECT CAST(c."ConversionRate" AS REAL) FROM "CurrencyType" c WHERE c."IsoCode" = ?), 1.0)'


def condition(plan: Plan, node: Condition) -> str:
    """Return a condition as SQL; its values go to the plan's parameters in order."""
    match node.how:
        case "and" | "or":
            return _balanced([condition(plan, part) for part in node.parts], node.how.upper())
        case "not":
            return f"NOT COALESCE({condition(plan, node.parts[0])}, 0)"
        case "in" | "not in":
            return _membership(plan, node)
        case "like":
            return _like(plan, node)
        case "includes" | "excludes":
            return _inclusion(plan, node)
        case _:
            return _comparison(plan, node)


def _balanced(parts: list[str], word: str) -> str:
    """Join many conditions in halves of halves: SQL takes no expression that is a thousand deep."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_balanced(parts[:half], word)} {word} {_balanced(parts[half:], word)})"


def _operand(plan: Plan, item: Any) -> tuple[str, Field, str]:
    """Return the left side as SQL, a field that says its type, and the place to point at."""
    if isinstance(item, Aggregate | Call):
        if isinstance(item, Call) and item.function in {"CONVERTCURRENCY", "FORMAT"}:
            words = f"{item.function} is not allowed in a condition"
            raise Misplaced("MALFORMED_QUERY", words, item.at)
        made = functions.call(plan, item)
        return made.sql, made.field or Field(item.function, made.type), item.at
    column, found, _ = plan.resolve(item)
    words = f"field '{found.name}' can not be filtered in a query call"
    functions.refuse_unless(found, "filterable", words, item[0])
    return column, found, item[0]


def _comparison(plan: Plan, node: Condition) -> str:
    left, right = node.parts
    column, found, at = _operand(plan, left)
    if node.how not in {"=", "!="} and found.type in UNORDERED:
        raise Misplaced("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {found.type} field", at)
    if right.kind == "relative":
        return _relative(plan, (column, found, at), node.how, right)
    if right.kind == "money":
        return _priced(plan, left, node.how, right)
    typed = column if isinstance(left, Aggregate | Call) else number_of(column, found)
    value = f"{_value(plan, found, right, at)}{collation(found)}"
    if node.how == "=" and plan.parameters[-1] is not None and not isinstance(left, Aggregate | Call):
        return f"({typed} = {value} AND {column} IS NOT NULL)"  # unlike IS, it goes along an index of what is not null
    return f"{typed} {COMPARED[node.how]} {value}"


def _relative(plan: Plan, left: tuple[str, Field, str], how: str, literal: Literal) -> str:
    column, found, at = left
    if found.type not in {"date", "datetime"}:
        raise _unfit(found, at)
    try:
        first, after = (day.isoformat() for day in span(literal.value, literal.count, plan.today))
    except (OverflowError, ValueError) as error:
        raise Misplaced(
            "MALFORMED_QUERY", f"{literal.value}:{literal.count} reaches beyond the calendar", at
        ) from error
    if found.type == "datetime":
        first, after = f"{first}T00:00:00.000+0000", f"{after}T00:00:00.000+0000"
    bounds = {
        "=": ("{0} >= ? AND {0} < ?", [first, after]),
        "!=": ("COALESCE({0} < ? OR {0} >= ?, 1)", [first, after]),
        "<": ("{0} < ?", [first]),
        "<=": ("{0} < ?", [after]),
        ">": ("{0} >= ?", [after]),
        ">=": ("{0} >= ?", [first]),
    }
    text, values = bounds[how]
    plan.parameters += values
    return "(" + text.format(column) + ")"


def _priced(plan: Plan, left: Any, how: str, literal: Literal) -> str:
    """Compare amounts in the org's own currency, as an amount with a currency asks for."""
    made = functions.call(plan, Call("CONVERTCURRENCY", left))
    plan.parameters += [literal.value, literal.unit]
    return f"{made.sql} {COMPARED[how]} ROUND(CAST(? AS NUMERIC) / {MONEY}, {functions.CENTS})"


def _like(plan: Plan, node: Condition) -> str:
    column, found, at = _operand(plan, node.parts[0])
    if found.type in UNLIKE:
        raise Misplaced("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {found.type} field", at)
    if node.parts[1].kind != "string":
        raise _unfit(found, at)
    plan.parameters.append(str(node.parts[1].value).replace("\\", "\\\\"))
    return f"COALESCE({column} LIKE ? ESCAPE '\\', 0)"


def _membership(plan: Plan, node: Condition) -> str:
    column, found, at = _operand(plan, node.parts[0])
    outside = node.how == "not in"
    if isinstance(node.parts[1], Query):
        within = f"{column} IN ({_joined(plan, found, node.parts[1], at)})"
        return f"NOT COALESCE({within}, 0)" if outside else within
    known = [literal for literal in node.parts[1] if literal.kind != "null"]
    marks = ", ".join(_value(plan, found, literal, at) for literal in known)
    typed = number_of(column, found)
    within = (
        f"COALESCE({typed}{collation(found)} IN ({marks}), 0)" if outside else f"{typed}{collation(found)} IN ({marks})"
    )
    if len(known) < len(node.parts[1]):
        within = f"({within} OR {column} IS NULL)"
    return f"NOT {within}" if outside else within


def _joined(plan: Plan, found: Field, query: Query, at: str) -> str:
    """Return the SQL of a semi-join's inner query, whose one field points to what the outer one points to."""
    from sandbox.salesforce.building import build  # noqa: PLC0415 — a condition may hold a whole query

    inner = build(query, plan.today, deleted=plan.deleted, inner=True)
    path = query.select[0]
    _, chosen, _ = inner.plan.resolve(path)
    here, there = _target(plan.object.name, found), _target(inner.plan.object.name, chosen)
    if here and there and not here & there:
        words = (
            f"The selected field '{chosen.name}' in the subquery and the left operand field '{found.name}' in the where "
            "expression in the outer query should point to the same object type"
        )
        raise Misplaced("MALFORMED_QUERY", words, at)
    plan.parameters += inner.parameters
    return _without_null(inner.sql)


def _without_null(sql: str) -> str:
    """One null in a list would make NOT IN unknown for all."""
    return f"SELECT found FROM (SELECT NULL AS found WHERE 0 UNION ALL {sql}) WHERE found IS NOT NULL"  # noqa: S608 — planned SQL


def _target(owner: str, found: Field) -> set[str]:
    return {owner} if found.type == "id" else set(found.targets)


def _inclusion(plan: Plan, node: Condition) -> str:
    column, found, at = _operand(plan, node.parts[0])
    if found.type != "multipicklist":
        words = "includes and excludes operators are only valid on multipicklist fields"
        raise Misplaced("INVALID_FIELD", words, at)
    whole = []
    for literal in node.parts[1]:
        words_ = str(literal.value).split(";")
        plan.parameters += [f"%;{word};%" for word in words_]
        whole.append("(" + " AND ".join([f"';' || {column} || ';' LIKE ?"] * len(words_)) + ")")
    return f"{'NOT ' * (node.how == 'excludes')}COALESCE({' OR '.join(whole)}, 0)"


def _value(plan: Plan, found: Field, literal: Literal, at: str) -> str:
    plan.parameters.append(_bound(found, literal, at))
    return "CAST(? AS NUMERIC)" if is_number(found) else "?"


def _bound(found: Field, literal: Literal, at: str) -> Any:
    """Return a literal as the column keeps it; refuse what SOQL refuses for the field's type."""
    if literal.kind == "null":
        return None
    if literal.kind not in FITTING.get(found.type, {"string"}):
        raise _unfit(found, at)
    if found.type in {"id", "reference"}:
        known = long_form(str(literal.value))
        if known is None and literal.value:
            raise Misplaced("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {literal.value}", at)
        return known
    return _moment(found, literal, at) if found.type in {"date", "datetime"} else literal.value or None


def _moment(found: Field, literal: Literal, at: str) -> str:
    try:
        return (
            read_datetime(literal.value) if found.type == "datetime" else date.fromisoformat(literal.value).isoformat()
        )
    except (Refused, ValueError) as error:
        raise Misplaced("MALFORMED_QUERY", f"Invalid date: {literal.value}", at) from error


def _unfit(found: Field, at: str) -> Misplaced:
    kind = TYPES.get(found.type, "string")
    quoted = "should be enclosed in quotes" if kind == "string" else "should not be enclosed in quotes"
    words = f"value of filter criterion for field '{found.name}' must be of type {kind} and {quoted}"
    return Misplaced("INVALID_FIELD", words, at)
