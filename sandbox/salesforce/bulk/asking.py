"""How is the query of a job run? Beside other calls, from one moment's state, its rows kept until the job is deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sandbox.salesforce.model import SObject
from sandbox.salesforce.plan import Built
from sandbox.salesforce.query import Query, parse
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

COMPOUND = frozenset({"address", "location"})


def planned(store: Store, text: str, *, deleted: bool) -> tuple[Query, Built]:
    """Plan a query as the Bulk APIs take it; raise Refused in their words (salesforce.md 2.1)."""
    query = parse(text)
    built = store.plan(query, deleted=deleted)
    if built.plan.children:
        raise Refused("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if query.aggregates or query.counts_only or query.offset:
        raise Refused("API_ERROR", "GROUP BY, OFFSET and aggregate functions are not supported in Bulk Query")
    if any(column.type in COMPOUND for column in built.plan.columns):
        raise Refused("API_ERROR", "Selecting compound data not supported in Bulk Query")
    return query, built


def rows_of(store: Store, built: Built, chunk: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of a plan, or of a chunk of it, without a care for what is written meanwhile.

    A state file is read by a connection of its own, which sees one moment; memory has only one, so it is read at once.
    """
    sql = built.sql + f' ORDER BY t0."Id" LIMIT {chunk}' * bool(chunk)
    (path,) = (row[2] for row in store.connection.execute("PRAGMA database_list") if row[1] == "main")
    if not path:
        return iter(store.connection.execute(sql, built.parameters).fetchall())
    return _read(path, sql, built.parameters)


def chunks_of(store: Store, owner: SObject, size: int) -> list[str]:
    """Return the parts into which PK chunking cuts an object: SQL's number of rows and offset."""
    (count,) = store.connection.execute(f'SELECT COUNT(*) FROM "{owner.name}"').fetchone()  # noqa: S608 — a name of the model's
    return [f"{size} OFFSET {at}" for at in range(0, max(count, 1), size)]


def _read(path: str, sql: str, parameters: Sequence[Any]) -> Iterator[Sequence[Any]]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        cursor = connection.execute(sql, parameters)
        while rows := list(islice(cursor, 1000)):
            yield from rows
    finally:
        connection.close()
