"""Which moments do runs turn on? A place in the order in which records are read, an occurrence of a timetable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Keyset:
    """A place in the order (moment of change, id) in which records are read; without an id, before all of its moment."""

    moment: datetime
    id: str = ""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment at which a flow's `at` occurs; a run of it that failed before `again` does not count."""

    at: datetime
    again: datetime
