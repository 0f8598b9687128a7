"""The ledger's first schema. A step that is out in the world is never edited; what changes is a step of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVE = sa.text("state IN ('pending', 'waiting', 'leased')")
AWAITED = sa.text("waiting_for IS NOT NULL")


def upgrade() -> None:
    """Make all tables; times are microseconds since 1970."""
    _runs()
    _deliveries()
    _delivery_indexes()
    _attempts()
    _bindings()
    _what_people_set()
    _audit()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("flow", sa.String(100), nullable=False),
        sa.Column("reading", sa.String(10), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("read", "new", "known", "filtered")
        ),
        sa.Column("failure", sa.Text()),
    )
    op.create_table(
        "cursors",
        sa.Column("flow", sa.String(100), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("flow", sa.String(100), nullable=False),
        sa.Column("source_id", sa.String(100), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("run", KEY, sa.ForeignKey("runs.id"), nullable=False),
        sa.Column("lane", sa.String(100), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        *_standing(),
        *_reason(),
        sa.Column("amount", sa.String(40)),
        sa.Column("currency", sa.String(10)),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.UniqueConstraint("flow", "source_id", "version", "content"),
    )


def _standing() -> list[sa.Column[object]]:
    return [
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("unsettled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("waiting_for", sa.String(201)),
    ]


def _reason() -> list[sa.Column[object]]:
    return [
        sa.Column("code", sa.String(100)),
        sa.Column("field", sa.String(200)),
        sa.Column("value", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.Column("hint", sa.Text()),
        sa.Column("candidates", sa.Text()),
    ]


def _delivery_indexes() -> None:
    op.create_index("deliveries_flow_state", "deliveries", ["flow", "state", "code"])
    op.create_index("deliveries_source", "deliveries", ["source_id"])
    op.create_index("deliveries_live", "deliveries", ["lane", "due_at", "id"], sqlite_where=LIVE, postgresql_where=LIVE)
    op.create_index(
        "deliveries_waiting_for", "deliveries", ["waiting_for"], sqlite_where=AWAITED, postgresql_where=AWAITED
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("delivery", KEY, sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("fence", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("outcome", sa.String(12)),
        sa.Column("code", sa.String(100)),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("flow", sa.String(100), primary_key=True),
        sa.Column("source_id", sa.String(100), primary_key=True),
        sa.Column("target_id", sa.String(100), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("bindings_target", "bindings", ["target_id"])


def _what_people_set() -> None:
    op.create_table(
        "table_entries",
        sa.Column("table_name", sa.String(100), primary_key=True),
        sa.Column("value", sa.String(300), primary_key=True),
        sa.Column("becomes", sa.String(300), nullable=False),
    )
    op.create_table(
        "pauses",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(100), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("what", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
    )
