"""What did a death leave behind? Sweep ends runs whose process is gone; leases that ran out are due again by themselves."""

from __future__ import annotations

from datetime import timedelta

from flows.model import Reason
from flows.ports import Services
from flows.relay import relay

FORSAKEN = timedelta(hours=1)


def sweep(services: Services) -> int:
    """End the runs that nobody has added to for an hour, then relay; returns how many runs were ended."""
    now = services.clock()
    gone = services.queue.forsake(
        now - FORSAKEN, now, Reason("RUN_FORSAKEN", "The process that read for this run died.")
    )
    relay(services)
    return gone
