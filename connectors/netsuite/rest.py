"""How are records written over REST? One repeatable PUT by external id each (netsuite.md 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlsplit

import requests

from connectors.netsuite.properties import check
from connectors.netsuite.wire import Call, Wire
from flows.errors import IsthmusError, Misconfigured, Throttled, Transient, Unreachable, Unsettled
from flows.model import Placed, Priority
from mappings.values import Payload

# One call a record, one after the other: at about 1.8 s an order a page of 20 keeps its leases for half a minute, and a
# worker's death delays no more than that.
PAGE = 20
STRICT = {"X-NetSuite-PropertyNameValidation": "Error", "X-NetSuite-PropertyValueValidation": "Error"}

Answer = Placed | IsthmusError


class Rest:
    """Writes payloads over REST."""

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

    def _answer(self, kind: str, payload: Payload, priority: Priority) -> Answer:
        try:
            call = put(kind, payload)
            return _placed(self._wire.send(call, priority))
        except IsthmusError as error:
            return error


def put(kind: str, payload: Payload) -> Call:
    """Return the call that upserts one payload; raises Misconfigured for a property that NetSuite does not have."""
    fields = {name: value for name, value in payload.fields.items() if name != "externalId"}
    check(kind, fields)
    lists = [name for name, value in fields.items() if isinstance(value, dict) and isinstance(value.get("items"), list)]
    # Without `replace` a line that carries no number is added: a second try would double the order (netsuite.md 0.6).
    params = {"replace": ",".join(lists)} if lists else {}
    path = f"/record/v1/{kind}/eid:{quote(payload.key, safe='')}"
    return Call("PUT", path, fields, params, STRICT, write=True)


def _placed(reply: requests.Response) -> Answer:
    place = urlsplit(reply.headers.get("Location", "")).path.rstrip("/")
    target = place.rpartition("/")[2]
    if not target or target.startswith("eid:"):
        return Unsettled("UNREADABLE", "NetSuite said yes without naming the record.")
    return Placed(target, reply.headers.get("Warning", ""))


def _rest_of(answer: Answer) -> IsthmusError | None:
    if isinstance(answer, Throttled | Unreachable | Misconfigured):
        return answer
    if isinstance(answer, Unsettled):
        return Transient("NOT_SENT", "Not sent, because the call before it got no clear answer.")
    return None
