"""How is the database opened? One code for SQLite and PostgreSQL; what differs stands here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

CHUNK = 500  # values in one IN list; SQLite's limit on variables is far above, PostgreSQL plans shorter lists better
T = TypeVar("T")


def open_engine(url: str) -> Engine:
    """Return an engine for `sqlite:///path` or `postgresql+psycopg://…` (plain `postgresql://` means the same)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(url, parsed.database)
    return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_size=10, max_overflow=20, pool_pre_ping=True)


def _open_sqlite(url: str, path: str | None) -> Engine:
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30, "isolation_level": None, "check_same_thread": False})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    # A power cut may take the last commits along but never corrupts; a lost settlement is a repeated upsert, no more.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where we write: a reader that turns writer half-way may be refused without waiting."""
    how = "BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE"
    connection.exec_driver_sql(how)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads, so that on SQLite it holds up nobody."""
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        yield connection


def insert(connection: Connection, table: Table) -> Any:
    """Return the dialect's INSERT, which knows ON CONFLICT."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def is_postgresql(connection: Connection) -> bool:
    """Tell whether rows can be locked one by one."""
    return connection.dialect.name == "postgresql"


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut values into lists that fit one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
