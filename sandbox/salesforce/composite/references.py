"""What does `@{ref.records[0].Id}` stand for? A value of an earlier answer, letter case included (salesforce.md 1.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sandbox.salesforce.refusals import Refused

REFERENCE = re.compile(r"@\{([^{}]*)\}")
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
NULLS_FROM = 52  # the API version from which a reference to a null field is null, and odd names fail the whole request


class References:
    """The answers so far, by reference id, and what later requests take from them."""

    def __init__(self, version: float) -> None:
        self._version = version
        self._bodies: dict[str, Any] = {}

    def keep(self, name: str, body: Any) -> None:
        """Remember the answer of a request that went well."""
        self._bodies[name] = body

    def fill_url(self, url: str) -> str:
        """Return a URL with values in the place of references."""
        return REFERENCE.sub(lambda match: quote(_shown(self._value(match[1], in_url=True)), safe=""), url)

    def fill(self, value: Any) -> Any:
        """Return a body, or a part of one, with values in the place of references; a lone reference keeps its type."""
        if isinstance(value, Mapping):
            return {name: self.fill(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fill(inner) for inner in value]
        if not isinstance(value, str):
            return value
        if lone := REFERENCE.fullmatch(value):
            return self._value(lone[1])
        return REFERENCE.sub(lambda match: _shown(self._value(match[1])), value)

    def _value(self, text: str, *, in_url: bool = False) -> Any:
        name = re.split(r"[.\[]", text, maxsplit=1)[0]
        try:
            found = self._bodies[name]
            for field, index in STEP.findall(text[len(name) :]):
                found = found[field] if field else found[int(index)]
        except (KeyError, IndexError, TypeError) as error:
            raise _no_value(text, name) from error
        if isinstance(found, dict | list) or (found is None and (in_url or self._version < NULLS_FROM)):
            raise _no_value(text, name)
        return found


def names_in(value: Any) -> set[str]:
    """Return the reference ids that a URL or body refers to."""
    if isinstance(value, Mapping):
        return set().union(*(names_in(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(names_in(inner) for inner in value))
    return (
        {re.split(r"[.\[]", text, maxsplit=1)[0] for text in REFERENCE.findall(value)}
        if isinstance(value, str)
        else set()
    )


def check_name(name: str) -> None:
    """Refuse the whole request for an odd reference id."""
    if not NAME.fullmatch(name):
        words = (
            f"Provided referenceId ('{name}') must start with a letter or a number, "
            "and it can contain only letters, numbers and underscores ('_')."
        )
        raise Refused("JSON_PARSER_ERROR", words)


def _no_value(text: str, name: str) -> Refused:
    return Refused("PROCESSING_HALTED", f"Invalid reference specified. No value for {text} found in {name}")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
