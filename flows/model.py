"""Which values travel through the core?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from mappings.merge import Clash
from mappings.values import Fields, Reference


class State(StrEnum):
    """Where a delivery stands; the last five are ends."""

    PENDING = "pending"
    LEASED = "leased"
    WAITING = "waiting"
    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    FILTERED = "filtered"
    SUPERSEDED = "superseded"
    DEAD = "dead"


class Priority(StrEnum):
    """Which work goes first, in the lanes and in the governor: real time before batch, and backfill below everything."""

    REALTIME = "realtime"
    BATCH = "batch"
    BACKFILL = "backfill"


class Reading(StrEnum):
    """What a run reads: changes since the cursor, everything, named records, or a stretch of the past."""

    CHANGES = "changes"
    FULL = "full"
    NAMED = "named"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Record:
    """One business object as its system had it, at a version.

    `version` is the source's modification time as `YYYY-MM-DDTHH:MM:SS.mmmZ`, so versions of one record compare as text.
    `gone` says that it was deleted, or that the flow selects it no more; a deleted one has perhaps no fields but its id.
    """

    id: str
    version: str
    fields: Mapping[str, object]
    gone: bool = False


ANY = "*"  # the source id of an ask that cannot name its record: whatever the flow has not read yet


@dataclass(frozen=True, slots=True)
class Ask:
    """Someone outside said that a record changed: from the moment it is in the ledger, it will be read.

    `version` is the record's version if the sender knew it, else ""; `gone` says that the record was deleted; `origin`
    tells where the ask came from (`outbound`, `hook:NAME`, `listen`, `http`, `enqueue`, `reference`).
    `ANY` as its source id asks for the flow's changes, whichever they are: any run that reads them answers it.
    """

    flow: str
    source_id: str
    version: str
    gone: bool
    origin: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a stream of events has been read, noted in the transaction of the asks that it brought.

    `fence` is that of the watch under which it was read; `noted_at` is told by the ledger.
    """

    name: str
    position: str
    fence: int = 0
    noted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Records admitted in one transaction; `cursor` is how far the flow has read once they are in, None if unknown yet."""

    records: tuple[Record, ...]
    cursor: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """One page on its way into the ledger, with all that its deliveries start with."""

    run: int
    flow: str
    lane: str
    owner: str
    page: Page
    filtered: frozenset[str] = frozenset()
    amounts: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Admitted:
    """What an admission did: new deliveries, versions known before, and older ones that it superseded."""

    new: int
    known: int
    superseded: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The key that crosses the queue: a delivery and the fence under which it was leased."""

    delivery: int
    fence: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """Leased deliveries that share one message and one call; `label` names them for people (no business values)."""

    lane: str
    leases: tuple[Lease, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record version on its way through one flow, as its claimant holds it."""

    lease: Lease
    flow: str
    record: Record
    attempts: int
    unsettled: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """The lasting pair source id to target id, down to the line, with what was last sent.

    `agreed` is what both sides held then, as plain values: the base of the next comparison, None where nobody compares.
    """

    flow: str
    source_id: str
    target_id: str
    version: str
    digest: str
    lines: Mapping[str, str] = field(default_factory=dict)
    agreed: Fields | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The target holds the payload under `target_id`; `warning` is a vendor's remark that a person may want to read.

    `lines` gives the target's key of each named line, where the answer tells it.
    """

    target_id: str
    warning: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up by key found at the target, and which source version it carries."""

    target_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a delivery waits or is dead, in words for people."""

    code: str
    message: str
    hint: str = ""
    field: str = ""
    value: str = ""
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one attempt came to. `counted` tells whether it used up one of the delivery's attempts."""

    lease: Lease
    state: State
    due_at: datetime | None = None
    counted: bool = True
    unsettled: bool = False
    reason: Reason | None = None
    waiting_for: Reference | None = None
    binding: Binding | None = None
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that waits for a person, as it is announced: no business values, only where to look."""

    delivery: int
    flow: str
    source_id: str
    code: str
    owner: str


@dataclass(frozen=True, slots=True)
class Fate:
    """How the newest delivery of a record stands, for whoever waits behind it."""

    state: State
    code: str = ""
    message: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it may still come to its target by itself."""
        return self.state in {State.PENDING, State.LEASED, State.WAITING}


@dataclass(frozen=True, slots=True)
class Pause:
    """A connection (or flow) that is not called before `until`, and why."""

    name: str
    until: datetime
    reason: Reason
