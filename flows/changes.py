"""What does a system tell of its own accord? Changes, as the core hears them, and the port they come through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from mappings.language import Flow


class Kind(StrEnum):
    """What became of a record. `LOST` tells only that something has changed which no event names."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    RESTORED = "restored"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Change:
    """One told change of records of one object; no business values, for the record itself is read anew.

    `own` tells that our own client made it; `fields` names what was changed, None where the event does not say;
    `links` are the ids that the event carries, by field. An empty `object` stands for every one.
    """

    object: str
    ids: tuple[str, ...]
    kind: Kind
    at: datetime
    own: bool = False
    fields: frozenset[str] | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    transaction: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What one answer told: changes in the order of their commits, and from where to go on once they are kept."""

    changes: tuple[Change, ...]
    position: str


@dataclass(frozen=True, slots=True)
class Kin:
    """A flow that an object's change concerns; `link` is the field that holds the flow's record, empty for its own."""

    flow: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who listens to a stream, until when unless the watch is kept, and when was last noted how far."""

    name: str
    holder: str | None
    until: datetime | None
    noted_at: datetime


class Changes(Protocol):
    """The telling half of a connector. Every method may raise the errors of `flows.errors`."""

    def kin(self, flows: Sequence[Flow]) -> Mapping[str, Sequence[Kin]]:
        """Return for each object which of the flows it concerns: its own, and those that read it as a child."""

    def follow(self, channel: str, position: str) -> Iterator[Heard]:
        """Yield what is told from behind `position` on, or from now on where it is empty; raises Lapsed for a lost one.

        The next answer is asked for when the one before has been dealt with. Ends by itself only after `stop`.
        """

    def parents(self, child: str, link: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the records that hold these children, deleted ones included; unknown children are left out."""

    def stop(self) -> None:
        """End what is being followed, from another thread or a signal."""
