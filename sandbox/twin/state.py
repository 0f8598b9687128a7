"""Where does a twin keep its state? In one SQLite file that survives a kill."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any


def open_state(path: Path | None) -> sqlite3.Connection:
    """Open the file (or memory when None) for this process's only thread, in autocommit mode: callers say BEGIN."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; only a power cut could
    connection.execute("PRAGMA cache_size=-65536")
    return connection


class Notes:
    """Single values of the twin itself (its clock, for one), in the file of its records."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS twin_note (name TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def read(self, name: str) -> Any:
        """Return a value, None when there is none."""
        row = self._connection.execute("SELECT value FROM twin_note WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def write(self, name: str, value: Any) -> None:
        """Keep a value that JSON can hold."""
        self._connection.execute("INSERT OR REPLACE INTO twin_note VALUES (?, ?)", (name, json.dumps(value)))
