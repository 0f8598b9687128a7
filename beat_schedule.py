"""When does what run? Each flow says so in its own file; the housekeeping is added here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flows.timetable import interval
from mappings.language import Flow

RELAY_SECONDS = 2
SWEEP_SECONDS = 60
LOOK_SECONDS = 60  # how often a flow with `at` is asked whether it is due


def timetable(flows: Iterable[Flow]) -> dict[str, dict[str, Any]]:
    """Return Celery's beat schedule: a capture for each flow that has an `every` or `at`, then relay and sweep.

    A tick that waited longer than its own interval expires instead of piling up. Whether a flow is due is decided when
    the task runs, from the ledger and in the company's time zone: a lost or doubled tick and a change of the clocks
    move nothing.
    """
    entries = {f"capture {flow.flow}": _capture(flow) for flow in flows if flow.every or flow.at}
    return entries | {
        "relay": _tick("isthmus.relay", RELAY_SECONDS),
        "sweep": _tick("isthmus.sweep", SWEEP_SECONDS),
    }


def _capture(flow: Flow) -> dict[str, Any]:
    seconds = interval(flow.every).total_seconds() if flow.every else LOOK_SECONDS
    return _tick("isthmus.capture", seconds) | {"args": [flow.flow], "kwargs": {"scheduled": True}}


def _tick(task: str, seconds: float) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}
