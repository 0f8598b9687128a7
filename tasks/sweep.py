"""The door to `flows.sweep`: tidy up what died half-way."""

from __future__ import annotations

from celery import shared_task

from flows.sweep import sweep as sweep_ledger
from tasks.door import Door


@shared_task(name="isthmus.sweep", bind=True, base=Door)
def sweep(self: Door) -> None:
    """End runs whose process died, and send what was left behind."""
    sweep_ledger(self.services)
