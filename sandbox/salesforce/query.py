"""What does a SOQL text say? A tree of plain values; names know their place in the text, so that a refusal can point at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self, TypeAlias

from sandbox.salesforce.refusals import Refused

Path_: TypeAlias = tuple[str, ...]
AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG", "GROUPING"})
LONGEST = 100_000  # characters of a query


class Name(str):
    """A name as it stands in the text, with its row and column, from 1."""

    __slots__ = ("column", "row")

    def __new__(cls, text: str, row: int = 0, column: int = 0) -> Self:
        """Make a name that knows its place; 0 is nowhere."""
        name = super().__new__(cls, text)
        name.row, name.column = row, column
        return name

    row: int
    column: int


@dataclass(frozen=True)
class Literal:
    """A value in a condition; kind is string, number, money, date, datetime, boolean, null or relative."""

    kind: str
    value: Any
    count: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Aggregate:
    """A function over a field, with the name of its column; an aggregate unless it is a Call."""

    function: str
    path: Path_
    alias: str = ""
    at: str = ""


@dataclass(frozen=True)
class Call:
    """Another function: of dates, currencies or words; its argument is a path, a call or an aggregate."""

    function: str
    argument: Any
    alias: str = ""
    at: str = ""


@dataclass(frozen=True)
class Aliased:
    """A selected field under another name, which only grouped queries know."""

    path: Path_
    alias: str


@dataclass(frozen=True)
class Condition:
    """A node of a condition: `how` is and, or, not, a comparison, like, in, not in, includes, excludes."""

    how: str
    parts: tuple[Any, ...]


@dataclass(frozen=True)
class Ordering:
    """One ORDER BY term."""

    by: Any
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    """A whole SELECT; `names` are the paths that the FROM clause gave short names, `text` is what was asked."""

    select: tuple[Any, ...]
    object: str
    where: Condition | None = None
    group: tuple[Any, ...] = ()
    having: Condition | None = None
    order: tuple[Ordering, ...] = ()
    limit: int | None = None
    offset: int = 0
    names: tuple[tuple[str, Path_], ...] = ()
    rollup: str = ""
    scope: str = ""
    text: str = ""

    @property
    def counts_only(self) -> bool:
        """Tell whether it is `SELECT COUNT()`, which answers with a number and no records."""
        return self.select == ("COUNT()",)

    @property
    def aggregates(self) -> bool:
        """Tell whether it answers with AggregateResult records."""
        return bool(self.group) or any(is_aggregate(one) for one in self.select)


def is_aggregate(item: Any) -> bool:
    """Tell whether a selected item adds up rows, perhaps inside another function."""
    return isinstance(item, Aggregate) or (isinstance(item, Call) and is_aggregate(item.argument))


class Misplaced(Refused):
    """A refusal that points at a place in the query's text."""

    def __init__(self, code: str, words: str, at: str) -> None:
        super().__init__(code, words)
        self.row = getattr(at, "row", 0)
        self.column = getattr(at, "column", 0)

    def within(self, text: str) -> Refused:
        """Return the refusal as the real org words it, with the line and a mark under the place (salesforce.md 1.3)."""
        if not text or not self.row:
            return self
        line, at = _around(text.splitlines()[self.row - 1], self.column - 1)
        where = f"ERROR at Row:{self.row}:Column:{self.column}"
        return Refused(self.code, f"\n{line}\n{' ' * at}^\n{where}\n{self.message}")


BEFORE, BEHIND = 44, 49  # how many characters of a long line are shown around a place


def _around(line: str, at: int) -> tuple[str, int]:
    """Cut a line around a place, at whole words; return it and where the place is now."""
    start = 0 if at <= BEFORE else line.find(" ", at - BEFORE, at) + 1
    start = start if start or at <= BEFORE else at
    cut = len(line) if len(line) - at <= BEHIND else line.rfind(" ", at, at + BEHIND + 1)
    return line[start : cut if cut > at else at + BEHIND], at - start


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """Read a SOQL text; raise Refused MALFORMED_QUERY where it cannot be read."""
    from sandbox.salesforce.grammar import read  # noqa: PLC0415 — the grammar's tree is made of this module's values

    if len(text) > LONGEST:
        raise Refused("QUERY_TOO_COMPLICATED", "The query is longer than 100000 characters.")
    try:
        return read(text)
    except Misplaced as misplaced:
        raise misplaced.within(text) from misplaced
    except RecursionError as error:
        raise Refused("QUERY_TOO_COMPLICATED", "The query is nested too deeply.") from error
