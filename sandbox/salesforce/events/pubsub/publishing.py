"""How does a program publish platform events? In batches, one by one accepted or refused, in one transaction a batch."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

from sandbox.salesforce.events.log import EventLog, Kept
from sandbox.salesforce.events.pubsub.batches import LARGEST_EVENT
from sandbox.salesforce.events.pubsub.desk import Call, Desk
from sandbox.salesforce.events.pubsub.errors import Broken
from sandbox.salesforce.events.pubsub.wire import message
from sandbox.salesforce.events.schemas import Schema
from sandbox.salesforce.events.topics import Topic

PUBLISH = 1  # the error code of an event that cannot be published
PATIENCE = 70.0  # seconds that a stream may be silent (salesforce.md 3.4)


class EventRefused(ValueError):
    """One event cannot be published; the message says why."""


async def publish(call: Call, request: Any) -> Any:
    """Publish a batch; raises Broken when the batch as a whole makes no sense."""
    topic = _publishable(call.desk, request.topic_name)
    await call.meet_fault(topic.name)
    return _publish(call, topic, request)


async def publish_stream(call: Call, requests: AsyncIterator[Any]) -> None:
    """Publish batch after batch on one topic."""
    topic: Topic | None = None
    while (request := await _next(requests)) is not None:
        if topic is None:
            topic = _publishable(call.desk, request.topic_name)
            await call.meet_fault(topic.name)
        elif request.topic_name and request.topic_name != topic.name:
            raise Broken("publish.topic.mismatch", topic=request.topic_name)
        await call.context.write(_publish(call, topic, request))


async def _next(requests: AsyncIterator[Any]) -> Any:
    try:
        async with asyncio.timeout(PATIENCE):
            return await anext(aiter(requests), None)
    except TimeoutError as error:
        raise Broken("publish.stream.sweeper.timeout") from error


def _publishable(desk: Desk, name: str) -> Topic:
    topic = desk.topic(name)
    if not topic.publishable:
        raise Broken("topic.meta.permission", topic=name)
    return topic


def _publish(call: Call, topic: Topic, request: Any) -> Any:
    schema = topic.schema
    if schema is None or not request.events:
        raise Broken("publish.event.count.invalid")
    with call.desk.store.writing():
        results = [_result(call.desk.log, topic, schema, event) for event in request.events]
    return message("PublishResponse")(results=results, schema_id=schema.id, rpc_id=call.rpc_id)


def _result(log: EventLog, topic: Topic, schema: Schema, event: Any) -> Any:
    try:
        body = _read(schema, event)
    except EventRefused as refused:
        error = message("Error")(code=PUBLISH, msg=str(refused))
        return message("PublishResult")(error=error, correlation_key=event.id)
    replay_id = keep(log, topic.events[0], body, event.id).replay_id
    return message("PublishResult")(replay_id=replay_id, correlation_key=event.id)


def _read(schema: Schema, event: Any) -> dict[str, Any]:
    if event.schema_id != schema.id:
        raise EventRefused(f"The schema ID {event.schema_id!r} isn't that of the topic.")
    if len(event.payload) > LARGEST_EVENT:
        raise EventRefused("The event message is larger than 1 MB.")
    try:
        return schema.decode(event.payload)
    except Exception as error:  # the Avro reader raises whatever a stray byte leads it to
        raise EventRefused("The payload can't be read with the schema.") from error


def keep(log: EventLog, name: str, body: dict[str, Any], event_id: str = "") -> Kept:
    """Keep a platform event in the open transaction; it has an id of its own when the publisher gave none."""
    log.prune()
    found = Kept(0, log.milliseconds(), name, "", "", {"id": event_id or str(uuid.uuid4())}, body)
    return Kept(log.append(found), found.at, name, "", "", found.header, body)
