"""How does a payload get into Salesforce? The record first, then its lines; each payload is answered for itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.salesforce.children import Children
from connectors.salesforce.describe import Describes
from connectors.salesforce.family import Parent
from connectors.salesforce.line import Line
from connectors.salesforce.links import linked
from connectors.salesforce.matching import candidates
from connectors.salesforce.rows import ID, Batch, Outcome, Written, lines, own, parent_of, row
from connectors.salesforce.soql import Asked, Cut, among, select
from connectors.salesforce.standing import standing
from connectors.salesforce.writing import INGEST_FROM, Writer
from flows.errors import IsthmusError, Transient
from flows.model import Found, Placed, Priority
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.values import Payload

PAGE = 5000  # payloads: collections take 200 to a call, an ingest job takes them all
CHUNK = 200  # keys to a look-up
Answer = Placed | IsthmusError


def _rest(seconds: float) -> None:
    threading.Event().wait(seconds)


@dataclass(frozen=True)
class Hand:
    """How much is written at once: payloads to a page, from how many rows by an ingest job, and how its looks wait."""

    page: int = PAGE
    ingest_from: int = INGEST_FROM
    rest: Callable[[float], object] = _rest


class SalesforceTarget:
    """The writing half of the connector."""

    def __init__(self, line: Line, hand: Hand | None = None) -> None:
        self._line = line
        self._hand = hand or Hand()
        self._writer = Writer(line, self._hand.rest, self._hand.ingest_from)
        self._children = Children(line, self._writer)
        self._describes = self._fresh()

    def page(self, flow: Flow) -> int:  # noqa: ARG002 — the port asks by flow; here all flows are alike
        """Return how many payloads one delivery to the org may carry; a small backlog makes small ones."""
        return self._hand.page

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> Sequence[Answer]:
        """Write the payloads, known ones by Id and the others by key, and then their lines; each is answered for itself."""
        try:
            return self._upsert(flow, payloads, priority)
        except IsthmusError:
            self._describes = self._fresh()  # fields may have been made since
            raise

    def _upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> Sequence[Answer]:
        first = {_same(flow, payload): payload for payload in reversed(payloads)}
        sent = [payload for payload in payloads if first[_same(flow, payload)] is payload]
        outcomes = self._records(flow, sent, priority)
        parents = {place: _parent(outcome, sent[place]) for place, outcome in enumerate(outcomes) if lines(sent[place])}
        written = {place: parent for place, parent in parents.items() if parent}
        self._children.write(flow, list(written.values()), self._describes, priority)
        answers = {
            id(payload): _answer(flow, payload, outcomes[place], written.get(place))
            for place, payload in enumerate(sent)
        }
        return [answers.get(id(payload)) or _twice(payload) for payload in payloads]

    def read(self, flow: Flow, target_ids: Sequence[str]) -> Mapping[str, Present]:
        """Return how records stand, in the fields that the flow writes."""
        return standing(self._line, flow, target_ids)

    def match(self, flow: Flow, payloads: Sequence[Payload]) -> Sequence[Sequence[Candidate]]:
        """Return for each payload the records without a key of ours that may be the same object."""
        return candidates(self._line, flow, payloads)

    def find(self, flow: Flow, keys: Sequence[str]) -> Mapping[str, Found]:
        """Look up which keys exist; the version is empty where the flow's target keeps none."""
        found: dict[str, Found] = {}
        by_text = {key.lower(): key for key in keys}
        for start in range(0, len(keys), CHUNK):
            for raw in self._look_up(flow, keys[start : start + CHUNK]):
                key = by_text.get(str(raw[flow.target.key]).lower())
                if key is not None:
                    found[key] = Found(str(raw["Id"]), _version(raw, flow.target.version))
        return found

    def _records(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> list[Outcome]:
        """Write the records themselves, by how they are addressed and then by parent; one outcome for each, in order."""
        outcomes: dict[int, Outcome] = {}
        for key in dict.fromkeys(_address(flow, payload)[0] for payload in payloads):
            chosen = [place for place, payload in enumerate(payloads) if _address(flow, payload)[0] == key]
            rows = {place: row(key, _address(flow, payloads[place])[1], own(payloads[place])) for place in chosen}
            chosen.sort(key=lambda place: parent_of(rows[place]))
            try:
                batch = self._linked(Batch(flow.target.object, key, [rows[place] for place in chosen]))
                outcomes |= dict(zip(chosen, self._writer.write(batch, priority), strict=True))
            except IsthmusError as error:
                if not outcomes:
                    raise
                outcomes |= dict.fromkeys(chosen, error)
        return [outcomes[place] for place in range(len(payloads))]

    def _linked(self, batch: Batch) -> Batch:
        return replace(batch, rows=linked(self._line, self._describes, batch))

    def _fresh(self) -> Describes:
        return Describes(lambda name: self._line.get(f"sobjects/{name}/describe", Priority.REALTIME))

    def _look_up(self, flow: Flow, keys: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        target = flow.target
        own = tuple(dict.fromkeys(("Id", target.key, *([target.version] if target.version else []))))
        wanted = Asked(target.object, "", own, {}, {})
        answer = self._line.query(select(wanted, Cut([among(target.key, keys)])), Priority.REALTIME)
        records: list[Mapping[str, Any]] = answer["records"]
        return records


def _address(flow: Flow, payload: Payload) -> tuple[str, str]:
    """Return by which field the record is addressed, and its value there."""
    return (ID, payload.target_id) if payload.target_id else (flow.target.key, payload.key)


def _same(flow: Flow, payload: Payload) -> tuple[str, str]:
    """Return what two payloads for one record have in common: Salesforce finds keys in any case."""
    key, address = _address(flow, payload)
    return key, address.lower()


def _parent(outcome: Outcome, payload: Payload) -> Parent | None:
    return Parent(outcome.id, outcome.created, lines(payload)) if isinstance(outcome, Written) else None


def _answer(flow: Flow, payload: Payload, outcome: Outcome, parent: Parent | None) -> Answer:
    if not isinstance(outcome, Written):
        return outcome
    if parent is None:
        return Placed(outcome.id)
    return parent.refusal or Placed(outcome.id, lines=_named(flow, payload, parent))


def _named(flow: Flow, payload: Payload, parent: Parent) -> dict[str, str]:
    """Return the Id of each named line; a payload names its lines list after list."""
    lists = [parent.ids.get(path[0], []) for path, rule in flow.rules if rule.each and rule.key]
    ids = [one for listed in lists for one in listed]
    return (
        {name: one for name, one in zip(payload.lines, ids, strict=True) if one}
        if len(ids) == len(payload.lines)
        else {}
    )


def _twice(payload: Payload) -> Transient:
    words = f"{payload.key} stands twice in one call, and Salesforce takes a record once; it is sent again by itself."
    return Transient("KEY_TWICE_IN_CALL", words)


def _version(raw: Mapping[str, Any], name: str | None) -> str:
    return str(raw.get(name) or "") if name else ""
