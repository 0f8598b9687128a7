"""How do records come in? Capture reads a flow's source and admits each version to the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from flows.catalogue import lane_of
from flows.errors import IsthmusError, Rejected
from flows.model import ANY, Intake, Page, Pause, Priority, Reading, Record
from flows.moments import Occurrence
from flows.policy import REST, reason_of, rests
from flows.ports import Services
from flows.timetable import is_open, occurrence
from mappings.language import Flow
from mappings.paths import value_at
from mappings.where import meets

AGAIN = timedelta(minutes=5)  # after which a run of an occurrence that failed is tried once more


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read: changes since the cursor (or `since`), everything, or the named ids."""

    reading: Reading = Reading.CHANGES
    since: datetime | None = None
    ids: tuple[str, ...] = ()
    priority: Priority = Priority.BATCH


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run came to: records read, new deliveries, and versions known before."""

    run: int
    read: int = 0
    new: int = 0
    known: int = 0


def capture(name: str, wanted: Wanted, services: Services) -> Tally:
    """Run one capture of the flow; a failure ends the run with its reason and is raised again."""
    run = services.queue.open_run(name, wanted.reading, services.clock())
    return _read(services.flows[name], wanted, run, services)


def capture_if_due(name: str, wanted: Wanted, services: Services) -> Tally | None:
    """Run a scheduled capture, unless the flow is not due, another worker has begun it, or its source rests."""
    flow = services.flows[name]
    now = services.clock()
    pause = services.memory.pauses().get(flow.source.system)
    if pause and pause.until > now:
        return None
    run = _begin(flow, wanted, now, services)
    return None if run is None else _read(flow, wanted, run, services)


def _begin(flow: Flow, wanted: Wanted, now: datetime, services: Services) -> int | None:
    """Begin the run that the timetable asks for; a flow with `at` has one for each occurrence, whoever ticks how often."""
    if flow.at is None:
        return services.queue.open_run(flow.flow, wanted.reading, now) if is_open(flow, now, services.zone) else None
    moment = occurrence(flow, now, services.zone)
    if moment is None:
        return None
    return services.queue.open_occurrence(flow.flow, wanted.reading, now, Occurrence(moment, now - AGAIN))


def _read(flow: Flow, wanted: Wanted, run: int, services: Services) -> Tally:
    try:
        tally = _admit_all(flow, wanted, Tally(run), services)
    except IsthmusError as error:
        _fail(flow, run, error, services)
        if isinstance(error, Rejected) and len(wanted.ids) == 1:  # refused by its source: the run says why
            services.queue.strike(flow.flow, wanted.ids, run, services.clock())
        raise
    services.queue.close_run(run, services.clock(), None)
    services.memory.resume(flow.source.system)
    return tally


def _admit_all(flow: Flow, wanted: Wanted, tally: Tally, services: Services) -> Tally:
    unfound = dict.fromkeys(wanted.ids if wanted.reading is Reading.NAMED or wanted.since else (ANY,))
    for page in _pages(flow, wanted, services):
        admitted = services.queue.admit(intake_of(flow, wanted, tally.run, page), services.clock())
        services.bell.relay()
        tally = Tally(tally.run, tally.read + len(page.records), tally.new + admitted.new, tally.known + admitted.known)
        for record in page.records:
            unfound.pop(record.id, None)
    if unfound:
        services.queue.strike(flow.flow, list(unfound), tally.run, services.clock())
    return tally


def _pages(flow: Flow, wanted: Wanted, services: Services) -> Iterator[Page]:
    source = services.sources[flow.source.system]
    if wanted.reading is Reading.NAMED:
        yield from source.named(flow, wanted.ids)
        return
    since = _since(flow, wanted, services)
    if flow.gone and since:  # first, because the cursor moves with what has changed
        yield from source.removed(flow, since)
    yield from source.changed(flow, since)


def _since(flow: Flow, wanted: Wanted, services: Services) -> datetime | None:
    """Return where to begin; a little before the cursor, because a save may show up behind a later one."""
    if wanted.reading is Reading.FULL:
        return None
    cursor = wanted.since or services.queue.cursor(flow.flow)
    return cursor and cursor - services.pace.overlap


def intake_of(flow: Flow, wanted: Wanted, run: int, page: Page) -> Intake:
    """Return a page with all that its deliveries start with."""
    page = _without_lost(flow, page)
    return Intake(
        run=run,
        flow=flow.flow,
        lane=lane_of(flow, wanted.priority),
        owner=flow.owner,
        page=page,
        filtered=frozenset()
        if flow.gone
        else frozenset(one.id for one in page.records if one.gone or not selects(flow, one)),
        amounts=_amounts(flow, page.records),
    )


def _without_lost(flow: Flow, page: Page) -> Page:
    """Mark what the flow selects no more as gone, where its file says what becomes of that."""
    if not flow.gone:
        return page
    records = (one if one.gone or selects(flow, one) else replace(one, gone=True) for one in page.records)
    return replace(page, records=tuple(records))


def selects(flow: Flow, record: Record) -> bool:
    """Tell whether the flow's `where` selects the record; a path that was not read counts as selected by the source."""
    return all(
        meets(record.fields[path], condition) for path, condition in flow.source.where.items() if path in record.fields
    )


def _amounts(flow: Flow, records: Sequence[Record]) -> Mapping[str, tuple[Decimal, str]]:
    if flow.value is None:
        return {}
    found = {}
    for record in records:
        amount = _decimal(value_at(record.fields, flow.value.amount))
        if amount is not None:
            found[record.id] = (amount, str(value_at(record.fields, flow.value.currency) or ""))
    return found


def _decimal(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _fail(flow: Flow, run: int, error: IsthmusError, services: Services) -> None:
    now = services.clock()
    services.queue.close_run(run, now, reason_of(error))
    if rests(error):
        services.memory.pause(Pause(flow.source.system, now + REST, reason_of(error)))
