"""How does a dead letter get another chance?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flows.ports import Bell, Queue


def replay(deliveries: Sequence[int], who: str, queue: Queue, bell: Bell, now: datetime) -> int:
    """Make dead letters pending again, with fresh attempts and a word in the audit; returns how many there were."""
    revived = queue.revive(deliveries, now, who)
    bell.relay()
    return revived
