"""What is a company made of? Records for each twin, in the order in which they can be loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Entry = tuple[str, dict[str, Any]]
PRICEBOOK_NUMBER = 1


@dataclass(frozen=True)
class Company:
    """Records as (type, record) for each side; iterables may be consumed once, so that large companies need no memory."""

    name: str
    salesforce: Iterable[Entry]
    netsuite: Iterable[Entry]
    opportunities: int


def without_empty(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without its empty fields."""
    return {name: value for name, value in record.items() if value not in {None, ""}}
