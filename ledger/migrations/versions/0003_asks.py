"""What the outside asks for is noted before it is accepted; how far a stream was read stands beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add asks and marks."""
    op.create_table(
        "asks",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("flow", sa.String(100), nullable=False),
        sa.Column("source_id", sa.String(100), nullable=False),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("origin", sa.String(100), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("knocked_at", sa.BigInteger(), nullable=False),
        sa.Column("after_run", KEY, nullable=False),
        sa.UniqueConstraint("flow", "source_id"),
    )
    op.create_index("asks_knocked", "asks", ["knocked_at"])
    op.create_table(
        "marks",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("position", sa.Text(), nullable=False),
    )
