"""Which tables is the ledger made of?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    and_,
    false,
)

metadata = MetaData()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
Key = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only where the type is INTEGER


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970: one form that both databases store exactly and compare fast."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 — SQLAlchemy's signature
        """Turn an aware time into microseconds."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — SQLAlchemy's signature
        """Turn microseconds into an aware time in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("flow", String(100), nullable=False),
    Column("reading", String(10), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("touched_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("read", Integer, nullable=False, server_default="0"),
    Column("new", Integer, nullable=False, server_default="0"),
    Column("known", Integer, nullable=False, server_default="0"),
    Column("filtered", Integer, nullable=False, server_default="0"),
    Column("failure", Text),
    Column("occurrence", Moment),
)
# One run for each occurrence of a flow's `at`; only one that failed makes room for another.
ONCE = and_(runs.c.occurrence.is_not(None), runs.c.failure.is_(None))
Index("runs_occurrence", runs.c.flow, runs.c.occurrence, unique=True, sqlite_where=ONCE, postgresql_where=ONCE)

backfills = Table(
    "backfills",
    metadata,
    Column("run", Key, ForeignKey("runs.id"), primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("moment", Moment, nullable=False),
    Column("key", String(100), nullable=False),
    Column("who", String(100), nullable=False),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("leased_until", Moment, nullable=False),
    Column("resting", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("flow", String(100), nullable=False),
    Column("source_id", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("content", String(64), nullable=False),
    Column("record", Text, nullable=False),
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("run", Key, ForeignKey("runs.id"), nullable=False),
    Column("lane", String(100), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("state", String(12), nullable=False),
    Column("due_at", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("leased_until", Moment),
    Column("unsettled", Boolean, nullable=False, server_default=false()),
    Column("waiting_for", String(201)),
    Column("code", String(100)),
    Column("field", String(200)),
    Column("value", Text),
    Column("message", Text),
    Column("hint", Text),
    Column("candidates", Text),
    Column("amount", String(40)),
    Column("currency", String(10)),
    Column("created_at", Moment, nullable=False),
    Column("settled_at", Moment),
    UniqueConstraint("flow", "source_id", "version", "content"),
)
Index(
    "deliveries_live",
    deliveries.c.lane,
    deliveries.c.due_at,
    deliveries.c.id,
    sqlite_where=deliveries.c.state.in_(("pending", "waiting", "leased")),
    postgresql_where=deliveries.c.state.in_(("pending", "waiting", "leased")),
)
Index(
    "deliveries_waiting_for",
    deliveries.c.waiting_for,
    sqlite_where=deliveries.c.waiting_for.is_not(None),
    postgresql_where=deliveries.c.waiting_for.is_not(None),
)
Index("deliveries_flow_state", deliveries.c.flow, deliveries.c.state, deliveries.c.code)
Index("deliveries_source", deliveries.c.source_id)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery", Key, ForeignKey("deliveries.id"), primary_key=True),
    Column("fence", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("outcome", String(12)),
    Column("code", String(100)),
)

bindings = Table(
    "bindings",
    metadata,
    Column("flow", String(100), primary_key=True),
    Column("source_id", String(100), primary_key=True),
    Column("target_id", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("lines", Text, nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("agreed", Text),
)
Index("bindings_target", bindings.c.target_id)

clashes = Table(
    "clashes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("flow", String(100), nullable=False),
    Column("source_id", String(100), nullable=False),
    Column("path", String(200), nullable=False),
    Column("base", Text),
    Column("ours", Text),
    Column("theirs", Text),
    Column("won", String(10), nullable=False),
)
Index("clashes_source", clashes.c.flow, clashes.c.source_id)

cursors = Table(
    "cursors",
    metadata,
    Column("flow", String(100), primary_key=True),
    Column("position", Moment, nullable=False),
)

asks = Table(
    "asks",
    metadata,
    Column("id", Key, primary_key=True),
    Column("flow", String(100), nullable=False),
    Column("source_id", String(100), nullable=False),
    Column("version", String(40), nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("origin", String(100), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("knocked_at", Moment, nullable=False),
    Column("after_run", Key, nullable=False),
    UniqueConstraint("flow", "source_id"),
)
Index("asks_knocked", asks.c.knocked_at)

marks = Table(
    "marks",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("position", Text, nullable=False),
    Column("noted_at", Moment, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("holder", String(300)),
    Column("held_until", Moment),
)

holders = Table(
    "holders",
    metadata,
    Column("flow", String(100), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("source_id", String(100), nullable=False),
    Column("since", Moment, nullable=False),
    UniqueConstraint("flow", "source_id"),
)

table_entries = Table(
    "table_entries",
    metadata,
    Column("table_name", String(100), primary_key=True),
    Column("value", String(300), primary_key=True),
    Column("becomes", String(300), nullable=False),
)

pauses = Table(
    "pauses",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("until", Moment, nullable=False),
    Column("code", String(100), nullable=False),
    Column("message", Text, nullable=False),
    Column("hint", Text, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Key, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(100), nullable=False),
    Column("what", String(100), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("before", Text),
    Column("after", Text),
)
