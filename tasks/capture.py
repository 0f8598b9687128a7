"""The door to `flows.capture`: read what a flow's source has, and admit it."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task

from flows.capture import Wanted, capture_if_due
from flows.capture import capture as capture_flow
from flows.model import Reading
from tasks.door import Door


@shared_task(name="isthmus.capture", bind=True, base=Door)
def capture(
    self: Door, flow: str, reading: str = "changes", since: str | None = None, *, scheduled: bool = False
) -> None:
    """Capture changes since the cursor (or `since`, ISO 8601), or everything; on schedule only when it is due."""
    moment = datetime.fromisoformat(since) if since else None
    door = capture_if_due if scheduled else capture_flow
    door(flow, Wanted(Reading(reading), moment), self.services)
