"""What was deleted in Salesforce? The rows of the recycle bin, as gone; a merge leaves its losers there, too.

`queryAll` shows them for fifteen days with all their fields and the second of their deletion. The log behind
`sobjects/X/deleted` knows no more than ids, rounds to minutes and refuses a start that lies too far back (salesforce.md
1.2, 1.4), so a long rest would end in a refusal. A record that is erased for good leaves no trace here: reconciling finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from connectors.salesforce.line import Line
from connectors.salesforce.shape import record
from connectors.salesforce.soql import Asked, Cut, among, literal, select
from flows.model import Page, Priority

DELETED = "IsDeleted = TRUE"
STAMP = "SystemModstamp"  # a deletion touches it, whichever field the flow follows


def deleted_since(line: Line, wanted: Asked, since: datetime) -> Iterator[Page]:
    """Yield the records deleted at or after a time."""
    return _pages(line, wanted, f"{STAMP} >= {literal(since)}", Priority.BATCH)


def deleted_of(line: Line, wanted: Asked, ids: Sequence[str]) -> Iterator[Page]:
    """Yield those of the ids that were deleted."""
    return _pages(line, wanted, among("Id", ids), Priority.REALTIME)


def _pages(line: Line, wanted: Asked, condition: str, priority: Priority) -> Iterator[Page]:
    buried = replace(wanted, cursor=STAMP, own=tuple(dict.fromkeys((*wanted.own, STAMP))), children={})
    soql = select(buried, Cut([DELETED, condition], f"{STAMP}, Id"))
    answer = line.read(lambda client: client.query(soql, include_deleted=True), priority)
    while True:
        found = tuple(replace(record(raw, buried), gone=True) for raw in answer["records"])
        if found:
            yield Page(found)
        if answer["done"]:
            return
        answer = line.more(answer["nextRecordsUrl"], priority)
