"""What does a SOQL text say? A grammar reads it into a tree of plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer, UnexpectedInput

from sandbox.salesforce.refusals import Refused

Path_: TypeAlias = tuple[str, ...]
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Literal:
    """A value in a condition; kind is string, number, date, datetime, boolean, null or relative."""

    kind: str
    value: Any
    count: int = 0


@dataclass(frozen=True)
class Aggregate:
    """A function over a field, with the name of its column."""

    function: str
    path: Path_
    alias: str = ""


@dataclass(frozen=True)
class Condition:
    """A node of a condition: `how` is and, or, not, a comparison, like, in, not in, includes, excludes."""

    how: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Ordering:
    """One ORDER BY term."""

    by: Path_ | Aggregate
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    """A whole SELECT."""

    select: tuple[Any, ...]
    object: str
    where: Condition | None = None
    group: tuple[Path_, ...] = ()
    having: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int = 0

    @property
    def counts_only(self) -> bool:
        """Tell whether it is `SELECT COUNT()`, which answers with a number and no records."""
        return self.select == ("COUNT()",)

    @property
    def aggregates(self) -> bool:
        """Tell whether it answers with AggregateResult records."""
        return bool(self.group) or any(isinstance(one, Aggregate) for one in self.select)


class _Tree(Transformer[Token, Any]):
    """Turns the grammar's tree into plain values, bottom up."""

    def start(self, parts: list[Any]) -> Query:
        at = next(index for index, part in enumerate(parts) if isinstance(part, Token))
        clauses: dict[str, Any] = dict(part for part in parts[at + 2 :] if isinstance(part, tuple))
        return Query(tuple(parts[:at]), str(parts[at]), **clauses)

    def count_all(self, _parts: list[Any]) -> str:
        return "COUNT()"

    def aggregate(self, parts: list[Any]) -> Aggregate:
        return Aggregate(str(parts[0]).upper(), parts[1], str(parts[2] or ""))

    def fields_all(self, parts: list[Any]) -> str:
        return f"FIELDS({str(parts[0]).upper()})"

    def subquery(self, parts: list[Any]) -> Query:
        return parts[0]  # type: ignore[no-any-return] # the grammar allows nothing but a query here

    def path(self, parts: list[Any]) -> Path_:
        return tuple(str(part) for part in parts)

    def where(self, parts: list[Any]) -> tuple[str, Any]:
        return "where", parts[0]

    def having(self, parts: list[Any]) -> tuple[str, Any]:
        return "having", parts[0]

    def group(self, parts: list[Any]) -> tuple[str, Any]:
        return "group", tuple(parts)

    def order(self, parts: list[Any]) -> tuple[str, Any]:
        return "order", tuple(parts)

    def ordering(self, parts: list[Any]) -> Ordering:
        return Ordering(parts[0], str(parts[1] or "").upper() == "DESC", str(parts[2] or "").upper() == "LAST")

    def limit(self, parts: list[Any]) -> tuple[str, Any]:
        return "limit", int(parts[0])

    def offset(self, parts: list[Any]) -> tuple[str, Any]:
        return "offset", int(parts[0])

    def scope(self, _parts: list[Any]) -> None:
        return None

    def tail(self, _parts: list[Any]) -> None:
        return None

    def any_of(self, parts: list[Any]) -> Condition:
        return parts[0] if len(parts) == 1 else Condition("or", tuple(parts))

    def all_of(self, parts: list[Any]) -> Condition:
        return parts[0] if len(parts) == 1 else Condition("and", tuple(parts))

    def not_(self, parts: list[Any]) -> Condition:
        return Condition("not", tuple(parts))

    def compare(self, parts: list[Any]) -> Condition:
        return Condition(str(parts[1]).replace("<>", "!="), (parts[0], parts[2]))

    def like(self, parts: list[Any]) -> Condition:
        return Condition("like", tuple(parts))

    def in_(self, parts: list[Any]) -> Condition:
        return Condition("in", tuple(parts))

    def not_in(self, parts: list[Any]) -> Condition:
        return Condition("not in", tuple(parts))

    def includes(self, parts: list[Any]) -> Condition:
        return Condition("includes", tuple(parts))

    def excludes(self, parts: list[Any]) -> Condition:
        return Condition("excludes", tuple(parts))

    def values(self, parts: list[Any]) -> tuple[Literal, ...]:
        return tuple(parts)

    def semi_join(self, parts: list[Any]) -> Query:
        return parts[0]  # type: ignore[no-any-return] # the grammar allows nothing but a query here

    def string(self, parts: list[Any]) -> Literal:
        return Literal("string", _unescape(str(parts[0])[1:-1]))

    def number(self, parts: list[Any]) -> Literal:
        return Literal("number", re.sub(r"^[A-Z]{3}", "", str(parts[0])))

    def date(self, parts: list[Any]) -> Literal:
        return Literal("date", str(parts[0]))

    def datetime(self, parts: list[Any]) -> Literal:
        return Literal("datetime", str(parts[0]))

    def true(self, _parts: list[Any]) -> Literal:
        return Literal("boolean", "true")

    def false(self, _parts: list[Any]) -> Literal:
        return Literal("boolean", "false")

    def null(self, _parts: list[Any]) -> Literal:
        return Literal("null", None)

    def relative(self, parts: list[Any]) -> Literal:
        return Literal("relative", str(parts[0]).upper(), int(parts[1]) if len(parts) > 1 else 0)


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        mark = match[1]
        return chr(int(mark[1:], 16)) if mark[0] == "u" else ESCAPES.get(mark, mark)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", one, text, flags=re.DOTALL)


GRAMMAR = Lark((Path(__file__).parent / "soql.lark").read_text("utf-8"), parser="lalr", maybe_placeholders=True)
TREE = _Tree()


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """Read a SOQL text; raise Refused MALFORMED_QUERY where it cannot be read."""
    try:
        query = TREE.transform(GRAMMAR.parse(text))
    except UnexpectedInput as error:
        raise Refused("MALFORMED_QUERY", _where(text, error)) from error
    if not isinstance(query, Query):
        raise Refused("MALFORMED_QUERY", "unexpected token")
    return query


def _where(text: str, error: UnexpectedInput) -> str:
    at = max(getattr(error, "column", 1) or 1, 1)
    token = str(getattr(error, "token", "") or text[at - 1 : at + 9] or "<EOF>")
    return f"\n{text}\n{' ' * (at - 1)}^\nERROR at Row:1:Column:{at}\nunexpected token: '{token.strip()}'"
