"""What does the core need from the outside, and by which names?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flows.errors import IsthmusError
from flows.holders import Holders
from flows.model import (
    Admitted,
    Ask,
    Binding,
    DeadLetter,
    Delivery,
    Fate,
    Found,
    Intake,
    Lease,
    Mark,
    Page,
    Parcel,
    Pause,
    Placed,
    Priority,
    Reading,
    Reason,
    Settlement,
)
from flows.moments import Keyset, Occurrence
from flows.pace import Pace
from flows.past import Past, Turn
from flows.policy import Policy
from flows.standing import Candidate, Present
from flows.world import ORDERS, World
from mappings.catalogue import Catalogue
from mappings.language import Flow
from mappings.tables import Tables
from mappings.values import Payload, Reference


class Source(Protocol):
    """The reading half of a connector. Every method may raise the errors of `flows.errors`."""

    def changed(self, flow: Flow, since: datetime | None) -> Iterator[Page]:
        """Yield pages of the flow's records changed at or after `since`; None means all that its `where` selects.

        With a `since`, a flow that says what becomes of `gone` records also gets those that its `where` does not select.
        """

    def after(self, flow: Flow, place: Keyset, until: datetime | None, most: int) -> Page:
        """Return the next `most` selected records behind the place, changed before `until`; fewer, and there are no more."""

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        """Yield the named records, whether or not the flow's `where` selects them; deleted ones as gone."""

    def removed(self, flow: Flow, since: datetime) -> Iterator[Page]:
        """Yield, as gone, the records deleted at or after `since`; pages carry no cursor."""

    def heirs(self, flow: Flow, path: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return which record of the flow's object leads over `path` to each of the ids: {id it leads to: its own id}."""

    def total(self, flow: Flow) -> int:
        """Return how many objects of the flow's kind the system holds, selected or not."""


class Target(Protocol):
    """The writing half of a connector."""

    def upsert(self, flow: Flow, payloads: Sequence[Payload], priority: Priority) -> Sequence[Placed | IsthmusError]:
        """Write the payloads in one call, each under its key; one answer for each, in order.

        Raises an error of `flows.errors` when the call failed as a whole; it then goes for every payload.
        """

    def find(self, flow: Flow, keys: Sequence[str]) -> Mapping[str, Found]:
        """Look up which keys exist at the target; absent ones are left out."""

    def page(self, flow: Flow) -> int:
        """Return how many payloads one call may carry."""

    def read(self, flow: Flow, target_ids: Sequence[str]) -> Mapping[str, Present]:
        """Return how records stand at the target, by id, in the fields that the flow's rules write (key and version too).

        Absent ones are left out. Lists of lines are whole, each line with its `line` and all that may be written back.
        """

    def match(self, flow: Flow, payloads: Sequence[Payload]) -> Sequence[Sequence[Candidate]]:
        """Return for each payload, in order, the records that may be the same object by the flow's `match`."""


class Queue(Protocol):
    """The ledger's deliveries, from admission to settlement."""

    def ask(self, wanted: Sequence[Ask], now: datetime, mark: Mark | None = None) -> int:
        """Note the asks, and how far their stream was read, in one transaction; returns how many were not outstanding yet.

        Outstanding asks for one record are one ask with the newest hint. An ask is answered, and struck off, in the
        transaction that admits its record: by a run that began after it, at the version it hints at or a newer one.
        Raises Overtaken, and notes nothing, when the mark's fence is not that of the stream's watch.
        """

    def mark(self, name: str) -> Mark | None:
        """Return how far the stream was read, and when that was noted; None if nobody ever listened."""

    def watch(self, name: str, holder: str, now: datetime, until: datetime) -> int | None:
        """Take the watch over a stream, or keep it: returns its fence, None while another holder has it."""

    def leave(self, name: str, holder: str) -> None:
        """Give the watch up, so that whoever stands by takes over at once."""

    def outstanding(self, flow: str, ids: Sequence[str]) -> Sequence[str]:
        """Return which of the ids are still asked for, in their order."""

    def asked(self, before: datetime, most: int) -> Sequence[Ask]:
        """Return up to `most` asks that nobody has knocked for since `before`, longest unheard first."""

    def knocked(self, wanted: Sequence[Ask], now: datetime) -> None:
        """Note that these asks are knocked for once more."""

    def strike(self, flow: str, ids: Sequence[str], run: int, now: datetime) -> int:
        """Strike off asks whose record the run did not find; one that said "gone" stays until the source says so, too."""

    def open_run(self, flow: str, reading: Reading, now: datetime) -> int:
        """Begin a run and return its id."""

    def open_occurrence(self, flow: str, reading: Reading, now: datetime, occurrence: Occurrence) -> int | None:
        """Begin the run of an occurrence; None if one is under way, has ended well, or failed only just."""

    def admit(self, intake: Intake, now: datetime) -> Admitted:
        """Take one page in, in one transaction: new deliveries, older ones superseded, cursor moved, asks answered."""

    def close_run(self, run: int, now: datetime, failure: Reason | None) -> None:
        """End a run."""

    def forsake(self, before: datetime, now: datetime, reason: Reason) -> int:
        """End open runs that nobody has added to since `before`; returns how many."""

    def cursor(self, flow: str) -> datetime | None:
        """Return how far the flow has read."""

    def backlog(self, now: datetime, lane: str = "") -> Mapping[str, tuple[int, int]]:
        """Return for each lane, or for one, (how many are due, how many are leased and alive)."""

    def lease(self, lane: str, most: int, now: datetime, until: datetime) -> tuple[Sequence[Lease], str]:
        """Lease up to `most` due deliveries of the lane, oldest first; none whose record is under way elsewhere.

        The second value names the leased for people: flow and first source id.
        """

    def claim(self, leases: Sequence[Lease], now: datetime, until: datetime) -> Sequence[Delivery]:
        """Take the leased deliveries in hand: raise each fence, commit the attempt. Stale leases are left out."""

    def extend(self, leases: Sequence[Lease], until: datetime) -> None:
        """Prolong leases that are still held under these fences."""

    def settle(self, settlements: Sequence[Settlement], now: datetime) -> Sequence[DeadLetter]:
        """Write what each attempt came to, in one transaction; an old fence is refused. Returns the new dead letters."""

    def revive(self, deliveries: Sequence[int], now: datetime, who: str) -> int:
        """Make dead letters pending again with fresh attempts, and say so in the audit; returns how many."""


class Memory(Holders, Protocol):
    """What the ledger remembers about records beyond their deliveries."""

    def bindings(self, references: Iterable[Reference]) -> Mapping[Reference, Binding]:
        """Return the bindings that exist, in one query."""

    def bound_to(self, references: Iterable[Reference]) -> Mapping[Reference, Binding]:
        """Return for references whose id is a *target* id of their flow the newest binding that leads there."""

    def fates(self, references: Iterable[Reference]) -> Mapping[Reference, Fate]:
        """Return how the newest delivery of each record stands; never captured ones are left out."""

    def overrides(self) -> Mapping[str, Mapping[str, str]]:
        """Return the value-table entries that people have set, by table."""

    def pauses(self) -> Mapping[str, Pause]:
        """Return what rests at present, by name."""

    def pause(self, pause: Pause) -> None:
        """Let a connection rest."""

    def resume(self, name: str) -> None:
        """End a rest; nothing happens where there is none."""


class Bell(Protocol):
    """How the core knocks at the broker. Every knock may be lost; the ledger makes up for it."""

    def relay(self) -> None:
        """Ask for a relay soon."""

    def deliver(self, parcel: Parcel) -> None:
        """Send a parcel's keys to its lane."""

    def capture(self, flow: str, ids: Sequence[str]) -> None:
        """Ask for the capture of records that are asked for in the ledger."""

    def backfill(self, turn: Turn) -> None:
        """Send a backfill's turn to who reads on."""

    def announce(self, letters: Sequence[DeadLetter]) -> None:
        """Tell whoever listens that deliveries have died."""


class Keeping(Protocol):
    """Keeps leases alive while a call is under way."""

    def __call__(self, leases: Sequence[Lease]) -> AbstractContextManager[None]:
        """Prolong the leases until the block ends."""


@dataclass(frozen=True)
class Services:
    """All that the core is handed, wired once a process in `workers.container`."""

    flows: Mapping[str, Flow]
    sources: Mapping[str, Source]
    targets: Mapping[str, Target]
    queue: Queue
    memory: Memory
    past: Past
    bell: Bell
    catalogue: Callable[[], Catalogue]
    tables: Tables
    zone: ZoneInfo
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    keeping: Keeping
    keeping_turns: Callable[[Sequence[Turn]], AbstractContextManager[None]]
    world: Callable[[], World] = lambda: ORDERS
    policy: Policy = field(default_factory=Policy)
    pace: Pace = field(default_factory=Pace)
