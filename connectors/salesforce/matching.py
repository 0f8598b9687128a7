"""Which records of the org may be the same business object? Those that carry no key of ours yet, and look like it.

One field of `same` that is equal proves it; fields of `alike` that are all alike make a candidate for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.salesforce.line import Line
from connectors.salesforce.soql import Asked, Cut, among, holds, select
from flows.model import Priority
from flows.standing import Candidate
from mappings.alike import first_word, normal
from mappings.language import Flow, Match
from mappings.values import Payload, Ref

CHUNK = 40  # payloads to a query: what is asked must fit a request line of 16 kB (salesforce.md 1.3)
Row = Mapping[str, Any]


def candidates(line: Line, flow: Flow, payloads: Sequence[Payload]) -> list[list[Candidate]]:
    """Return for each payload, in order, its candidates."""
    match = flow.match or Match()
    found: list[list[Candidate]] = []
    for start in range(0, len(payloads), CHUNK):
        part = payloads[start : start + CHUNK]
        rows = _rows(line, flow, match, part)
        found += [_of(payload, match, rows) for payload in part]
    return found


def _rows(line: Line, flow: Flow, match: Match, payloads: Sequence[Payload]) -> list[Row]:
    """Return what is worth a look: keyless records that share a field of `same`, or the first word of the first of `alike`."""
    wished = [
        among(name, values)
        for name in match.same
        if (values := list(dict.fromkeys(text for one in payloads if (text := _text(one, name)))))
    ]
    for name in match.alike[:1]:
        wished += [holds(name, word) for word in {first_word(_text(one, name)) for one in payloads} if word]
    if not wished:
        return []
    own = tuple(dict.fromkeys(("Id", "Name", flow.target.key, *match.same, *match.alike)))
    keyless = f"{flow.target.key} = null"
    soql = select(Asked(flow.target.object, "", own, {}, {}), Cut([keyless, f"({' OR '.join(wished)})"]))
    answer = line.query(soql, Priority.REALTIME)
    rows = list(answer["records"])
    while not answer["done"]:
        answer = line.more(answer["nextRecordsUrl"], Priority.REALTIME)
        rows += answer["records"]
    return rows


def _of(payload: Payload, match: Match, rows: Sequence[Row]) -> list[Candidate]:
    found = []
    exact = [row for row in rows if any(_text(payload, name) == str(row.get(name) or "") != "" for name in match.same)]
    for row in exact or rows:  # what is written just so is meant, whatever else is written nearly so
        certain = any(_equal(payload, row, name) for name in match.same)
        if certain or (match.alike and all(_equal(payload, row, name) for name in match.alike)):
            told = [str(row[name]) for name in dict.fromkeys(("Name", *match.same, *match.alike)) if row.get(name)]
            found.append(Candidate(str(row["Id"]), ", ".join(told), certain))
    return found


def _equal(payload: Payload, row: Row, name: str) -> bool:
    ours = normal(_text(payload, name))
    return bool(ours) and ours == normal(row.get(name))


def _text(payload: Payload, name: str) -> str:
    value = payload.fields.get(name)
    return value.id if isinstance(value, Ref) else str(value or "")
