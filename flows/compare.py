"""May it be written over what stands at the target? Flows with `wins` look first, so that nobody's change is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.errors import IsthmusError, Rejected
from flows.ports import Services
from flows.ready import Ready
from flows.standing import Present
from mappings.guards import GUARDS
from mappings.language import Flow
from mappings.merge import LINE, Clash, Rulebook, merge
from mappings.paths import value_at
from mappings.values import Fields, canonical_text

SETTLED = "clash {}"  # the table in which people's decisions about a flow's clashes stand
Outcome = Ready | IsthmusError


def compare(flow: Flow, ready: Sequence[Ready], services: Services) -> Sequence[Outcome]:
    """Return each with only what must be written, or already placed, or the reason why a person must look at it."""
    if flow.wins is None:
        return ready
    known = [one.target_id for one in ready if one.target_id]
    present = services.targets[flow.target.system].read(flow, known) if known else {}
    decided = services.memory.overrides().get(SETTLED.format(flow.flow), {}) if known else {}
    return [_compare_one(flow, one, present.get(one.target_id), decided.get(_decision(one), "")) for one in ready]


def decision_name(source_id: str, version: str) -> str:
    """Return under which name a person's decision about a clash stands: it holds for one version of the record."""
    return f"{source_id} {version}"


def _decision(one: Ready) -> str:
    return decision_name(one.delivery.record.id, one.delivery.record.version)


def _compare_one(flow: Flow, one: Ready, present: Present | None, decided: str) -> Outcome:
    if not one.target_id:
        return replace(one, agreed=_agreed(one))
    if present is None:
        return _missing(flow, one)
    one = _located(flow, one, present)
    rules = Rulebook.of(flow, source_is_newer=one.delivery.record.version > present.modified, decided=decided)
    ours = _compared(flow, one.payload.fields)
    base = one.own.agreed if one.own and one.own.agreed is not None else None
    merged = merge(ours, base, present.fields, rules)
    try:
        _stop_for_a_person(flow, one, merged.clashes)
        _guard(flow, merged.fields, present)
    except Rejected as refused:
        return refused
    return _narrowed(flow, one, merged.fields, tuple(merged.clashes), present)


def _missing(flow: Flow, one: Ready) -> Outcome:
    """A record that we adopted and that is not there is new; one that we wrote was deleted there by somebody."""
    if one.own is None:
        return replace(one, agreed=_agreed(one), payload=replace(one.payload, target_id=""))
    words = f"The {flow.target.object} {one.target_id} was deleted in {flow.target.system} after we had written it."
    hint = "Restore it there and replay; or dismiss this letter if it is meant to be gone."
    return Rejected("TARGET_DELETED", value=one.target_id, message=words, hint=hint)


def _located(flow: Flow, one: Ready, present: Present) -> Ready:
    """Return the delivery with the numbers that its lines have at the target: others may have added lines meanwhile."""
    there: dict[str, str] = {}
    highest = 0
    for path, key in flow.line_keys.items():
        for line in value_at(present.fields, ".".join(path)) or ():
            number = str(line.get(LINE) or "")
            highest = max(highest, int(number) if number.isdigit() else 0)
            there |= {str(line[key]): number} if number and line.get(key) else {}
    return replace(one, there=there, highest=highest)


def _compared(flow: Flow, fields: Fields) -> Fields:
    """Return the fields that are compared: not the key, nor the version, nor what is only said on creation."""
    return {name: value for name, value in fields.items() if name not in flow.unsigned | {flow.target.key}}


def _stop_for_a_person(flow: Flow, one: Ready, clashes: Sequence[Clash]) -> None:
    held = next((clash for clash in clashes if clash.won == "person"), None)
    if held is None:
        return
    raise Rejected(
        "CONFLICT",
        field=held.path,
        value=_said(held.ours),
        candidates=(_said(held.theirs),),
        message=f"{held.path} was changed on both sides: {_said(held.ours)} in {flow.source.system}, "
        f"{_said(held.theirs)} in {flow.target.system}; before, both had {_said(held.base)}.",
        hint=f"Say whose stands: isthmus dead-letters keep {one.delivery.lease.delivery} source (or: target).",
    )


def _said(value: object) -> str:
    return value if isinstance(value, str) else canonical_text(value)


def _guard(flow: Flow, changes: Fields, present: Present) -> None:
    for name in flow.guards if changes else ():
        GUARDS[name](present.fields)


def _narrowed(flow: Flow, one: Ready, changes: Fields, clashes: tuple[Clash, ...], present: Present) -> Ready:
    """Return the delivery with its changes alone, under its key and version; placed where there are none."""
    payload = one.payload
    always = {name: payload.fields[name] for name in (flow.target.key, flow.target.version) if name in payload.fields}
    sent = replace(payload, fields=always | changes, target_id=present.target_id)
    placed = "" if changes or _takes_over(flow, one, present) else present.target_id
    return replace(one, payload=sent, agreed=_agreed(one), clashes=clashes, placed=placed)


def _agreed(one: Ready) -> Fields:
    """Return the base of the next comparison; what became of a gone record adds to the last one, except for its lines."""
    fields = one.payload.fields
    if not one.delivery.record.gone:
        return fields
    lists = {name for name, value in fields.items() if isinstance(value, dict)}
    last = one.own.agreed if one.own else None
    return {name: value for name, value in ((last or {}) | fields).items() if name not in lists}


def _takes_over(flow: Flow, one: Ready, present: Present) -> bool:
    """Tell whether an adopted record must still be given our key, so that the next look finds it by that."""
    return one.own is None and present.fields.get(flow.target.key) != one.payload.key
