"""What does a subscriber see of a kept event? The header with its bitmaps, and a value for every field of the schema."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.salesforce.events.bitmaps import bitmaps
from sandbox.salesforce.events.layout import Place, places_of
from sandbox.salesforce.events.log import Kept
from sandbox.salesforce.events.schemas import NUMBERS as DOUBLES
from sandbox.salesforce.events.shapes import LARGE
from sandbox.salesforce.events.values import value_of

MOST_CHANGED_LINES = 0.25  # of all lines, and half of the length: beyond, the whole text is sent


def change_event(kept: Kept, *, gap: bool = False) -> dict[str, Any]:
    """Return a change event as its schema takes it, fields that are null left out.

    `gap` leaves the record's data out, as a gap event does.
    """
    places = places_of(kept.header["entityName"])
    body = {} if gap or kept.kind == "GAP_OVERFLOW" else kept.body
    texts = differences(body, places) if kept.kind == "UPDATE" else {}
    event: dict[str, Any] = {"ChangeEventHeader": _header(kept, places, body, texts, gap=gap)}
    for name, (_, after) in body.items():
        place = places.get(name)
        if place is None or after is None:
            continue
        if place.inner:
            value = float(after) if place.inner in DOUBLES else str(after)
            event.setdefault(place.part.name, {})[place.inner] = value
        else:
            event[place.part.name] = value_of(place.part.kind, texts.get(name, after))
    return event


def _header(
    kept: Kept, places: Mapping[str, Place], body: dict[str, Any], differing: Iterable[str], *, gap: bool
) -> dict[str, Any]:
    update = kept.kind == "UPDATE"
    return {
        **kept.header,
        "recordIds": kept.record.split(","),
        "changeType": f"GAP_{kept.kind}" if gap and not kept.kind.startswith("GAP_") else kept.kind,
        "commitTimestamp": kept.at // 1000 * 1000,  # whole seconds, as LastModifiedDate
        "nulledFields": bitmaps(places, [name for name, (_, after) in body.items() if after is None]) if update else [],
        "diffFields": bitmaps(places, differing),
        "changedFields": bitmaps(places, body) if update else [],
    }


def differences(body: dict[str, Any], places: Mapping[str, Place]) -> dict[str, str]:
    """Return the large texts of an update that are shorter told as a unified diff."""
    large = [name for name in body if name in places and places[name].part.kind == "textarea"]
    found = {name: _difference(*body[name]) for name in large}
    return {name: text for name, text in found.items() if text}


def _difference(before: str | None, after: str | None) -> str:
    """Return the diff of two large texts, empty when the whole text is to be sent."""
    if before is None or after is None or len(after) < LARGE or abs(len(before) - len(after)) > len(before) / 2:
        return ""
    old, new = before.splitlines(), after.splitlines()
    lines = list(difflib.unified_diff(old, new, lineterm=""))[2:]
    changed = sum(line[:1] in {"+", "-"} for line in lines)
    digest = hashlib.sha256(after.encode()).hexdigest()
    text = "\n".join(["--- ", f"+++ {digest}", *lines])
    return text if changed <= MOST_CHANGED_LINES * (len(old) + len(new)) and len(text) < len(after) else ""
