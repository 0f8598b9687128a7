"""How does the core write into NetSuite? The Target port over SOAP or REST, chosen for each flow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from connectors.netsuite import rest, soap
from connectors.netsuite.kinds import kind_of
from connectors.netsuite.matching import Matching
from connectors.netsuite.picking import present
from connectors.netsuite.rest import Rest
from connectors.netsuite.simple import Element
from connectors.netsuite.soap import Soap
from connectors.netsuite.suiteql import SuiteQl, among, column, pieces
from flows.errors import IsthmusError, Rejected
from flows.model import Found, Placed, Priority
from flows.standing import Candidate, Present
from mappings.language import Flow
from mappings.values import Payload

Transport = Literal["soap", "rest"]
Answer = Placed | IsthmusError
Write = Callable[[Sequence[Element], Priority], list[Answer]]

KEY = re.compile(r"[A-Za-z0-9_-]+")  # other characters break REST's `eid:` paths (netsuite.md 3.1)
ASKED = 1000  # external ids in one question


@dataclass(frozen=True)
class NetSuiteTarget:
    """The writing half of the connector. `transports` names the flows that do not use `default`.

    An account without tokens has no SOAP (`soap` is None); then every flow goes over REST.
    """

    soap: Soap | None
    rest: Rest
    suiteql: SuiteQl
    default: Transport = "soap"
    transports: Mapping[str, Transport] = field(default_factory=dict)

    def page(self, flow: Flow) -> int:
        """Return 100 over SOAP, 20 over REST; each bound's reason stands where it is defined."""
        return rest.PAGE if self._soap_for(flow) is None else soap.MOST

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> list[Answer]:
        """Write the payloads; one answer for each, in order. Raises when the call failed as a whole."""
        answers: dict[int, Answer] = dict(_unfit(payloads))
        left = [place for place in range(len(payloads)) if place not in answers]
        if (writer := self._soap_for(flow)) is not None:
            answers |= _by_soap(writer, flow.target.object, {place: payloads[place] for place in left}, priority)
        else:
            sent = self.rest.upsert(flow.target.object, [payloads[place] for place in left], priority)
            answers |= dict(zip(left, sent, strict=True))
        return [answers[place] for place in range(len(payloads))]

    def read(self, flow: Flow, target_ids: Sequence[str]) -> Mapping[str, Present]:
        """Return how records stand, in the fields that the flow writes."""
        reader = self._soap_for(flow) or self.rest
        found: dict[str, Present] = {}
        for some in pieces(target_ids, soap.MOST):
            standing = reader.read(flow.target.object, some, Priority.REALTIME)
            found |= {target_id: present(flow, target_id, one) for target_id, one in standing.items()}
        return found

    def match(self, flow: Flow, payloads: Sequence[Payload]) -> Sequence[Sequence[Candidate]]:
        """Return for each payload the records, not ours yet, that may be the same object by the flow's `match`."""
        return Matching(flow, self.suiteql).candidates(payloads)

    def find(self, flow: Flow, keys: Sequence[str]) -> dict[str, Found]:
        """Look up external ids, up to 1000 in one question; NetSuite compares them without case, so do we."""
        found: dict[str, Found] = {}
        for start in range(0, len(keys), ASKED):
            found |= self._find(flow, list(keys[start : start + ASKED]))
        return found

    def _find(self, flow: Flow, keys: list[str]) -> dict[str, Found]:
        kind = kind_of(flow.target.object)
        version = column(flow.target.version or kind.version)
        chosen = " AND ".join(f"({part})" for part in (kind.filter, among("externalid", keys)) if part)
        columns = f"t.id AS id, t.externalid AS externalid, t.{version} AS {version}"
        query = f"SELECT {columns} FROM {kind.table} t WHERE {chosen}"  # noqa: S608 — names checked, values escaped
        rows = {row["externalid"].upper(): row for row in self.suiteql.rows(query, Priority.REALTIME)}
        held = {key: rows[key.upper()] for key in keys if key.upper() in rows}
        return {key: Found(row["id"], row.get(version, "")) for key, row in held.items()}

    def _soap_for(self, flow: Flow) -> Soap | None:
        return self.soap if self.transports.get(flow.flow, self.default) == "soap" else None


def _by_soap(writer: Soap, kind: str, payloads: Mapping[int, Payload], priority: Priority) -> dict[int, Answer]:
    answers: dict[int, Answer] = {}
    records: dict[int, Element] = {}
    for place, payload in payloads.items():
        try:
            records[place] = writer.record(kind, payload)
        except IsthmusError as unfit:  # one record that cannot be written must not stop its companions
            answers[place] = unfit
    known = {place: record for place, record in records.items() if payloads[place].target_id}
    new = {place: record for place, record in records.items() if place not in known}
    told = _sent(new, writer.upsert, priority)
    try:
        return answers | told | _sent(known, writer.update, priority)
    except IsthmusError as failed:
        if not told:
            raise
        return (
            answers | told | dict.fromkeys(known, failed)
        )  # the first call's answers must not be lost with the second


def _sent(records: Mapping[int, Element], write: Write, priority: Priority) -> dict[int, Answer]:
    return dict(zip(records, write(list(records.values()), priority), strict=True)) if records else {}


def _unfit(payloads: Sequence[Payload]) -> list[tuple[int, Rejected]]:
    seen: set[str] = set()
    places: set[str] = set()
    refused: list[tuple[int, Rejected]] = []
    for place, payload in enumerate(payloads):
        key = payload.key.upper()
        if not KEY.fullmatch(payload.key):
            words = "An external id is made of letters, digits, _ and - only."
            refused.append((place, _wrong("INVALID_EXTERNAL_ID", payload, words)))
        elif key in seen:
            words = "Another record of this call has the same external id."
            refused.append((place, _wrong("DUPLICATE_KEY", payload, words)))
        elif payload.target_id in places:
            words = f"Another record of this call is NetSuite's {payload.target_id}, too."
            refused.append((place, _wrong("DUPLICATE_TARGET", payload, words)))
        seen.add(key)
        places |= {payload.target_id} - {""}
    return refused


def _wrong(code: str, payload: Payload, message: str) -> Rejected:
    return Rejected(code, field="externalId", value=payload.key, message=message)
