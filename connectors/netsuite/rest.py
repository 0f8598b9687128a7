"""How are records written and read over REST? One repeatable PUT, PATCH or GET each (netsuite.md 3.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from connectors.netsuite.decoding import Standing, version
from connectors.netsuite.properties import check
from connectors.netsuite.wire import Call, Wire
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.model import Placed, Priority
from mappings.values import Payload, Ref

# One call a record, one after the other: at about 1.8 s an order a page of 20 keeps its leases for half a minute, and a
# worker's death delays no more than that.
PAGE = 20
LINE = "line"
KEYED = {"addressBook": "internalId"}  # lists whose lines REST numbers under another name (netsuite.md 2.6, 4.2)
REFERENCE = frozenset({"id", "refName", "externalId", "links", "type"})
ENVELOPE = frozenset({"links", "count", "hasMore", "offset", "totalResults"})
DAY = re.compile(r"\d{4}-\d\d-\d\d")
ABSENT = frozenset({"INVALID_KEY_OR_REF", "RCRD_DSNT_EXIST", "NONEXISTENT_ID"})  # codes of a record that is not there
STRICT = {"X-NetSuite-PropertyNameValidation": "Error", "X-NetSuite-PropertyValueValidation": "Error"}

Answer = Placed | IsthmusError


class Rest:
    """Writes and reads records over REST."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def upsert(self, kind: str, payloads: Sequence[Payload], priority: Priority) -> list[Answer]:
        """Write the payloads one by one; when the connection fails, the rest is not sent and says so."""
        answers: list[Answer] = []
        for payload in payloads:
            answer = self._answer(kind, payload, priority)
            answers.append(answer)
            if (rest := _rest_of(answer)) is not None:
                answers += [rest] * (len(payloads) - len(answers))
                break
        return answers

    def read(self, kind: str, target_ids: Sequence[str], priority: Priority) -> dict[str, Standing]:
        """Return how records stand, by id; those that are not there are left out."""
        found = {one: self._standing(kind, one, priority) for one in target_ids}
        return {target_id: standing for target_id, standing in found.items() if standing is not None}

    def _standing(self, kind: str, target_id: str, priority: Priority) -> Standing | None:
        path = f"/record/v1/{kind}/{quote(target_id, safe='')}"
        try:
            return standing(self._wire.json(Call("GET", path, {}, {"expandSubResources": "true"}), priority))
        except Rejected as refused:
            if refused.code in ABSENT:
                return None
            raise

    def _answer(self, kind: str, payload: Payload, priority: Priority) -> Answer:
        try:
            call = patch(kind, payload) if payload.target_id else put(kind, payload)
            return _placed(self._wire.send(call, priority), payload)
        except IsthmusError as error:
            return error


def put(kind: str, payload: Payload) -> Call:
    """Return the call that upserts one payload; raises Misconfigured for a property that NetSuite does not have."""
    fields = {name: value for name, value in payload.fields.items() if name != "externalId"}
    return _call("PUT", kind, f"eid:{quote(payload.key, safe='')}", fields)


def patch(kind: str, payload: Payload) -> Call:
    """Return the call that writes one payload to the record that it is known to be, and gives it our key."""
    return _call("PATCH", kind, quote(payload.target_id, safe=""), payload.fields | {"externalId": payload.key})


def standing(body: Mapping[str, Any]) -> Standing:
    """Return how a record stands that came as JSON: references by id, lists as a payload has them."""
    changed = str(body.get("lastModifiedDate") or "")
    return Standing(neutral(body), str(body.get("externalId") or ""), version(changed))


def neutral(value: Any) -> Any:
    """Return a JSON value in neutral form.

    >>> neutral({"id": "7", "refName": "USD", "links": []})
    Ref(id='7')
    """
    if isinstance(value, Mapping):
        if "id" in value and value.keys() <= REFERENCE:
            return Ref(str(value["id"]))
        return {name: _listed(name, one) for name, one in value.items() if name not in ENVELOPE}
    if isinstance(value, str) and DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value


def _listed(name: str, value: Any) -> Any:
    if isinstance(value, Mapping) and isinstance(value.get("items"), list):
        lines = [neutral(line) for line in value["items"]]
        if name in KEYED:
            lines = [line | {LINE: line.pop(KEYED[name], None)} for line in lines]
        return {"items": lines}
    return neutral(value)


def _call(method: str, kind: str, place: str, fields: Mapping[str, Any]) -> Call:
    check(kind, fields)
    body = {name: _keyed(name, value) for name, value in fields.items()}
    lists = [name for name, value in body.items() if isinstance(value, dict) and isinstance(value.get("items"), list)]
    # Without `replace` a line that carries no number is added: a second try would double the order (netsuite.md 0.6).
    params = {"replace": ",".join(lists)} if lists else {}
    return Call(method, f"/record/v1/{kind}/{place}", body, params, STRICT, write=True)


def _keyed(name: str, value: Any) -> Any:
    """Call a line's number by the name that REST has for it in this list."""
    if name not in KEYED or not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return value
    renamed = {LINE: KEYED[name]}
    return {"items": [{renamed.get(inner, inner): one for inner, one in line.items()} for line in value["items"]]}


def _placed(reply: requests.Response, payload: Payload) -> Answer:
    place = urlsplit(reply.headers.get("Location", "")).path.rstrip("/")
    target = payload.target_id or place.rpartition("/")[2]
    if not target or target.startswith("eid:"):
        return Unsettled("UNREADABLE", "NetSuite said yes without naming the record.")
    return Placed(target, reply.headers.get("Warning", ""))


def _rest_of(answer: Answer) -> IsthmusError | None:
    if isinstance(answer, Throttled | Unreachable | Misconfigured):
        return answer
    if isinstance(answer, Unsettled):
        return Transient("NOT_SENT", "Not sent, because the call before it got no clear answer.")
    return None
