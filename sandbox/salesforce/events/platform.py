"""How are platform events published and described over REST?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.events.describes import described
from sandbox.salesforce.events.log import EventLog
from sandbox.salesforce.events.pubsub.publishing import keep
from sandbox.salesforce.events.schemas import expanded
from sandbox.salesforce.events.shapes import Part
from sandbox.salesforce.events.topics import PlatformEvent, platform_events, schema_by_id, schema_of
from sandbox.salesforce.events.values import milliseconds, value_of
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import Refused, not_found
from sandbox.salesforce.store import Store


class _EventName(Convertor[str]):
    regex = "[A-Za-z]\\w*__e"

    def convert(self, value: str) -> str:
        """Return the name as it stands in the path."""
        return value

    def to_string(self, value: str) -> str:
        """Return the name as it goes into a path."""
        return value


register_url_convertor("platform_event", _EventName())


class PlatformEvents:
    """The REST resources of the org's platform events."""

    def __init__(self, store: Store, log: EventLog) -> None:
        self._store = store
        self._log = log

    def routes(self) -> Routes:
        """Return the resources; they stand before those of records."""
        return [
            ("/sobjects/{event:platform_event}", ["POST"], self.publish),
            ("/sobjects/{event:platform_event}/describe", ["GET"], self.describe),
            ("/sobjects/{event:platform_event}/eventSchema", ["GET"], self.schema),
            ("/event/eventSchema/{schema}", ["GET"], self.schema),
        ]

    async def publish(self, request: Request) -> Response:
        """Answer `POST sobjects/X__e`: 201 with the event's uuid, as for high-volume events."""
        event = _event(request.path_params["event"])
        return JSONResponse(self._publish(event, await body_of(request)), 201)

    def publish_one(self, kind: str, wish: Mapping[str, Any]) -> dict[str, Any] | None:
        """Publish an event that a collection of records holds; None for what is no platform event."""
        event = _known(kind)
        return self._publish(event, wish) if event else None

    def _publish(self, event: PlatformEvent, wish: Mapping[str, Any]) -> dict[str, Any]:
        body = _accept(event, wish)
        created = {"CreatedDate": self._log.milliseconds(), "CreatedById": USER}
        with self._store.writing():
            kept = keep(self._log, event.name, created | body)
        queued = {"statusCode": "OPERATION_ENQUEUED", "message": kept.header["id"], "fields": []}
        return {"id": make_id(event.prefix, kept.id), "success": True, "errors": [queued]}

    async def describe(self, request: Request) -> Response:
        """Answer `GET sobjects/X__e/describe`."""
        return JSONResponse(described(_event(request.path_params["event"]), version_of(request)))

    async def schema(self, request: Request) -> Response:
        """Answer `GET sobjects/X__e/eventSchema` and `GET event/eventSchema/{id}`: in JSON's form, or in Avro's when asked."""
        name = request.path_params.get("event")
        found = schema_of(_event(name).name) if name else schema_by_id(request.path_params["schema"])
        if found is None:
            raise not_found()
        compact = request.query_params.get("payloadFormat", "EXPANDED").upper() == "COMPACT"
        return JSONResponse((json.loads(found.text) if compact else expanded(found)) | {"uuid": found.id})


def _known(name: str) -> PlatformEvent | None:
    return next((event for known, event in platform_events().items() if known.lower() == name.lower()), None)


def _event(name: str) -> PlatformEvent:
    found = _known(name)
    if found is None:
        raise not_found()
    return found


def _accept(event: PlatformEvent, wish: Mapping[str, Any]) -> dict[str, Any]:
    parts = {part.name.lower(): part for part in event.parts}
    found: dict[str, Any] = {part.name: None for part in event.parts}
    for name, value in wish.items():
        if name == "attributes":
            continue
        part = parts.get(name.lower())
        if part is None:
            raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {event.name}")
        found[part.name] = None if value is None else _value(part, event.sizes[part.name], value)
    return found


def _value(part: Part, size: str, value: Any) -> Any:
    try:
        if part.kind == "datetime":
            return milliseconds(str(value).replace("Z", "+00:00"))
        if part.kind == "boolean":
            return bool(value)
        return _text(part, size, value) if part.kind == "string" else value_of(part.kind, str(Decimal(str(value))))
    except (InvalidOperation, ValueError) as error:
        words = (
            f"Cannot deserialize instance of {part.kind} from value {value} or request may be missing a required field"
        )
        raise Refused("JSON_PARSER_ERROR", words) from error


def _text(part: Part, size: str, value: Any) -> str:
    text = str(value)
    if size and len(text) > int(size):
        words = f"{part.name}: data value too large: {text} (max length={size})"
        raise Refused("STRING_TOO_LONG", words, fields=[part.name])
    return text
