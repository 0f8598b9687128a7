"""What does the `q` parameter ask? `field OPERATOR value`, joined by AND, OR and brackets, read into a tree of criteria.

The operators are those of the vendor's query module (netsuite.md 3.1); bare dates stand in the account's format.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from sandbox.netsuite.criteria import Condition, Either, Every, Node, Not, Value
from sandbox.netsuite.customizations import customizations
from sandbox.netsuite.fields import Field, RecordType
from sandbox.netsuite.rest.problems import Problem, bad_parameter

_TOKENS = re.compile(
    r"""\s*(?:(?P<mark>[()\[\],])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[^\s()\[\],]+))"""
)
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})")
_OPERATORS = {
    "EMPTY": "empty", "IS": "is", "CONTAIN": "contains", "START_WITH": "startsWith", "END_WITH": "endsWith",
    "ANY_OF": "anyOf", "BETWEEN": "between", "WITHIN": "between", "EQUAL": "equalTo", "GREATER": "greaterThan",
    "GREATER_OR_EQUAL": "greaterThanOrEqualTo", "LESS": "lessThan", "LESS_OR_EQUAL": "lessThanOrEqualTo",
    "ON": "on", "AFTER": "after", "BEFORE": "before", "ON_OR_AFTER": "onOrAfter", "ON_OR_BEFORE": "onOrBefore",
}  # fmt: skip
_FLAGS = {"true": True, "t": True, "false": False, "f": False}
_DATED = frozenset({"ON", "AFTER", "BEFORE", "ON_OR_AFTER", "ON_OR_BEFORE"})
_SEVERAL = frozenset({"ANY_OF", "BETWEEN", "WITHIN"})
_BY_KIND = {  # which operators a kind of field takes, beside EMPTY
    "b": {"IS"},
    "n": {"ANY_OF", "BETWEEN", "WITHIN", "EQUAL", "GREATER", "GREATER_OR_EQUAL", "LESS", "LESS_OR_EQUAL", "IS"},
    "s": {"IS", "CONTAIN", "START_WITH", "END_WITH", "ANY_OF", "EQUAL"},
    "d": {*_DATED, "WITHIN", "BETWEEN", "IS"},
    "@": {"ANY_OF", "EQUAL", "IS"},
}
_LIKE = {"i": "n", "#": "n", "t": "d", "e": "@", "y": "@", "r": "@"}
_ALWAYS = {
    name: Field(name, name, kind)
    for name, kind in (("id", "#"), ("internalId", "#"), ("externalId", "s"), ("lastModifiedDate", "t"))
} | {name: Field(name, name, "t") for name in ("createdDate", "dateCreated")}


def unreadable(words: str = "Provide a valid search query.") -> Problem:
    """Refuse a query, as the service does."""
    return bad_parameter("q", f"Invalid search query. {words}")


@dataclass
class Reader:
    """Reads one query about one record type."""

    kind: RecordType
    tokens: list[tuple[str, bool]]
    place: int = 0
    names: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the fields: their names count in any case."""
        self.names = {name.lower(): one for name, one in {**_ALWAYS, **self.kind.by_name}.items()}

    def read(self) -> Node:
        """Read the whole query."""
        tree = self._either()
        if self.place < len(self.tokens):
            raise unreadable()
        return tree

    def _next(self) -> tuple[str, bool]:
        if self.place >= len(self.tokens):
            raise unreadable()
        self.place += 1
        return self.tokens[self.place - 1]

    def _takes(self, word: str) -> bool:
        here = self.tokens[self.place : self.place + 1]
        hit = bool(here) and not here[0][1] and here[0][0].upper() == word
        self.place += hit
        return hit

    def _either(self) -> Node:
        parts = [self._every()]
        while self._takes("OR"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _every(self) -> Node:
        parts = [self._part()]
        while self._takes("AND"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _part(self) -> Node:
        if self._takes("("):
            inner = self._either()
            if not self._takes(")"):
                raise unreadable()
            return inner
        return self._condition()

    def _condition(self) -> Node:
        name, operator = self._next()[0], self._next()[0].upper()
        positive = operator.removesuffix("_NOT")
        known = self._field(name, positive)
        if positive == "EMPTY":
            node = Condition(known.name, "empty")
        else:
            texts = self._list() if positive in _SEVERAL else [self._next()[0]]
            node = Condition(known.name, _OPERATORS[positive], tuple(_value(known, positive, one) for one in texts))
        return node if positive == operator else Not(node)

    def _field(self, name: str, operator: str) -> Field:
        known = self.names.get(name.lower())
        if known is None and self.kind.takes_custom(name):
            own = customizations().get(name.lower())
            known = Field(name.lower(), name.lower(), own.kind if own else "d" if operator in _DATED else "s")
        if known is None:
            raise unreadable(f"The field '{name}' does not exist. Provide a valid search query.")
        taken = _BY_KIND.get(_LIKE.get(known.kind, known.kind), set())
        if operator != "EMPTY" and operator not in taken and not known.name.startswith("cust"):
            raise unreadable()
        if operator not in _OPERATORS:
            raise unreadable()
        return known

    def _list(self) -> list[str]:
        closing = next((end for start, end in (("[", "]"), ("(", ")")) if self._takes(start)), None)
        if closing is None:
            return [self._next()[0]]
        values = [self._next()[0]]
        while self._takes(","):
            values.append(self._next()[0])
        if not self._takes(closing):
            raise unreadable()
        return values


def _tokens(text: str) -> Iterator[tuple[str, bool]]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        found = _TOKENS.match(text, place)
        if found is None or found.end() == place:
            raise unreadable()
        place = found.end()
        quoted = found["double"] if found["double"] is not None else found["single"]
        yield (found["mark"] or found["bare"], False) if quoted is None else (re.sub(r"\\(.)", r"\1", quoted), True)


def _value(known: Field, operator: str, text: str) -> Value:
    kind = _LIKE.get(known.kind, known.kind)
    if kind == "d":
        day = _day(text)
        # A bare date beside a moment is that day's first moment (clients.md, Airbyte); only ON means all of the day.
        first = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return first if known.kind == "t" and operator in {"AFTER", "BEFORE", "ON_OR_AFTER"} else day
    try:
        if kind == "b":
            return _FLAGS[text.lower()]
        return Decimal(text) if kind == "n" else text
    except (ArithmeticError, KeyError) as error:
        raise unreadable() from error


def _day(text: str) -> date:
    """Read a date in the account's format, M/D/YYYY; a time with it, or another format, is refused (clients.md)."""
    found = _DATE.fullmatch(text.strip())
    try:
        month, day, year = (int(one) for one in found.groups()) if found else (0, 0, 0)
        return date(year + 2000 if year < 100 else year, month, day)  # noqa: PLR2004 — M/d/yy takes two digits too
    except ValueError as error:
        words = f'Parse of date/time "{text}" failed with date format "M/d/yy" in time zone Etc/GMT.'
        search = f"Detailed unprocessed description follows. Search error occurred: {words}"
        raise unreadable(search) from error


def criteria_of(kind: RecordType, text: str) -> Node:
    """Read a query about a record type into criteria; raise the problem that says it cannot be read."""
    try:
        return Reader(kind, list(_tokens(text))).read()
    except RecursionError as error:
        raise unreadable() from error
