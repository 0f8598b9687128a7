"""How fast may things go? How long leases last, and how much may be under way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Pace:
    """How long leases last and how much may be under way; `slots` is the account's limit of calls at once."""

    slots: int = 5
    queued: timedelta = timedelta(seconds=30)
    claimed: timedelta = timedelta(seconds=30)
    parcels_per_slot: int = 3
    overlap: timedelta = timedelta(minutes=10)
