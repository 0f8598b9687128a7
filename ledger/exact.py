"""How is a record written down without losing a digit? As JSON in which an exact number is `{"$": "1.50"}`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256

MARK = "$"


def write(fields: Mapping[str, object]) -> str:
    """Return the fields as canonical JSON: equal fields give equal text."""
    return json.dumps(fields, default=_plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> dict[str, object]:
    """Return the fields that `write` wrote."""
    fields: dict[str, object] = json.loads(text, object_hook=_exact)
    return fields


def content_of(text: str) -> str:
    """Return the hash by which two contents of one version are told apart."""
    return sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return {MARK: format(value, "f")}
    raise TypeError(f"a record holds a {type(value).__name__}; only text, numbers, booleans and lists travel")


def _exact(found: dict[str, object]) -> object:
    if len(found) == 1 and isinstance(number := found.get(MARK), str):
        return Decimal(number)
    return found
