"""Who changed what, and when? Rows that are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ledger.tables import audit


def note(connection: Connection, acts: Sequence[tuple[str, str, str, str | None, str | None]], now: datetime) -> None:
    """Add acts, each (who, what, subject, before, after), in the transaction that does them."""
    names = ("who", "what", "subject", "before", "after")
    if acts:
        connection.execute(audit.insert(), [dict(zip(names, act, strict=True)) | {"at": now} for act in acts])
