"""How is NetSuite asked? SuiteQL with every literal escaped, in pages, tried again when it fails (netsuite.md 3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from connectors.netsuite.wire import Call, Wire
from flows.errors import Misconfigured, Rejected, Transient
from flows.model import Priority

PAGE = 1000  # the most that one answer carries
PATH = "/query/v1/suiteql"
STAMP = "YYYY-MM-DD HH24:MI:SS"
COLUMN = re.compile(r"[a-z][a-z0-9_]*")

Row = Mapping[str, str]
Piece = TypeVar("Piece")


@dataclass(frozen=True)
class SuiteQl:
    """Asks questions. A read is harmless to repeat, so three tries within about a second."""

    wire: Wire
    tries: int = 3

    def rows(self, query: str, priority: Priority, most: int = PAGE) -> list[Row]:
        """Return the first `most` rows of the answer; every value is text, absent ones are left out."""
        return self._page(query, (0, most), priority)[0]

    def every_row(self, query: str, priority: Priority) -> Iterator[Row]:
        """Yield all rows of a query whose ORDER BY is total, page by page."""
        offset, more = 0, True
        while more:
            rows, more = self._page(query, (offset, PAGE), priority)
            yield from rows
            offset += PAGE

    def _page(self, query: str, part: tuple[int, int], priority: Priority) -> tuple[list[Row], bool]:
        offset, most = part
        params = {"limit": str(most), "offset": str(offset)}
        call = Call("POST", PATH, {"q": query}, params, {"Prefer": "transient"})
        body: dict[str, Any] = self._again(call, priority)
        return body["items"], bool(body.get("hasMore"))

    def _again(self, call: Call, priority: Priority) -> Any:
        tries = Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(self.tries),
            wait=wait_exponential_jitter(multiplier=0.1, max=1.0, jitter=0.2),
            reraise=True,
        )
        try:
            return tries(self.wire.json, call, priority)
        except Rejected as refused:
            # A refused question names no record: the query is wrong for all of them.
            raise Misconfigured("QUERY", refused.message, hint="Check the flow's columns and where.") from refused


def pieces(values: Iterable[Piece], size: int) -> Iterator[list[Piece]]:
    """Yield the values in lists of at most `size`, in their order.

    >>> list(pieces("abc", 2))
    [['a', 'b'], ['c']]
    """
    left = iter(values)
    while piece := list(islice(left, size)):
        yield piece


def literal(value: object) -> str:
    """Return a value as SuiteQL writes it: quotes doubled, nothing else has a meaning inside them.

    >>> literal("O'Hara")
    "'O''Hara'"
    """
    match value:
        case bool():
            return "'T'" if value else "'F'"
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return f"TO_TIMESTAMP('{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}', '{STAMP}')"
        case str():
            return "'" + value.replace("'", "''") + "'"
    raise Misconfigured("QUERY", f"A {type(value).__name__} cannot stand in a query.")


def column(name: str) -> str:
    """Return a column's name if it can be one; names come from mapping files and are never quoted."""
    if not COLUMN.fullmatch(name):
        raise Misconfigured("QUERY", f"{name} is not a SuiteQL column: lower-case letters, digits and _ only.")
    return name


def stamp(moment: str, short: str) -> str:
    """Return a select item that gives a moment to the second, whatever date format the account prefers."""
    return f"TO_CHAR({moment}, '{STAMP}') AS {short}"


def among(name: str, values: list[str]) -> str:
    """Return the condition that a column is one of up to 1000 texts."""
    return f"{column(name)} IN ({', '.join(literal(value) for value in values)})"
