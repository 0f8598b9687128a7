"""How is the past read again? In pages, in the order of changes, below everything else; any worker may go on with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flows.capture import Wanted, intake_of
from flows.catalogue import lane_of
from flows.errors import IsthmusError, Throttled, Transient, Unreachable, Unsettled
from flows.model import Page, Pause, Priority, Reading, Reason
from flows.moments import Keyset
from flows.past import Backfill, Past, Stretch, Turn
from flows.policy import REST, reason_of
from flows.ports import Bell, Services
from mappings.language import Flow

PAGE = 200  # records read at once
PAGES = 5  # pages to a task; then another task's turn comes
UNDER_WAY = 2000  # deliveries of the lane that may be unsettled; no page is read that could lead beyond
QUEUED = timedelta(seconds=30)  # how long a turn may lie in its queue
PAUSE = timedelta(seconds=5)  # between two looks whether the lane has room again
WANTED = Wanted(Reading.BACKFILL, priority=Priority.BACKFILL)
FULL = Reason("LANE_FULL", "What was read is not delivered yet; reading goes on when the lane has room.")
NO_FLOW = Reason("NO_SUCH_FLOW", "No flow of this name is there any more.")


def begin(flow: str, stretch: Stretch, who: str, desk: tuple[Past, Bell, Callable[[], datetime]]) -> int:
    """Write a backfill down and knock for it; returns its id."""
    past, bell, clock = desk
    run = past.begin(flow, stretch, who, clock())
    take_up(past, bell, clock())
    return run


def take_up(past: Past, bell: Bell, now: datetime) -> int:
    """Knock for every backfill that nobody has in hand: new ones, rested ones, and those whose holder died."""
    turns = past.lease(now, now + QUEUED)
    for turn in turns:
        bell.backfill(turn)
    return len(turns)


def backfill(turn: Turn, services: Services) -> int:
    """Read some pages and leave the rest to the next task; returns how many pages were admitted."""
    held = services.past.claim(turn, services.clock() + services.pace.claimed)
    if held is None:
        return 0
    flow = services.flows.get(held.flow)
    if flow is None:
        services.past.end(held.turn, services.clock(), NO_FLOW)
        return 0
    pause = services.memory.pauses().get(flow.source.system)
    if pause and pause.until > services.clock():
        services.past.rest(held.turn, pause.until, pause.reason)
        return 0
    try:
        with services.keeping_turns([held.turn]):
            return _read(flow, held, services)
    except IsthmusError as error:
        _put_down(flow, held, error, services)
        return 0


def _read(flow: Flow, held: Backfill, services: Services) -> int:
    for done in range(PAGES):
        if services.past.under_way(lane_of(flow, Priority.BACKFILL)) + PAGE > UNDER_WAY:
            services.past.rest(held.turn, services.clock() + PAUSE, FULL)
            return done
        page = services.sources[flow.source.system].after(flow, held.place, held.until, PAGE)
        moved = _admit(flow, held, page, services)
        if moved is None:  # another has taken it up meanwhile, or a person has stopped it
            return done
        if len(page.records) < PAGE:
            services.past.end(held.turn, services.clock(), None)
            return done + 1
        held = moved
    services.past.rest(held.turn, services.clock(), None)
    take_up(services.past, services.bell, services.clock())
    return PAGES


def _admit(flow: Flow, held: Backfill, page: Page, services: Services) -> Backfill | None:
    """Take a page in without moving the flow's own cursor; None when the backfill is another's."""
    moved = replace(held, place=_end(page) or held.place)
    intake = intake_of(flow, WANTED, held.turn.run, replace(page, cursor=None))
    now = services.clock()
    if not services.past.admit(moved, intake, now + services.pace.claimed, now):
        return None
    services.bell.relay()
    return moved


def _end(page: Page) -> Keyset | None:
    return Keyset(page.cursor, page.records[-1].id) if page.records and page.cursor else None


def _put_down(flow: Flow, held: Backfill, error: IsthmusError, services: Services) -> None:
    """Rest after what passes; end after what would go wrong again, until a person resumes it."""
    now = services.clock()
    if isinstance(error, Unreachable):
        services.memory.pause(Pause(flow.source.system, now + REST, reason_of(error)))
    match error:
        case Throttled():
            services.past.rest(held.turn, now + timedelta(seconds=error.wait), reason_of(error))
        case Transient() | Unreachable() | Unsettled():
            services.past.rest(held.turn, now + REST, reason_of(error))
        case _:
            services.past.end(held.turn, now, reason_of(error))
