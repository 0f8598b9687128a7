"""How does a delivery reach its target? Claim, ask for references, translate, call once, settle each for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from flows.catalogue import priority_of
from flows.errors import IsthmusError, Rejected
from flows.model import Delivery, Lease, Pause, Placed, Priority, Settlement, State
from flows.policy import REST, Case, judge, reason_of, rests
from flows.ports import Services
from flows.prepare import bind, look, prepare
from flows.ready import Ready
from mappings.language import Flow


def deliver(lane: str, leases: Sequence[Lease], services: Services) -> int:
    """Deliver a parcel; returns how many deliveries it still held. Nothing is raised for a record's own fault."""
    now = services.clock()
    claimed = services.queue.claim(leases, now, now + services.pace.claimed)
    if not claimed:
        return 0
    with services.keeping([delivery.lease for delivery in claimed]):
        settlements = list(_settlements(claimed, priority_of(lane), services))
    letters = services.queue.settle(settlements, services.clock())
    if letters:
        services.bell.announce(letters)
    services.bell.relay()
    return len(claimed)


def _settlements(claimed: Sequence[Delivery], priority: Priority, services: Services) -> Iterator[Settlement]:
    by_flow = sorted(claimed, key=lambda delivery: delivery.flow)
    for name, group in groupby(by_flow, key=lambda delivery: delivery.flow):
        yield from _settle_flow(services.flows[name], list(group), priority, services)


def _settle_flow(
    flow: Flow, deliveries: Sequence[Delivery], priority: Priority, services: Services
) -> Iterator[Settlement]:
    try:
        ready, settled = prepare(flow, deliveries, services)
    except IsthmusError as error:  # the item catalogue could not be read: no record's fault
        _let_rest(flow, error, services)
        yield from (_judge(delivery, error, services) for delivery in deliveries)
        return
    yield from settled
    try:
        ready, settled = _look(flow, ready, services)
    except IsthmusError as error:
        _let_rest(flow, error, services)
        yield from (_judge(one.delivery, error, services) for one in ready)
        return
    yield from settled
    yield from _send(flow, ready, priority, services)


def _look(flow: Flow, ready: Sequence[Ready], services: Services) -> tuple[Sequence[Ready], Sequence[Settlement]]:
    """Look at the target; a record that may not even be looked at (locked, say) stands alone with its refusal."""
    try:
        return look(flow, ready, services)
    except Rejected as refused:
        if len(ready) == 1:
            return [], [_judge(ready[0].delivery, refused, services)]
    half = len(ready) // 2
    first, other = (_look(flow, some, services) for some in (ready[:half], ready[half:]))
    return [*first[0], *other[0]], [*first[1], *other[1]]


def _send(flow: Flow, ready: Sequence[Ready], priority: Priority, services: Services) -> Iterator[Settlement]:
    page = services.targets[flow.target.system].page(flow)
    for start in range(0, len(ready), page):
        batch = ready[start : start + page]
        answers = _answers(flow, batch, priority, services)
        yield from (_settle(one, answer, services) for one, answer in zip(batch, answers, strict=True))


def _answers(
    flow: Flow, batch: Sequence[Ready], priority: Priority, services: Services
) -> Sequence[Placed | IsthmusError]:
    try:
        placed = _already_placed(flow, batch, services)
        to_write = [one.payload for one in batch if one.payload.key not in placed]
        target = services.targets[flow.target.system]
        written = iter(target.upsert(flow, to_write, priority) if to_write else ())
    except IsthmusError as error:
        _let_rest(flow, error, services)
        return [error] * len(batch)
    _wake(flow, services)
    return [placed[one.payload.key] if one.payload.key in placed else next(written) for one in batch]


def _already_placed(flow: Flow, batch: Sequence[Ready], services: Services) -> dict[str, Placed]:
    """Look up the payloads whose last write had an unknown outcome; those found at this version need no second write."""
    unsure = {one.payload.key: one for one in batch if one.delivery.unsettled}
    if not unsure:
        return {}
    found = services.targets[flow.target.system].find(flow, list(unsure))
    return {
        key: Placed(answer.target_id)
        for key, answer in found.items()
        if answer.version == unsure[key].payload.fields.get(flow.target.version)
    }


def _let_rest(flow: Flow, error: IsthmusError, services: Services) -> None:
    if rests(error):
        services.memory.pause(Pause(flow.target.system, services.clock() + REST, reason_of(error)))


def _wake(flow: Flow, services: Services) -> None:
    if flow.target.system in services.memory.pauses():
        services.memory.resume(flow.target.system)


def _settle(one: Ready, answer: Placed | IsthmusError, services: Services) -> Settlement:
    if isinstance(answer, Placed):
        binding = bind(one, answer.target_id, answer.lines)
        return Settlement(one.delivery.lease, State.DELIVERED, binding=binding, clashes=one.clashes)
    return _judge(one.delivery, answer, services)


def _judge(delivery: Delivery, error: IsthmusError, services: Services) -> Settlement:
    case = Case(delivery.lease, delivery.attempts, services.clock(), services.jitter())
    verdict = judge(error, case, services.policy)
    return replace(verdict, unsettled=verdict.unsettled or delivery.unsettled)
