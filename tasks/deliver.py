"""The door to `flows.deliver`: one parcel, keys only."""

from __future__ import annotations

from celery import shared_task

from flows.deliver import deliver as deliver_parcel
from flows.model import Lease
from tasks.door import Door


@shared_task(name="isthmus.deliver", bind=True, base=Door)
def deliver(self: Door, lane: str, keys: list[list[int]]) -> None:
    """Deliver the parcel whose keys are `[delivery, fence]` pairs."""
    deliver_parcel(lane, [Lease(*key) for key in keys], self.services)
