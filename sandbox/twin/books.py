"""What does a product let its control API and its page see and do with its records?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class LoadRefused(ValueError):
    """A record cannot be loaded; `line` is its line in the NDJSON, from 1."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Page:
    """Which records of a type are wanted: those that meet a query, so many, from a place on."""

    query: str = ""
    limit: int = 100
    offset: int = 0


class Books(Protocol):
    """The records of one product.

    What reads is given a connection to read by, and may run in another thread than what writes.
    """

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Load (line, type, record) in one transaction, all or nothing; raise LoadRefused. Returns counts by type."""

    def reset(self) -> None:
        """Empty it; standard lists stay."""

    def forget(self) -> None:
        """Drop what is remembered of the file: it has changed underneath."""

    def kinds(self) -> Mapping[str, str]:
        """Return the types of records that are kept, with what people call many of them."""

    def find(self, reading: sqlite3.Connection, kind: str, page: Page) -> tuple[int, list[Mapping[str, Any]]]:
        """Return how many records of a type there are (or meet the query), and one page of them."""

    def totals(self, reading: sqlite3.Connection, kind: str) -> tuple[int, Mapping[str, str]]:
        """Return how many records of a type there are, and their amounts by currency as exact text."""

    def whole(self, reading: sqlite3.Connection, kind: str, key: str) -> Mapping[str, Any] | None:
        """Return one record with its lines, history and origin; None where there is none."""
