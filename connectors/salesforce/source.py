"""What has changed in Salesforce? REST in keyset order for few records, Bulk API 2.0 for many."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors.salesforce.bin import deleted_of, deleted_since
from connectors.salesforce.bulk import Jobs
from connectors.salesforce.describe import Describes
from connectors.salesforce.line import Line
from connectors.salesforce.shape import record, stamp
from connectors.salesforce.snapshot import snapshot
from connectors.salesforce.soql import Asked, Cut, among, asked, beyond, count, earlier, select, selected, sequence
from flows.errors import Rejected
from flows.model import Page, Priority
from flows.moments import Keyset
from mappings.language import Flow
from mappings.paths import value_at

ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII)
NAMED = 200  # ids to a query: their text must fit a request line of 16 kB (salesforce.md 1.3)


def _rest(seconds: float) -> None:
    threading.Event().wait(seconds)


@dataclass(frozen=True, slots=True)
class Habits:
    """From how many records jobs are used, how many records make a page, and how a job's reader waits."""

    bulk_from: int = 2000
    page: int = 500
    sheet: int = 2000
    rest: Callable[[float], object] = _rest


class SalesforceSource:
    """The reading half of the connector."""

    def __init__(self, line: Line, habits: Habits | None = None) -> None:
        self._line = line
        self._habits = habits or Habits()

    def changed(self, flow: Flow, since: datetime | None) -> Iterator[Page]:
        """Yield pages of the flow's records changed at or after `since`; None means all.

        A flow that says what becomes of `gone` records also reads what its `where` selects no more.
        """
        wanted = asked(flow)
        if flow.gone and since:
            wanted = replace(wanted, where={})
        found = self._count(count(wanted.name, selected(wanted, since)))
        if found > self._habits.bulk_from:
            jobs = Jobs(self._line, self._habits.rest, page=self._habits.sheet)
            return snapshot(jobs, Describes(self._describe), wanted, since)
        return self._in_order(wanted, since) if found else iter(())

    def after(self, flow: Flow, place: Keyset, until: datetime | None, most: int) -> Page:
        """Return the next `most` selected records behind the place, changed before `until`; fewer, and there are no more."""
        wanted = asked(flow)
        begun = [beyond(wanted, place.moment, place.id)] if place.id else []
        conditions = selected(wanted, place.moment) + begun + earlier(wanted, until)
        raws = list(self._all(select(wanted, Cut(conditions, sequence(wanted), most)), wanted, Priority.BACKFILL))
        return Page(tuple(record(raw, wanted) for raw in raws), stamp(raws[-1], wanted) if raws else None)

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the named records, selected or not, deleted ones as gone; without a cursor, for others may be unread."""
        wanted = asked(flow)
        for one in ids:
            if not ID.fullmatch(one):
                words = f"{one!r} is not a Salesforce id (15 or 18 characters)."
                raise Rejected("INVALID_ID", value=one, message=words)
        for start in range(0, len(ids), NAMED):
            yield from self._named(wanted, ids[start : start + NAMED])

    def removed(self, flow: Flow, since: datetime) -> Iterator[Page]:
        """Yield, as gone, the records deleted at or after `since`, merged ones too; no cursor."""
        return deleted_since(self._line, asked(flow), since)

    def heirs(self, flow: Flow, path: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return which record leads over `path` to each of the ids; of several the one changed last."""
        cursor = flow.source.cursor
        wanted = Asked(flow.source.object, cursor, ("Id", cursor, path), {}, {})
        found: dict[str, str] = {}
        for start in range(0, len(ids), NAMED):
            soql = select(wanted, Cut([among(path, ids[start : start + NAMED])], sequence(wanted)))
            rows = self._followed(self._line.query(soql, Priority.REALTIME), Priority.REALTIME)
            found |= {str(value_at(raw, path)): str(raw["Id"]) for raw in rows}
        return found

    def total(self, flow: Flow) -> int:
        """Return how many objects of the flow's kind the org holds."""
        return self._count(count(flow.source.object))

    def _named(self, wanted: Asked, ids: Sequence[str]) -> Iterator[Page]:
        soql = select(wanted, Cut([among("Id", ids)], sequence(wanted)))
        found = tuple(record(raw, wanted) for raw in self._all(soql, wanted, Priority.REALTIME))
        if found:
            yield Page(found)
        known = {one.id[:15] for one in found}
        missing = [one for one in ids if one[:15] not in known]
        if missing:
            yield from deleted_of(self._line, wanted, missing)

    def _in_order(self, wanted: Asked, since: datetime | None) -> Iterator[Page]:
        conditions = selected(wanted, since)
        cut = Cut(conditions, sequence(wanted), self._habits.page)
        while True:
            raws = list(self._all(select(wanted, cut), wanted, Priority.BATCH))
            if raws:
                last = stamp(raws[-1], wanted)
                yield Page(tuple(record(raw, wanted) for raw in raws), last)
                cut = Cut([*conditions, beyond(wanted, last, raws[-1]["Id"])], cut.order, cut.limit)
            if len(raws) < cut.limit:
                return

    def _all(self, soql: str, wanted: Asked, priority: Priority) -> Iterator[dict[str, Any]]:
        """Yield a query's records, each with all of its children."""
        for raw in self._followed(self._line.query(soql, priority), priority):
            for relationship in wanted.children:
                if raw.get(relationship):
                    raw[relationship] = {"records": list(self._followed(raw[relationship], priority))}
            yield raw

    def _followed(self, answer: Mapping[str, Any], priority: Priority) -> Iterator[dict[str, Any]]:
        """Yield the records of an answer and of the pages behind it; children are paged too (salesforce.md 1.3)."""
        yield from answer["records"]
        while not answer["done"]:
            answer = self._line.more(answer["nextRecordsUrl"], priority)
            yield from answer["records"]

    def _count(self, soql: str) -> int:
        return int(self._line.query(soql, Priority.BATCH)["totalSize"])

    def _describe(self, object_name: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._line.get(f"sobjects/{object_name}/describe", Priority.BATCH)
        return answer
