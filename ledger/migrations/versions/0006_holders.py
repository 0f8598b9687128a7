"""Keys that are made of more than a record's id belong to the first record that asks for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the holders; `since` is microseconds since 1970."""
    op.create_table(
        "holders",
        sa.Column("flow", sa.String(100), primary_key=True),
        sa.Column("key", sa.String(100), primary_key=True),
        sa.Column("source_id", sa.String(100), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("flow", "source_id"),
    )
