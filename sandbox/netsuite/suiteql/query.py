"""What does a SuiteQL query answer? A page of rows whose values are all text, NULLs left out (netsuite.md 3.6)."""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.netsuite.store import Store
from sandbox.netsuite.suiteql import functions, texts
from sandbox.netsuite.suiteql.folding import folded, is_whole
from sandbox.netsuite.suiteql.rewriting import BadQuery
from sandbox.netsuite.suiteql.tables import dates
from sandbox.netsuite.suiteql.translate import Translated, translate

MOST = 100_000  # rows that one query gives in all, without SuiteAnalytics Connect (netsuite.md 3.1)
_LONGEST = 60.0  # seconds
_HIDDEN = frozenset({"external_key"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer; `total` counts all rows there are, up to `MOST`."""

    items: list[dict[str, str]]
    total: int


def prepare(store: Store, now: Callable[[], datetime]) -> None:
    """Give the connection SuiteQL's functions; `now` is the account's clock."""
    connection = store.connection
    functions.prepare(connection)
    texts.prepare(store)
    connection.create_function("ns_now", 0, lambda: now().strftime("%Y-%m-%d %H:%M:%S"))
    connection.create_function("ns_today", 0, lambda: now().strftime("%Y-%m-%d"))
    connection.execute("PRAGMA case_sensitive_like = ON")


def _shown(names: tuple[str, ...], row: tuple[Any, ...], dated: frozenset[int]) -> dict[str, str]:
    return {
        name: functions.as_shown(value) or "" if place in dated else functions.plain(value)
        for place, (name, value) in enumerate(zip(names, row, strict=True))
        if value is not None
    }


def _bound(params: list[object]) -> dict[str, object]:
    return {f"p{place}": "FT"[one] if isinstance(one, bool) else one for place, one in enumerate(params, 1)}


def _read(query: str) -> tuple[Translated, dict[str, str]]:
    """Translate a query, its long lists bound beside it where they can be."""
    text, lists = folded(query)
    translated = translate(text)
    return (translated, lists) if is_whole(translated.sql) else (translate(query), {})


def paged(query: Translated) -> str:
    """Give the text for one page: parameters `p1`, `p2`, and so on, `page` for its size, `skip` for what lies before."""
    if query.limited:
        return f"SELECT * FROM ({query.sql}) LIMIT :page OFFSET :skip"  # noqa: S608 — made by translate
    return f"{query.sql} LIMIT :page OFFSET :skip"


def _page(store: Store, query: Translated, bound: dict[str, object], limit: int, offset: int) -> Page:
    size = max(min(limit, MOST - offset), 0)
    cursor = store.connection.execute(paged(query), {**bound, "page": size, "skip": offset})
    columns = tuple(column[0].lower() for column in cursor.description)
    names = query.names or columns
    dated = query.dated if query.names else frozenset(at for at, name in enumerate(columns) if name in dates())
    rows = cursor.fetchall()
    total = offset + len(rows) if 0 < len(rows) < size else _count(store, query, bound)
    return Page([_shown(names, row, dated) for row in rows], total)


def _count(store: Store, query: Translated, bound: dict[str, object]) -> int:
    text = f"SELECT count(*) FROM (SELECT 1 FROM ({query.unordered}) LIMIT {MOST})"  # noqa: S608 — made by translate
    number: int = store.connection.execute(text, bound).fetchone()[0]
    return number


def _words(error: sqlite3.Error, query: Translated) -> str:
    words = str(error)
    name = words.rpartition(" ")[2].rpartition(".")[2]
    if words.startswith("no such column"):
        return f"Search error occurred: Unknown identifier '{name}'. {query.sources}"
    if words.startswith("no such function"):
        return f"Search error occurred: Unknown function '{name}'."
    return f"Search error occurred: Invalid or unsupported search. {words}"


def run(store: Store, query: str, params: list[object], limit: int, offset: int) -> Page:
    """Answer one page of a query, or raise `BadQuery`."""
    translated, lists = _read(query)
    if translated.count > len(params):
        raise BadQuery(f"Search error occurred: {translated.count} parameters are needed, {len(params)} were given.")
    until = time.monotonic() + _LONGEST
    store.connection.set_progress_handler(lambda: time.monotonic() > until, 1_000_000)
    try:
        return _page(store, translated, {**_bound(params), **lists}, limit, offset)
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise BadQuery(_words(sqlite3.Error(str(error)), translated)) from error
    finally:
        store.connection.set_progress_handler(None, 0)
