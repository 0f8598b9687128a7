"""What goes to a subscriber next? The events behind its place, as armed faults let them through.

A duplicate comes again in an answer of its own, with the same replay id; a reordered event comes behind the next one, or
before the next keep-alive; a gap event has its header only. The credit holds for all of them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sandbox.salesforce.events.log import EventLog, Kept
from sandbox.salesforce.events.merging import merged
from sandbox.salesforce.events.pubsub.wire import message
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.events.topics import Topic, render, schema_of
from sandbox.twin.faults import Faults

LARGEST_EVENT, LARGEST_BATCH = 1_000_000, 3_000_000  # bytes (salesforce.md 3.3, 3.4)
AHEAD = 1000  # events that are looked at for the same change
NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


@dataclass
class Delivery:
    """One event on its way to one subscriber; `gap` leaves its data out, as does a size beyond the limit."""

    kept: Kept
    gap: bool = False

    @cached_property
    def payload(self) -> bytes:
        """Return the event as Avro."""
        schema = schema_of(self.kept.name)
        found = schema.encode(render(self.kept, gap=self.gap))
        if len(found) > LARGEST_EVENT and self.kept.kind:
            self.gap = True
            found = schema.encode(render(self.kept, gap=True))
        return found

    @property
    def id(self) -> str:
        """Return the id of the event: its publisher's, or one made of its place, so that it stays the same."""
        header = self.kept.header
        return str(header.get("id") or uuid.uuid5(NAMESPACE, f"{header.get('transactionKey')}/{self.kept.id}"))

    def message(self) -> Any:
        """Return the event as the Pub/Sub API sends it."""
        schema_id = schema_of(self.kept.name).id
        produced = message("ProducerEvent")(id=self.id, schema_id=schema_id, payload=self.payload)
        return message("ConsumerEvent")(event=produced, replay_id=self.kept.replay_id)


@dataclass
class Reader:
    """One subscriber's place in a topic."""

    log: EventLog
    topic: Topic
    faults: Faults
    at: int
    settings: Settings
    _again: list[Delivery] = field(default_factory=list)
    _held: Delivery | None = None

    def take(self, credit: int) -> list[Delivery]:
        """Return the next events, at most `credit`."""
        batch = self._again[:credit]
        del self._again[:credit]
        more = True
        while not batch and more:
            more = self._fill(batch, credit)
        return batch

    def _fill(self, batch: list[Delivery], credit: int) -> bool:
        """Put the next events into a batch; tells whether there may be more behind them."""
        size, tip = 0, self.log.tip()
        self.at = min(self.at, tip)  # somebody may have restored an older state
        events, all_of_them = self._next(credit)
        for kept in events:
            self.at = kept.id
            size += self._pass(kept, batch, credit)
            if size > LARGEST_BATCH or len(batch) >= credit:
                return True
        self.at = max(self.at, tip) if all_of_them else self.at  # what is of other topics is not looked at again
        return bool(events) and not all_of_them

    def _next(self, credit: int) -> tuple[list[Kept], bool]:
        """Return the events behind the place, and whether they are all that there are."""
        limit = AHEAD if self.settings.merges else credit
        events = self.log.after(self.at, self.topic.events, limit)
        whole = len(events) < limit and not self.log.busy
        return (merged(events) if self.settings.merges else events), whole

    def release(self) -> list[Delivery]:
        """Return an event that has waited in vain for one behind it."""
        held, self._held = self._held, None
        return [held] if held is not None else []

    def _pass(self, kept: Kept, batch: list[Delivery], credit: int) -> int:
        """Put an event into the batch, or let it wait; returns its size."""
        fault = self.faults.striking_event(f"EVENT {self.topic.name} {kept.kind} {kept.record}".rstrip())
        kind = fault.kind if fault else ""
        event = Delivery(kept, gap=kind == "gap")
        if kind == "reorder" and self._held is None:
            self._held = event
            return 0
        batch.append(event)
        if kind == "duplicate":
            self._again.append(event)
        if self._held is not None:
            (batch if len(batch) < credit else self._again).extend(self.release())
        return len(event.payload)
