"""What did a death leave behind? Sweep ends runs whose process is gone, and knocks again for asks that nobody answered.

Leases that ran out are due again by themselves.
"""

from __future__ import annotations

from datetime import timedelta

from flows.ask import renew
from flows.model import Reason
from flows.ports import Services
from flows.relay import relay

FORSAKEN = timedelta(hours=1)


def sweep(services: Services) -> int:
    """End the runs that nobody has added to for an hour, knock for late asks, relay; returns how many runs were ended."""
    now = services.clock()
    gone = services.queue.forsake(
        now - FORSAKEN, now, Reason("RUN_FORSAKEN", "The process that read for this run died.")
    )
    renew(services)
    relay(services)
    return gone
