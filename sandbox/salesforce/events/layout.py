"""Where does an object's field stand in its change event? Position, and bit inside a compound; worked out once an entity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from sandbox.salesforce.events.schemas import COMPOUNDS
from sandbox.salesforce.events.shapes import Part, shape_of


@dataclass(frozen=True)
class Place:
    """A field's place: the schema's field at `position` (the header is 0), and in a compound the part `inner` at `bit`."""

    position: int
    part: Part
    inner: str = ""
    bit: int = 0


@cache
def places_of(entity: str) -> dict[str, Place]:
    """Return the places of an entity's fields, by their names in the object, in the schema's order."""
    return dict(_places(shape_of(entity)))


def _places(parts: tuple[Part, ...]) -> Iterator[tuple[str, Place]]:
    for position, part in enumerate(parts, start=1):
        if part.compound:
            order = COMPOUNDS[part.kind]
            for name, source in part.parts.items():
                yield source, Place(position, part, name, order.index(name))
        else:
            yield part.name, Place(position, part)
