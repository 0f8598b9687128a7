"""How do GROUP BY ROLLUP and CUBE add up? One grouped query for each set of fields, one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from sandbox.salesforce.refusals import Refused


@dataclass(frozen=True)
class Grouped:
    """The parts of a grouped query's SQL."""

    selected: Sequence[str]
    source: str
    terms: Sequence[str]
    having: str
    order: Sequence[str]
    limit: str


def rolled_up(parts: Grouped, how: str) -> tuple[str, int]:
    """Return the SQL of all sets of fields, largest first, and how many queries it is made of."""
    size = len(parts.terms)
    if how == "ROLLUP":
        sets = [tuple(range(depth)) for depth in range(size, -1, -1)]
    else:
        sets = [one for depth in range(size, -1, -1) for one in combinations(range(size), depth)]
    united = " UNION ALL ".join(_one(parts, {parts.terms[at] for at in one}) for one in sets)
    order = ", ".join(_by_place(parts, term) for term in parts.order)
    return f"SELECT * FROM ({united}){f' ORDER BY {order}' if order else ''}{parts.limit}", len(sets)  # noqa: S608 — planned SQL


def _one(parts: Grouped, kept: set[str]) -> str:
    """Return the query over one set of fields; the others are null, and GROUPING tells so."""
    columns = []
    for column in parts.selected:
        summed = column.startswith("(") and column.endswith(" IS NULL)")
        term = column[1:].removesuffix(" IS NULL)") if summed else column
        if term in parts.terms:
            columns.append(str(int(term not in kept)) if summed else column if term in kept else "NULL")
        else:
            columns.append(column)
    group = ", ".join(term for term in parts.terms if term in kept)
    tail = f" GROUP BY {group}" if group else " GROUP BY 'all'"
    return f"SELECT {', '.join(columns)} {parts.source}{tail}{parts.having}"


def _by_place(parts: Grouped, term: str) -> str:
    column, _, direction = term.partition(" ASC" if " ASC" in term else " DESC")
    plain = column.removesuffix(" COLLATE NOCASE")
    if plain not in parts.selected:
        raise Refused("MALFORMED_QUERY", "ORDER BY of a rolled-up query takes selected fields only")
    return f"{parts.selected.index(plain) + 1}{' ASC' if ' ASC' in term else ' DESC'}{direction}"
