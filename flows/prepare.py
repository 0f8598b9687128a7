"""What would be sent? Prepare asks the ledger for a parcel's references once, then translates each record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flows.acquaint import acquaint
from flows.ask import accept, well_formed
from flows.compare import compare
from flows.elsewhere import of_this_world
from flows.errors import IsthmusError, NotReady, Rejected
from flows.holding import hold
from flows.lore import Lore, gather, knowing
from flows.model import Ask, Binding, Delivery, Fate, Settlement, State
from flows.policy import Case, judge
from flows.ports import Services
from flows.ready import Ready
from mappings.known import Known
from mappings.language import Flow
from mappings.translate import translate, translate_gone
from mappings.values import Payload


def prepare(
    flow: Flow, deliveries: Sequence[Delivery], services: Services
) -> tuple[Sequence[Ready], Sequence[Settlement]]:
    """Split a parcel into what may be sent and what is settled without a call."""
    deliveries, elsewhere = of_this_world(flow, deliveries, services)
    lore = gather(flow, [delivery.record for delivery in deliveries], services)
    outcomes = [_prepare_one(flow, delivery, lore, services) for delivery in deliveries]
    _capture_missing(outcomes, lore, services)
    ready, refused = hold(flow, [outcome for outcome in outcomes if isinstance(outcome, Ready)], services)
    return ready, [*elsewhere, *(outcome for outcome in outcomes if isinstance(outcome, Settlement)), *refused]


def look(flow: Flow, ready: Sequence[Ready], services: Services) -> tuple[Sequence[Ready], Sequence[Settlement]]:
    """Look at the target before writing there, where the flow asks for it; split as `prepare` does."""
    known = {one.delivery.lease.delivery: one for one in ready}
    met = acquaint(flow, ready, services)
    left = [one for one in met if isinstance(one, Ready)]
    outcomes = iter(compare(flow, left, services))
    found = [next(outcomes) if isinstance(one, Ready) else one for one in met]
    pairs = list(zip(known.values(), found, strict=True))
    go = [one for _, one in pairs if isinstance(one, Ready) and not one.placed]
    settled = [_held_already(one) for _, one in pairs if isinstance(one, Ready) and one.placed]
    judged = [_judge(one, error, services) for one, error in pairs if isinstance(error, IsthmusError)]
    return go, [*settled, *judged]


def _held_already(one: Ready) -> Settlement:
    return Settlement(
        one.delivery.lease, State.UNCHANGED, counted=False, binding=bind(one, one.placed), clashes=one.clashes
    )


def _judge(one: Ready, error: IsthmusError, services: Services) -> Settlement:
    case = Case(one.delivery.lease, one.delivery.attempts, services.clock(), services.jitter())
    return judge(error, case, services.policy)


def bind(one: Ready, target_id: str, lines: Mapping[str, str] | None = None) -> Binding:
    """Return the binding of a delivery that its target holds under `target_id`; `lines` are keys that the target told."""
    record = one.delivery.record
    before = dict(one.own.lines if one.own else {}) | dict(one.there)
    numbered = number_lines(before, one.payload.lines, one.highest)
    return Binding(
        flow=one.delivery.flow,
        source_id=record.id,
        target_id=target_id,
        version=record.version,
        digest=one.digest,
        lines=numbered | dict(lines or {}),
        agreed=one.agreed,
    )


def number_lines(before: Mapping[str, str], sent: Sequence[str], others: int = 0) -> dict[str, str]:
    """Return the target line of each source line: known ones keep theirs, new ones follow in the order sent.

    `others` is the highest number of a line there, whosever it is. NetSuite numbers the lines of a transaction 1, 2, 3 in
    the order in which they were added (netsuite.md 4.1, `line`).
    """
    kept = {line: before[line] for line in sent if line in before}
    highest = max((int(number) for number in before.values() if number.isdigit()), default=0)
    highest = max(highest, others)
    fresh = [line for line in sent if line not in kept]
    return kept | {line: str(highest + offset) for offset, line in enumerate(fresh, start=1)}


def _prepare_one(flow: Flow, delivery: Delivery, lore: Lore, services: Services) -> Ready | Settlement:
    own, target_id = lore.of(flow, delivery.record)
    if own and own.version > delivery.record.version:
        return Settlement(delivery.lease, State.SUPERSEDED, counted=False)
    if delivery.record.gone and not own and not (flow.match and target_id):
        # Without `match` what stands there for this record is another flow's: a deal's order is not its renewal's.
        return Settlement(delivery.lease, State.FILTERED, counted=False)
    try:
        payload = _translate(flow, delivery, knowing(lore.known, own, target_id))
    except IsthmusError as error:
        return _refuse(error, delivery, lore, services)
    digest = payload.digest()
    if own and own.digest == digest and not flow.target.verify:  # what was right yesterday may be changed since
        seen = replace(own, version=delivery.record.version)
        return Settlement(delivery.lease, State.UNCHANGED, counted=False, binding=seen)
    return Ready(delivery, payload if own else replace(payload, target_id=target_id), digest, own)


def _translate(flow: Flow, delivery: Delivery, known: Known) -> Payload:
    """Translate one record; a fault of ours that it brings to light holds this record and stops no other."""
    try:
        becomes = translate_gone if delivery.record.gone else translate
        return becomes(flow, delivery.record.fields, known)
    except IsthmusError:
        raise
    except Exception as fault:
        words = f"The mapping failed on this record: {type(fault).__name__}: {fault}"
        raise IsthmusError("UNEXPECTED", words, hint="Tell the developers; replay when it is mended.") from fault


def _refuse(error: IsthmusError, delivery: Delivery, lore: Lore, services: Services) -> Settlement:
    case = Case(delivery.lease, delivery.attempts, services.clock(), services.jitter())
    if not isinstance(error, NotReady):
        return judge(error, case, services.policy)
    fate = lore.fates.get(error.reference)
    verdict = judge(_behind(error, fate, services), case, services.policy)
    return replace(verdict, waiting_for=error.reference, counted=fate is None)


def _behind(error: NotReady, fate: Fate | None, services: Services) -> IsthmusError:
    """Reject what waits behind a dead letter: it would wait for ever, and a person should see behind whom it stands."""
    if fate is None or fate.state is not State.DEAD:
        return error
    what = services.flows[error.reference.flow].target.object
    return Rejected(
        f"MISSING_{what.upper()}",
        value=error.reference.source_id,
        message=f"The {what} for {error.reference.source_id} is held itself: {fate.code}, {fate.message}",
        hint=f"Mend that {what} first; this record then goes on by itself.",
    )


def _capture_missing(outcomes: Sequence[Ready | Settlement], lore: Lore, services: Services) -> None:
    """Ask for the records that others wait behind and that nobody has captured yet."""
    now = services.clock()
    behind = {outcome.waiting_for for outcome in outcomes if isinstance(outcome, Settlement) and outcome.waiting_for}
    missing = [
        Ask(one.flow, one.source_id, "", gone=False, origin="reference", asked_at=now)
        for one in behind - lore.fates.keys()
        if well_formed(services.flows[one.flow], one.source_id)
    ]
    if missing:
        accept(missing, services)
