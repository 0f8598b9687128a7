"""How is a query run? Its tree becomes one SQL statement with bound parameters, for rows or for their ids alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.salesforce import functions
from sandbox.salesforce.conditions import condition
from sandbox.salesforce.grouping import Grouped, rolled_up
from sandbox.salesforce.ids import USER
from sandbox.salesforce.model import objects
from sandbox.salesforce.plan import RELATIONSHIPS, Built, Column, Plan
from sandbox.salesforce.query import Aggregate, Aliased, Call, Misplaced, Ordering, Query
from sandbox.salesforce.refusals import Refused, no_such_type
from sandbox.salesforce.sql import collation, number_of, raw

LARGEST_OFFSET, LARGEST_ALL = 2000, 200


def build(query: Query, today: date, *, deleted: bool = False, below: str = "", inner: bool = False) -> Built:
    """Plan a query.

    `below` names the child's parent field when it is a subquery, which is then selected last; `inner` is a query whose
    one column another one compares with.
    """
    try:
        return _build(query, today, deleted=deleted, below=below, inner=inner)
    except Misplaced as misplaced:
        raise misplaced.within(query.text) from misplaced
    except RecursionError as error:
        raise Refused("QUERY_TOO_COMPLICATED", "The query is nested too deeply.") from error


def _build(query: Query, today: date, *, deleted: bool, below: str, inner: bool) -> Built:
    owner = objects().get(query.object.lower())
    if owner is None:
        raise Misplaced("INVALID_TYPE", no_such_type(query.object).message, query.object)
    _refuse_unfit(query)
    names = {owner.name.lower(): ()} | dict(query.names)
    plan = Plan(owner, today, deleted, names)
    selected = _select(plan, query)
    selected += [] if inner else _hidden(plan, query, below, len(selected))
    where = _where(plan, query, below)
    group, having = _grouping(plan, query)
    order = [_ordering(plan, query, one) for one in query.order]
    limited = not below and (query.limit is not None or query.offset)
    limit = f" LIMIT {-1 if query.limit is None else query.limit} OFFSET {query.offset}" if limited else ""
    source = f'FROM "{owner.name}" t0 {" ".join(plan.join_sql)} WHERE {where}'
    if query.rollup:
        sql, times = rolled_up(Grouped(selected, source, group, having, order, limit), query.rollup)
        return Built(plan, sql, plan.parameters * times)
    grouped = f" GROUP BY {', '.join(group)}" if group else ""
    tail = f"{grouped}{having}{' ORDER BY ' + ', '.join(order) if order else ''}{limit}"
    return Built(
        plan, _counted(query, limit, f"SELECT {', '.join(selected)} {source}{tail}"), plan.parameters,
        f'SELECT t0."Id" {source}{tail}', _of_ids(plan, selected),
    )  # fmt: skip


def _of_ids(plan: Plan, selected: list[str]) -> str:
    """Return the SQL that reads the rows of some ids, in their order."""
    alive = "" if plan.deleted else " WHERE t0.\"IsDeleted\" = 'false'"
    return (
        f'SELECT {", ".join(selected)} FROM json_each(?) page CROSS JOIN "{plan.object.name}" t0 ON t0."Id" = page.value '  # noqa: S608 — names are the model's
        f"{' '.join(plan.join_sql)}{alive} ORDER BY page.key"
    )


def _counted(query: Query, limit: str, sql: str) -> str:
    """A count with a limit counts no more than the limit."""
    if not (query.counts_only and limit):
        return sql
    return f"SELECT COUNT(*) FROM ({sql.replace('SELECT COUNT(*)', 'SELECT 1', 1)})"  # noqa: S608 — planned SQL


def _refuse_unfit(query: Query) -> None:
    if query.offset > LARGEST_OFFSET:
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {LARGEST_OFFSET}")
    every = {"FIELDS(ALL)", "FIELDS(CUSTOM)"} & {one for one in query.select if isinstance(one, str)}
    if every and (query.limit is None or query.limit > LARGEST_ALL):
        raise Refused("MALFORMED_QUERY", f"The SOQL FIELDS function must have a LIMIT of at most {LARGEST_ALL}")


def _select(plan: Plan, query: Query) -> list[str]:
    selected: list[str] = []
    unnamed = 0
    grouped = {_key(plan, one) for one in query.group}
    for item in query.select:
        if isinstance(item, Query):
            plan.children.append((_child(plan, item), item))
        elif isinstance(item, Aggregate | Call):
            unnamed += _selected_call(plan, query, item, f"expr{unnamed}", selected)
        elif isinstance(item, str):
            selected += _many(plan, item)
        else:
            _selected_path(plan, query, item, grouped, selected)
    return selected


def _selected_call(plan: Plan, query: Query, item: Aggregate | Call, unnamed: str, selected: list[str]) -> bool:
    """Select a function; returns whether it has no name of its own."""
    made = functions.call(plan, item)
    if query.aggregates or made.name is None:
        plan.columns.append(Column((item.alias or unnamed,), made.type, made.labels))
    else:
        plan.columns.append(Column((item.alias,) if item.alias else made.name, made.type, made.labels))
    selected.append(made.sql)
    return not item.alias


def _selected_path(plan: Plan, query: Query, item: Any, grouped: set[str], selected: list[str]) -> None:
    alias, path = (item.alias, item.path) if isinstance(item, Aliased) else ("", item)
    if alias and not query.aggregates:
        raise Misplaced("MALFORMED_QUERY", "only aggregate expressions use field aliasing", path[0])
    column, found, spelt = plan.resolve(path)
    if query.aggregates:
        if column not in grouped:
            raise Misplaced("MALFORMED_QUERY", f"Field must be grouped or aggregated: {found.name}", path[0])
        spelt = (alias or spelt[-1],)
    elif any(known.path == spelt for known in plan.columns):
        raise Misplaced("INVALID_FIELD", f"duplicate field selected: {'.'.join(spelt)}", path[0])
    plan.columns.append(Column(spelt, found.type))
    selected.append(column)


def _key(plan: Plan, item: Any) -> str:
    return functions.call(plan, item).sql if isinstance(item, Call) else plan.resolve(item)[0]


def _hidden(plan: Plan, query: Query, below: str, at: int) -> list[str]:
    """Select what the answer needs beside what was asked for: ids that make addresses, and tell a null parent from none."""
    if query.aggregates or query.counts_only:
        return []
    plan.id_at = at
    plan.parents = {key: at + number for number, key in enumerate(plan.joins, start=1)}
    hidden = ['t0."Id"', *(f'{alias}."Id"' for alias, _ in plan.joins.values())]
    if below:
        plan.below_at = at + len(hidden)
        hidden.append(f't0."{below}"')
    return hidden


def _many(plan: Plan, item: str) -> list[str]:
    if item == "COUNT()":
        plan.columns.append(Column(("expr0",), "int"))
        return ["COUNT(*)"]
    custom = {"FIELDS(ALL)": (True, False), "FIELDS(STANDARD)": (False,), "FIELDS(CUSTOM)": (True,)}[item]
    found = [one for one in plan.object.fields.values() if one.custom in custom]
    plan.columns += [Column((one.name,), one.type) for one in found]
    return [raw("t0", plan.object, one) for one in found]


def _child(plan: Plan, item: Query) -> str:
    child = plan.object.children.get(item.object.lower())
    if child is None:
        words = f"Didn't understand relationship '{item.object}' in FROM part of query call. {RELATIONSHIPS}"
        raise Misplaced("INVALID_TYPE", words, item.object)
    return child.name


def _where(plan: Plan, query: Query, below: str) -> str:
    # Nearly all records are alive: no index is worth a look for that, unless counting them is all.
    parts = (
        [] if plan.deleted else [f"{'' if query.counts_only and not query.where else '+'}t0.\"IsDeleted\" = 'false'"]
    )
    if query.scope == "mine" and "ownerid" in plan.object.fields:
        parts.append(f"t0.\"OwnerId\" = '{USER}'")
    parts += [condition(plan, query.where)] if query.where else []
    parts += [f't0."{below}" IN (SELECT value FROM json_each(?))'] if below else []  # noqa: S608 — a name of the model's
    return " AND ".join(parts) or "1"


def _grouping(plan: Plan, query: Query) -> tuple[list[str], str]:
    terms = []
    for item in query.group:
        if not isinstance(item, Call):
            _, found, _ = plan.resolve(item)
            functions.refuse_unless(
                found, "groupable", f"field '{found.name}' can not be grouped in a query call", item[0]
            )
        terms.append(_key(plan, item))
    having = condition(plan, query.having) if query.having else ""
    return terms, f" HAVING {having}" * bool(having)


def _ordering(plan: Plan, query: Query, one: Ordering) -> str:
    if isinstance(one.by, Aggregate | Call):
        term = functions.call(plan, one.by).sql
    else:
        column, found, _ = plan.resolve(one.by)
        functions.refuse_unless(found, "sortable", f"field '{found.name}' can not be sorted in a query call", one.by[0])
        if query.aggregates and column not in {_key(plan, item) for item in query.group}:
            raise Misplaced("MALFORMED_QUERY", f"Field must be grouped or aggregated: {found.name}", one.by[0])
        term = number_of(column, found) + collation(found)
    return f"{term} {'DESC' if one.descending else 'ASC'} NULLS {'LAST' if one.nulls_last else 'FIRST'}"
