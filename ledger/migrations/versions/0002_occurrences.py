"""A run may belong to an occurrence of its flow's `at`, which has one run; only one that failed makes room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ONCE = sa.text("occurrence IS NOT NULL AND failure IS NULL")


def upgrade() -> None:
    """Add the column, empty for the runs that there are, and its unique index."""
    op.add_column("runs", sa.Column("occurrence", sa.BigInteger()))
    op.create_index(
        "runs_occurrence", "runs", ["flow", "occurrence"], unique=True, sqlite_where=ONCE, postgresql_where=ONCE
    )
