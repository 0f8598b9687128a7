"""How is a SOQL text read? By the grammar of `soql.lark`, whose tree becomes plain values from the bottom up."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from sandbox.salesforce.query import (
    AGGREGATES,
    Aggregate,
    Aliased,
    Call,
    Condition,
    Literal,
    Misplaced,
    Name,
    Ordering,
    Path_,
    Query,
)
from sandbox.salesforce.refusals import Refused

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
MOST = 2**31 - 1  # what a LIMIT counts at most
FIELD_SETS = {"ALL", "STANDARD", "CUSTOM"}


class _Clauses(dict[str, Any]):
    """Some of a query's clauses by name."""


class _Tree(Transformer[Token, Any]):
    """Turns the grammar's tree into plain values."""

    def start(self, parts: list[Any]) -> Query:
        clauses: dict[str, Any] = {"names": ()}
        selected = []
        for part in parts:
            if isinstance(part, _Clauses):
                names = clauses["names"] + part.get("names", ())
                clauses |= part | {"names": names}
            elif part is not None:
                selected.append(part)
        return Query(tuple(selected), **clauses)

    def source(self, parts: list[Any]) -> _Clauses:
        return _Clauses(object=_name(parts[0]), names=((str(parts[1]).lower(), ()),) if parts[1] else ())

    def related(self, parts: list[Any]) -> _Clauses:
        return _Clauses(names=((str(parts[1]).lower(), parts[0]),) if parts[1] else ())

    def selected(self, parts: list[Any]) -> Any:
        item, alias = parts
        if alias is None:
            return item
        if isinstance(item, tuple):
            return Aliased(item, _name(alias))
        return replace(item, alias=_name(alias))

    def subquery(self, parts: list[Any]) -> Query:
        return parts[0]  # type: ignore[no-any-return] # the grammar allows nothing but a query here

    def path(self, parts: list[Any]) -> Path_:
        return tuple(_name(part) for part in parts)

    def call(self, parts: list[Any]) -> Any:
        function, argument = str(parts[0]).upper(), parts[1]
        if argument is None:
            if function == "COUNT":
                return "COUNT()"
            raise Misplaced("MALFORMED_QUERY", "unexpected token: ')'", _name(parts[0]))
        if function == "FIELDS":
            return _field_set(argument)
        if function in AGGREGATES:
            return Aggregate(function, argument, at=_name(parts[0]))
        return Call(function, argument, at=_name(parts[0]))

    def scope(self, parts: list[Any]) -> _Clauses:
        return _Clauses(scope=str(parts[0]).lower())

    def where(self, parts: list[Any]) -> _Clauses:
        return _Clauses(where=parts[0])

    def with_(self, _parts: list[Any]) -> None:
        return None

    def having(self, parts: list[Any]) -> _Clauses:
        return _Clauses(having=parts[0])

    def group(self, parts: list[Any]) -> _Clauses:
        grouped = tuple(part for part in parts if part is not None and not isinstance(part, Token))
        rolled = next((str(part).upper() for part in parts if isinstance(part, Token)), "")
        return _Clauses(group=grouped, rollup=rolled)

    def order(self, parts: list[Any]) -> _Clauses:
        return _Clauses(order=tuple(parts))

    def ordering(self, parts: list[Any]) -> Ordering:
        return Ordering(parts[0], str(parts[1] or "").upper() == "DESC", str(parts[2] or "").upper() == "LAST")

    def limit(self, parts: list[Any]) -> _Clauses:
        return _Clauses(limit=min(int(parts[0]), MOST))

    def offset(self, parts: list[Any]) -> _Clauses:
        return _Clauses(offset=min(int(parts[0]), MOST))

    def tail(self, _parts: list[Any]) -> None:
        return None

    def any_of(self, parts: list[Any]) -> Condition:
        return Condition("or", tuple(parts))

    def all_of(self, parts: list[Any]) -> Condition:
        return Condition("and", tuple(parts))

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
        return Literal("number", str(parts[0]))

    def money(self, parts: list[Any]) -> Literal:
        return Literal("money", str(parts[0])[3:], unit=str(parts[0])[:3].upper())

    def date(self, parts: list[Any]) -> Literal:
        return Literal("date", str(parts[0]))

    def datetime(self, parts: list[Any]) -> Literal:
        return Literal("datetime", str(parts[0]).upper())

    def true(self, _parts: list[Any]) -> Literal:
        return Literal("boolean", "true")

    def false(self, _parts: list[Any]) -> Literal:
        return Literal("boolean", "false")

    def null(self, _parts: list[Any]) -> Literal:
        return Literal("null", None)

    def relative(self, parts: list[Any]) -> Literal:
        return Literal("relative", str(parts[0]).upper(), int(parts[1]) if len(parts) > 1 else 0)


def _name(token: Any) -> Name:
    return Name(str(token), token.line or 0, token.column or 0) if isinstance(token, Token) else Name(str(token))


def _field_set(argument: Any) -> str:
    wanted = str(argument[0]).upper() if isinstance(argument, tuple) and len(argument) == 1 else ""
    if wanted not in FIELD_SETS:
        at = argument[0] if isinstance(argument, tuple) else ""
        raise Misplaced("MALFORMED_QUERY", f"Invalid FIELDS argument: {wanted}", at)
    return f"FIELDS({wanted})"


def _unescape(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        mark = match[1]
        return chr(int(mark[1:], 16)) if mark[0] in "uU" and len(mark) > 1 else ESCAPES.get(mark.lower(), mark)

    return re.sub(r"\\([uU][0-9A-Fa-f]{4}|.)", one, text, flags=re.DOTALL)


GRAMMAR = Lark((Path(__file__).parent / "soql.lark").read_text("utf-8"), parser="lalr", maybe_placeholders=True)
TREE = _Tree()


def read(text: str) -> Query:
    """Read a SOQL text; raise Refused MALFORMED_QUERY where it cannot be read."""
    try:
        query: Query = TREE.transform(GRAMMAR.parse(text))
    except UnexpectedInput as error:
        raise _unexpected(text, error) from error
    except VisitError as error:
        if isinstance(error.orig_exc, Refused):
            raise error.orig_exc from error
        raise
    return _known(query, text)


def _known(query: Query, text: str) -> Query:
    """Return the query, and the queries in it, with the text that they stand in."""
    select = tuple(_known(one, text) if isinstance(one, Query) else one for one in query.select)
    return replace(query, select=select, text=text)


def _unexpected(text: str, error: UnexpectedInput) -> Misplaced:
    token = getattr(error, "token", None)
    lines = text.splitlines() or [""]
    ended = token is not None and token.type == "$END"
    row, column = (len(lines), len(lines[-1]) + 1) if ended else (max(error.line, 1), max(error.column, 1))
    rest = lines[row - 1][column - 1 :] if row <= len(lines) else ""
    word = re.match(r"[\w.]+|'[^']*'?|.", rest)
    told = "<EOF>" if ended or word is None else word[0]
    return Misplaced("MALFORMED_QUERY", f"unexpected token: '{told}'", Name("", row, column))
