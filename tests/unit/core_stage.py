"""A small stage for the core: a real ledger, and sources, targets and a bell that are plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.capture import Tally, Wanted, capture
from flows.deliver import deliver
from flows.errors import IsthmusError, Rejected
from flows.model import DeadLetter, Found, Page, Parcel, Placed, Priority, Reading, Record
from flows.moments import Keyset
from flows.pace import Pace
from flows.past import Turn
from flows.ports import Services
from flows.relay import relay
from flows.standing import Candidate, Present
from ledger.ledger import Ledger
from ledger.migrate import migrate
from mappings.catalogue import Catalogue, Item
from mappings.language import Flow
from mappings.loading import load_flows
from mappings.tables import load_tables
from mappings.values import Payload

MAPPINGS = Path(__file__).parent.parent.parent / "mappings"
CUSTOMERS, ORDERS = "account_to_customer", "opportunity_to_sales_order"
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
Answer = Placed | IsthmusError


@dataclass
class Books:
    """A source: the records that it has, by flow."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    asked_since: list[datetime | None] = field(default_factory=list)
    asked_after: list[Keyset] = field(default_factory=list)
    removed_since: list[datetime] = field(default_factory=list)
    failure: IsthmusError | None = None
    deleted: dict[str, list[Record]] = field(default_factory=dict)
    led: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def removed(self, flow: Flow, since: datetime) -> Iterator[Page]:
        self.removed_since.append(since)
        yield Page(tuple(self.deleted.get(flow.flow, ())))

    def heirs(self, flow: Flow, path: str, ids: Sequence[str]) -> Mapping[str, str]:
        return {one: heir for one, heir in self.led.get((flow.flow, path), {}).items() if one in ids}

    def changed(self, flow: Flow, since: datetime | None) -> Iterator[Page]:
        self.asked_since.append(since)
        if self.failure:
            raise self.failure
        yield Page(tuple(self.records.get(flow.flow, ())), START)

    def after(self, flow: Flow, place: Keyset, until: datetime | None, most: int) -> Page:
        self.asked_after.append(place)
        if self.failure:
            raise self.failure
        mine = sorted(self.records.get(flow.flow, ()), key=lambda one: (_moment(one), one.id))
        behind = [one for one in mine if (_moment(one), one.id) > (place.moment, place.id)]
        found = [one for one in behind if until is None or _moment(one) < until][:most]
        return Page(tuple(found), _moment(found[-1]) if found else None)

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        yield Page(tuple(one for one in self.records.get(flow.flow, ()) if one.id in ids))

    def total(self, flow: Flow) -> int:
        return len(self.records.get(flow.flow, ()))


@dataclass
class Shelf:
    """A target: what it holds, every call, and the answers that it was told to give next."""

    held: dict[str, Payload] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    answers: list[IsthmusError] = field(default_factory=list)
    failures: list[IsthmusError] = field(default_factory=list)
    present: dict[str, Present] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    alike: dict[str, list[Candidate]] = field(default_factory=dict)
    written: list[Payload] = field(default_factory=list)
    size: int = 100

    def upsert(self, _flow: Flow, payloads: Sequence[Payload], _priority: Priority) -> Sequence[Answer]:
        self.calls.append([payload.key for payload in payloads])
        if self.failures:
            raise self.failures.pop(0)
        return [self._put(payload) for payload in payloads]

    def _put(self, payload: Payload) -> Answer:
        if self.answers:
            return self.answers.pop(0)
        before = self.held[payload.key].fields if payload.key in self.held else {}
        self.held[payload.key] = replace(payload, fields=before | payload.fields)
        self.written.append(payload)
        return Placed(payload.target_id or f"T-{payload.key}")

    def read(self, _flow: Flow, target_ids: Sequence[str]) -> Mapping[str, Present]:
        own = {f"T-{key}": Present(f"T-{key}", payload.fields, "") for key, payload in self.held.items()}
        if any(one in self.locked for one in target_ids):
            raise Rejected("LOCKED", message="This record has been locked by a user defined workflow.")
        known = own | self.present
        return {one: known[one] for one in target_ids if one in known}

    def match(self, _flow: Flow, payloads: Sequence[Payload]) -> Sequence[Sequence[Candidate]]:
        return [self.alike.get(payload.key, []) for payload in payloads]

    def find(self, flow: Flow, keys: Sequence[str]) -> Mapping[str, Found]:
        self.looked_up += keys
        version = flow.target.version
        return {key: Found(f"T-{key}", self.held[key].fields.get(version, "")) for key in keys if key in self.held}

    def page(self, _flow: Flow) -> int:
        return self.size


@dataclass
class Knocks:
    """A bell that writes down what it was asked to ring."""

    parcels: list[Parcel] = field(default_factory=list)
    captures: list[tuple[str, list[str]]] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def relay(self) -> None:
        """A knock for a relay needs no note: the stage relays when a test says so."""

    def deliver(self, parcel: Parcel) -> None:
        self.parcels.append(parcel)

    def capture(self, flow: str, ids: Sequence[str]) -> None:
        self.captures.append((flow, list(ids)))

    def backfill(self, turn: Turn) -> None:
        self.turns.append(turn)

    def announce(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters


class Stage:
    """The core with everything it is handed, and a clock that a test turns."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
        migrate(url)
        self.ledger = Ledger(url)
        self.source, self.target, self.bell = Books(), Shelf(), Knocks()
        self.now = START
        self.catalogues = 0
        self.catalogue_failure: IsthmusError | None = None
        self.services = Services(
            flows=load_flows(MAPPINGS),
            sources={"salesforce": self.source, "netsuite": self.source},
            targets={"netsuite": self.target, "salesforce": self.target},
            queue=self.ledger.queue,
            memory=self.ledger.memory,
            past=self.ledger.past,
            bell=self.bell,
            catalogue=self._catalogue,
            tables=load_tables(MAPPINGS / "tables"),
            zone=UTC,  # type: ignore[arg-type] # any tzinfo serves
            clock=lambda: self.now,
            jitter=lambda: 0.0,
            keeping=_held,
            keeping_turns=_held,
            pace=Pace(slots=2, parcels_per_slot=1),
        )

    def _catalogue(self) -> Catalogue:
        self.catalogues += 1
        if self.catalogue_failure:
            raise self.catalogue_failure
        return Catalogue([Item("501", "GTX Pro", "", inactive=False)])

    def has(self, flow: str, *records: Record) -> None:
        """Let the source have these records of a flow."""
        self.source.records[flow] = list(records)

    def capture(self, flow: str, reading: Reading = Reading.CHANGES, *ids: str) -> Tally:
        """Capture a flow."""
        return capture(flow, Wanted(reading, ids=ids), self.services)

    def work(self, rounds: int = 6) -> None:
        """Relay and deliver, and carry out the captures that were asked for, until nothing more comes."""
        for _ in range(rounds):
            relay(self.services)
            for parcel in self.take():
                deliver(parcel.lane, parcel.leases, self.services)
            for flow, ids in self.bell.captures:
                self.capture(flow, Reading.NAMED, *ids)
            self.bell.captures.clear()

    def take(self) -> list[Parcel]:
        """Take the parcels that were sent."""
        sent, self.bell.parcels = self.bell.parcels, []
        return sent

    def passes(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)

    def states(self, flow: str = ORDERS) -> dict[str, int]:
        """Return how many deliveries of a flow are in which state."""
        return {str(state): number for state, number in self.ledger.reports.counts().get(flow, {}).items()}


@contextmanager
def _held(leases: Sequence[object]) -> Iterator[None]:
    assert leases
    yield


def account(number: int = 1, version: int = 1, **fields: object) -> Record:
    """Return an account."""
    own = {
        "Id": f"001{number:012d}AAA",
        "Name": f"Customer {number}",
        "CurrencyIsoCode": "USD",
        "SystemModstamp": _raw(version),
    }
    return Record(str(own["Id"]), _stamp(version), own | fields)


def deal(number: int = 1, version: int = 1, *, sku: str = "GTX Pro", customer: int = 1, **fields: object) -> Record:
    """Return a won opportunity with one line."""
    line = {"Id": f"00k{number:012d}AAA", "Quantity": 1, "UnitPrice": 50, "Product2": {"ProductCode": sku}}
    own = {
        "Id": f"006{number:012d}AAA", "Name": f"Deal {number}", "StageName": "Closed Won", "CloseDate": "2026-11-20",
        "Amount": 50, "CurrencyIsoCode": "USD", "AccountId": f"001{customer:012d}AAA", "SystemModstamp": _raw(version),
        "OpportunityLineItems": {"records": [line]},
    }  # fmt: skip
    return Record(str(own["Id"]), _stamp(version), own | fields)


def _stamp(version: int) -> str:
    return f"2026-11-{version:02d}T00:00:00.000Z"


def _moment(record: Record) -> datetime:
    return datetime.fromisoformat(record.version)


def _raw(version: int) -> str:
    """Return a version as Salesforce's REST writes it, unlike the form in which versions are compared."""
    return _stamp(version).replace("Z", "+0000")
