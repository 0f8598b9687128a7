"""How do query jobs become records with children? Two flat results, typed by describe and joined on the parent's Id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from connectors.salesforce.bulk import Jobs, Sheet
from connectors.salesforce.describe import Child, Describes
from connectors.salesforce.shape import record, stamp
from connectors.salesforce.soql import Asked, Cut, child, columns, parents, select, selected
from flows.model import Page

Convert = Callable[[str], Any]
LINES = "\n"  # JSON text holds no line end


def _text(cell: str) -> str:
    return cell


def _datetime(cell: str) -> str:
    """Return a time as REST writes it: the results say `Z` where REST says `+0000` (salesforce.md 2.1)."""
    return cell.removesuffix("Z") + "+0000" if cell.endswith("Z") else cell


def _boolean(cell: str) -> bool:
    return cell.lower() == "true"


KINDS: Mapping[str, Convert] = {
    "double": Decimal,
    "currency": Decimal,
    "percent": Decimal,
    "int": int,
    "long": int,
    "boolean": _boolean,
    "datetime": _datetime,
}


@dataclass(frozen=True)
class Table:
    """One object's flat result: what is asked, its columns with their kinds, and which parents they reach over."""

    wanted: Asked
    columns: tuple[str, ...]
    kinds: tuple[Convert, ...]
    parents: tuple[tuple[str, ...], ...]

    @staticmethod
    def of(wanted: Asked, describes: Describes) -> Table:
        """Return the table for what is asked."""
        listed = columns(wanted.own)
        kinds = tuple(KINDS.get(describes.kind(wanted.name, column), _text) for column in listed)
        return Table(wanted, listed, kinds, parents(wanted.own))

    def soql(self, conditions: Sequence[str]) -> str:
        """Return the job's query."""
        return select(self.wanted, Cut(conditions, children=False))

    def raw(self, cells: Sequence[str]) -> dict[str, Any]:
        """Return one row in the shape of REST: empty is None, and so is a parent without an Id."""
        out: dict[str, Any] = {}
        for column, convert, cell in zip(self.columns, self.kinds, cells, strict=True):
            *above, name = column.split(".")
            _reach(out, above)[name] = convert(cell) if cell else None
        for *above, name in self.parents:
            holder = _reach(out, above)
            if holder[name]["Id"] is None:
                holder[name] = None
        return out


class Lines:
    """Child rows waiting for their parents, as text: a tenth of the memory that dicts would take."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._link = table.columns.index(table.wanted.own[0])
        self._waiting: dict[str, str] = {}

    def add(self, rows: Sequence[Sequence[str]]) -> None:
        """Keep rows until their parent comes."""
        for cells in rows:
            parent = cells[self._link]
            self._waiting[parent] = self._waiting.get(parent, "") + json.dumps(cells) + LINES

    def take(self, parent: str) -> dict[str, Any]:
        """Return the parent's children in the shape of REST, and forget them."""
        kept = self._waiting.pop(parent, "")
        return {"records": [self._table.raw(json.loads(text)) for text in kept.splitlines()]}


def snapshot(jobs: Jobs, describes: Describes, wanted: Asked, since: datetime | None) -> Iterator[Page]:
    """Yield pages of all records changed at or after `since`; the cursor comes with the last one, for none is in order.

    The children are asked after the parents' job has finished: a child that is newer than its parent is read again with
    the parent's next version, an older one would be kept.
    """
    table = Table.of(wanted, describes)
    with ExitStack() as stack:
        job = stack.enter_context(jobs.query(table.soql(selected(wanted, since))))
        children = {name: _children(jobs, describes, (wanted, name), since) for name in wanted.children}
        newest: datetime | None = None
        for sheet in jobs.sheets(job, table.columns):
            raws = list(_joined(table, children, sheet))
            newest = max(filter(None, [newest, *(stamp(raw, wanted) for raw in raws)]), default=None)
            yield Page(tuple(record(raw, wanted) for raw in raws), None if sheet.next else newest)


def _children(jobs: Jobs, describes: Describes, of: tuple[Asked, str], since: datetime | None) -> Lines:
    wanted, relationship = of
    kin: Child = describes.child(wanted.name, relationship)
    table = Table.of(child(wanted, relationship, kin.object, kin.link), describes)
    lines = Lines(table)
    with jobs.query(table.soql(selected(wanted, since, kin.parent))) as job:
        for sheet in jobs.sheets(job, table.columns):
            lines.add(sheet.rows)
    return lines


def _joined(table: Table, children: Mapping[str, Lines], sheet: Sheet) -> Iterator[dict[str, Any]]:
    for cells in sheet.rows:
        raw = table.raw(cells)
        for relationship, lines in children.items():
            raw[relationship] = lines.take(raw["Id"])
        yield raw


def _reach(out: dict[str, Any], above: Sequence[str]) -> dict[str, Any]:
    for parent in above:
        out = out.setdefault(parent, {})
    return out
