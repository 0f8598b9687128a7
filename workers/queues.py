"""Which queues are there, and how are they declared on each broker?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kombu import Exchange, Queue

from flows.catalogue import lanes, priority_of, system_of
from flows.model import Priority
from mappings.language import Flow
from mappings.loading import load_flows
from workers.settings import ROOT

CONTROL, CAPTURE, ANSWER, ENQUEUE = "control", "capture", "answer", "enqueue"
BACKFILL, DEAD_LETTER = "backfill", "dead_letter"
KEPT_NOTICES = 10_000  # dead letters whose notice nobody has taken yet
ANONYMOUS = Exchange("")  # routes by queue name and needs no binding, so a wiped Redis still routes


def is_redis(broker_url: str) -> bool:
    """Tell whether the broker speaks the Redis protocol."""
    return broker_url.startswith("redis")


def queues(flows: Iterable[Flow], broker_url: str) -> list[Queue]:
    """Return every queue: control, capture, answer, enqueue, backfill, dead letters, and one a lane.

    On RabbitMQ they are quorum queues, except `enqueue`: another service that only knows its name declares it with
    Celery's defaults, and RabbitMQ refuses a second declaration that differs from the first.
    """
    quorum: dict[str, Any] | None = None if is_redis(broker_url) else {"x-queue-type": "quorum"}
    bounded = quorum and quorum | {"x-max-length": KEPT_NOTICES, "x-overflow": "drop-head"}
    named = [CONTROL, CAPTURE, ANSWER, BACKFILL, *lanes(flows)]
    return [
        *(Queue(name, ANONYMOUS, routing_key=name, queue_arguments=quorum) for name in named),
        Queue(ENQUEUE, Exchange(ENQUEUE, "direct"), routing_key=ENQUEUE),
        Queue(DEAD_LETTER, ANONYMOUS, routing_key=DEAD_LETTER, queue_arguments=bounded),
    ]


def lanes_of(system: str, priority: Priority) -> tuple[str, ...]:
    """Return the lanes of the shipped flows that lead to a system at a priority."""
    return tuple(lane for lane in _shipped() if (system_of(lane), priority_of(lane)) == (system, priority))


def backfill_lanes() -> tuple[str, ...]:
    """Return the lanes of the shipped flows in which backfill is delivered, to whichever system."""
    return tuple(lane for lane in _shipped() if priority_of(lane) is Priority.BACKFILL)


def _shipped() -> tuple[str, ...]:
    return lanes(load_flows(ROOT / "mappings").values())
