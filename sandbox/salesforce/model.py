"""Which objects and fields does the org have? Read once from `objects/*.yaml`, one file an object, one line a field.

A line is `type(size) as Parent from Children flags | Label`: the size is a length, precision and scale, or the objects that
a reference points to; `Parent` is the name of the parent relationship, `Children` that of the child list on the other side.
Flags: required (no default), notnull, defaulted, nillable; readonly, createonly, updateonly; unique, external, idlookup,
namefield, autonumber, calculated, restricted, hidden (no filter, no order), fls (its access is a permission), prefilter,
cascade, restrict and master (what a parent's deletion does), `of:` a list of `picklists.yaml`, `in:` a compound field,
`extra:` a describe's extraTypeInfo. System fields are added to each object, but for those in its `lacks`.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SPEC = re.compile(
    r"(?P<type>\w+)(?:\((?P<size>[^)]*)\))?(?: as (?P<parent>\w+))?(?: from (?P<children>\w+))?"
    r"(?P<flags>(?: [\w:.]+)*)(?: \| (?P<label>.+))?"
)
SYSTEM = {
    "Id": "id(18) readonly idlookup",
    "IsDeleted": "boolean readonly | Deleted",
    "CreatedDate": "datetime readonly notnull defaulted",
    "CreatedById": "reference(User) as CreatedBy readonly notnull defaulted",
    "LastModifiedDate": "datetime readonly notnull defaulted",
    "LastModifiedById": "reference(User) as LastModifiedBy readonly notnull defaulted",
    "SystemModstamp": "datetime readonly notnull defaulted",
}
NUMBERS = frozenset({"currency", "double", "percent"})
PARTS = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")
FOLDER = Path(__file__).parent
# Whether the request's org knows one currency alone: then it has no field and no object for them (salesforce.md 4).
SINGLE: ContextVar[bool] = ContextVar("SINGLE", default=False)
CURRENCIES = frozenset({"CurrencyType", "DatedConversionRate"})


@dataclass(frozen=True)
class Field:
    """One field as a describe tells it; `to` is the first object it points to that the org has, `targets` are all."""

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
    targets: tuple[str, ...] = ()
    label: str = ""
    labels: tuple[str, ...] = ()
    compound: str = ""
    extra: str = ""

    def has(self, flag: str) -> bool:
        """Tell whether the field carries a flag: required, unique, external, readonly, restricted."""
        return flag in self.flags

    @property
    def custom(self) -> bool:
        """Tell whether the org has added the field."""
        return self.name.endswith("__c")

    @property
    def nillable(self) -> bool:
        """Tell whether the field may be empty."""
        filled = self.type in {"boolean", "id"} or bool(self.flags & {"required", "notnull"})
        return self.has("nillable") or not filled

    @property
    def kept(self) -> bool:
        """Tell whether the field has a column; a compound address is made of its parts."""
        return self.type != "address"


@dataclass(frozen=True)
class Child:
    """A child relationship: its name ("" when it has none), the child object, and the child's field that points here."""

    name: str
    object: str
    field: str
    cascade: bool = False
    restrict: bool = False


@dataclass(frozen=True)
class SObject:
    """One object: fields and parents by lower-case name, children by lower-case relationship name."""

    name: str
    label: str
    prefix: str
    fields: dict[str, Field]
    parents: dict[str, Field] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)
    plural: str = ""
    without: frozenset[str] = frozenset()
    defaults: dict[str, str] = field(default_factory=dict)
    pointing: list[Child] = field(default_factory=list)

    @property
    def custom(self) -> bool:
        """Tell whether the org has added the object."""
        return self.name.endswith("__c")

    @property
    def name_field(self) -> str:
        """Return the field by which people know a record."""
        return next((one.name for one in self.fields.values() if one.has("namefield")), "Id")


def objects() -> dict[str, SObject]:
    """Return the org's objects by lower-case name; names are case-insensitive everywhere in the API."""
    return _objects(single=SINGLE.get())


@cache
def _objects(*, single: bool) -> dict[str, SObject]:
    picklists = yaml.safe_load((FOLDER / "picklists.yaml").read_text("utf-8"))
    specs = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((FOLDER / "objects").glob("*.yaml"))]
    specs = [_without_currencies(spec) for spec in specs if spec["name"] not in CURRENCIES] if single else specs
    known = {spec["name"].lower() for spec in specs}
    found = {spec["name"].lower(): _object(spec, picklists, known) for spec in specs}
    for owner in found.values():
        for one in owner.fields.values():
            for target in one.targets:
                _point(found.get(target.lower()), owner, one)
    return found


def _without_currencies(spec: dict[str, Any]) -> dict[str, Any]:
    known = {name: line for name, line in spec["fields"].items() if not name.endswith("CurrencyIsoCode")}
    return spec | {"fields": known}


def by_prefix(record_id: str) -> SObject | None:
    """Return the object whose records' ids begin as this one does."""
    return _prefixes(single=SINGLE.get()).get(record_id[:3])


@cache
def _prefixes(*, single: bool) -> dict[str, SObject]:
    return {owner.prefix: owner for owner in _objects(single=single).values()}


def parts_of(owner: SObject, found: Field) -> dict[str, Field]:
    """Return the fields that make a compound address, by their names in its JSON."""
    stem = found.name.removesuffix("Address").lower()
    parts = {name: owner.fields.get(stem + name.lower()) for name in PARTS}
    return {name: part for name, part in parts.items() if part is not None}


def _point(target: SObject | None, owner: SObject, one: Field) -> None:
    if target is None:
        return
    child = Child(one.children, owner.name, one.name, one.has("cascade"), one.has("restrict"))
    target.pointing.append(child)
    if one.children:
        target.children.setdefault(one.children.lower(), child)


def _object(spec: dict[str, Any], picklists: dict[str, list[str]], known: set[str]) -> SObject:
    lacks = spec.get("lacks", ())
    system = {name: line for name, line in SYSTEM.items() if name not in lacks}
    own = {name: line for name, line in spec["fields"].items() if not name.endswith("__c")}
    first = {name: line for name, line in system.items() if name in {"Id", "IsDeleted"}}
    lines = first | own | system | spec["fields"]  # in the order of a real describe: custom fields come last
    fields = {key.lower(): _field(key, line, picklists, known) for key, line in lines.items()}
    parents = {one.parent.lower(): one for one in fields.values() if one.parent and one.to}
    return SObject(
        spec["name"], spec["label"], str(spec["prefix"]), fields, parents, plural=spec["plural"],
        without=frozenset(spec["without"]), defaults=spec.get("defaults", {}),
    )  # fmt: skip


def _field(name: str, line: str, picklists: dict[str, list[str]], known: set[str]) -> Field:
    matched = SPEC.fullmatch(line)
    if matched is None:
        raise ValueError(f"objects: {name}: cannot read '{line}'")
    flags, told = _flags(matched["flags"] or "")
    kind, size = matched["type"], matched["size"] or ""
    targets = tuple(size.split(",")) if kind == "reference" else ()
    numbers = [int(part) for part in size.split(",")] if size and not targets else []
    precision, scale = numbers if kind in NUMBERS else (0, 0)
    options = [option.partition(" | ")[::2] for option in picklists[told["of"]]] if "of" in told else []
    return Field(
        name, kind, _length(kind, numbers), precision, scale,
        next((target for target in targets if target.lower() in known), ""),
        matched["parent"] or "", matched["children"] or "", flags, tuple(value for value, _ in options), targets,
        matched["label"] or label_of(name), tuple(label or value for value, label in options),
        told.get("in", ""), told.get("extra", ""),
    )  # fmt: skip


def _flags(text: str) -> tuple[frozenset[str], dict[str, str]]:
    words = text.split()
    return frozenset(word for word in words if ":" not in word), dict(word.split(":") for word in words if ":" in word)


def _length(kind: str, numbers: list[int]) -> int:
    if kind == "reference":
        return 18
    return numbers[0] if numbers and kind not in NUMBERS else 0


def label_of(name: str) -> str:
    """Return the label that a field has unless its line says another one.

    >>> label_of("AccountId"), label_of("PO_Number__c")
    ('Account ID', 'PO Number')
    """
    if name.endswith("__c"):
        return name.removesuffix("__c").replace("_", " ")
    plain = name.replace("_", " ")
    return re.sub(r"\bId$", "ID", re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", plain))
