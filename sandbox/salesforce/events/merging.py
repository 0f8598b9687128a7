"""Which events of one transaction become one? Neighbours with the very same change, when the org is set to merge them.

A real org does so now and then, so `recordIds` may hold many ids (salesforce.md 3.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sandbox.salesforce.events.log import Kept

KINDS = frozenset({"UPDATE", "DELETE", "UNDELETE"})


def merged(events: Iterable[Kept]) -> list[Kept]:
    """Return events with those merged that say the same; a merged one has the last one's replay id."""
    found: list[Kept] = []
    for one in events:
        if found and _same(found[-1], one):
            found[-1] = replace(one, record=f"{found[-1].record},{one.record}", body=found[-1].body)
        else:
            found.append(one)
    return found


def _same(first: Kept, second: Kept) -> bool:
    if first.kind not in KINDS or (first.kind, first.name) != (second.kind, second.name):
        return False
    if first.header["transactionKey"] != second.header["transactionKey"]:
        return False
    return {name: pair[1] for name, pair in first.body.items()} == {name: pair[1] for name, pair in second.body.items()}
