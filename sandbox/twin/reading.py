"""How do people and tests look into a twin's file without holding up its clients? Through a connection of their own.

Lists, totals and pages may take a while over a million orders. They run in a thread, on a read-only connection to the
same file: SQLite's log lets them see one committed moment, and lets the twin write on.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class Reader:
    """Reads a twin's file; a twin in memory has but one connection, so it is read there and then."""

    def __init__(self, connection: sqlite3.Connection, file: Path | None) -> None:
        self._live = connection
        self._file = file
        self._own: sqlite3.Connection | None = None
        self._turn = Lock()

    async def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what a piece of work reads; it must not write."""
        if self._file is None:
            return work(self._live)
        return await asyncio.to_thread(self._one_at_a_time, work)

    def _one_at_a_time(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._turn:
            if self._own is None:
                place = f"{self._file.absolute().as_uri()}?mode=ro" if self._file else ""
                self._own = sqlite3.connect(place, uri=True, isolation_level=None, check_same_thread=False)
                self._own.execute("PRAGMA cache_size=-65536")
            return work(self._own)
