"""How is a query run? A plan turns its tree into one SQL statement with bound parameters, and its rows into records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import NUMBERS, Field, SObject, objects
from sandbox.salesforce.query import Aggregate, Condition, Literal, Query
from sandbox.salesforce.refusals import Refused, no_such_column, no_such_type
from sandbox.salesforce.times import read_datetime, span

COMPARED = {"=": "IS", "!=": "IS NOT", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
EXACT = {"id", "reference", "boolean"}


@dataclass
class Column:
    """One selected column: where it stands in the record, and its field's type."""

    path: tuple[str, ...]
    type: str


@dataclass
class Plan:
    """SQL for a query over one object; `columns` describe its result, `children` the subqueries."""

    object: SObject
    today: date
    deleted: bool = False
    joins: dict[tuple[str, ...], tuple[str, SObject]] = field(default_factory=dict)
    join_sql: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    children: list[tuple[str, Query]] = field(default_factory=list)
    parents: dict[tuple[str, ...], int] = field(default_factory=dict)
    parameters: list[Any] = field(default_factory=list)

    def resolve(self, path: Sequence[str]) -> tuple[str, Field, tuple[str, ...]]:
        """Return the SQL column, the field and the properly spelt path; joins parents on the way."""
        alias, here, names = "t0", self.object, []
        for depth, step in enumerate(path[:-1], start=1):
            parent = here.parents.get(step.lower())
            if parent is None:
                raise Refused("INVALID_FIELD", f"Didn't understand relationship '{step}' in field path.")
            names.append(parent.parent)
            alias, here = self._join(tuple(one.lower() for one in path[:depth]), alias, parent)
        found = here.fields.get(path[-1].lower())
        if found is None:
            raise no_such_column(path[-1], here.name)
        return f'{alias}."{found.name}"', found, (*names, found.name)

    def _join(self, key: tuple[str, ...], alias: str, parent: Field) -> tuple[str, SObject]:
        if key not in self.joins:
            joined, target = f"t{len(self.joins) + 1}", objects()[parent.to.lower()]
            self.join_sql.append(f'LEFT JOIN "{target.name}" {joined} ON {joined}."Id" = {alias}."{parent.name}"')
            self.joins[key] = (joined, target)
        return self.joins[key]

    def condition(self, node: Condition) -> str:
        """Return a condition as SQL; its values go to `parameters` in order."""
        match node.how:
            case "and" | "or":
                return "(" + f" {node.how.upper()} ".join(self.condition(part) for part in node.parts) + ")"
            case "not":
                return f"NOT COALESCE({self.condition(node.parts[0])}, 0)"
            case "in" | "not in":
                return self._membership(node)
            case "like":
                column, _, _ = self.resolve(node.parts[0])
                self.parameters.append(str(node.parts[1].value).replace("\\", "\\\\"))
                return f"{column} LIKE ? ESCAPE '\\'"
            case "includes" | "excludes":
                raise Refused("INVALID_FIELD", "includes and excludes are only allowed on multipicklist fields")
            case _:
                return self._comparison(node)

    def _comparison(self, node: Condition) -> str:
        left, right = node.parts
        if isinstance(left, Aggregate):
            self.parameters.append(right.value)
            return f"{self.aggregate(left)} {node.how} CAST(? AS NUMERIC)"
        column, found, _ = self.resolve(left)
        if right.kind == "relative":
            return self._relative(column, found, node.how, right)
        return f"{_typed(column, found)} {COMPARED[node.how]} {self._value(found, right)}{_collation(found)}"

    def _relative(self, column: str, found: Field, how: str, literal: Literal) -> str:
        first, after = (day.isoformat() for day in span(literal.value, literal.count, self.today))
        if found.type == "datetime":
            first, after = f"{first}T00:00:00.000+0000", f"{after}T00:00:00.000+0000"
        bounds = {
            "=": ("{0} >= ? AND {0} < ?", [first, after]),
            "!=": ("NOT ({0} >= ? AND {0} < ?)", [first, after]),
            "<": ("{0} < ?", [first]),
            "<=": ("{0} < ?", [after]),
            ">": ("{0} >= ?", [after]),
            ">=": ("{0} >= ?", [first]),
        }
        text, values = bounds[how]
        self.parameters += values
        return "(" + text.format(column) + ")"

    def _membership(self, node: Condition) -> str:
        column, found, _ = self.resolve(node.parts[0])
        word = node.how.upper()
        if isinstance(node.parts[1], Query):
            inner = build(node.parts[1], self.today, deleted=self.deleted, inner=True)
            self.parameters += inner.parameters
            return f"{column} {word} ({inner.sql})"
        marks = ", ".join(self._value(found, literal) for literal in node.parts[1])
        return f"{_typed(column, found)}{_collation(found)} {word} ({marks})"

    def _value(self, found: Field, literal: Literal) -> str:
        self.parameters.append(_bound(found, literal))
        return "CAST(? AS NUMERIC)" if found.type in NUMBERS or found.type == "int" else "?"

    def aggregate(self, node: Aggregate) -> str:
        """Return an aggregate function as SQL."""
        column, found, _ = self.resolve(node.path)
        if node.function == "COUNT_DISTINCT":
            return f"COUNT(DISTINCT {column})"
        return f"{node.function}({column if node.function == 'COUNT' else _typed(column, found)})"


@dataclass(frozen=True)
class Built:
    """A plan with its finished SQL."""

    plan: Plan
    sql: str
    parameters: list[Any]


def build(query: Query, today: date, *, deleted: bool = False, below: str = "", inner: bool = False) -> Built:
    """Plan a query.

    `below` names the child's parent field when it is a subquery, which is then selected last; `inner` is a query whose
    one column another one compares with.
    """
    owner = objects().get(query.object.lower())
    if owner is None:
        raise no_such_type(query.object)
    plan = Plan(owner, today, deleted)
    selected = _select(plan, query)
    selected += [] if inner else _parent_ids(plan, query, len(selected))
    selected += ['t0."Id"'] if plan.children else []
    selected += [f't0."{below}"'] if below else []
    where = _where(plan, query, below)
    group = [plan.resolve(path)[0] for path in query.group]
    having = plan.condition(query.having) if query.having else ""
    order = [_ordering(plan, one) for one in query.order]
    sql = f'SELECT {", ".join(selected)} FROM "{owner.name}" t0 {" ".join(plan.join_sql)} WHERE {where}'  # noqa: S608 — names are the model's, values are bound
    sql += f" GROUP BY {', '.join(group)}" * bool(group) + f" HAVING {having}" * bool(having)
    sql += f" ORDER BY {', '.join(order)}" * bool(order)
    if not below and (query.limit is not None or query.offset):
        sql += f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}"
    return Built(plan, sql, plan.parameters)


def _select(plan: Plan, query: Query) -> list[str]:
    selected, unnamed = [], 0
    for item in query.select:
        if isinstance(item, Query):
            plan.children.append((_child(plan, item), item))
        elif isinstance(item, Aggregate):
            plan.columns.append(Column((item.alias or f"expr{unnamed}",), "aggregate"))
            unnamed += not item.alias
            selected.append(plan.aggregate(item))
        elif isinstance(item, str):
            selected += _many(plan, item)
        else:
            column, found, path = plan.resolve(item)
            plan.columns.append(Column(path, found.type))
            selected.append(column)
    return selected


def _parent_ids(plan: Plan, query: Query, at: int) -> list[str]:
    """Select the id of each joined parent in a column that is not shown: one that is not there is null, not empty."""
    if query.aggregates or query.counts_only:
        return []
    plan.parents = {key: at + number for number, key in enumerate(plan.joins)}
    return [f'{alias}."Id"' for alias, _ in plan.joins.values()]


def _many(plan: Plan, item: str) -> list[str]:
    if item == "COUNT()":
        plan.columns.append(Column(("expr0",), "aggregate"))
        return ["COUNT(*)"]
    custom = {"FIELDS(ALL)": (True, False), "FIELDS(STANDARD)": (False,), "FIELDS(CUSTOM)": (True,)}[item]
    names = [found.name for found in plan.object.fields.values() if found.custom in custom]
    plan.columns += [Column((name,), plan.object.fields[name.lower()].type) for name in names]
    return [f't0."{name}"' for name in names]


def _child(plan: Plan, item: Query) -> str:
    child = plan.object.children.get(item.object.lower())
    if child is None:
        raise Refused("INVALID_TYPE", f"Didn't understand relationship '{item.object}' in FROM part of query call.")
    return child.name


def _where(plan: Plan, query: Query, below: str) -> str:
    parts = [] if plan.deleted else ["t0.\"IsDeleted\" = 'false'"]
    parts += [plan.condition(query.where)] if query.where else []
    parts += [f't0."{below}" IN (SELECT value FROM json_each(?))'] if below else []  # noqa: S608 — a name of the model's
    return " AND ".join(parts) or "1"


def _ordering(plan: Plan, one: Any) -> str:
    if isinstance(one.by, Aggregate):
        term = plan.aggregate(one.by)
    else:
        column, found, _ = plan.resolve(one.by)
        term = _typed(column, found) + _collation(found)
    return f"{term} {'DESC' if one.descending else 'ASC'} NULLS {'LAST' if one.nulls_last else 'FIRST'}"


def _typed(column: str, found: Field) -> str:
    return f"CAST({column} AS NUMERIC)" if found.type in NUMBERS or found.type == "int" else column


def _collation(found: Field) -> str:
    plain = found.type in NUMBERS or found.type in EXACT or found.type in {"int", "date", "datetime"}
    return "" if plain else " COLLATE NOCASE"


def _bound(found: Field, literal: Literal) -> Any:
    """Return a literal as the column keeps it; refuse what SOQL refuses for the field's type."""
    if literal.kind == "null":
        return None
    if found.type in {"id", "reference"}:
        return long_form(str(literal.value)) or str(literal.value)
    if found.type == "datetime" and literal.kind in {"datetime", "date"}:
        text = literal.value if literal.kind == "datetime" else f"{literal.value}T00:00:00Z"
        return read_datetime(text)
    quoted = literal.kind == "string"
    if quoted and (found.type in NUMBERS or found.type in {"int", "date", "datetime", "boolean"}):
        raise Refused(
            "INVALID_FIELD",
            f"value of filter criterion for field '{found.name}' must be of type {found.type} "
            "and should not be enclosed in quotes",
        )
    return literal.value
