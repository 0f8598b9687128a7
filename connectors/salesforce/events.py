"""How do we hear of changes as they happen? A subscription to the Pub/Sub API: Change Data Capture over gRPC and Avro.

The server sends only what was asked for, and we ask again when the last answer has been dealt with, so a slow ledger
slows the stream and nothing piles up here. An empty answer comes at least every 270 s; when nothing came for longer the
connection is dead, whatever the network says (salesforce.md 3.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from connectors.salesforce.change_events import Schema, told
from connectors.salesforce.describe import Child, Describes
from connectors.salesforce.eventbus import Address, EventBus, message
from connectors.salesforce.line import Line
from connectors.salesforce.soql import Asked, Cut, among, asked, select
from connectors.salesforce.stream import Stream, beginning
from flows.changes import Heard, Kin
from flows.errors import Misconfigured
from flows.model import Priority
from mappings.language import Flow

log = structlog.get_logger("isthmus.events")
NAMED = 200  # children to a query


@dataclass(frozen=True, slots=True)
class Manners:
    """How many events are asked for at once, and after how many seconds of silence a stream counts as dead."""

    events: int = 50
    silence: float = 300.0


class SalesforceChanges:
    """The telling half of the connector."""

    def __init__(self, line: Line, address: Address, manners: Manners | None = None) -> None:
        """Take a line to the org; `stop` is for good, so make new ones for every session."""
        self._line = line
        self._address = address
        self._manners = manners or Manners()
        self._schemas: dict[str, Schema] = {}
        self._stream: Stream | None = None
        self._stopped = False

    def kin(self, flows: Sequence[Flow]) -> Mapping[str, Sequence[Kin]]:
        """Return for each object which of the flows it concerns; how children hang on their parents, describe tells."""
        describes = Describes(self._describe)
        found: dict[str, list[Kin]] = {}
        for flow in flows:
            found.setdefault(flow.source.object, []).append(Kin(flow.flow))
            for child in _children(flow, describes):
                found.setdefault(child.object, []).append(Kin(flow.flow, child.link))
        return found

    def follow(self, channel: str, position: str) -> Iterator[Heard]:
        """Yield what is told on the channel from behind `position` on, or from now on where it is empty."""
        with self._opened(channel, position) as (bus, stream):
            for answer in stream.answers():
                found = [told(self._schema(event.event.schema_id, bus), event.event.payload) for event in answer.events]
                if position_of(answer):
                    yield Heard(tuple(one for one in found if one), position_of(answer))

    def parents(self, child: str, link: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the records that hold these children; those in the recycle bin are found, too."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), NAMED):
            wanted = Asked(child, "", ("Id", link), {}, {})
            soql = select(wanted, Cut([among("Id", ids[start : start + NAMED])]))
            answer = self._line.read(_with_deleted(soql), Priority.REALTIME)
            found |= {str(raw["Id"]): str(raw[link]) for raw in answer["records"] if raw[link]}
        return found

    def stop(self) -> None:
        """End what is being followed, from another thread or a signal."""
        self._stopped = True
        if self._stream:
            self._stream.stop()

    @contextmanager
    def _opened(self, channel: str, position: str) -> Iterator[tuple[EventBus, Stream]]:
        with self._address.open() as wire:
            bus = EventBus(wire, self._line.sign_in)
            topic = bus.ask("GetTopic", message("TopicRequest")(topic_name=channel), "TopicInfo")
            if not topic.can_subscribe:
                hint = "Give the integration user read access to the captured objects."
                raise Misconfigured("PUBSUB_RIGHTS", f"Our user may not subscribe to {channel}.", hint=hint)
            self._stream = Stream(bus, beginning(channel, position, self._manners.events), self._manners.silence)
            if self._stopped:
                self._stream.stop()
            try:
                yield bus, self._stream
            finally:
                self._stream.close()

    def _schema(self, schema_id: str, bus: EventBus) -> Schema:
        if schema_id not in self._schemas:
            answer = bus.ask("GetSchema", message("SchemaRequest")(schema_id=schema_id), "SchemaInfo")
            self._schemas[schema_id] = Schema(answer.schema_json)
        return self._schemas[schema_id]

    def _describe(self, object_name: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._line.get(f"sobjects/{object_name}/describe", Priority.BATCH)
        return answer


def position_of(answer: Any) -> str:
    """Return from where to go on behind an answer; one without events may tell none."""
    replay_id: bytes = answer.latest_replay_id or (answer.events[-1].replay_id if answer.events else b"")
    return replay_id.hex()


def _with_deleted(soql: str) -> Callable[[Any], Any]:
    return lambda client: client.query(soql, include_deleted=True)


def _children(flow: Flow, describes: Describes) -> list[Child]:
    """Return the flow's children; where the org does not know them, the flow is heard of by its own object alone."""
    try:
        return [describes.child(flow.source.object, relationship) for relationship in asked(flow).children]
    except Misconfigured as error:
        log.warning("events.children_unknown", flow=flow.flow, why=error.message, hint=error.hint)
        return []
