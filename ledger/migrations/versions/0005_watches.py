"""A stream is listened to by one process at a time: its watch stands beside its position."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the watch to marks; times are microseconds since 1970."""
    op.add_column("marks", sa.Column("noted_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("marks", sa.Column("fence", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("marks", sa.Column("holder", sa.String(300)))
    op.add_column("marks", sa.Column("held_until", sa.BigInteger()))
