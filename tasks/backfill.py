"""The door to `flows.backfill`: some pages of a backfill, keys only."""

from __future__ import annotations

from celery import shared_task

from flows.backfill import backfill as read_on
from flows.past import Turn
from tasks.door import Door


@shared_task(name="isthmus.backfill", bind=True, base=Door)
def backfill(self: Door, run: int, fence: int) -> None:
    """Read on from where the backfill of this run stands, if this fence still holds it."""
    read_on(Turn(run, fence), self.services)
