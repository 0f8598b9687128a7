"""Which worker serves which queues, with how many threads? By role, so that a new flow changes no command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flows.catalogue import lanes, priority_of, system_of
from flows.model import Priority
from mappings.language import Flow
from workers.queues import ANSWER, BACKFILL, CAPTURE, CONTROL, ENQUEUE


@dataclass(frozen=True, slots=True)
class Role:
    """A worker's part: its queues besides lanes, which lanes it serves, and its threads.

    `threads` are what one worker needs at five slots; one that calls NetSuite has two more threads than slots, so that
    a call that waits for one does not hold up those that need none.
    """

    queues: tuple[str, ...]
    serves: Callable[[str], bool]
    threads: int


def _to(system: str, *priorities: Priority) -> Callable[[str], bool]:
    return lambda lane: system_of(lane) == system and priority_of(lane) in priorities


def _none(_lane: str) -> bool:
    return False


def _backfill(lane: str) -> bool:
    return priority_of(lane) is Priority.BACKFILL


ROLES: Mapping[str, Role] = {
    "control": Role((CONTROL,), _none, 2),
    "capture": Role((CAPTURE,), _none, 2),
    "answer": Role((ANSWER, ENQUEUE), _none, 4),
    "netsuite-realtime": Role((), _to("netsuite", Priority.REALTIME), 7),
    "netsuite-batch": Role((), _to("netsuite", Priority.BATCH), 7),
    "salesforce": Role((), _to("salesforce", Priority.REALTIME, Priority.BATCH), 4),
    "backfill": Role((BACKFILL,), _backfill, 4),
}


def queues_of(role: Role, flows: Iterable[Flow]) -> tuple[str, ...]:
    """Return the queues that a worker of the role consumes."""
    return (*role.queues, *(lane for lane in lanes(flows) if role.serves(lane)))
