"""What does the org say about an object: of which kind is a path, and how do children hang on it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Child:
    """One child relationship: the child object, its field that holds the parent's Id, and its name for the parent."""

    object: str
    link: str
    parent: str


class Describes:
    """The org's describes, each fetched once; make new ones for every reading, for fields may change between."""

    def __init__(self, fetch: Callable[[str], Mapping[str, Any]]) -> None:
        """Take `fetch`, which returns the describe of an object by name."""
        self._fetch = fetch
        self._known: dict[str, Mapping[str, Any]] = {}

    def kind(self, object_name: str, path: str) -> str:
        """Return the field type at the end of a path, as describe names it (string, currency, datetime)."""
        first, _, rest = path.partition(".")
        if not rest:
            return str(self.field(object_name, "name", first)["type"])
        parents = self.field(object_name, "relationshipName", first)["referenceTo"]
        return self._of_any(parents, rest, path)

    def child(self, object_name: str, relationship: str) -> Child:
        """Return a child relationship of the object."""
        listed = self._describe(object_name)["childRelationships"]
        found = next((one for one in listed if one["relationshipName"] == relationship), None)
        if found is None:
            raise _unknown(f"{object_name} has no children called {relationship}")
        name, link = str(found["childSObject"]), str(found["field"])
        return Child(name, link, str(self.field(name, "name", link)["relationshipName"]))

    def _of_any(self, parents: list[str], rest: str, path: str) -> str:
        """Return the kind in the first parent that has the path; an owner may be of several objects."""
        for parent in parents:
            try:
                return self.kind(parent, rest)
            except Misconfigured:
                continue
        raise _unknown(f"{path} is in none of {', '.join(parents)}")

    def field(self, object_name: str, by: str, name: str) -> Mapping[str, Any]:
        """Return what the org says about a field that is found `by` its name or relationshipName."""
        found = next((one for one in self._describe(object_name)["fields"] if one[by] == name), None)
        if found is None:
            raise _unknown(f"{object_name} has no {name}")
        return dict(found)

    def fields(self, object_name: str) -> Sequence[Mapping[str, Any]]:
        """Return what the org says about all fields of an object."""
        found: Sequence[Mapping[str, Any]] = self._describe(object_name)["fields"]
        return found

    def _describe(self, object_name: str) -> Mapping[str, Any]:
        if object_name not in self._known:
            self._known[object_name] = self._fetch(object_name)
        return self._known[object_name]


def _unknown(words: str) -> Misconfigured:
    hint = "Correct the name in the flow, or let the integration user see the field (field-level security)."
    return Misconfigured("INVALID_FIELD", f"As far as our user sees, {words}.", hint=hint)
