"""Which objects and fields does the org have? Read once from `objects.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SPEC = re.compile(
    r"(?P<type>\w+)(?:\((?P<size>[^)]*)\))?(?: as (?P<parent>\w+))?(?: from (?P<children>\w+))?(?P<flags>(?: \w+)*)"
)
SYSTEM = {
    "Id": "id(18) readonly",
    "IsDeleted": "boolean readonly",
    "CreatedDate": "datetime readonly",
    "CreatedById": "reference(User) as CreatedBy readonly",
    "LastModifiedDate": "datetime readonly",
    "LastModifiedById": "reference(User) as LastModifiedBy readonly",
    "SystemModstamp": "datetime readonly",
}
NUMBERS = frozenset({"currency", "double", "percent"})


@dataclass(frozen=True)
class Field:
    """One field as a describe tells it."""

    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    to: str = ""
    parent: str = ""
    children: str = ""
    flags: frozenset[str] = frozenset()
    values: tuple[str, ...] = ()

    def has(self, flag: str) -> bool:
        """Tell whether the field carries a flag: required, unique, external, readonly, restricted."""
        return flag in self.flags

    @property
    def custom(self) -> bool:
        """Tell whether the org has added the field."""
        return self.name.endswith("__c")


@dataclass(frozen=True)
class Child:
    """A child relationship: its name, the child object, and the child's field that points here."""

    name: str
    object: str
    field: str


@dataclass(frozen=True)
class SObject:
    """One object: fields and parents by lower-case name, children by lower-case relationship name."""

    name: str
    label: str
    prefix: str
    fields: dict[str, Field]
    parents: dict[str, Field] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)


@cache
def objects() -> dict[str, SObject]:
    """Return the org's objects by lower-case name; names are case-insensitive everywhere in the API."""
    text = yaml.safe_load((Path(__file__).parent / "objects.yaml").read_text("utf-8"))
    picklists = text.pop("picklists")
    found = {name.lower(): _object(name, spec, picklists) for name, spec in text.items()}
    for owner in found.values():
        for one in owner.fields.values():
            if one.children and one.to.lower() in found:
                found[one.to.lower()].children[one.children.lower()] = Child(one.children, owner.name, one.name)
    return found


def _object(name: str, spec: dict[str, Any], picklists: dict[str, list[str]]) -> SObject:
    lines = SYSTEM | spec["fields"]
    fields = {key.lower(): _field(key, line, tuple(picklists.get(key, ()))) for key, line in lines.items()}
    parents = {one.parent.lower(): one for one in fields.values() if one.parent}
    return SObject(name, spec["label"], str(spec["prefix"]), fields, parents)


def _field(name: str, line: str, values: tuple[str, ...]) -> Field:
    matched = SPEC.fullmatch(line)
    if matched is None:
        raise ValueError(f"objects.yaml: {name}: cannot read '{line}'")
    size, kind = matched["size"] or "", matched["type"]
    numbers = [int(part) for part in size.split(",")] if re.fullmatch(r"\d+(,\d+)?", size) else []
    flags = frozenset((matched["flags"] or "").split())
    if kind in NUMBERS:
        return Field(name, kind, precision=numbers[0], scale=numbers[1], flags=flags)
    parts = {name: matched[name] or "" for name in ("parent", "children")}
    to = size if kind == "reference" else ""
    length = numbers[0] if numbers else 0
    return Field(name, kind, length, 0, 0, to, parts["parent"], parts["children"], flags, values)
