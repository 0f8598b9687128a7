"""What goes into a subscriber's next answer? The events behind its place, as armed faults let them through.

A duplicate comes again in an answer of its own, with the same replay id; a reordered event comes behind the next one, or
before the next keep-alive; a gap event has its header only. The credit holds for all of them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.events.log import EventLog, Kept
from sandbox.salesforce.events.pubsub.wire import message
from sandbox.salesforce.events.topics import Topic, render, schema_of
from sandbox.twin.faults import Faults

LARGEST_EVENT, LARGEST_BATCH = 1_000_000, 3_000_000  # bytes (salesforce.md 3.3, 3.4)
NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


@dataclass
class Reader:
    """One subscriber's place in a topic."""

    log: EventLog
    topic: Topic
    faults: Faults
    at: int
    _again: list[Any] = field(default_factory=list)
    _held: Any = None

    def take(self, credit: int) -> list[Any]:
        """Return the next events, at most `credit`."""
        batch = self._again[:credit]
        del self._again[:credit]
        if batch:
            return batch
        size = 0
        for kept in self.log.after(self.at, self.topic.events, credit):
            self.at = kept.id
            size += len(self._pass(kept, batch, credit))
            if size > LARGEST_BATCH or len(batch) >= credit:
                break
        return batch

    def release(self) -> list[Any]:
        """Return an event that has waited in vain for one behind it."""
        held, self._held = self._held, None
        return [held] if held is not None else []

    def _pass(self, kept: Kept, batch: list[Any], credit: int) -> bytes:
        """Put an event into the batch, or let it wait; returns its payload."""
        fault = self.faults.striking_event(f"EVENT {self.topic.name} {kept.kind} {kept.record}".rstrip())
        kind = fault.kind if fault else ""
        event = _consumer_event(kept, gap=kind == "gap")
        payload: bytes = event.event.payload
        if kind == "reorder" and self._held is None:
            self._held = event
            return payload
        batch.append(event)
        if kind == "duplicate":
            self._again.append(event)
        if self._held is not None:
            (batch if len(batch) < credit else self._again).extend(self.release())
        return payload


def _consumer_event(kept: Kept, *, gap: bool) -> Any:
    schema = schema_of(kept.name)
    payload = schema.encode(render(kept, gap=gap))
    if len(payload) > LARGEST_EVENT:
        payload = schema.encode(render(kept, gap=True))
    event_id = str(kept.header.get("id") or uuid.uuid5(NAMESPACE, f"{kept.header.get('transactionKey')}/{kept.id}"))
    produced = message("ProducerEvent")(id=event_id, schema_id=schema.id, payload=payload)
    return message("ConsumerEvent")(event=produced, replay_id=kept.replay_id)
