"""Which record does a reference of a request mean? Its type and either id (RecordRef, CustomRecordRef, CustomizationRef)."""

from dataclasses import dataclass

from lxml import etree

from sandbox.netsuite.customizations import custom_record_type
from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.reading import XSI_TYPE

_TYPED = {"CustomRecordRef": "customRecord", "CustomizationRef": "customRecordType"}


@dataclass(frozen=True, slots=True)
class Reference:
    """A record as a caller names it."""

    kind: RecordType
    internal_id: str | None
    external_id: str | None


def read_reference(element: etree._Element) -> Reference:
    """Read a reference, or refuse: its type is none of the account's."""
    shape = (element.get(XSI_TYPE) or "").rpartition(":")[2]
    named = element.get("type") or _TYPED.get(shape, shape)
    own = (
        custom_record_type(element.get("typeId") or element.get("scriptId") or "")
        if shape == "CustomRecordRef"
        else None
    )
    kind = own or record_types().get(named.lower())
    if kind is None:
        raise Refused("INVALID_RCRD_TYPE", f"This twin keeps no records of type {named}.")
    return Reference(kind, element.get("internalId"), element.get("externalId"))
