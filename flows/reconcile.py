"""Do both systems agree? Each record that a flow selects is at the target as it would be sent, or somebody knows why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from flows.agreement import differences, told_by_others
from flows.errors import IsthmusError
from flows.lore import gather
from flows.model import Binding, Fate, Record, State
from flows.ports import Services
from flows.standing import Present
from mappings.known import Known
from mappings.language import Flow
from mappings.merge import Rulebook, merge
from mappings.paths import leaves, value_at
from mappings.translate import translate
from mappings.values import Bound, Payload, Reference

LIVE = frozenset({State.PENDING, State.LEASED, State.WAITING})
EMPTY = (None, "")
SHOWN = 3  # differences that are told of one record


class Verdict(StrEnum):
    """How one record stands; the last is what nobody has an explanation for."""

    AGREES = "agrees"
    DEAD = "dead"
    WAITING = "waiting"
    UNEXPLAINED = "unexplained"


Judged = tuple[Verdict, str, str]  # with a code and words where it does not agree


@dataclass(frozen=True, slots=True)
class Worth:
    """An amount of money."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one source record: its worth on both sides, the verdict, and why."""

    source_id: str
    verdict: Verdict
    target_id: str = ""
    code: str = ""
    words: str = ""
    sent: Worth | None = None
    held: Worth | None = None


class Holdings(Protocol):
    """What a target holds, read past the ledger."""

    def of(self, flow: Flow) -> Mapping[str, Mapping[str, Any]]:
        """Return the target's records of the flow's kind, by target id."""

    def currency(self, system: str, value: str) -> str:
        """Return the ISO code of a currency as the system writes it."""


@dataclass(frozen=True)
class Lore:
    """All that is known of some source records and of what they became."""

    bindings: Mapping[Reference, Binding]
    fates: Mapping[Reference, Fate]
    known: Known
    held: Mapping[str, Mapping[str, Any]]
    read: Callable[[Sequence[str]], Mapping[str, Present]]


def reconcile(flow: Flow, services: Services, holdings: Holdings) -> Iterator[Finding]:
    """Yield a finding for each record that the flow selects at present; none where it carries nothing by itself."""
    if not _carries(flow, services):
        return
    held = {} if flow.target.verify else holdings.of(flow)
    for page in services.sources[flow.source.system].changed(flow, None):
        lore = _ask(flow, page.records, services, held)
        for record in page.records:
            yield _find(flow, record, lore, holdings)


def _carries(flow: Flow, services: Services) -> bool:
    """Tell whether the flow brings over what it selects: not if only others ask for it, not in another world."""
    return bool(flow.every or flow.at) and (flow.world is None or flow.world == services.world().name)


def _ask(flow: Flow, records: Sequence[Record], services: Services, held: Mapping[str, Mapping[str, Any]]) -> Lore:
    own = [Reference(flow.flow, record.id) for record in records]
    found = gather(flow, records, services)
    return Lore(
        found.bindings,
        services.memory.fates(own),
        found.known,
        held,
        partial(services.targets[flow.target.system].read, flow),
    )


def _find(flow: Flow, record: Record, lore: Lore, holdings: Holdings) -> Finding:
    reference = Reference(flow.flow, record.id)
    own, fate = lore.bindings.get(reference), lore.fates.get(reference)
    there = lore.held.get(own.target_id) if own else None
    verdict, code, words = _judge(flow, record, lore, (own, fate))
    return Finding(
        record.id,
        verdict,
        own.target_id if own else "",
        code,
        words,
        worth_of_source(flow, record, holdings),
        worth_at_target(flow, there, holdings) if there is not None else None,
    )


def _judge(flow: Flow, record: Record, lore: Lore, stands: tuple[Binding | None, Fate | None]) -> Judged:
    own, fate = stands
    if fate and fate.state is State.DEAD:
        return (Verdict.DEAD if fate.code else Verdict.UNEXPLAINED), fate.code, fate.message
    if fate and fate.state in LIVE:
        return Verdict.WAITING, fate.code or str(fate.state), fate.message
    if flow.target.verify and fate:
        return Verdict.AGREES, "", ""  # nothing was written: the check itself compared both sides
    if own is None:
        state = fate.state if fate else "never captured"
        return Verdict.UNEXPLAINED, "NOT_BOUND", f"is selected, is no dead letter, and has no target ({state})"
    if own.version < record.version:
        return Verdict.UNEXPLAINED, "OLD_VERSION", f"was last seen at {own.version}, is at {record.version}"
    return _compare(flow, record, lore, own)


def _compare(flow: Flow, record: Record, lore: Lore, own: Binding) -> Judged:
    there = lore.held.get(own.target_id)
    if there is None:
        return Verdict.UNEXPLAINED, "GONE", f"the target has no {flow.target.object} {own.target_id}"
    payload = _payload(flow, record, lore, own)
    found = differences(flow, payload, there) if payload else []
    if payload and payload.digest() != own.digest:
        # An order keeps the address that its account had: a change of another record is no change of this one.
        found = [one for one in found if not told_by_others(flow, one.path)]
    if payload and found and not _stands(flow, payload, own, lore):
        return Verdict.UNEXPLAINED, "DIFFERS", "; ".join(str(one) for one in found[:SHOWN])
    return Verdict.AGREES, "", ""


def _stands(flow: Flow, payload: Payload, own: Binding, lore: Lore) -> bool:
    """Tell whether the target's own changes stand there by the flow's `wins`: then nothing would be written today."""
    if flow.wins is None:
        return False
    present = lore.read([own.target_id]).get(own.target_id)
    if present is None:
        return False
    newer = own.version > present.modified
    apart = {flow.target.version, flow.target.key}
    ours = {name: value for name, value in payload.fields.items() if name not in apart}
    merged = merge(ours, own.agreed, present.fields, Rulebook.of(flow, source_is_newer=newer))
    left = [path for path in leaves(merged.fields) if not told_by_others(flow, path)]  # as above
    return not left and not any(clash.won == "person" for clash in merged.clashes)


def _payload(flow: Flow, record: Record, lore: Lore, own: Binding) -> Payload | None:
    """Return what would be sent today; None when this version was delivered and could not be sent any more today."""
    known = Known(
        bindings=lore.known.bindings,
        catalogue=lore.known.catalogue,
        tables=lore.known.tables,
        own=Bound(own.target_id, own.lines),
        zone=lore.known.zone,
    )
    try:
        return translate(flow, record.fields, known)
    except IsthmusError:
        return None


def worth_of_source(flow: Flow, record: Record, holdings: Holdings) -> Worth | None:
    """Return what the source says the record is worth."""
    if flow.value is None:
        return None
    return _worth(
        value_at(record.fields, flow.value.amount),
        value_at(record.fields, flow.value.currency),
        flow.source.system,
        holdings,
    )


def worth_at_target(flow: Flow, there: Mapping[str, Any], holdings: Holdings) -> Worth | None:
    """Return what the target says: in the field that the amount is sent to, or in its own total."""
    if flow.value is None:
        return None
    amounts = [*_sent_to(flow, flow.value.amount), "total", "payment"]
    currencies = [*_sent_to(flow, flow.value.currency), "currency", "CurrencyIsoCode"]
    return _worth(_first(there, amounts), _first(there, currencies), flow.target.system, holdings)


def _sent_to(flow: Flow, path: str) -> list[str]:
    return [target for target, rule in flow.fields.items() if rule.from_ == path]


def _first(there: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((found for name in names if (found := value_at(there, name)) not in EMPTY), None)


def _worth(amount: Any, currency: Any, system: str, holdings: Holdings) -> Worth | None:
    if amount is None:
        return None
    written = str(currency["id"] if isinstance(currency, Mapping) else currency or "")
    return Worth(Decimal(str(amount)), holdings.currency(system, written))
