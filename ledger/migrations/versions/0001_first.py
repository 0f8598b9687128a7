"""The ledger's first schema."""

from __future__ import annotations

from alembic import op

from ledger.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables. Later steps change them; a step that is out in the world is never edited."""
    metadata.create_all(op.get_bind())
