"""What is a query's plan? The object, the parents it joins, the columns it shows, and in the end its SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sandbox.salesforce.model import Field, SObject, objects
from sandbox.salesforce.query import Misplaced, Query
from sandbox.salesforce.refusals import no_such_column
from sandbox.salesforce.sql import raw

DEEPEST = 5  # parents on the way to a field
RELATIONSHIPS = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)


@dataclass
class Column:
    """One selected column: where it stands in the record, its field's type, and what a picklist calls its values."""

    path: tuple[str, ...]
    type: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass
class Plan:
    """SQL for a query over one object; `columns` describe its result, `children` the subqueries by their place."""

    object: SObject
    today: date
    deleted: bool = False
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joins: dict[tuple[str, ...], tuple[str, SObject]] = field(default_factory=dict)
    join_sql: list[str] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    children: list[tuple[str, Query]] = field(default_factory=list)
    parents: dict[tuple[str, ...], int] = field(default_factory=dict)
    parameters: list[Any] = field(default_factory=list)
    id_at: int | None = None
    below_at: int | None = None

    def resolve(self, path: Sequence[str]) -> tuple[str, Field, tuple[str, ...]]:
        """Return the SQL column, the field and the properly spelt path; joins parents on the way."""
        path = self._spelt_out(tuple(path))
        if len(path) > DEEPEST + 1:
            raise Misplaced(
                "MALFORMED_QUERY", "SOQL queries cannot have more than 5 levels of parent relationships", path[0]
            )
        alias, here, names = "t0", self.object, []
        for depth, step in enumerate(path[:-1], start=1):
            parent = here.parents.get(step.lower())
            if parent is None:
                words = f"Didn't understand relationship '{step}' in field path. {RELATIONSHIPS}"
                raise Misplaced("INVALID_FIELD", words, path[0])
            names.append(parent.parent)
            alias, here = self._join(tuple(one.lower() for one in path[:depth]), alias, parent)
        found = here.fields.get(path[-1].lower())
        if found is None:
            raise Misplaced("INVALID_FIELD", no_such_column(path[-1], here.name).message, path[0])
        return raw(alias, here, found), found, (*names, found.name)

    def _spelt_out(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """Put the path of a short name, or nothing for the object's own name, in the place of the first step."""
        first = path[0].lower()
        for _ in range(DEEPEST):
            if len(path) < 2 or first in self.object.parents or first not in self.names:  # noqa: PLR2004 — a name and a field
                return path
            path = (*self.names[first], *path[1:])
            first = path[0].lower()
        return path

    def _join(self, key: tuple[str, ...], alias: str, parent: Field) -> tuple[str, SObject]:
        if key not in self.joins:
            joined, target = f"t{len(self.joins) + 1}", objects()[parent.to.lower()]
            self.join_sql.append(f'LEFT JOIN "{target.name}" {joined} ON {joined}."Id" = {alias}."{parent.name}"')
            self.joins[key] = (joined, target)
        return self.joins[key]


@dataclass(frozen=True)
class Built:
    """A plan with its finished SQL: for the rows, for the ids of all rows, and for the rows of some ids in their order.

    The rows' columns are the plan's; what stands behind them is not shown: the record's id, its parents' ids, and the
    parent that a subquery's row hangs below.
    """

    plan: Plan
    sql: str
    parameters: list[Any]
    ids: str = ""
    page: str = ""
