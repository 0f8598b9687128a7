"""How does a told change become an ask? It is asked for in every flow that it concerns, and how far we heard is noted with it.

What happened is read, never believed: an event names records, and the answer to an ask reads them. So an event may come
twice, late, out of order or without data. What no event names is caught up with by a capture of changes, and only then is
the position noted. Nothing here is lost by dying, for the same is heard again from the position that was noted last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from flows.ask import accept
from flows.capture import Wanted, capture
from flows.changes import Change, Changes, Heard, Kin, Kind
from flows.errors import Lapsed, Misconfigured, Rejected
from flows.model import Ask, Mark
from flows.ports import Services
from mappings.language import Flow

ORIGIN = "listen"


@dataclass(frozen=True)
class Ear:
    """Who listens to what: a system's channel, under the fence of the watch."""

    system: str
    channel: str
    changes: Changes
    services: Services
    fence: int

    @property
    def name(self) -> str:
        """Return the name under which the position is noted."""
        return watched(self.system, self.channel)

    @property
    def flows(self) -> Sequence[Flow]:
        """Return the flows that are listened for: those that read the system again and again, at any hour.

        What waits for its hour, or for a person, is left to them.
        """
        flows = self.services.flows.values()
        return [flow for flow in flows if flow.source.system == self.system and flow.every and not flow.window]


@dataclass(frozen=True)
class Told:
    """What came of one answer, for whoever keeps the log; `echoes` are changes that some flow need not look at."""

    changes: int = 0
    asks: int = 0
    echoes: int = 0
    orphans: int = 0
    captured: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    lapsed: bool = False


@dataclass
class Sorted:
    """One answer's changes, sorted by what is to be done about them."""

    asks: dict[tuple[str, str], bool] = field(default_factory=dict)  # (flow, record): is it gone?
    children: dict[tuple[str, Kin], list[str]] = field(default_factory=dict)
    lost: dict[str, datetime] = field(default_factory=dict)
    echoes: int = 0
    orphans: int = 0


def watched(system: str, channel: str) -> str:
    """Return the name under which a channel's position and watch are kept."""
    return f"{system} {channel}"


def listen(ear: Ear) -> Iterator[Told]:
    """Hear and note, for ever, from where we were; raises the errors of `flows.errors`, and may then be begun anew."""
    kin = ear.changes.kin(ear.flows)
    mark = ear.services.queue.mark(ear.name) or Mark(ear.name, "", ear.fence)
    if mark.position:
        try:
            for heard in ear.changes.follow(ear.channel, mark.position):
                yield hear(heard, kin, ear)
        except Lapsed:
            yield from _afresh(ear, kin, mark)
    else:
        yield from _afresh(ear, kin, mark)


def hear(heard: Heard, kin: Mapping[str, Sequence[Kin]], ear: Ear) -> Told:
    """Do what one answer calls for, and note the position last."""
    found = Sorted()
    for change in heard.changes:
        _sort(change, _concerned(change, kin), found, ear)
    _find_parents(found, ear)
    caught = _catch_up(found.lost, ear)
    now = ear.services.clock()
    asks = [Ask(flow, one, "", gone=gone, origin=ORIGIN, asked_at=now) for (flow, one), gone in found.asks.items()]
    accept(asks, ear.services, Mark(ear.name, heard.position, ear.fence))
    return replace(caught, changes=len(heard.changes), asks=len(asks), echoes=found.echoes, orphans=found.orphans)


def is_echo(change: Change, flow: Flow, flows: Iterable[Flow]) -> bool:
    """Tell whether a change is only our own feedback, so that this flow need not look.

    Our client's name alone does not tell: what the org's own automation did in the same transaction bears it, too. Only
    a change of nothing but fields that our flows write, of which this flow reads none, is an echo.
    """
    if not change.own or change.fields is None:
        return False
    ours = {name for one in flows if one.target.system == flow.source.system for name in _written(one, change.object)}
    return change.fields <= ours and not change.fields & _read(flow)


def _written(flow: Flow, name: str) -> Iterator[str]:
    """Yield the fields that a flow writes to an object, and those of its lines, whose object it does not name."""
    if flow.target.object == name:
        yield from (path.split(".")[0] for path in (*flow.fields, *flow.gone))
    yield from (path.split(".")[0] for rule in flow.fields.values() for path in rule.fields)


def _read(flow: Flow) -> set[str]:
    paths = flow.paths()
    return {path.split(".")[0] for some in (paths.own, *paths.children.values()) for path in some}


def _concerned(change: Change, kin: Mapping[str, Sequence[Kin]]) -> Sequence[Kin]:
    """Return whom a change concerns; one of no object concerns all."""
    return kin.get(change.object, ()) if change.object else [one for some in kin.values() for one in some]


def _sort(change: Change, concerned: Sequence[Kin], found: Sorted, ear: Ear) -> None:
    flows = ear.services.flows
    echoed = [kin for kin in concerned if is_echo(change, flows[kin.flow], flows.values())]
    found.echoes += bool(echoed)
    for kin in concerned:
        if kin in echoed:
            continue
        if change.kind is Kind.LOST:
            found.lost[kin.flow] = min(change.at, found.lost.get(kin.flow, change.at))
        elif not kin.link:
            found.asks |= {(kin.flow, one): change.kind is Kind.DELETED for one in change.ids}
        elif parent := change.links.get(kin.link):
            found.asks.setdefault((kin.flow, parent), False)
        else:
            found.children.setdefault((change.object, kin), []).extend(change.ids)


def _find_parents(found: Sorted, ear: Ear) -> None:
    """Ask for the parents of children whose events do not name them: only what changed stands in an event."""
    for (child, kin), ids in found.children.items():
        parents = _parents(child, kin, ids, ear)
        found.orphans += len(set(ids) - parents.keys())
        for parent in parents.values():
            found.asks.setdefault((kin.flow, parent), False)


def _parents(child: str, kin: Kin, ids: Sequence[str], ear: Ear) -> Mapping[str, str]:
    try:
        return ear.changes.parents(child, kin.link, list(dict.fromkeys(ids)))
    except Misconfigured:  # wrong for this flow, and for as long as nobody mends it; the others are not held up
        return {}


def _afresh(ear: Ear, kin: Mapping[str, Sequence[Kin]], mark: Mark) -> Iterator[Told]:
    """Catch up, and go on from the newest event.

    Only the first answer proves that the stream is open, so what changed until then is caught up with once more, and no
    position is noted before. Who dies in between begins here again. Where nobody has listened yet, the flows' own
    timetables have read all that there is.
    """
    missed = [flow.flow for flow in ear.flows if mark.position]
    opened = ear.services.clock()
    yield Told(lapsed=bool(mark.position))
    yield _catch_up(dict.fromkeys(missed, mark.noted_at or opened), ear)
    is_open = False
    for heard in ear.changes.follow(ear.channel, ""):
        if not is_open:
            yield _catch_up(dict.fromkeys(missed, opened), ear)
            is_open = True
        yield hear(heard, kin, ear)


def _catch_up(since: Mapping[str, datetime], ear: Ear) -> Told:
    """Capture each flow's changes since a moment; a flow that is misconfigured holds up no other."""
    captured, failed = [], []
    for name, moment in since.items():
        try:
            captured += [name] if _capture(ear.services.flows[name], moment, ear) else []
        except (Misconfigured, Rejected) as error:
            failed.append(f"{name}: {error.code}")
    return Told(captured=tuple(captured), failed=tuple(failed))


def _capture(flow: Flow, since: datetime, ear: Ear) -> bool:
    """Capture the flow's changes since a moment, or since its cursor where that is earlier; tells whether it did.

    A flow that was never captured is left to its first capture, which reads everything: a cursor set here would make it
    miss what is older.
    """
    cursor = ear.services.queue.cursor(flow.flow)
    if cursor is None:
        return False
    capture(flow.flow, Wanted(since=min(cursor, since)), ear.services)
    return True
