"""How does the outside knock? An ask is written down first; then its record is read, as often as it takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from flows.capture import Tally, Wanted, capture
from flows.catalogue import lane_of
from flows.errors import Rejected
from flows.model import ANY, Ask, Mark, Priority, Reading
from flows.ports import Bell, Queue, Services
from flows.relay import relay_lane
from mappings.language import Flow

PAGE = 100  # records to a knock; Salesforce's own notifications carry as many
LATE = timedelta(seconds=20)  # a knock that was not answered by then is taken for lost
IDS = {
    "salesforce": (re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?", re.ASCII), "15 or 18 letters and digits"),
    "netsuite": (re.compile(r"\d{1,20}(?:[-_.:]\d{1,20}){0,3}", re.ASCII), "an internal id, such as 1042"),
}


class Reception(Protocol):
    """What it takes to accept an ask: a part of Services, so that a process without connectors can accept."""

    @property
    def flows(self) -> Mapping[str, Flow]:
        """Return the flows by name."""

    @property
    def queue(self) -> Queue:
        """Return the ledger's queue."""

    @property
    def bell(self) -> Bell:
        """Return the way to knock."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Return the clock."""


@dataclass(frozen=True)
class Front:
    """A Reception on its own, for processes that only accept."""

    flows: Mapping[str, Flow]
    queue: Queue
    bell: Bell
    clock: Callable[[], datetime]


def accept(asks: Sequence[Ask], reception: Reception, mark: Mark | None = None) -> int:
    """Write the asks down, and how far their stream was read with them; then knock. Returns how many are new."""
    new = note(asks, reception, mark)
    knock(asks, reception.bell)
    return new


def note(asks: Sequence[Ask], reception: Reception, mark: Mark | None = None) -> int:
    """Write the asks down without knocking; raise Rejected, and write nothing, when one names no flow or no id."""
    for ask in asks:
        check(ask.flow, ask.source_id, reception.flows)
    return reception.queue.ask(asks, reception.clock(), mark)


def knock(asks: Iterable[Ask], bell: Bell) -> None:
    """Knock for the asks' records, a page of one flow at a time."""
    by_flow: dict[str, dict[str, None]] = {}
    for ask in asks:
        by_flow.setdefault(ask.flow, {})[ask.source_id] = None
    for flow, found in by_flow.items():
        ids = list(found)
        for start in range(0, len(ids), PAGE):
            bell.capture(flow, ids[start : start + PAGE])


def check(flow: str, source_id: object, flows: Mapping[str, Flow]) -> None:
    """Raise Rejected, with the nearest names, when the flow is unknown or the id cannot be one of its source's."""
    if flow not in flows:
        raise unknown("flow", flow, flows)
    if not well_formed(flows[flow], source_id):
        form = IDS[flows[flow].source.system][1]
        words = f"{str(source_id)[:60]!r} is not an id of {flows[flow].source.system} ({form})."
        raise Rejected("INVALID_ID", field="ids", value=str(source_id)[:60], message=words)


def well_formed(flow: Flow, source_id: object) -> bool:
    """Tell whether this can be an id of the flow's source."""
    if source_id == ANY:
        return True
    return isinstance(source_id, str) and IDS[flow.source.system][0].fullmatch(source_id) is not None


def unknown(what: str, name: str, known: Iterable[str]) -> Rejected:
    """Return the refusal of a name that nobody knows: with the nearest ones, or all where none is near."""
    names = sorted(set(known))
    near = tuple(difflib.get_close_matches(name, names, 3, 0.5))
    hint = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(names)}."
    words = f"No {what} is called '{name[:60]}'."
    return Rejected(f"UNKNOWN_{what.upper()}", field=what, value=name[:60], candidates=near, message=words, hint=hint)


def hint_of(moment: datetime) -> str:
    """Return a moment as a version to hint at: in whole seconds, for the stamps of both systems have no finer ones."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def reading_object(system: str, name: str, flows: Mapping[str, Flow]) -> tuple[str, ...]:
    """Return the flows that read an object of a system; raise Rejected, with the nearest names, when none does."""
    found = tuple(flow.flow for flow in flows.values() if (flow.source.system, flow.source.object) == (system, name))
    if not found:
        raise unknown("object", name, (flow.source.object for flow in flows.values() if flow.source.system == system))
    return found


def enqueue(name: str, ids: Sequence[str], services: Services) -> Tally | None:
    """Write down that these records are asked for, then answer at once; many are knocked for page by page."""
    now = services.clock()
    asks = [Ask(name, one, "", gone=False, origin="enqueue", asked_at=now) for one in ids]
    note(asks, services)
    if len(asks) > PAGE:
        knock(asks, services.bell)
        return None
    return answer(name, ids, services)


def answer(name: str, ids: Sequence[str], services: Services) -> Tally | None:
    """Capture those of the named records that are still asked for, before all batch work, and send them on at once."""
    if name not in services.flows:
        raise unknown("flow", name, services.flows)
    wanted = services.queue.outstanding(name, ids)
    if not wanted:
        return None
    tally = None
    if ANY in wanted:
        tally = capture(name, Wanted(Reading.CHANGES, priority=Priority.REALTIME), services)
    named = tuple(one for one in wanted if one != ANY)
    tally = _read(name, named, services) if named else tally
    relay_lane(lane_of(services.flows[name], Priority.REALTIME), services)
    return tally


def _read(name: str, ids: tuple[str, ...], services: Services) -> Tally:
    try:
        return capture(name, Wanted(Reading.NAMED, ids=ids, priority=Priority.REALTIME), services)
    except Rejected:
        if len(ids) > 1:
            _part(name, ids, services)
        raise


def renew(services: Services) -> int:
    """Knock once more for asks whose knock was lost; a source that rests is not knocked at. Returns how many were late."""
    now = services.clock()
    resting = {name for name, pause in services.memory.pauses().items() if pause.until > now}
    late = 0
    while asks := services.queue.asked(now - LATE, 5 * PAGE):
        services.queue.knocked(asks, now)
        known = [one for one in asks if one.flow in services.flows]
        knock((one for one in known if services.flows[one.flow].source.system not in resting), services.bell)
        late += len(asks)
    return late


def _part(name: str, ids: Sequence[str], services: Services) -> None:
    """Let the source's refusal of one id stop no other: ask by halves, until it stands alone."""
    half = len(ids) // 2
    for part in (ids[:half], ids[half:]):
        services.bell.capture(name, list(part))
