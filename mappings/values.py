"""Which values does a mapping make, and how are two payloads compared?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to another object of the target, by its internal id."""

    id: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A record that another one needs, named by the flow that carries it and its source id."""

    flow: str
    source_id: str


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a record went: its target id, and the target's key of each of its lines."""

    target_id: str
    lines: Mapping[str, str] = field(default_factory=dict)


Value: TypeAlias = Any
Fields: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Payload:
    """What a mapping made: `fields` to be upserted under `key`, and the source ids of its lines in the order sent.

    `unsigned` names fields that tell nothing about the record's content: its version, and what is only sent on creation.
    Where `target_id` is given, the record is known to stand there and is written there; its key is then written too.
    """

    key: str
    fields: Fields
    lines: tuple[str, ...] = ()
    unsigned: frozenset[str] = frozenset()
    target_id: str = ""

    def digest(self) -> str:
        """Return a hash that is equal for equal content, however numbers are written and wherever lines have gone."""
        content = {name: _without_places(value) for name, value in self.fields.items() if name not in self.unsigned}
        return sha256(f"[{json.dumps(self.key)},{canonical_text(content)}]".encode()).hexdigest()


def canonical_text(value: Value) -> str:
    """Return a value as text that is equal for equal values: numbers in one form, references by id, names in order."""
    return json.dumps(value, default=_canonical, sort_keys=True, separators=(",", ":"))


def _without_places(value: Value) -> Value:
    """Drop the line numbers that the target gave out: the same line has none before its first delivery."""
    if isinstance(value, dict):
        return {name: _without_places(inner) for name, inner in value.items() if name != "line"}
    return [_without_places(inner) for inner in value] if isinstance(value, list) else value


def _canonical(value: object) -> object:
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case Ref():
            return {"ref": value.id}
        case datetime() | date():
            return value.isoformat()
        case _:
            raise TypeError(f"a payload cannot hold a {type(value).__name__}")
