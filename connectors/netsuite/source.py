"""What changed in NetSuite? Records by SuiteQL in the order of their change (netsuite.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.netsuite.kinds import kind_of
from connectors.netsuite.suiteql import PAGE, Row, SuiteQl, among, column, literal, stamp
from flows.errors import Misconfigured
from flows.model import Page, Priority, Record
from mappings.language import Flow

SECONDS = "%Y-%m-%d %H:%M:%S"
IDS = 500


@dataclass(frozen=True)
class NetSuiteSource:
    """The reading half of the connector. Reading is batch work: it gives way to real-time writes."""

    suiteql: SuiteQl

    def changed(self, flow: Flow, since: datetime | None) -> Iterator[Page]:
        """Yield pages of up to 1000 records changed at or after `since`, oldest first; None means all.

        Pages follow a key (moment, id), not an offset: a change meanwhile moves a record to the end instead of
        pushing another one out of the next page.
        """
        after = f"{flow.source.cursor} >= {literal(since)}" if since else ""
        while True:
            rows = self.suiteql.rows(_changed(flow, after), Priority.BATCH)
            if not rows:
                return
            page = _page(flow, rows)
            yield page
            if len(rows) < PAGE:
                return
            after = _beyond(flow, page)

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the records with these internal ids; a text that is no id names nothing."""
        numbers = [one for one in ids if one.isascii() and one.isdigit()]
        for start in range(0, len(numbers), IDS):
            query = _select(flow, [f"id IN ({', '.join(numbers[start : start + IDS])})"])
            rows = self.suiteql.rows(f"{query} ORDER BY id", Priority.BATCH)
            yield Page(tuple(_record(flow, row) for row in rows))

    def removed(self, flow: Flow, since: datetime) -> Iterator[Page]:
        """Yield, as gone, the records deleted at or after `since`."""
        raise Misconfigured("NOT_READ", f"{flow.flow}: what was deleted since {since} cannot be read yet.")

    def heirs(self, flow: Flow, path: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return which record leads over `path` to each of the ids."""
        raise Misconfigured("NOT_READ", f"{flow.flow}: who leads over {path} to {len(ids)} records cannot be read yet.")

    def total(self, flow: Flow) -> int:
        """Return how many objects of the flow's kind the account holds."""
        kind = kind_of(flow.source.object)
        query = f"SELECT COUNT(*) AS total FROM {kind.table}{_where([kind.filter])}"  # noqa: S608 — a table of our own
        return int(self.suiteql.rows(query, Priority.BATCH)[0]["total"])


def _changed(flow: Flow, after: str) -> str:
    kind = kind_of(flow.source.object)
    columns = flow.paths().own
    ours = f"{kind.origin} IS NOT NULL" if kind.origin in columns else ""
    wanted = [_condition(name, value) for name, value in flow.source.where.items()]
    return f"{_select(flow, [ours, after, *wanted])} ORDER BY {column(flow.source.cursor)}, id"


def _condition(name: str, value: object) -> str:
    if value is None:
        return f"{column(name)} IS NULL"
    if isinstance(value, list | tuple):
        return among(name, [str(one) for one in value])
    return f"{column(name)} = {literal(value)}"


def _select(flow: Flow, conditions: Sequence[str]) -> str:
    paths, kind = flow.paths(), kind_of(flow.source.object)
    if paths.children:
        asked = ", ".join(paths.children)
        raise Misconfigured("QUERY", f"{flow.flow} asks for {asked}: NetSuite is read without lines.")
    cursor = flow.source.cursor
    plain = [column(name) for name in paths.own if name not in {"id", cursor}]
    items = ", ".join(["id", *plain, stamp(cursor)])
    chosen = _where([kind.filter, *conditions])
    return f"SELECT {items} FROM {kind.table}{chosen}"  # noqa: S608 — names checked, values escaped


def _where(conditions: Sequence[str]) -> str:
    said = [f"({condition})" for condition in conditions if condition]
    return f" WHERE {' AND '.join(said)}" if said else ""


def _beyond(flow: Flow, page: Page) -> str:
    cursor, last = flow.source.cursor, page.records[-1]
    moment = literal(page.cursor)
    return f"{cursor} > {moment} OR ({cursor} = {moment} AND id > {int(last.id)})"


def _page(flow: Flow, rows: Sequence[Row]) -> Page:
    records = tuple(_record(flow, row) for row in rows)
    last = datetime.strptime(rows[-1][flow.source.cursor], SECONDS).replace(tzinfo=UTC)
    return Page(records, last)


def _record(flow: Flow, row: Row) -> Record:
    fields: Mapping[str, object] = {name: row.get(name) for name in flow.paths().own}
    moment = datetime.strptime(row[flow.source.cursor], SECONDS).replace(tzinfo=UTC)
    return Record(row["id"], f"{moment:%Y-%m-%dT%H:%M:%S}.000Z", fields)
