"""How does a payload get into Salesforce? In collections, each row answered for itself (salesforce.md 1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.salesforce.line import Line
from connectors.salesforce.matching import candidates
from connectors.salesforce.rows import answer, parent_of, row
from connectors.salesforce.soql import Asked, Cut, among, select
from connectors.salesforce.standing import standing
from flows.errors import IsthmusError, Transient, Unsettled
from flows.model import Found, Placed, Priority
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.values import Payload

PAGE = 200  # rows that one call may carry
CHUNK = 200  # keys to a look-up
Answer = Placed | IsthmusError


class SalesforceTarget:
    """The writing half of the connector."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def page(self, flow: Flow) -> int:  # noqa: ARG002 — the port asks by flow; here all flows are alike
        """Return how many payloads one call may carry."""
        return PAGE

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> Sequence[Answer]:
        """Write the payloads, known ones by Id and the others by key; a row's refusal is its answer, the others stand."""
        first = {_address(payload): payload for payload in reversed(payloads)}
        sent = [payload for payload in payloads if first[_address(payload)] is payload]
        known = [payload for payload in sent if payload.target_id]
        new = [payload for payload in sent if not payload.target_id]
        calls = [("composite/sobjects", part) for part in _parts(known)] + [(_path(flow), part) for part in _parts(new)]
        answers = self._written(flow, calls, priority)
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

    def _written(self, flow: Flow, calls: Sequence[tuple[str, list[Payload]]], priority: Priority) -> dict[int, Answer]:
        """Make the calls; where one fails as a whole, that is the answer of its rows, unless nothing was written yet."""
        answers: dict[int, Answer] = {}
        for path, payloads in calls:
            try:
                told = self._send(path, [row(flow, payload) for payload in payloads], priority)
            except IsthmusError as error:
                if not answers:
                    raise
                answers |= dict.fromkeys(map(id, payloads), error)
                continue
            answers |= {id(payload): answer(one) for payload, one in zip(payloads, told, strict=True)}
        return answers

    def _send(self, path: str, rows: list[dict[str, Any]], priority: Priority) -> list[Mapping[str, Any]]:
        told = self._line.change("PATCH", path, {"allOrNone": False, "records": rows}, priority)
        if not isinstance(told, list) or len(told) != len(rows):
            raise Unsettled("SALESFORCE_ANSWER", "Salesforce answered for another number of rows than were sent.")
        return told

    def _look_up(self, flow: Flow, keys: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        target = flow.target
        own = tuple(dict.fromkeys(("Id", target.key, *([target.version] if target.version else []))))
        wanted = Asked(target.object, "", own, {}, {})
        answer = self._line.query(select(wanted, Cut([among(target.key, keys)])), Priority.REALTIME)
        records: list[Mapping[str, Any]] = answer["records"]
        return records


def _path(flow: Flow) -> str:
    if flow.target.key == "Id":
        return "composite/sobjects"
    return f"composite/sobjects/{flow.target.object}/{flow.target.key}"


def _address(payload: Payload) -> tuple[str, str]:
    return ("Id", payload.target_id) if payload.target_id else ("key", payload.key.lower())


def _parts(payloads: Sequence[Payload]) -> list[list[Payload]]:
    """Return the payloads by parent, as many to a call as it may carry."""
    ordered = sorted(payloads, key=parent_of)
    return [ordered[start : start + PAGE] for start in range(0, len(ordered), PAGE)]


def _twice(payload: Payload) -> Transient:
    words = f"{payload.key} stands twice in one call, and Salesforce takes a record once; it is sent again by itself."
    return Transient("KEY_TWICE_IN_CALL", words)


def _version(raw: Mapping[str, Any], name: str | None) -> str:
    return str(raw.get(name) or "") if name else ""
