"""How does a subscription live? Its client asks for events, gets as many as it asked for, and an empty answer now and then.

Credit is what was asked for and not yet delivered, 100 at most. Without credit the client has `idle` seconds to ask again;
with credit and no events it hears an empty answer every `keep_alive` seconds, with the id to come back with
(salesforce.md 3.4).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sandbox.salesforce.events.bell import heard_within
from sandbox.salesforce.events.log import EventLog
from sandbox.salesforce.events.pubsub.batches import Delivery, Reader
from sandbox.salesforce.events.pubsub.desk import Call
from sandbox.salesforce.events.pubsub.errors import CUT, Broken
from sandbox.salesforce.events.pubsub.wire import message

MOST = 100
LATEST, EARLIEST = 0, 1
SHORT_ID, LONG_ID = 8, 10  # bytes; the longer form ends with two zero bytes
CUTS = frozenset({"drop", "garbage"})


class Subscription:
    """One Subscribe stream."""

    ANSWER = "FetchResponse"

    def __init__(self, call: Call) -> None:
        self.call = call
        self.desk = call.desk
        self.credit = 0
        self.asked = asyncio.Event()
        self._ended = False
        self._failure: Broken | None = None
        self.reader: Reader | None = None

    async def run(self, requests: AsyncIterator[Any]) -> None:
        """Serve the stream until its client ends it; raises Broken."""
        first = await anext(aiter(requests), None)
        if first is None:
            return
        reader = await self.open(first)
        with self.desk.log.bell.listening() as heard:
            self.asked = heard
            self.desk.subscribers[self.call.rpc_id] = reader.topic.name
            asking = asyncio.create_task(self._listen(requests))
            try:
                await self._deliver(reader)
            finally:
                asking.cancel()
                del self.desk.subscribers[self.call.rpc_id]

    async def open(self, first: Any) -> Reader:
        """Take the first request: the topic, and where to begin."""
        topic = self.desk.topic(first.topic_name)
        await self.call.meet_fault(topic.name)
        self.reader = Reader(self.desk.log, topic, self.desk.faults, _place(first, self.desk.log), self.desk.settings)
        self.ask(first)
        return self.reader

    def ask(self, request: Any) -> None:
        """Take a request for more events."""
        name = self.reader.topic.name if self.reader else ""
        if request.topic_name and request.topic_name != name:
            raise Broken("subscription.fetch.topic.mismatch", topic=request.topic_name)
        if request.num_requested <= 0:
            raise Broken("subscription.fetch.requested.events.invalid")
        self.credit = min(self.credit + request.num_requested, MOST)

    async def answer(self, events: list[Delivery], latest: bytes, **more: Any) -> None:
        """Send an answer."""
        self.desk.deliver(len(events))
        self.credit -= len(events)
        await self.call.context.write(
            message(self.ANSWER)(
                events=[event.message() for event in events],
                latest_replay_id=latest,
                rpc_id=self.call.rpc_id,
                pending_num_requested=self.credit,
                **more,
            )
        )

    async def answer_otherwise(self) -> None:
        """Send what is to be said beside events."""

    async def _listen(self, requests: AsyncIterator[Any]) -> None:
        try:
            async for request in requests:
                self.ask(request)
                self.asked.set()
        except Broken as broken:
            self._failure = broken
        self._ended = True
        self.asked.set()

    async def _deliver(self, reader: Reader) -> None:
        loop = asyncio.get_running_loop()
        since = loop.time()
        while not self._over():
            await self.answer_otherwise()
            events = reader.take(self.credit) if self.credit else []
            if events:
                await self.answer(events, events[-1].kept.replay_id)
                self._cut()
                since = loop.time()
                continue
            patience = self.desk.settings.keep_alive if self.credit else self.desk.settings.idle
            left = since + patience - loop.time()
            if await heard_within(self.asked, max(left, 0.0)):
                continue
            await self._keep_alive(reader)
            since = loop.time()

    def _over(self) -> bool:
        if self._failure is not None:
            raise self._failure
        return self._ended and not self.credit

    async def _keep_alive(self, reader: Reader) -> None:
        if not self.credit:
            raise Broken("subscription.stream.sweeper.timeout")
        held = reader.release()
        tip = self.desk.log.tell_tip()
        await self.answer(held, held[0].kept.replay_id if held else tip.to_bytes(SHORT_ID, "big"))

    def _cut(self) -> None:
        if self.call.fault and self.call.fault.kind in CUTS:
            raise Broken(CUT)


def _place(first: Any, log: EventLog) -> int:
    """Return the id behind which a subscription begins."""
    if first.replay_preset == LATEST:
        return log.tip()
    if first.replay_preset == EARLIEST:
        log.prune()
        return 0
    if not first.replay_id:
        raise Broken("subscription.fetch.replayid.validation.failed")
    return read_replay_id(first.replay_id, log)


def read_replay_id(given: bytes, log: EventLog) -> int:
    """Return the id of an event that a client names; raise Broken for what never was or is no longer."""
    shaped = len(given) == SHORT_ID or (len(given) == LONG_ID and given[SHORT_ID:] == b"\0\0")
    event_id = int.from_bytes(given[:SHORT_ID], "big")
    if not shaped or event_id > log.tip() or not log.knows(event_id):
        raise Broken("subscription.fetch.replayid.corrupted")
    return event_id
