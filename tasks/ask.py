"""The doors to `flows.ask`: records that someone outside names."""

from __future__ import annotations

from celery import shared_task

from flows.ask import answer as answer_asks
from flows.ask import enqueue as enqueue_records
from tasks.door import Door


@shared_task(name="isthmus.enqueue", bind=True, base=Door)
def enqueue(self: Door, flow: str, ids: list[str]) -> None:
    """Write down that the named records are asked for, and capture them; other services send this task by its name."""
    enqueue_records(flow, ids, self.services)


@shared_task(name="isthmus.answer", bind=True, base=Door)
def answer(self: Door, flow: str, ids: list[str]) -> None:
    """Capture those of the named records that the ledger says are still asked for."""
    answer_asks(flow, ids, self.services)
