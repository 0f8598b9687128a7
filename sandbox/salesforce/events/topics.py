"""Which topics can be named, which events do they carry, and with which schema?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.salesforce.events.capture import event_name
from sandbox.salesforce.events.log import Kept
from sandbox.salesforce.events.rendering import change_event
from sandbox.salesforce.events.schemas import Schema, change_schema, platform_schema
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.events.shapes import DOCS, Part, field_id, shape_of
from sandbox.salesforce.model import objects

ALL = "ChangeEvents"
SPEC = re.compile(r"(?P<kind>\w+)(?:\((?P<size>[\d,]+)\))?")


@dataclass(frozen=True)
class PlatformEvent:
    """An event that programs publish; `prefix` opens the ids that REST answers with."""

    name: str
    label: str
    prefix: str
    parts: tuple[Part, ...]
    sizes: dict[str, str]


@dataclass(frozen=True)
class Topic:
    """A topic: its name, the names of its events, and its schema; None where events of several kinds come."""

    name: str
    events: tuple[str, ...]
    schema: Schema | None
    publishable: bool


class Topics:
    """Finds topics and schemas, and renders events."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def find(self, name: str) -> Topic | None:
        """Return a topic that exists now: of a captured entity, a custom channel or a declared platform event."""
        family, _, rest = name.removeprefix("/").partition("/")
        if family == "event" and rest in platform_events():
            return Topic(name, (rest,), schema_of(rest), publishable=True)
        if family not in {"data", "event"}:
            return None
        if rest.endswith("__chn"):
            members = self._settings.channels.get(rest)
            return Topic(name, tuple(members), None, publishable=False) if members else None
        if family == "data" and rest == ALL:
            return Topic(name, self._captured(), None, publishable=False)
        if family == "data" and rest in self._captured():
            return Topic(name, (rest,), schema_of(rest), publishable=False)
        return None

    def _captured(self) -> tuple[str, ...]:
        return tuple(event_name(entity) for entity in self._settings.captured)


def schema_of(event: str) -> Schema:
    """Return the schema of an event by its name."""
    return _rendered(event)[0]


def schema_by_id(schema_id: str) -> Schema | None:
    """Return a schema by its id."""
    return _schemas().get(schema_id)


def render(kept: Kept, *, gap: bool = False) -> dict[str, Any]:
    """Return an event as its schema takes it."""
    return _rendered(kept.name)[1](kept, gap)


@cache
def _schemas() -> dict[str, Schema]:
    names = [*platform_events(), *(event_name(owner.name) for owner in objects().values())]
    return {schema_of(name).id: schema_of(name) for name in names}


@cache
def _rendered(event: str) -> tuple[Schema, Callable[[Kept, bool], dict[str, Any]]]:
    platform = platform_events().get(event)
    if platform is not None:
        return platform_schema(event, platform.parts), lambda kept, _gap: kept.body
    owner = next(found for found in objects().values() if event_name(found.name) == event)
    return change_schema(event, shape_of(owner.name)), lambda kept, gap: change_event(kept, gap=gap)


@cache
def platform_events() -> dict[str, PlatformEvent]:
    """Return the org's own platform events by name."""
    text = yaml.safe_load((Path(__file__).parent / "platform_events.yaml").read_text("utf-8"))
    return {name: _platform_event(name, spec) for name, spec in text.items()}


def _platform_event(name: str, spec: dict[str, Any]) -> PlatformEvent:
    parts, sizes = [], {}
    for key, line in spec["fields"].items():
        found = SPEC.fullmatch(line)
        if found is None:
            raise ValueError(f"platform_events.yaml: {name}.{key}: cannot read '{line}'")
        doc = f"Data:{DOCS.get(found['kind'], 'Text')}:{field_id(name, key)}"
        parts.append(Part(key, found["kind"], doc))
        sizes[key] = found["size"] or ""
    return PlatformEvent(name, spec["label"], spec["prefix"], tuple(parts), sizes)
