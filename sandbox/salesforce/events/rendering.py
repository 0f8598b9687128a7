"""What does a subscriber see of a kept event? The header with its bitmaps, and a value for every field of the schema."""

from __future__ import annotations

import difflib
import hashlib
from typing import Any

from sandbox.salesforce.events.bitmaps import bitmaps
from sandbox.salesforce.events.log import Kept
from sandbox.salesforce.events.shapes import LARGE, Part
from sandbox.salesforce.events.values import compound_of, value_of

MOST_CHANGED_LINES = 0.25  # of all lines, and half of the length: beyond, the whole text is sent


def change_event(kept: Kept, parts: tuple[Part, ...], *, gap: bool = False) -> dict[str, Any]:
    """Return a change event as its schema takes it; `gap` leaves the record's data out, as a gap event does."""
    overflow = kept.kind == "GAP_OVERFLOW"
    body = {} if gap or overflow else kept.body
    texts = differences(body, parts) if kept.kind == "UPDATE" else {}
    after = {name: texts.get(name, pair[1]) for name, pair in body.items()}
    event: dict[str, Any] = {"ChangeEventHeader": _header(kept, parts, body, list(texts), gap=gap)}
    for part in parts:
        event[part.name] = compound_of(part, after) if part.compound else value_of(part.kind, after.get(part.name))
    return event


def _header(
    kept: Kept, parts: tuple[Part, ...], body: dict[str, Any], differing: list[str], *, gap: bool
) -> dict[str, Any]:
    update = kept.kind == "UPDATE"
    nulled = [name for name, (_, after) in body.items() if update and after is None]
    return {
        **kept.header,
        "recordIds": kept.record.split(","),
        "changeType": f"GAP_{kept.kind}" if gap and not kept.kind.startswith("GAP_") else kept.kind,
        "commitTimestamp": kept.at // 1000 * 1000,  # whole seconds, as LastModifiedDate
        "nulledFields": bitmaps(parts, nulled),
        "diffFields": bitmaps(parts, differing),
        "changedFields": bitmaps(parts, body) if update else [],
    }


def differences(body: dict[str, Any], parts: tuple[Part, ...]) -> dict[str, str]:
    """Return the large texts of an update that are shorter told as a unified diff."""
    large = [part.name for part in parts if part.kind == "textarea" and part.name in body]
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
