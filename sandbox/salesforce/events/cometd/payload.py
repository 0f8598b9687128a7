"""How does an event look in JSON? Names instead of bitmaps, changed fields alone, times as text."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.events.capture import entity_of
from sandbox.salesforce.events.layout import places_of
from sandbox.salesforce.events.log import Kept
from sandbox.salesforce.events.rendering import differences
from sandbox.salesforce.events.schemas import NUMBERS as DOUBLES
from sandbox.salesforce.events.shapes import Part
from sandbox.salesforce.events.topics import platform_events, schema_of
from sandbox.salesforce.events.values import READ, moment

HEADER = ("entityName", "changeOrigin", "transactionKey", "sequenceNumber", "commitNumber", "commitUser")


def data_of(kept: Kept, *, gap: bool) -> dict[str, Any]:
    """Return the `data` of an event's message."""
    platform = platform_events().get(kept.name)
    payload = _published(kept, platform.parts) if platform else _changed(kept, gap=gap)
    uuid = {"EventUuid": kept.header["id"]} if platform else {}
    return {"schema": schema_of(kept.name).id, "payload": payload, "event": {"replayId": kept.id} | uuid}


def _published(kept: Kept, parts: tuple[Part, ...]) -> dict[str, Any]:
    times = {"CreatedDate", *(part.name for part in parts if part.kind in {"datetime", "date"})}
    return {name: moment(value) if name in times and value is not None else value for name, value in kept.body.items()}


def _changed(kept: Kept, *, gap: bool) -> dict[str, Any]:
    places = places_of(entity_of(kept))
    body = {} if gap or kept.kind == "GAP_OVERFLOW" else kept.body
    texts = differences(body, places) if kept.kind == "UPDATE" else {}
    fields: dict[str, Any] = {}
    names: list[str] = []
    for name, (_, after) in body.items():
        place = places.get(name)
        if place is None:
            continue
        if place.inner:
            fields.setdefault(place.part.name, {})[place.inner] = _value(place.inner, "", after)
        else:
            fields[name] = {"diff": texts[name]} if name in texts else _value(name, place.part.kind, after)
        names.append(f"{place.part.name}.{place.inner}" if place.inner else name)
    return fields | {"ChangeEventHeader": _header(kept, names, gap=gap)}


def _header(kept: Kept, names: list[str], *, gap: bool) -> dict[str, Any]:
    kind = f"GAP_{kept.kind}" if gap and not kept.kind.startswith("GAP_") else kept.kind
    return {name: kept.header[name] for name in HEADER} | {
        "recordIds": kept.record.split(","),
        "changeType": kind,
        "changedFields": names if kept.kind == "UPDATE" else [],
        "commitTimestamp": kept.at // 1000 * 1000,
    }


def _value(name: str, kind: str, kept: Any) -> Any:
    if kept is None:
        return None
    if kind == "datetime":
        return str(kept).replace(".000+0000", "Z").replace("+0000", "Z")
    if name in DOUBLES and not kind:
        return float(kept)
    return READ[kind](kept) if kind in {"boolean", "int", "double", "currency", "percent"} else str(kept)
