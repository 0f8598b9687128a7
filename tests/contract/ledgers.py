"""Which ledgers are held to the contract? SQLite always, PostgreSQL where it runs."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from flows.model import Intake, Lease, Page, Reading, Record
from ledger.ledger import Ledger
from ledger.migrate import migrate

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/test"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LANE, FLOW = "netsuite.salesOrder.batch", "opportunity_to_sales_order"
SOON = timedelta(seconds=30)


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Ledger]:
    """Open an empty ledger of a kind; it is gone afterwards."""
    with sqlite(folder) if kind == "sqlite" else postgresql() as url:
        migrate(url)
        ledger = Ledger(url)
        try:
            yield ledger
        finally:
            ledger.close()


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """Yield the address of a file that does not exist yet."""
    yield f"sqlite:///{folder / secrets.token_hex(4)}.sqlite"


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the address of a fresh schema; skip aloud without a server, fail in CI."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", 5432)):
            (pytest.fail if os.environ.get("CI") else pytest.skip)("no PostgreSQL on 127.0.0.1:5432")  # noqa: TID251 — CI says so itself
    name = f"contract_{secrets.token_hex(4)}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        try:
            yield f"{POSTGRESQL}?options=-csearch_path%3D{name}"
        finally:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


def record(number: int, version: int = 1, **fields: object) -> Record:
    """Return a version of a record."""
    return Record(
        f"006{number:012d}AAA", f"2026-01-{version:02d}T00:00:00.000Z", {"Id": number, "version": version} | fields
    )


def admit(ledger: Ledger, *records: Record, now: datetime = NOW, **more: object) -> tuple[int, int, int]:
    """Admit records in a run of their own; returns (new, known, superseded)."""
    run = ledger.queue.open_run(FLOW, Reading.CHANGES, now)
    amounts = {one.id: (Decimal("10.50"), "USD") for one in records}
    cursor = more.pop("cursor", None)
    page = Page(records, cursor if isinstance(cursor, datetime) else None)
    filtered = more.pop("filtered", frozenset())
    assert isinstance(filtered, frozenset)
    done = ledger.queue.admit(Intake(run, FLOW, LANE, "sales-ops", page, filtered, amounts), now)
    return done.new, done.known, done.superseded


def lease(ledger: Ledger, most: int = 100, now: datetime = NOW) -> tuple[Lease, ...]:
    """Lease what is due."""
    return tuple(ledger.queue.lease(LANE, most, now, now + SOON)[0])
