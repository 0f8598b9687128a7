"""Which fields does each record type have, in which order, of which kind? Read from the tables in `records/`.

A table's entry reads `soapName kind [restName [rowElement rowType]]`. Kinds: `s` text, `n` decimal, `i` whole number,
`b` boolean, `d` date, `t` moment, `p` an amount or `-10.0%`, `eName` enumeration, `y` country, `@type` reference,
`rtype` several references, `a` address, `l` list of rows, `o` object of its own, `c` custom fields in a place of their
own, `x` kept as sent, `-` known to the contract but not kept here. `!` marks what only the system writes, `.` before a
row's element that it stands in the namespace of what is around the list. Decimals are `Decimal`, enumerations are kept
as REST's id, several references as `{"items": [{"id": …}]}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

import yaml

CUSTOM_PREFIXES = {"transaction": ("custbody",), "entity": ("custentity",), "item": ("custitem",), "part": ("custcol",)}
_NOT_TYPES = frozenset({"countries", "enumerations", "parts", "rest_enumerations", "rest_parts"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its SOAP name, its REST name, its kind; `target` is a reference's, row's or enumeration's type.

    `row_element` stands in the namespace of its own type, or (`row_outside`) in that of the record around the list.
    """

    soap: str
    name: str
    kind: str
    read_only: bool = False
    target: str = ""
    row_element: str = ""
    row_outside: bool = False


@dataclass(frozen=True)
class RecordType:
    """One record type: `fields` in the contract's order, `rest_only` what SOAP has no element for.

    `kept` is the type it is stored as (a lead is a customer); `element` is empty where SOAP has no such type.
    """

    name: str
    family: str
    element: str
    namespace: str
    label: str
    kept: str
    stage: str
    listed: str
    listed_rest_only: str

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Give the fields that SOAP has, in its order."""
        return _fields(self.listed)

    @cached_property
    def rest_only(self) -> tuple[Field, ...]:
        """Give the fields that only REST has."""
        return _fields(self.listed_rest_only)

    @cached_property
    def by_soap(self) -> dict[str, Field]:
        """Index the fields by SOAP's name."""
        return {one.soap: one for one in self.fields}

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Index the fields by REST's name."""
        return {one.name: one for one in self.fields + self.rest_only}

    @cached_property
    def by_any_case(self) -> dict[str, Field]:
        """Index the fields by REST's name in lower case, for the types whose names REST takes in any case."""
        return {} if self.element else {one.name.lower(): one for one in self.fields + self.rest_only}

    def takes_custom(self, name: str) -> bool:
        """Say whether a custom field of this script id may stand on this record."""
        return name.lower().startswith(CUSTOM_PREFIXES.get(self.family, ("cust",)))


def _field(entry: str) -> Field:
    soap, kind, name, row_element, target = [*entry.split(), "", "", ""][:5]
    letter = kind[0]
    row, outside = row_element.lstrip("."), row_element.startswith(".")
    return Field(soap, name or soap, letter, kind.endswith("!"), target or kind[1:].rstrip("!"), row, outside)


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(_field(entry) for entry in text.split(",") if entry.strip())


def read_table(name: str) -> dict[str, str]:
    """Read one file of `records/`; every leaf is text."""
    text = resources.files(__package__).joinpath("records", f"{name}.yaml").read_text("utf-8")
    table: dict[str, str] = yaml.load(text, yaml.CBaseLoader)  # noqa: S506 — this loader makes nothing but text
    return table


@cache
def _parts() -> Mapping[str, Mapping[str, str]]:
    tables: dict[str, Any] = {**read_table("parts"), **read_table("rest_parts")}
    return tables


def _typed(name: str, table: Mapping[str, str]) -> RecordType:
    like = table.get("like", name)
    kept = like if "stage" in table else name
    hidden = {"element": "", "namespace": ""} if kept != name else {}
    whole = {**read_table(like), **hidden, **table} if like != name else table
    return RecordType(
        name=name,
        family=whole.get("family", "part"),
        element=whole.get("element", ""),
        namespace=whole.get("namespace", ""),
        label=whole.get("label", whole.get("element", name)),
        kept=kept,
        stage=whole.get("stage", ""),
        listed=whole.get("fields", ""),
        listed_rest_only=whole.get("rest_only", ""),
    )


@cache
def record_type(name: str) -> RecordType:
    """Read the table of one record type, or of a part of one."""
    part = _parts().get(name)
    return _typed(name, part if part is not None else read_table(name))


@cache
def record_types() -> dict[str, RecordType]:
    """Give every record type (not the parts of one), by its lower-case name: REST takes any case (netsuite.md 3.1)."""
    folder = resources.files(__package__).joinpath("records")
    names = sorted({entry.name.removesuffix(".yaml") for entry in folder.iterdir()} - _NOT_TYPES)
    return {name.lower(): record_type(name) for name in names}


@cache
def by_element() -> dict[str, RecordType]:
    """Give every record type by the name of its SOAP type (`SalesOrder`)."""
    # A custom record type shares its element with the type it is like, which comes last and wins.
    return {one.element: one for one in reversed(record_types().values()) if one.element}


@cache
def families() -> tuple[str, ...]:
    """Name the groups whose records share one space of ids and external ids (netsuite.md 2.6)."""
    return tuple(sorted({one.family for one in record_types().values()}))


@cache
def country_of_soap() -> dict[str, str]:
    """Give the ISO code of each SOAP country (`_germany` is `DE`)."""
    pairs = (entry.split() for entry in read_table("countries")["countries"].split(","))
    return {soap: iso for iso, soap in pairs}


@cache
def soap_of_country() -> dict[str, str]:
    """Give the SOAP word of each ISO country code."""
    return {iso: soap for soap, iso in country_of_soap().items()}
