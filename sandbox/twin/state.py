"""Where does a twin keep its state? In one SQLite file that survives a kill."""

from __future__ import annotations

import sqlite3
from pathlib import Path


def open_state(path: Path | None) -> sqlite3.Connection:
    """Open the file (or memory when None) for this process's only thread, in autocommit mode: callers say BEGIN."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(":memory:" if path is None else path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; only a power cut could
    connection.execute("PRAGMA cache_size=-65536")
    return connection
