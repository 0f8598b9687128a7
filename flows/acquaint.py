"""Which record at the target is it already? Found before anything is created, in the order of the flow's `match`.

A person's decision goes first, then the id that the source has stored, then the record that the same business object was
before (a lead that became an account), then our own key at the target, then fields that prove it. What is only alike is
never merged: it is held, with the candidates, until a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.errors import IsthmusError, NotReady, Rejected
from flows.model import Delivery
from flows.ports import Services
from flows.ready import Ready
from flows.standing import Candidate
from mappings.language import Flow, Match
from mappings.paths import value_at
from mappings.values import Reference

NEW = "new"
DECIDED = "bind {}"  # the table in which people's decisions about a flow's records stand
Outcome = Ready | IsthmusError


def acquaint(flow: Flow, ready: Sequence[Ready], services: Services) -> Sequence[Outcome]:
    """Return each with the target id under which it is known, or the reason why a person must look at it first."""
    if flow.match is None:
        return ready
    strangers = [one for one in ready if not (one.own or one.payload.target_id)]
    met = dict(zip(map(_id, strangers), _meet(flow, flow.match, strangers, services), strict=True))
    return [met.get(_id(one), one) for one in ready]


def _id(one: Ready) -> str:
    return one.delivery.record.id


def _meet(flow: Flow, match: Match, strangers: Sequence[Ready], services: Services) -> list[Outcome]:
    if not strangers:
        return []
    told = dict(services.memory.overrides().get(DECIDED.format(flow.flow), {}))
    outcomes: dict[str, Outcome] = {_id(one): one for one in strangers}
    for one in strangers:
        decided = told.get(_id(one)) or str(_stored(match, one.delivery) or "")
        if decided and decided != NEW:
            outcomes[_id(one)] = _at(one, decided)
    open_still = [one for one in strangers if outcomes[_id(one)] is one and told.get(_id(one)) != NEW]
    outcomes |= _were(flow, match, open_still, services)
    outcomes |= _found(flow, match, [one for one in open_still if outcomes[_id(one)] is one], services)
    return [outcomes[_id(one)] for one in strangers]


def _stored(match: Match, delivery: Delivery) -> object:
    return value_at(delivery.record.fields, match.stored) if match.stored else None


def _at(one: Ready, target_id: str) -> Ready:
    return replace(one, payload=replace(one.payload, target_id=target_id))


def _were(flow: Flow, match: Match, ready: Sequence[Ready], services: Services) -> dict[str, Outcome]:
    """Take over the binding of what the object was before; wait while that one is still on its way."""
    outcomes: dict[str, Outcome] = {}
    source = services.sources[flow.source.system]
    for before, path in match.was.items() if ready else ():
        heirs = source.heirs(services.flows[before], path, [_id(one) for one in ready])
        wanted = {name: Reference(before, heir) for name, heir in heirs.items()}
        bindings = services.memory.bindings(wanted.values())
        for one in ready:
            if (reference := wanted.get(_id(one))) is not None:
                bound = bindings.get(reference)
                outcomes[_id(one)] = _at(one, bound.target_id) if bound else _waits(one, reference, services)
    return outcomes


def _waits(one: Ready, reference: Reference, services: Services) -> Outcome:
    """Wait for a predecessor that is on its way; one that was never carried, or has no place at the target, is none."""
    fate = services.memory.fates([reference]).get(reference)
    return NotReady(reference) if fate and fate.is_live else one


def _found(flow: Flow, match: Match, ready: Sequence[Ready], services: Services) -> dict[str, Outcome]:
    if not (ready and (match.same or match.alike)):
        return {}
    target = services.targets[flow.target.system]
    ours = target.find(flow, [one.payload.key for one in ready])
    new = [one for one in ready if one.payload.key not in ours]
    candidates = target.match(flow, [one.payload for one in new]) if new else []
    return {_id(one): _choose(flow, one, found) for one, found in zip(new, candidates, strict=True)}


def _choose(flow: Flow, one: Ready, found: Sequence[Candidate]) -> Outcome:
    certain = {candidate.target_id: candidate for candidate in found if candidate.certain}
    if len(certain) == 1:
        return _at(one, next(iter(certain)))
    if not found:
        return one
    return _ask_a_person(flow, one, list(certain.values()) or found)


def _ask_a_person(flow: Flow, one: Ready, found: Sequence[Candidate]) -> Rejected:
    words = tuple(f"{candidate.target_id} {candidate.words}" for candidate in found)
    what, name = flow.target.object, _id(one)
    return Rejected(
        "POSSIBLE_DUPLICATE",
        field=", ".join((flow.match or Match()).alike),
        value=name,
        candidates=words[:5],
        message=f"{len(words)} {what} record(s) look like this one; names alone merge nothing.",
        hint=f"Say which it is: isthmus bind {flow.flow} {name} {found[0].target_id}, or: isthmus bind {flow.flow} {name} {NEW}",
    )
