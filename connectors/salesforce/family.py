"""Which children does a record have, and which of its lines is which child?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.salesforce.describe import Describes
from connectors.salesforce.line import Line
from connectors.salesforce.prices import BOOK, CURRENCY, ENTRY, rank
from connectors.salesforce.rows import ID, Lines, Outcome, Row, Written
from connectors.salesforce.soql import Asked, Cut, among, select
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

    def refuse(self, error: IsthmusError, name: str) -> None:
        """Note a line's refusal as the record's own; the first one stands."""
        self.refusal = self.refusal or of_line(error, name)


@dataclass(frozen=True, slots=True)
class Kin:
    """How a relationship's children are written: their object, the field that names the parent, their own key.

    `fixed` are the fields that cannot be changed, `needed` those that cannot be empty.
    """

    object: str
    link: str
    key: str
    fixed: frozenset[str]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """One line on its way: whose it is, which of the list, how people find it, and by what it is addressed."""

    parent: Parent
    relationship: str
    position: int
    name: str
    key: str
    row: Row

    def settle(self, outcome: Outcome) -> None:
        """Note what became of the line."""
        if isinstance(outcome, Written):
            self.parent.ids[self.relationship][self.position] = outcome.id
        else:
            self.parent.refuse(outcome, self.name)


@dataclass
class Standing:
    """The children that stand at the org, by parent: their Id by key in small letters, and by what there is one of."""

    by_key: dict[str, dict[str, str]] = field(default_factory=dict)
    by_rank: dict[tuple[str, tuple[str, str]], str] = field(default_factory=dict)

    def find(self, parent: str, key: str, row: Row) -> str:
        """Return the Id of the child that a row is, empty if it is new."""
        return self.by_key.get(parent, {}).get(key.lower()) or self.by_rank.get((parent, rank(row)), "")


def kin_of(flow: Flow, relationship: str, describes: Describes) -> Kin:
    """Return how the org says that the children of a relationship are written, and by which field the flow keys them."""
    child = describes.child(flow.target.object, relationship)
    rules = [rule for path, rule in (*flow.fields.items(), *flow.gone.items()) if path.split(".")[0] == relationship]
    names = dict.fromkeys(name for rule in rules for name in rule.fields if "." not in name)
    keys = (
        [ID] if ID in names else [name for name in names if describes.field(child.object, "name", name)["externalId"]]
    )
    told = describes.fields(child.object)
    fixed = {str(one["name"]) for one in told if not one["updateable"]} - {ID}
    needed = {str(one["name"]) for one in told if not one["nillable"] and one["type"] == "reference"}
    return Kin(child.object, child.link, keys[0] if keys else ID, frozenset(fixed), frozenset(needed))


def standing(line: Line, kin: Kin, parents: Sequence[str]) -> Standing:
    """Return the children that the parents have."""
    more = (BOOK, CURRENCY) if kin.object == ENTRY else ()
    wanted = Asked(kin.object, "", tuple(dict.fromkeys((ID, kin.key, kin.link, *more))), {}, {})
    found = Standing()
    for start in range(0, len(parents), CHUNK):
        for raw in _rows(line, select(wanted, Cut([among(kin.link, parents[start : start + CHUNK])]))):
            parent, one = str(raw[kin.link]), str(raw[ID])
            if raw[kin.key]:
                found.by_key.setdefault(parent, {})[str(raw[kin.key]).lower()] = one
            if more:
                found.by_rank[parent, rank(raw)] = one
    return found


def placed(place: Place, kin: Kin, there: Standing) -> Place | None:
    """Return a line as it is addressed: by Id where it stands, else by its key; None for one that cannot be written."""
    row = {name: value for name, value in place.row.items() if name not in {"line", kin.link}}
    key = str(row.get(kin.key) or "")
    if known := there.find(place.parent.id, key, row):
        kept = {name: value for name, value in row.items() if name not in kin.fixed and name != ID}
        return Place(place.parent, place.relationship, place.position, place.name, ID, {ID: known, **kept})
    if kin.key == ID or any(name in row and row[name] is None for name in kin.needed):
        return None
    new = {kin.key: key, **row, kin.link: place.parent.id}
    return Place(place.parent, place.relationship, place.position, place.name, kin.key, new)


def of_line(error: IsthmusError, name: str) -> IsthmusError:
    """Return a line's refusal as its record's own; what may have been written is sent again, that does no harm."""
    words = f"Line {name}: {error.message}"
    if isinstance(error, Rejected):
        where = f"line {name} {error.field}".strip()
        return Rejected(error.code, field=where, value=error.value, message=words, hint=error.hint)
    return Transient(error.code, words, hint=error.hint) if isinstance(error, Unsettled) else error


def _rows(line: Line, soql: str) -> Iterator[Mapping[str, object]]:
    answer = line.query(soql, Priority.REALTIME)
    yield from answer["records"]
    while not answer["done"]:
        answer = line.more(answer["nextRecordsUrl"], Priority.REALTIME)
        yield from answer["records"]
