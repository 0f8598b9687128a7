"""How do a record's lines get into Salesforce? As child records under it, each with a key of its own.

Lines come after their parent. Those that the parent has are written by Id, for a child's parent is often fixed once it is
made; new ones by their key under the parent; and what carries a key but is a line no more is deleted. Lines that are named
by Id are only ever changed: one that is there no more is left alone. All of it may be sent again without harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from connectors.salesforce.describe import Describes
from connectors.salesforce.family import Kin, Parent, Place, Standing, kin_of, placed, standing
from connectors.salesforce.line import Line
from connectors.salesforce.links import linked
from connectors.salesforce.prices import ENTRY, waves
from connectors.salesforce.rows import ID, Batch, Outcome, wire
from connectors.salesforce.writing import Writer
from flows.errors import IsthmusError, Transient, Unsettled
from flows.model import Priority
from mappings.language import Flow

GONE = "ENTITY_IS_DELETED"  # deleting what is deleted is no trouble


class Children:
    """Writes the lines of records."""

    def __init__(self, line: Line, writer: Writer) -> None:
        self._line = line
        self._writer = writer

    def write(self, flow: Flow, parents: Sequence[Parent], describes: Describes, priority: Priority) -> None:
        """Write the lines of all parents, and note in them what became of each."""
        for relationship in dict.fromkeys(name for parent in parents for name in parent.lines):
            having = [parent for parent in parents if relationship in parent.lines]
            kin = kin_of(flow, relationship, describes)
            try:
                self._write(kin, list(_lines(relationship, having, kin)), having, describes, priority)
            except Unsettled as error:  # the same keys again do no harm
                raise Transient(error.code, error.message, hint=error.hint) from error

    def _write(
        self, kin: Kin, lines: Sequence[Place], parents: Sequence[Parent], describes: Describes, priority: Priority
    ) -> None:
        there = standing(self._line, kin, [one.id for one in parents if not one.created or kin.key == ID])
        rows = linked(self._line, describes, Batch(kin.object, kin.key, [place.row for place in lines]))
        meant = (placed(replace(place, row=row), kin, there) for place, row in zip(lines, rows, strict=True))
        places = [place for place in meant if place]
        for key in dict.fromkeys((ID, kin.key)):
            self._send(kin, key, [place for place in places if place.key == key], priority)
        if kin.key != ID:
            self._drop(kin, parents, _left(there, places), priority)

    def _send(self, kin: Kin, key: str, places: Sequence[Place], priority: Priority) -> None:
        for wave in waves(self._line, kin.object, [place.row for place in places]) if places else ():
            chosen = [places[number] for number in wave]
            rows = [place.row for place in chosen]
            outcomes = self._writer.write(Batch(kin.object, key, rows), priority) if rows else []
            for place, outcome in zip(chosen, outcomes, strict=True):
                place.settle(outcome)

    def _drop(self, kin: Kin, parents: Sequence[Parent], left: Mapping[str, str], priority: Priority) -> None:
        """Delete the children that carry a key of ours and are lines no more; a price is put out of use instead."""
        by_id = {parent.id: parent for parent in parents}
        for (one, parent), outcome in zip(left.items(), self._dropped(kin, list(left), priority), strict=True):
            if isinstance(outcome, IsthmusError) and outcome.code != GONE:
                by_id[parent].refuse(outcome, one)

    def _dropped(self, kin: Kin, ids: Sequence[str], priority: Priority) -> Sequence[Outcome]:
        if kin.object != ENTRY or not ids:
            return self._writer.delete(ids, priority)
        return self._writer.write(Batch(ENTRY, ID, [{ID: one, "IsActive": False} for one in ids]), priority)


def _lines(relationship: str, parents: Sequence[Parent], kin: Kin) -> Iterator[Place]:
    """Yield every line as it was made, with room in its parent for the Id."""
    for parent in parents:
        lines = parent.lines[relationship]
        parent.ids[relationship] = [""] * len(lines)
        for position, line in enumerate(lines):
            row = {name: wire(value) for name, value in line.items()}
            yield Place(parent, relationship, position, str(row.get(kin.key) or position + 1), kin.key, row)


def _left(there: Standing, places: Sequence[Place]) -> Mapping[str, str]:
    """Return the children that no line is, with their parents."""
    used = {str(place.row[ID]) for place in places if place.key == ID}
    return {one: parent for parent, here in there.by_key.items() for one in here.values() if one not in used}
