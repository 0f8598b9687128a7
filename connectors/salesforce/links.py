"""Which record is meant by `Product__r: {NetSuite_Internal_ID__c: 77}`? A parent that a row names by a field of its own.

Salesforce would refuse a row whose parent is not there. Here the parent is looked up before: one that is not there leaves
the field empty, so that an invoice is not held back because its item, or the deal behind it, is not in Salesforce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.salesforce.describe import Describes
from connectors.salesforce.line import Line
from connectors.salesforce.rows import ID, Batch, Row
from connectors.salesforce.soql import Asked, Cut, among, select
from flows.model import Priority

CHUNK = 200  # values to a query: their text must fit a request line of 16 kB (salesforce.md 1.3)
SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
Link = tuple[str, str]


def linked(line: Line, describes: Describes, batch: Batch) -> Sequence[Row]:
    """Return the rows with the Ids of the parents that they name; None where a parent is not there."""
    named: dict[Link, set[str]] = {}
    for link, value in (one for row in batch.rows for one in _links(row)):
        named.setdefault(link, set()).add(value)
    known: dict[Link, Mapping[str, str]] = {}
    fields: dict[str, str] = {}
    for (relationship, by), values in named.items():
        field = describes.field(batch.object, "relationshipName", relationship)
        fields[relationship] = str(field["name"])
        known[relationship, by] = _found(line, str(field["referenceTo"][0]), by, sorted(values))
    return [_with_ids(row, fields, known) for row in batch.rows] if named else batch.rows


def _links(row: Row) -> Iterator[tuple[Link, str]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from (((name, by), str(wanted or "")) for by, wanted in value.items())


def _found(line: Line, kind: str, by: str, values: Sequence[str]) -> Mapping[str, str]:
    """Return the Ids of the parents by the value that names them, in small letters."""
    wanted = [value for value in values if value and (by != ID or SHAPE.fullmatch(value))]
    asked = Asked(kind, "", tuple(dict.fromkeys((ID, by))), {}, {})
    found: dict[str, str] = {}
    for start in range(0, len(wanted), CHUNK):
        soql = select(asked, Cut([among(by, wanted[start : start + CHUNK])], ID))
        for raw in line.query(soql, Priority.REALTIME)["records"]:
            found.setdefault(_same(by, str(raw[by])), str(raw[ID]))
    return found


def _same(by: str, value: str) -> str:
    """Return what two spellings of a value have in common: fifteen characters of an Id, any case of a text."""
    return value[:15] if by == ID else value.lower()


def _with_ids(row: Row, fields: Mapping[str, str], known: Mapping[Link, Mapping[str, str]]) -> Row:
    out: dict[str, Any] = {name: value for name, value in row.items() if name not in fields}
    for (relationship, by), value in _links(row):
        out[fields[relationship]] = known[relationship, by].get(_same(by, value))
    return out
