"""What is the Avro schema of an event, and under which id is it known? The id is a hash, so it changes with the fields."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import dataclass
from typing import Any

import fastavro

from sandbox.salesforce.events.shapes import ADDRESS, AVRO, PERSON, SWITCHABLE, Part

NAMESPACE = "com.sforce.eventbus"
CHANGES = (
    "CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW",
    "SNAPSHOT",
)  # fmt: skip
TEXTS = {"type": "array", "items": "string"}
HEADER_FIELDS: tuple[tuple[str, Any], ...] = (
    ("entityName", "string"),
    ("recordIds", TEXTS),
    ("changeType", {"type": "enum", "name": "ChangeType", "symbols": list(CHANGES)}),
    ("changeOrigin", "string"),
    ("transactionKey", "string"),
    ("sequenceNumber", "int"),
    ("commitTimestamp", "long"),
    ("commitNumber", "long"),
    ("commitUser", "string"),
    ("nulledFields", TEXTS),
    ("diffFields", TEXTS),
    ("changedFields", TEXTS),
)
COMPOUNDS = {"Address": ADDRESS, "PersonName": PERSON, "Switchable_PersonName": SWITCHABLE}
NUMBERS = frozenset({"Latitude", "Longitude"})


@dataclass(frozen=True)
class Schema:
    """One event's schema: its id, its JSON text, and the parsed form that encodes and decodes."""

    id: str
    text: str
    parsed: Any

    def encode(self, event: dict[str, Any]) -> bytes:
        """Return an event as Avro without a schema."""
        kept = io.BytesIO()
        fastavro.schemaless_writer(kept, self.parsed, event)
        return kept.getvalue()

    def decode(self, payload: bytes) -> dict[str, Any]:
        """Return the event of a payload; raises what Avro raises for bytes that are none, or too many."""
        kept = io.BytesIO(payload)
        event: Any = fastavro.schemaless_reader(kept, self.parsed, None)
        if kept.read(1):
            raise ValueError("bytes behind the event")
        return dict(event)


def change_schema(event: str, parts: tuple[Part, ...]) -> Schema:
    """Return the schema of a change event, e.g. of AccountChangeEvent."""
    header = {"type": "record", "name": "ChangeEventHeader",
              "fields": [{"name": name, "type": kind} for name, kind in HEADER_FIELDS]}  # fmt: skip
    seen: set[str] = set()
    fields = [{"name": "ChangeEventHeader", "type": header, "doc": "Data:ComplexValueType"}]
    fields += [_optional(part.name, _kind(part, seen), part.doc) for part in parts]
    return _schema(event, fields)


def platform_schema(event: str, parts: tuple[Part, ...]) -> Schema:
    """Return the schema of a platform event, e.g. of Sync_Request__e."""
    fields: list[dict[str, Any]] = [
        {"name": "CreatedDate", "type": "long", "doc": "CreatedDate:DateTime"},
        {"name": "CreatedById", "type": "string", "doc": "CreatedBy:EntityId"},
    ]
    fields += [_optional(part.name, [AVRO.get(part.kind, "string")], part.doc) for part in parts]
    return _schema(event, fields)


def _schema(event: str, fields: list[dict[str, Any]]) -> Schema:
    found = {"type": "record", "name": event, "namespace": NAMESPACE, "fields": fields}
    text = json.dumps(found, separators=(",", ":"))
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return Schema(base64.urlsafe_b64encode(digest).decode().rstrip("="), text, fastavro.parse_schema(found))


def _optional(name: str, kinds: list[Any], doc: str) -> dict[str, Any]:
    return {"name": name, "type": ["null", *kinds], "doc": doc, "default": None}


def _kind(part: Part, seen: set[str]) -> list[Any]:
    """Return the type behind null; a record is written out the first time and named after that."""
    names = COMPOUNDS.get(part.kind)
    if names is None:
        return [AVRO.get(part.kind, "string")]
    record: Any = part.kind
    if part.kind not in seen:
        seen.add(part.kind)
        inner = [{"name": name, "type": ["null", "double" if name in NUMBERS else "string"], "default": None}
                 for name in names]  # fmt: skip
        record = {"type": "record", "name": part.kind, "fields": inner}
    return ["string", record] if part.kind == "Switchable_PersonName" else [record]


def expanded(schema: Schema) -> dict[str, Any]:
    """Return a schema as CometD's JSON messages have it: data with schema, payload and event, and the channel."""
    compact = json.loads(schema.text)
    payload = [field | {"type": _in_json(field)} for field in compact["fields"]]
    data: list[dict[str, Any]] = [
        {"name": "schema", "type": "string"},
        {"name": "payload", "type": _record("Payload", payload) | {"doc": ""}},
        {"name": "event", "type": _record("Event", [{"name": "replayId", "type": "long"}])},
    ]
    fields = [
        {"name": "data", "type": _record("Data", data) | {"namespace": ""}},
        {"name": "channel", "type": "string"},
    ]
    return {"name": compact["name"], "namespace": NAMESPACE, "type": "expanded-record", "fields": fields}


def _record(name: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": fields}


def _in_json(field: dict[str, Any]) -> Any:
    """Return a field's type in JSON, where times are text."""
    kinds, times = field["type"], any(word in field.get("doc", "") for word in ("DateTime", "DateOnly", "TimeOnly"))
    if not times:
        return kinds
    return "string" if kinds == "long" else ["null", "string"]
