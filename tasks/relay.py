"""The door to `flows.relay`: send what is due."""

from __future__ import annotations

from celery import shared_task

from flows.relay import relay as relay_due
from tasks.door import Door


@shared_task(name="isthmus.relay", bind=True, base=Door)
def relay(self: Door) -> None:
    """Lease what is due and knock at its lanes."""
    relay_due(self.services)
