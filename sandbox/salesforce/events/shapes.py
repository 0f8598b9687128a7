"""Which fields does an entity's change event have, in which order? Those of the object, by the rules that real schemas show.

Read off schemas of real orgs: the header first; addresses and person names as records; the owner's standard fields, then
CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, then the org's own fields; each `["null", type]` with a `doc`
that tells role and type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from zlib import crc32

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.model import Field, objects

NEVER = frozenset({
    "Id", "IsDeleted", "SystemModstamp", "MasterRecordId", "PhotoUrl", "LastActivityDate", "LastViewedDate",
    "LastReferencedDate", "IsEmailBounced", "Fiscal", "FiscalQuarter", "FiscalYear", "PushCount", "HasOpenActivity",
    "HasOverdueTask",
})  # fmt: skip
DERIVED = {
    "OrderItem": {"TotalPrice"},
    "PricebookEntry": {"Name", "ProductCode"},
    "OpportunityLineItem": {"Name", "ProductCode"},
    "QuoteLineItem": {"ProductCode"},
}
AUDIT = ("CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById")
AUDIT_BEFORE = {  # where the audit fields of real events do not close the standard ones
    "Account": "Jigsaw", "Contact": "LastCURequestDate", "Lead": "Jigsaw", "Opportunity": "LastStageChangeDate",
    "Product2": "Family", "Pricebook2": "IsActive", "PricebookEntry": "IsArchived", "OrderItem": "OrderItemNumber",
}  # fmt: skip
CURRENCY = "CurrencyIsoCode"
CURRENCY_BEFORE = {"Account": "OwnerId", "Contact": "OwnerId", "Lead": "AnnualRevenue", "Opportunity": "CampaignId"}
STREET = "Street"
ADDRESS = (
    "Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode", "Latitude", "Longitude",
    "GeocodeAccuracy",
)  # fmt: skip
PERSON = ("Salutation", "FirstName", "LastName")
SWITCHABLE = (*PERSON, "MiddleName", "InformalName", "Suffix")
LARGE = 1000  # characters from which a text field counts as large
AVRO = {"boolean": "boolean", "int": "int", "double": "double", "currency": "double", "percent": "double",
        "date": "long", "datetime": "long", "time": "long"}  # fmt: skip
DOCS = {
    "boolean": "Boolean", "int": "Integer", "double": "Double", "currency": "Currency", "percent": "Percent",
    "date": "DateOnly", "datetime": "DateTime", "time": "TimeOnly", "picklist": "DynamicEnum", "combobox": "DynamicEnum",
    "multipicklist": "MultiEnum", "email": "Email", "phone": "Phone", "url": "Url",
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One field of an event. `kind` is a model type, `Address`, `PersonName` or `Switchable_PersonName`.

    `parts` maps the names inside a compound to the fields of the object.
    """

    name: str
    kind: str
    doc: str
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def compound(self) -> bool:
        """Tell whether the value is a record of its own."""
        return bool(self.parts)


@cache
def shape_of(entity: str) -> tuple[Part, ...]:
    """Return the fields of an entity's change event behind the header."""
    known = [one for one in objects()[entity.lower()].fields.values() if not _hidden(entity, one)]
    names = {one.name for one in known}
    compounds = _addresses(names) + _person(entity, names)
    moved = {*AUDIT, CURRENCY} if entity in CURRENCY_BEFORE else set(AUDIT)
    standard = [one for one in known if not one.custom and one.name not in moved]
    audit = [one for label in AUDIT for one in known if one.name == label]
    currency = [one for one in known if one.name in moved and one.name == CURRENCY]
    placed = _before(_before(standard, CURRENCY_BEFORE.get(entity), currency), AUDIT_BEFORE.get(entity), audit)
    ordered = [*placed, *(one for one in known if one.custom)]
    return _with_compounds(entity, ordered, compounds)


def _before(fields: list[Field], name: str | None, moved: list[Field]) -> list[Field]:
    """Put fields before the one of a name, or behind all."""
    at = next((at for at, one in enumerate(fields) if one.name == name), len(fields))
    return [*fields[:at], *moved, *fields[at:]]


def _hidden(name: str, one: Field) -> bool:
    """Tell whether change events never have the field: system and derived ones, and compounds, which are made anew."""
    derived = one.name in DERIVED.get(name, ()) or one.has("formula") or one.has("calculated")
    return derived or one.name in NEVER or one.type in {"address", "location", "id", "complexvalue"}


def _addresses(names: set[str]) -> list[Part]:
    found = sorted(one.removesuffix(STREET) for one in names if one.endswith(STREET))
    return [
        Part(f"{prefix}Address", "Address", "Data:Address",
             {part: prefix + part for part in ADDRESS if prefix + part in names})
        for prefix in found if f"{prefix}City" in names
    ]  # fmt: skip


def _person(name: str, names: set[str]) -> list[Part]:
    if name == "Account":
        return []
    if not {"FirstName", "LastName"} <= names:
        return []
    return [Part("Name", "PersonName", "Data:PersonName", {part: part for part in PERSON if part in names})]


def _with_compounds(name: str, ordered: list[Field], compounds: list[Part]) -> tuple[Part, ...]:
    """Put each compound where its first part stood, and leave its parts out."""
    inside = {source: compound for compound in compounds for source in compound.parts.values()}
    replaced = {compound.name for compound in compounds}
    found: dict[str, Part] = {}
    for one in ordered:
        part = inside.get(one.name) or (None if one.name in replaced else _plain(name, one))
        if part is not None:
            found.setdefault(part.name, part)
    return tuple(found.values())


def _plain(name: str, one: Field) -> Part:
    if name == "Account" and one.name == "Name":
        return Part(one.name, "Switchable_PersonName", "Data:Switchable_PersonName")
    return Part(one.name, one.type, _doc(name, one))


def _doc(name: str, one: Field) -> str:
    if one.name == "CreatedDate":
        return "CreatedDate:DateTime"
    if one.type == "reference":
        kind = "ForeignKey:EntityId"
    elif one.type == "textarea":
        kind = "Data:StringPlusClob" if one.length > LARGE else "Data:MultiLineText"
    else:
        kind = f"Data:{'Fax' if one.name == 'Fax' else DOCS.get(one.type, 'Text')}"
    return f"{kind}:{field_id(name, one.name)}" if one.custom else kind


def field_id(entity: str, name: str) -> str:
    """Return the 15-character id of a field of the org's own."""
    return make_id("00N", crc32(f"{entity}.{name}".encode()))[:15]
