"""What would be sent? Prepare asks the ledger for a parcel's references once, then translates each record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flows.ask import accept, well_formed
from flows.errors import IsthmusError, NotReady, Rejected
from flows.model import Ask, Binding, Delivery, Fate, Settlement, State
from flows.policy import Case, judge
from flows.ports import Services
from mappings.catalogue import Catalogue
from mappings.known import Known
from mappings.language import Flow
from mappings.translate import references, translate
from mappings.values import Bound, Payload, Reference


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery with the payload that may be sent for it."""

    delivery: Delivery
    payload: Payload
    digest: str
    own: Binding | None


@dataclass(frozen=True, slots=True)
class Lore:
    """All that the ledger and the catalogue know about one parcel."""

    known: Known
    bindings: Mapping[Reference, Binding]
    fates: Mapping[Reference, Fate]


def prepare(
    flow: Flow, deliveries: Sequence[Delivery], services: Services
) -> tuple[Sequence[Ready], Sequence[Settlement]]:
    """Split a parcel into what may be sent and what is settled without a call."""
    lore = _ask(flow, deliveries, services)
    outcomes = [_prepare_one(flow, delivery, lore, services) for delivery in deliveries]
    _capture_missing(outcomes, lore, services)
    ready = [outcome for outcome in outcomes if isinstance(outcome, Ready)]
    return ready, [outcome for outcome in outcomes if isinstance(outcome, Settlement)]


def _ask(flow: Flow, deliveries: Sequence[Delivery], services: Services) -> Lore:
    own = {Reference(flow.flow, delivery.record.id) for delivery in deliveries}
    needed = {need for delivery in deliveries for need in references(flow, delivery.record.fields)}
    bindings = services.memory.bindings(own | needed)
    bound = {reference: Bound(binding.target_id, binding.lines) for reference, binding in bindings.items()}
    missing = needed - bindings.keys()
    known = Known(
        bindings=bound,
        catalogue=services.catalogue() if flow.sells else Catalogue(()),
        tables=services.tables.with_overrides(services.memory.overrides()),
        zone=services.zone,
    )
    return Lore(known, bindings, services.memory.fates(missing) if missing else {})


def _prepare_one(flow: Flow, delivery: Delivery, lore: Lore, services: Services) -> Ready | Settlement:
    own = lore.bindings.get(Reference(flow.flow, delivery.record.id))
    if own and own.version > delivery.record.version:
        return Settlement(delivery.lease, State.SUPERSEDED, counted=False)
    try:
        payload = _translate(flow, delivery, _knowing(lore.known, own))
    except IsthmusError as error:
        return _refuse(error, delivery, lore, services)
    digest = payload.digest()
    if own and own.digest == digest:
        seen = replace(own, version=delivery.record.version)
        return Settlement(delivery.lease, State.UNCHANGED, counted=False, binding=seen)
    return Ready(delivery, payload, digest, own)


def _translate(flow: Flow, delivery: Delivery, known: Known) -> Payload:
    """Translate one record; a fault of ours that it brings to light holds this record and stops no other."""
    try:
        return translate(flow, delivery.record.fields, known)
    except IsthmusError:
        raise
    except Exception as fault:
        words = f"The mapping failed on this record: {type(fault).__name__}: {fault}"
        raise IsthmusError("UNEXPECTED", words, hint="Tell the developers; replay when it is mended.") from fault


def _knowing(known: Known, own: Binding | None) -> Known:
    return replace(known, own=Bound(own.target_id, own.lines)) if own else known


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
