"""How do a record's lines get into Salesforce? As child records under it, each with a key of its own.

Lines come after their parent. Those that the parent has are written by Id, for a child's parent is often fixed once it is
made; new ones by their key under the parent; and what carries a key but is a line no more is deleted. Lines that are named
by Id are only ever changed: one that is there no more is left alone. All of it may be sent again without harm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.salesforce.describe import Describes
from connectors.salesforce.line import Line
from connectors.salesforce.rows import ID, Batch, Lines, Outcome, Row, Written, row, wire
from connectors.salesforce.soql import Asked, Cut, among, select
from connectors.salesforce.writing import Writer
from flows.errors import IsthmusError, Rejected, Transient, Unsettled
from flows.model import Priority
from mappings.language import Flow

CHUNK = 200  # parents to a query: their text must fit a request line of 16 kB (salesforce.md 1.3)


@dataclass
class Parent:
    """A record that was written, its lines by relationship, and what became of them."""

    id: str
    created: bool
    lines: Lines
    ids: dict[str, list[str]] = field(default_factory=dict)
    refusal: IsthmusError | None = None

    def settle(self, relationship: str, position: int, name: str, outcome: Outcome) -> None:
        """Note what became of one line; the first refusal stands."""
        if isinstance(outcome, Written):
            self.ids[relationship][position] = outcome.id
        else:
            self.refusal = self.refusal or _of_line(outcome, name)


@dataclass(frozen=True, slots=True)
class Kin:
    """How a relationship's children are written: their object, the field that names the parent, their own key."""

    object: str
    link: str
    movable: bool
    key: str


@dataclass(frozen=True, slots=True)
class Family:
    """All parents' lines of one relationship, and the children that stand there: by parent, their Id by key."""

    relationship: str
    kin: Kin
    parents: Sequence[Parent]
    standing: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """One line on its way: whose it is, which of the list, and how it is addressed."""

    parent: Parent
    position: int
    key: str
    address: str
    row: Row

    @property
    def name(self) -> str:
        """Return how people find the line."""
        return self.address or f"number {self.position + 1}"


class Children:
    """Writes the lines of records."""

    def __init__(self, line: Line, writer: Writer) -> None:
        self._line = line
        self._writer = writer
        self._describes = self._fresh()

    def write(self, flow: Flow, parents: Sequence[Parent], priority: Priority) -> None:
        """Write the lines of all parents, and note in them what became of each."""
        for relationship in dict.fromkeys(name for parent in parents for name in parent.lines):
            having = [parent for parent in parents if relationship in parent.lines]
            try:
                self._write(flow, relationship, having, priority)
            except Unsettled as error:  # the same keys again do no harm
                raise Transient(error.code, error.message, hint=error.hint) from error
            except IsthmusError:
                self._describes = self._fresh()  # fields may have been made since
                raise

    def _write(self, flow: Flow, relationship: str, parents: Sequence[Parent], priority: Priority) -> None:
        kin = self._kin(flow, relationship)
        old = [parent.id for parent in parents if not parent.created or kin.key == ID]
        family = Family(relationship, kin, parents, self._standing(kin, old))
        places = [place for parent in parents for place in _places(parent, family)]
        for key in dict.fromkeys((ID, kin.key)):
            self._send(family, Batch(kin.object, key, ()), [place for place in places if place.key == key], priority)
        if kin.key != ID:
            self._drop(family, priority)

    def _send(self, family: Family, batch: Batch, places: Sequence[Place], priority: Priority) -> None:
        rows = [place.row for place in places]
        outcomes = self._writer.write(replace(batch, rows=rows), priority) if rows else []
        for place, outcome in zip(places, outcomes, strict=True):
            place.parent.settle(family.relationship, place.position, place.name, outcome)

    def _drop(self, family: Family, priority: Priority) -> None:
        """Delete the children that carry a key of ours and are lines no more."""
        stale = {one: parent for parent in family.parents for one in _stale(parent, family)}
        for one, outcome in zip(stale, self._writer.delete(list(stale), priority), strict=True):
            if isinstance(outcome, IsthmusError) and outcome.code != "ENTITY_IS_DELETED":
                stale[one].refusal = stale[one].refusal or _of_line(outcome, one)

    def _standing(self, kin: Kin, parents: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return by parent the children that stand there: their key in small letters, and their Id."""
        wanted = Asked(kin.object, "", tuple(dict.fromkeys((ID, kin.key, kin.link))), {}, {})
        found: dict[str, dict[str, str]] = {parent: {} for parent in parents}
        for start in range(0, len(parents), CHUNK):
            soql = select(wanted, Cut([among(kin.link, parents[start : start + CHUNK])]))
            for raw in self._rows(soql):
                if raw[kin.key]:
                    found[str(raw[kin.link])][str(raw[kin.key]).lower()] = str(raw[ID])
        return found

    def _rows(self, soql: str) -> Iterator[Mapping[str, Any]]:
        answer = self._line.query(soql, Priority.REALTIME)
        yield from answer["records"]
        while not answer["done"]:
            answer = self._line.more(answer["nextRecordsUrl"], Priority.REALTIME)
            yield from answer["records"]

    def _kin(self, flow: Flow, relationship: str) -> Kin:
        child = self._describes.child(flow.target.object, relationship)
        link = self._describes.field(child.object, "name", child.link)
        rules = [
            rule for path, rule in (*flow.fields.items(), *flow.gone.items()) if path.split(".")[0] == relationship
        ]
        names = dict.fromkeys(name.split(".")[0] for rule in rules for name in rule.fields)
        kept = [name for name in names if self._describes.field(child.object, "name", name).get("externalId")]
        return Kin(child.object, child.link, bool(link["updateable"]), next(iter(kept), ID) if ID not in names else ID)

    def _fresh(self) -> Describes:
        return Describes(lambda name: self._line.get(f"sobjects/{name}/describe", Priority.REALTIME))


def _places(parent: Parent, family: Family) -> Iterator[Place]:
    """Yield the parent's lines that can be written; one that is named by an Id that is not there is left out."""
    lines, kin, here = parent.lines[family.relationship], family.kin, family.standing.get(parent.id, {})
    parent.ids[family.relationship] = [""] * len(lines)
    for position, line in enumerate(lines):
        address = str(wire(line.get(kin.key)) or "")
        fields = {name: value for name, value in line.items() if name not in {"line", kin.link}}
        known = here.get(address.lower())
        if known:
            link = {kin.link: parent.id} if kin.movable and kin.key != ID else {}
            yield Place(parent, position, ID, address, row(ID, known, fields | link))
        elif kin.key != ID:
            yield Place(parent, position, kin.key, address, row(kin.key, address, fields | {kin.link: parent.id}))


def _stale(parent: Parent, family: Family) -> Iterator[str]:
    said = {str(wire(line.get(family.kin.key)) or "").lower() for line in parent.lines[family.relationship]}
    yield from (one for key, one in family.standing.get(parent.id, {}).items() if key not in said)


def _of_line(error: IsthmusError, name: str) -> IsthmusError:
    """Return a line's refusal as its record's own; what may have been written is sent again, that does no harm."""
    words = f"Line {name}: {error.message}"
    if isinstance(error, Rejected):
        return Rejected(
            error.code, field=f"line {name} {error.field}".strip(), value=error.value, message=words, hint=error.hint
        )
    return Transient(error.code, words, hint=error.hint) if isinstance(error, Unsettled) else error
