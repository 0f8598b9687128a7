"""What is sent next? Relay leases due deliveries and knocks at their lanes, never more than the account can work off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flows.backfill import take_up
from flows.catalogue import by_lane, priority_of, system_of
from flows.model import Parcel, Pause, Priority
from flows.pace import Pace
from flows.ports import Services


@dataclass(frozen=True, slots=True)
class Room:
    """How many deliveries of a lane may be leased now, in parcels of which size."""

    lane: str
    deliveries: int
    parcel: int


def relay(services: Services) -> int:
    """Send what is due, real-time lanes first, and take up backfills that nobody holds; returns how many deliveries were sent."""
    sent = sum(_fill(room, services) for room in _rooms(services))
    take_up(services.past, services.bell, services.clock())
    return sent


def relay_lane(lane: str, services: Services) -> int:
    """Send what is due in one lane: the short way for urgent work, which does not count what waits elsewhere."""
    return sum(_fill(room, services) for room in _rooms(services, lane))


def _rooms(services: Services, only: str = "") -> Iterator[Room]:
    pauses = services.memory.pauses()
    flows = by_lane(services.flows)
    backlog = services.queue.backlog(services.clock(), only)
    for lane in sorted(backlog, key=lambda name: (list(Priority).index(priority_of(name)), name)):
        due, alive = backlog[lane]
        if due and lane in flows:
            page = services.targets[system_of(lane)].page(flows[lane])
            yield _room(lane, (due, alive), page, pauses.get(system_of(lane)), services)


def _room(lane: str, backlog: tuple[int, int], page: int, pause: Pause | None, services: Services) -> Room:
    due, alive = backlog
    if pause is not None:
        probing = pause.until <= services.clock() and not alive
        return Room(lane, int(probing), 1)
    parcel = parcel_size(due, page, services.pace)
    window = parcels_under_way(priority_of(lane), services.pace) * parcel
    return Room(lane, max(min(due, window - alive), 0), parcel)


def parcels_under_way(priority: Priority, pace: Pace) -> int:
    """Return how many parcels of a lane may be leased at once; backfill's are fewer than the slots that it may use."""
    return max(pace.slots - 2, 1) if priority is Priority.BACKFILL else pace.slots * pace.parcels_per_slot


def parcel_size(due: int, page: int, pace: Pace) -> int:
    """Return how many keys share a message: all slots busy first, then as full as a call may be; one alone goes alone."""
    return max(min(-(-due // pace.slots), page), 1)


def _fill(room: Room, services: Services) -> int:
    sent = 0
    while sent < room.deliveries:
        now = services.clock()
        most = min(room.parcel, room.deliveries - sent)
        leases, label = services.queue.lease(room.lane, most, now, now + services.pace.queued)
        if not leases:
            break
        services.bell.deliver(Parcel(room.lane, tuple(leases), label))
        sent += len(leases)
    return sent
