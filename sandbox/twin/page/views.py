"""What is there to be seen? Lists, sheets and their tables, as plain values that the templates and JSON both tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.twin.books import Page

NOTHING = "\N{EN DASH}"


@dataclass(frozen=True)
class Cell:
    """One value: its text, where it leads, and whether it is an amount."""

    text: str
    link: str = ""
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under named columns; `foot` are the sums below, as (label, text)."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    foot: Sequence[tuple[str, str]] = ()
    empty: str = "Nothing here."


@dataclass(frozen=True)
class Listing:
    """One page of a type's records; `count` is how many there are of it, or how many a query finds."""

    title: str
    count: int
    table: Table


@dataclass(frozen=True)
class Happening:
    """One entry of a record's history: when, who or by which call, and what changed from what to what."""

    time: str
    who: str
    what: str
    changes: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Sheet:
    """One record as a bookkeeper reads it; `origin` says where it came from."""

    title: str
    kind: str
    plural: str
    status: str = ""
    origin: str = ""
    facts: Mapping[str, Sequence[tuple[str, Cell]]] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    history: Sequence[Happening] = ()
    fields: Sequence[tuple[str, str]] = ()


class Eyes(Protocol):
    """How a product shows its books; everything is read by the connection that is given."""

    @property
    def title(self) -> str:
        """Return what the twin is called."""

    @property
    def menu(self) -> Sequence[tuple[str, str]]:
        """Return the lists worth a place in the menu, each with its label."""

    def home(self, reading: sqlite3.Connection) -> Sequence[Table]:
        """Return what there is, by type and currency."""

    def listing(self, reading: sqlite3.Connection, kind: str, page: Page) -> Listing | None:
        """Return one page of a type; None where there is no such type."""

    def sheet(self, reading: sqlite3.Connection, kind: str, key: str) -> Sheet | None:
        """Return one record; None where there is none."""


def text(value: Any) -> Cell:
    """Return a cell of any value; nothing is a dash."""
    return Cell(NOTHING if value is None or value == "" else str(value))


def amount(value: Any) -> Cell:
    """Return a cell of a number, grouped by thousands as it was given, without rounding.

    >>> amount("-1234567.5").text
    '-1,234,567.5'
    """
    if value is None or value == "":
        return Cell(NOTHING, number=True)
    whole, point, part = str(value).partition(".")
    try:
        return Cell(f"{int(whole):,}{point}{part}", number=True)
    except ValueError:
        return Cell(str(value), number=True)


def record_link(kind: str, key: object, words: str) -> Cell:
    """Return a cell that leads to a record."""
    return Cell(words, f"/_twin/record/{kind}/{key}")
