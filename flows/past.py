"""What does the ledger remember of backfills, and who may go on with one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flows.model import Intake, Reason
from flows.moments import Keyset


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of the past is wanted: records changed from `since` on and before `until`; None means up to the present."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The key that crosses the queue: a backfill, by its run, and the fence under which it was leased."""

    run: int
    fence: int


@dataclass(frozen=True, slots=True)
class Backfill:
    """A backfill as its holder has it in hand: all up to `place` has been admitted."""

    turn: Turn
    flow: str
    place: Keyset
    until: datetime | None


class Past(Protocol):
    """The ledger's backfills. Every change but the first is refused to who holds an old fence."""

    def begin(self, flow: str, stretch: Stretch, who: str, now: datetime) -> int:
        """Write a backfill down, with a run of its own; returns the run's id, which is the backfill's too."""

    def lease(self, now: datetime, until: datetime) -> Sequence[Turn]:
        """Lease every open backfill that nobody holds and that does not rest."""

    def claim(self, turn: Turn, until: datetime) -> Backfill | None:
        """Take a leased backfill in hand; None if it is another's by now, or at its end."""

    def extend(self, turns: Sequence[Turn], until: datetime) -> None:
        """Prolong the turns that are still held under these fences."""

    def admit(self, backfill: Backfill, intake: Intake, until: datetime, now: datetime) -> bool:
        """Take a page in and move to the backfill's new place, in one transaction; False, and nothing, if it is another's."""

    def rest(self, turn: Turn, until: datetime, reason: Reason | None) -> None:
        """Put a backfill down until a time, with the reason for people."""

    def end(self, turn: Turn, now: datetime, failure: Reason | None) -> None:
        """End a backfill."""

    def under_way(self, lane: str) -> int:
        """Return how many deliveries of a lane have not come to an end."""
