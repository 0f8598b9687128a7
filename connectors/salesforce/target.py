"""How does a payload get into Salesforce? In collections, each row answered for itself (salesforce.md 1.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.salesforce.errors import Refusal, error_of, refusal_of
from connectors.salesforce.line import Line
from connectors.salesforce.soql import Asked, Cut, among, moment, select
from flows.errors import IsthmusError, Misconfigured, Transient, Unsettled
from flows.model import Found, Placed, Priority
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.values import Payload, Ref

PAGE = 200  # rows that one call may carry
CHUNK = 200  # keys to a look-up


class SalesforceTarget:
    """The writing half of the connector."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def page(self, flow: Flow) -> int:  # noqa: ARG002 — the port asks by flow; here all flows are alike
        """Return how many payloads one call may carry."""
        return PAGE

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> Sequence[Placed | IsthmusError]:
        """Write the payloads in one call, each under its key; a row's refusal is its answer, the others stand."""
        first = {payload.key.lower(): payload for payload in reversed(payloads)}
        sent = [payload for payload in payloads if first[payload.key.lower()] is payload]
        body = {"allOrNone": False, "records": [_row(flow, payload) for payload in sent]}
        rows = self._line.change("PATCH", _path(flow), body, priority)
        if not isinstance(rows, list) or len(rows) != len(sent):
            raise Unsettled("SALESFORCE_ANSWER", "Salesforce answered for another number of rows than were sent.")
        answers = {id(payload): _answer(row) for payload, row in zip(sent, rows, strict=True)}
        return [answers.get(id(payload)) or _twice(payload) for payload in payloads]

    def read(self, flow: Flow, target_ids: Sequence[str]) -> Mapping[str, Present]:
        """Return how records stand, in the fields that the flow writes."""
        raise Misconfigured("NOT_READ", f"{flow.flow}: {len(target_ids)} records cannot be read back yet.")

    def match(self, flow: Flow, payloads: Sequence[Payload]) -> Sequence[Sequence[Candidate]]:
        """Return for each payload the records that may be the same object."""
        raise Misconfigured("NOT_MATCHED", f"{flow.flow}: {len(payloads)} records cannot be matched yet.")

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


def _row(flow: Flow, payload: Payload) -> dict[str, Any]:
    key = "id" if flow.target.key == "Id" else flow.target.key
    fields = {name: wire(value) for name, value in payload.fields.items() if name.lower() != key.lower()}
    return {"attributes": {"type": flow.target.object}, key: payload.key, **fields}


def wire(value: object) -> object:
    """Return a payload's value as Salesforce reads it: times in UTC, a reference by its id."""
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): wire(one) for name, one in value.items()}
    if value is None or isinstance(value, str | bool | int | Decimal):
        return value
    raise Misconfigured("FIELD_TYPE", f"A {type(value).__name__} cannot be written to Salesforce.")


def _answer(row: Mapping[str, Any]) -> Placed | IsthmusError:
    if row.get("success"):
        return Placed(str(row["id"]))
    refusal = refusal_of(0, row.get("errors")) if row.get("errors") else Refusal("The row was refused without words.")
    return error_of(refusal, write=True)


def _twice(payload: Payload) -> Transient:
    words = f"{payload.key} stands twice in one call, and Salesforce takes a record once; it is sent again by itself."
    return Transient("KEY_TWICE_IN_CALL", words)


def _version(raw: Mapping[str, Any], name: str | None) -> str:
    return str(raw.get(name) or "") if name else ""
