"""How do kept values become those of an event? Times in milliseconds, dates too, numbers as doubles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any


def value_of(kind: str, kept: Any) -> Any:
    """Return one kept value as Avro takes it."""
    return None if kept is None else READ.get(kind, str)(kept)


def milliseconds(text: str) -> int:
    """Return a date, or a datetime with its zone, as milliseconds since 1970 in UTC.

    >>> milliseconds("2026-01-02"), milliseconds("2026-01-02T00:00:01.000+0000")
    (1767312000000, 1767312001000)
    """
    moment = datetime.fromisoformat(text.replace("+0000", "+00:00"))
    whole = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(whole.timestamp() * 1000)


def moment(at: int) -> str:
    """Return milliseconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")


def _since_midnight(text: str) -> int:
    return milliseconds(f"1970-01-01T{text.rstrip('Z')}+00:00")


READ: dict[str, Callable[[Any], Any]] = {
    "boolean": lambda kept: kept in {True, "true"},
    "int": int,
    **dict.fromkeys(("double", "currency", "percent"), float),
    **dict.fromkeys(("date", "datetime"), milliseconds),
    "time": _since_midnight,
}
