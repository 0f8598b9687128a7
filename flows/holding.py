"""May this record be written? Where a key is exclusive the first one that asks holds it; what is made once is not changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.errors import Rejected
from flows.holders import Holder
from flows.model import Settlement, State
from flows.policy import Case, judge
from flows.ports import Services
from flows.ready import Ready
from mappings.language import Flow
from mappings.values import Reference


def hold(flow: Flow, ready: Sequence[Ready], services: Services) -> tuple[Sequence[Ready], Sequence[Settlement]]:
    """Part those that may be written from those whose key another record holds, that held another, or that are done."""
    done = [one for one in ready if one.own and flow.target.once]
    ready = [one for one in ready if not (one.own and flow.target.once)]
    settled = [_dead(one, _carried_out(flow, one), services) for one in done]
    if not flow.target.exclusive or not ready:
        return ready, settled
    wanted = {one.delivery.record.id: one.payload.key for one in ready}
    held = services.memory.hold(flow.flow, wanted, services.clock())
    idle = _idle(flow, [one for one in held if one.source_id not in wanted], services)
    if idle:
        services.memory.release(flow.flow, idle)
        held = services.memory.hold(flow.flow, wanted, services.clock())
    refused = {one.delivery.lease.delivery: _refusal(flow, one, held) for one in ready}
    settled += [_dead(one, error, services) for one in ready if (error := refused[one.delivery.lease.delivery])]
    return [one for one in ready if not refused[one.delivery.lease.delivery]], settled


def _idle(flow: Flow, held: Sequence[Holder], services: Services) -> Sequence[Holder]:
    """Return those that were never bound and that the flow selects no more: what they hold, they will not need."""
    references = {one: Reference(flow.flow, one.source_id) for one in held}
    bound = services.memory.bindings(references.values())
    fates = services.memory.fates(references.values())
    left = {State.FILTERED, None}
    gone = {one for one, reference in references.items() if _state(fates.get(reference)) in left}
    return [one for one in held if one in gone and references[one] not in bound]


def _state(fate: object) -> object:
    return getattr(fate, "state", None)


def _refusal(flow: Flow, one: Ready, held: Sequence[Holder]) -> Rejected | None:
    by_key: Mapping[str, str] = {holder.key: holder.source_id for holder in held}
    by_record: Mapping[str, str] = {holder.source_id: holder.key for holder in held}
    key, own = one.payload.key, one.delivery.record.id
    if by_record.get(own, key) != key:
        return _moved(flow, key, by_record[own])
    return None if by_key.get(key) == own else _conflict(flow, key, by_key.get(key, ""))


def _conflict(flow: Flow, key: str, holder: str) -> Rejected:
    what = flow.target.exclusive
    return Rejected(
        f"{what.upper()}_CONFLICT",
        field=flow.target.key,
        value=key,
        candidates=(holder,),
        message=f"{holder} is the {what} {key} already; a second record of the same {what} makes no second one.",
        hint=f"Merge this record into {holder}, or correct what it names; its change is picked up by itself.",
    )


def _moved(flow: Flow, key: str, before: str) -> Rejected:
    what = flow.target.exclusive
    return Rejected(
        f"{what.upper()}_MOVED",
        field=flow.target.key,
        value=key,
        candidates=(before,),
        message=f"This record is the {what} {before}; by its dates now it would be another one, {key}.",
        hint=f"Set the dates back, or make a record of its own for the other {what}.",
    )


def _carried_out(flow: Flow, one: Ready) -> Rejected:
    target_id = one.own.target_id if one.own else ""
    return Rejected(
        "ALREADY_CARRIED_OUT",
        field=flow.target.key,
        value=one.payload.key,
        candidates=(target_id,),
        message=f"This record became {flow.target.object} {target_id}, which is done and is not changed by changing it.",
        hint="Make another record for what is to be different, or change it at the target by hand and dismiss this.",
    )


def _dead(one: Ready, error: Rejected, services: Services) -> Settlement:
    case = Case(one.delivery.lease, one.delivery.attempts, services.clock(), services.jitter())
    return judge(error, case, services.policy)
