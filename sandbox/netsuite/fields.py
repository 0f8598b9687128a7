"""Which fields does each record type have, in which order, of which kind? Read from the tables in `records/`.

A table's entry reads `soapName kind [restName [rowElement rowType]]`. Kinds: `s` text, `n` decimal, `i` whole number,
`b` boolean, `d` date, `t` moment, `e` enumeration, `y` country, `@type` reference, `a` address, `l` list of rows,
`x` kept as sent, `-` known to the contract but not kept here. `!` marks what only the system writes.
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import yaml

CUSTOM_PREFIXES = {"transaction": ("custbody",), "entity": ("custentity",), "item": ("custitem",), "part": ("custcol",)}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its SOAP name, its REST name, its kind; `target` is a reference's type or a list's row type."""

    soap: str
    name: str
    kind: str
    read_only: bool = False
    target: str = ""
    row_element: str = ""


@dataclass(frozen=True)
class RecordType:
    """One record type: `fields` in the contract's order, `rest_only` what SOAP has no element for."""

    name: str
    family: str
    element: str
    namespace: str
    label: str
    fields: tuple[Field, ...]
    rest_only: tuple[Field, ...]
    by_soap: dict[str, Field] = field(init=False)
    by_name: dict[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        """Index the fields both ways."""
        object.__setattr__(self, "by_soap", {one.soap: one for one in self.fields})
        object.__setattr__(self, "by_name", {one.name: one for one in self.fields + self.rest_only})

    def takes_custom(self, name: str) -> bool:
        """Say whether a custom field of this script id may stand on this record."""
        return name.lower().startswith(CUSTOM_PREFIXES.get(self.family, ("cust",)))


def _field(entry: str) -> Field:
    soap, kind, name, row_element, target = [*entry.split(), "", "", ""][:5]
    letter = kind[0]
    return Field(soap, name or soap, letter, kind.endswith("!"), target or kind[1:].rstrip("!"), row_element)


def _fields(text: str) -> tuple[Field, ...]:
    return tuple(_field(entry) for entry in text.split(",") if entry.strip())


def _read(name: str) -> dict[str, str]:
    text = resources.files(__package__).joinpath("records", f"{name}.yaml").read_text("utf-8")
    table: dict[str, str] = yaml.load(text, yaml.BaseLoader)  # noqa: S506 — BaseLoader makes nothing but text
    return table


@cache
def record_type(name: str) -> RecordType:
    """Read the table of one record type."""
    table = _read(name)
    return RecordType(
        name=name,
        family=table["family"],
        element=table["element"],
        namespace=table["namespace"],
        label=table["label"],
        fields=_fields(table["fields"]),
        rest_only=_fields(table["rest_only"]),
    )


@cache
def record_types() -> dict[str, RecordType]:
    """Give every record type (not the parts of one), by its lower-case name: REST takes any case (netsuite.md 3.1)."""
    folder = resources.files(__package__).joinpath("records")
    names = [entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name != "countries.yaml"]
    every = (record_type(name) for name in sorted(names))
    return {one.name.lower(): one for one in every if one.family != "part"}


@cache
def by_element() -> dict[str, RecordType]:
    """Give every record type by the name of its SOAP type (`SalesOrder`)."""
    return {one.element: one for one in record_types().values()}


@cache
def families() -> tuple[str, ...]:
    """Name the groups whose records share one space of ids and external ids (netsuite.md 2.6)."""
    return tuple(sorted({one.family for one in record_types().values()}))


@cache
def country_of_soap() -> dict[str, str]:
    """Give the ISO code of each SOAP country (`_germany` is `DE`)."""
    pairs = (entry.split() for entry in _read("countries")["countries"].split(","))
    return {soap: iso for iso, soap in pairs}


@cache
def soap_of_country() -> dict[str, str]:
    """Give the SOAP word of each ISO country code."""
    return {iso: soap for soap, iso in country_of_soap().items()}
