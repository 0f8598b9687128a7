"""How does a record stand at the target before we write?"""

from __future__ import annotations

from dataclasses import dataclass

from mappings.values import Fields


@dataclass(frozen=True, slots=True)
class Present:
    """How a record stands at the target now: its fields as a payload would name them, and when it was last changed.

    Lists of lines hold only what may be written back; `modified` has the form of a version.
    """

    target_id: str
    fields: Fields
    modified: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record at the target that may be the same business object; `certain` when a field proves it. `words` show it."""

    target_id: str
    words: str
    certain: bool
