"""What does a SuiteQL query answer? A page of rows whose values are all text, NULLs left out (netsuite.md 3.6)."""

import sqlite3
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from typing import Any

from sandbox.netsuite.store import Store
from sandbox.netsuite.suiteql import functions
from sandbox.netsuite.suiteql.translate import BadQuery, Translated, translate


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer; `total` counts all rows there are."""

    items: list[dict[str, str]]
    total: int


def prepare(store: Store) -> None:
    """Give the connection SuiteQL's views and functions."""
    connection = store.connection
    connection.executescript(resources.files(__package__).joinpath("views.sql").read_text("utf-8"))
    connection.create_function("ns_to_char", 2, functions.to_char, deterministic=True)
    connection.create_function("ns_to_moment", 2, functions.to_moment, deterministic=True)
    connection.create_function("ns_to_day", 2, functions.to_day, deterministic=True)
    connection.create_function("ns_shown", 1, functions.as_shown, deterministic=True)
    connection.create_function("ns_df", 2, functions.display_field(store))
    connection.create_aggregate("ns_sum", 1, functions.ExactSum)  # type: ignore[arg-type]  # the stubs allow whole numbers only


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, str]:
    pairs = zip(names, row, strict=True)
    return {name: _as_text(value) for name, value in pairs if value is not None and name not in {"doc", "external_key"}}


def _page(store: Store, query: Translated, params: list[object], limit: int, offset: int) -> Page:
    cursor = store.connection.execute(query.sql, params)
    names = query.names or tuple(column[0].lower() for column in cursor.description)
    rows = list(islice(cursor, offset, offset + limit))
    more = sum(1 for _ in cursor)
    total = offset + len(rows) + more if rows else _count(store, query, params)
    return Page([_shown(names, row) for row in rows], total)


def _count(store: Store, query: Translated, params: list[object]) -> int:
    number: int = store.connection.execute(f"SELECT count(*) FROM ({query.sql})", params).fetchone()[0]  # noqa: S608 — made by translate
    return number


def run(store: Store, query: str, params: list[object], limit: int, offset: int) -> Page:
    """Answer one page of a query, or raise `BadQuery`."""
    try:
        return _page(store, translate(query), params, limit, offset)
    except sqlite3.Error as error:
        words = str(error)
        if words.startswith("no such column"):
            words = f"Field '{words.rpartition(' ')[2]}' was not found."
        raise BadQuery(f"Search error occurred: {words}") from error
