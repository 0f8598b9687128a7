"""How is a platform event described over REST? As an object that can be created and nothing else."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import describe
from sandbox.salesforce.events.shapes import Part
from sandbox.salesforce.events.topics import PlatformEvent
from sandbox.salesforce.model import NUMBERS, Field, SObject, label_of

ABLE = frozenset({"createable", "triggerable"})
READONLY = frozenset({"readonly", "notnull"})
SYSTEM = (
    Field("ReplayId", "string", 1000, flags=frozenset({"readonly"}), label="Replay ID"),
    Field("CreatedDate", "datetime", flags=READONLY, label="Created Date"),
    Field("CreatedById", "reference", 18, to="User", flags=READONLY, targets=("User",), label="Created By ID"),
    Field("EventUuid", "string", 36, flags=frozenset({"readonly"}), label="Event UUID"),
)
EMPTY = ("actionOverrides", "childRelationships", "namedLayoutInfos", "recordTypeInfos", "supportedScopes")


def described(event: PlatformEvent, version: str) -> dict[str, Any]:
    """Return the describe of an event."""
    fields = (*SYSTEM, *(_field(part, event.sizes[part.name]) for part in event.parts))
    owner = SObject(
        event.name, event.label, event.prefix, {one.name.lower(): one for one in fields},
        plural=f"{event.label}s", without=frozenset(describe.FULL) - ABLE,
    )  # fmt: skip
    told = describe.brief(owner, version) | {key: key in ABLE for key in describe.FULL} | {"custom": True}
    told |= {name: [] for name in EMPTY} | {"fields": [describe.field_of(owner, one) for one in fields]}
    return dict(sorted(told.items()))


def _field(part: Part, size: str) -> Field:
    sizes = [int(one) for one in size.split(",") if one]
    label = label_of(part.name)
    if part.kind in NUMBERS:
        return Field(part.name, part.kind, precision=sizes[0], scale=sizes[1], label=label)
    return Field(part.name, part.kind, sizes[0] if sizes else 0, label=label)
