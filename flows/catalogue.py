"""Which flows are there, and which lanes do they share?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flows.model import Priority
from mappings.language import Flow


def lane_of(flow: Flow, priority: Priority) -> str:
    """Return the lane: deliveries to one target object at one priority may share a call."""
    return f"{flow.target.system}.{flow.target.object}.{priority}"


def system_of(lane: str) -> str:
    """Return the system that a lane leads to."""
    return lane.split(".", 1)[0]


def priority_of(lane: str) -> Priority:
    """Return a lane's priority."""
    return Priority(lane.rsplit(".", 1)[1])


def lanes_below(lane: str) -> tuple[str, ...]:
    """Return the lanes of the same target object whose work comes later."""
    order, stem = list(Priority), lane.rsplit(".", 1)[0]
    return tuple(f"{stem}.{lower}" for lower in order[order.index(priority_of(lane)) + 1 :])


def lanes(flows: Iterable[Flow]) -> tuple[str, ...]:
    """Return every lane that the flows can use, sorted."""
    return tuple(sorted({lane_of(flow, priority) for flow in flows for priority in Priority}))


def by_lane(flows: Mapping[str, Flow]) -> Mapping[str, Flow]:
    """Return for each lane one flow that uses it; flows that share a lane share its target."""
    return {lane_of(flow, priority): flow for flow in flows.values() for priority in Priority}


def counterparts(flows: Mapping[str, Flow]) -> Mapping[str, tuple[str, ...]]:
    """Return for each flow those that carry the same objects the other way."""
    ends = kinds(flows.values())
    return {name: tuple(other for other, way in ends.items() if way == (to, of)) for name, (of, to) in ends.items()}


def kinds(flows: Iterable[Flow]) -> Mapping[str, tuple[str, str]]:
    """Return for each flow of what kind its source's and its target's ids are."""
    return {
        flow.flow: (f"{flow.source.system} {flow.source.object}", f"{flow.target.system} {flow.target.object}")
        for flow in flows
    }
