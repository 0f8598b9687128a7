"""Records that are gone, what both sides agreed on, and the clashes between them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add two columns and a table."""
    op.add_column("deliveries", sa.Column("gone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("bindings", sa.Column("agreed", sa.Text()))
    op.create_table(
        "clashes",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("flow", sa.String(100), nullable=False),
        sa.Column("source_id", sa.String(100), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("base", "ours", "theirs")),
        sa.Column("won", sa.String(10), nullable=False),
    )
    op.create_index("clashes_source", "clashes", ["flow", "source_id"])
