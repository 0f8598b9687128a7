"""What changed in NetSuite? Records by SuiteQL in the order of their change (netsuite.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.netsuite.kinds import kind_of
from connectors.netsuite.reading import IDS, Reading, moment_of, version_of
from connectors.netsuite.suiteql import PAGE, STAMP, SuiteQl, column, literal, pieces
from flows.model import Page, Priority, Record
from flows.moments import Keyset
from mappings.language import Flow


@dataclass(frozen=True)
class NetSuiteSource:
    """The reading half of the connector. Reading is batch work: it gives way to real-time writes."""

    suiteql: SuiteQl

    def changed(self, flow: Flow, since: datetime | None) -> Iterator[Page]:
        """Yield pages of up to 1000 records changed at or after `since`, oldest first; None means all.

        Pages follow a key (moment, id), not an offset: a change meanwhile moves a record to the end instead of
        pushing another one out of the next page.
        """
        reading = Reading(flow)
        cursor = reading.cursor
        wanted = _wanted(flow, since)
        after = f"{cursor} >= {literal(since)}" if since else ""
        while True:
            query = reading.query([after, *wanted], f"{cursor}, t.id")
            rows = self.suiteql.rows(query, Priority.BATCH)
            if rows:
                yield Page(reading.records(rows, self.suiteql, Priority.BATCH), moment_of(rows[-1]))
            if len(rows) < PAGE:
                return
            after = _beyond(cursor, Keyset(moment_of(rows[-1]), rows[-1]["id"]))

    def after(self, flow: Flow, place: Keyset, until: datetime | None, most: int) -> Page:
        """Return the next `most` selected records behind the place, changed before `until`; fewer, and there are no more."""
        reading = Reading(flow)
        cursor = reading.cursor
        begin = _beyond(cursor, place) if place.id else f"{cursor} >= {literal(place.moment)}"
        end = f"{cursor} < {literal(until)}" if until else ""
        query = reading.query([begin, end, *_wanted(flow, None)], f"{cursor}, t.id")
        rows = self.suiteql.rows(query, Priority.BACKFILL, most)
        found = reading.records(rows, self.suiteql, Priority.BACKFILL)
        return Page(found, moment_of(rows[-1]) if rows else None)

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the records with these internal ids, those that are not there as gone; a text that is no id names nothing."""
        reading = Reading(flow)
        numbers = [one for one in ids if one.isascii() and one.isdigit()]
        for some in pieces(numbers, IDS):
            query = reading.query([f"t.id IN ({', '.join(some)})"], "t.id")
            rows = self.suiteql.rows(query, Priority.BATCH)
            there = reading.records(rows, self.suiteql, Priority.BATCH)
            gone = self._gone(flow, set(some) - {record.id for record in there})
            yield Page((*there, *gone))

    def removed(self, flow: Flow, since: datetime) -> Iterator[Page]:
        """Yield, as gone, the records deleted at or after `since`. A voided transaction is changed, not deleted."""
        after = f"deleteddate >= {literal(since)}"
        seen = {record.id: record for record in self._deletions(flow, [after])}
        for some in pieces(seen.values(), PAGE):
            yield Page(tuple(some))

    def heirs(self, flow: Flow, path: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return which record leads over `path` to each of the ids: the oldest, should there be several."""
        kind, name = kind_of(flow.source.object), column(path)
        found: dict[str, str] = {}
        for some in pieces(ids, IDS):
            listed = ", ".join(literal(one) for one in some)
            chosen = " AND ".join(f"({one})" for one in (kind.filter, f"t.{name} IN ({listed})") if one)
            query = f"SELECT t.id AS id, t.{name} AS led FROM {kind.table} t WHERE {chosen} ORDER BY t.id"  # noqa: S608 — names checked, values escaped
            for row in self.suiteql.every_row(query, Priority.REALTIME):
                found.setdefault(row["led"], row["id"])
        return found

    def total(self, flow: Flow) -> int:
        """Return how many objects of the flow's kind the account holds."""
        kind = kind_of(flow.source.object)
        chosen = f" WHERE {kind.filter}" if kind.filter else ""
        query = f"SELECT COUNT(*) AS total FROM {kind.table} t{chosen}"  # noqa: S608 — a table of our own
        return int(self.suiteql.rows(query, Priority.BATCH)[0]["total"])

    def _gone(self, flow: Flow, ids: set[str]) -> list[Record]:
        """Return the deleted among ids that are not there; an id that never was one of the object's names nothing."""
        if not ids:
            return []
        return list(self._deletions(flow, [f"recordid IN ({', '.join(sorted(ids, key=int))})"]))

    def _deletions(self, flow: Flow, conditions: Sequence[str]) -> Iterator[Record]:
        """Ask what NetSuite remembers of deletions, also of records that we never saw.

        The type stands in `scriptid` and, with spaces, in `type`; accounts differ in which of the two they fill.
        """
        types = ", ".join(literal(one) for one in kind_of(flow.source.object).deletions)
        known = f"LOWER(scriptid) IN ({types}) OR LOWER(REPLACE(type, ' ', '')) IN ({types})"
        chosen = " AND ".join(f"({one})" for one in (known, *conditions))
        items = f"recordid, TO_CHAR(deleteddate, '{STAMP}') AS moment"
        query = f"SELECT {items} FROM deletedrecord WHERE {chosen} ORDER BY deleteddate, recordid"  # noqa: S608 — names checked, values escaped
        for row in self.suiteql.every_row(query, Priority.BATCH):
            fields = dict.fromkeys(flow.paths().own) | {"id": row["recordid"]}
            yield Record(row["recordid"], version_of(moment_of(row)), fields, gone=True)


def _beyond(cursor: str, place: Keyset) -> str:
    moment = literal(place.moment)
    return f"{cursor} > {moment} OR ({cursor} = {moment} AND t.id > {int(place.id)})"


def _wanted(flow: Flow, since: datetime | None) -> list[str]:
    """Return which records are meant: those that the flow's key can be made of, and those of its `where`.

    A flow that says what becomes of gone records must also see the ones that its `where` selects no more.
    """
    rule = flow.fields[flow.target.key]
    carried = rule.from_ if isinstance(rule.from_, str) and not (rule.optional or rule.default) else ""
    ours = f"t.{column(carried)} IS NOT NULL" if carried.startswith("cust") else ""
    where = {} if since and flow.gone else flow.source.where
    return [ours, *(_condition(name, value) for name, value in where.items())]


def _condition(name: str, value: object) -> str:
    if value is None:
        return f"t.{column(name)} IS NULL"
    return f"t.{column(name)} = {literal(value)}"
