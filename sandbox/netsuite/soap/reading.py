"""What does a SOAP request ask? Envelope to header fields, record elements to wishes, by local names and tables.

Names are matched without their namespaces: some clients put elements in the record's (clients.md).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from sandbox.netsuite import refusals
from sandbox.netsuite.customizations import script_id_of
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, by_element, country_of_soap, record_type
from sandbox.netsuite.soap.faults import malformed, unknown_element
from sandbox.netsuite.wish import Wish

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_DAY = 10


def local(element: etree._Element) -> str:
    """Give an element's name without its namespace."""
    tag: str = element.tag
    return tag[tag.find("}") + 1 :]


def child(element: etree._Element, name: str) -> etree._Element | None:
    """Find the first child of that local name."""
    return next((one for one in element if local(one) == name), None)


def parse(body: bytes) -> etree._Element:
    """Read an envelope; entities and document types are refused."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise malformed(str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None or local(root) != "Envelope":
        raise malformed("a SOAP envelope without a document type is expected")
    return root


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite():
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text]


def _moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _date(text: str) -> str:
    # The account's time zone is GMT: a midnight sent with an offset may fall on the day before, as it would there.
    return text if len(text) == _DAY else _moment(text).date().isoformat()


_SIMPLE: dict[str, Callable[[str], Any]] = {
    "s": str,
    "n": _decimal,
    "i": int,
    "b": _boolean,
    "d": _date,
    "t": lambda text: _moment(text).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "e": str,
    "p": lambda text: text if text.endswith("%") else _decimal(text),
    "y": lambda text: country_of_soap()[text],
}


def _simple(field: Field, text: str) -> Any:
    try:
        return _SIMPLE[field.kind](text) if text else None
    except (ValueError, KeyError, ArithmeticError) as error:
        raise malformed(f"{text} is no value for {field.soap}") from error


def reference(element: etree._Element) -> Document:
    """Read a RecordRef: by internal id, else by external id."""
    if internal := element.get("internalId"):
        return {"id": internal}
    return {"externalId": element.get("externalId", "")}


def _custom_value(element: etree._Element) -> Any:
    kind = (element.get(XSI_TYPE) or "").rpartition(":")[2]
    values = [one for one in element if local(one) == "value"]
    if kind == "MultiSelectCustomFieldRef":
        return {"items": [reference(one) for one in values]}
    if not values:
        return None
    if kind == "SelectCustomFieldRef":
        return reference(values[0])
    letter = {"Boolean": "b", "Long": "i", "Double": "n", "Date": "d"}.get(kind.removesuffix("CustomFieldRef"), "s")
    return _simple(Field("customField", "customField", letter), (values[0].text or "").strip())


def _complex(field: Field, element: etree._Element, wish: Wish) -> Any:
    if field.kind == "@":
        return reference(element)
    if field.kind == "a":
        return read_fields(record_type("address"), element, wish)
    if field.kind == "l":
        if element.get("replaceAll") not in {"false", "0"}:
            wish.replaced.add(field.name)
        part = record_type(field.target)
        return [read_fields(part, row, wish) for row in element if local(row) == field.row_element]
    return _kept_whole(field, element, wish)


def _kept_whole(field: Field, element: etree._Element, wish: Wish) -> Any:
    if field.kind == "r":
        return {"items": [reference(one) for one in element if local(one) == "recordRef"]}
    if field.kind == "o":
        return read_fields(record_type(field.target), element, wish)
    return _customs(element) if field.kind == "c" else None


def _customs(element: etree._Element) -> Document:
    return {script_id_of(one.get("scriptId") or one.get("internalId") or ""): _custom_value(one) for one in element}


def read_fields(kind: RecordType, element: etree._Element, wish: Wish) -> Document:
    """Read one record's, line's or address's children by the table of its type."""
    fields: Document = {}
    for one in element:
        name = local(one)
        field = kind.by_soap.get(name)
        if field is not None and field.kind in _SIMPLE:
            fields[field.name] = _simple(field, (one.text or "").strip())
        elif field is not None and field.kind != "-":
            fields[field.name] = _complex(field, one, wish)
        elif name == "customFieldList":
            fields.update(_customs(one))
        elif name == "nullFieldList":
            nulls = ((entry.text or "").strip() for entry in one)
            fields.update({kind.by_soap[entry].name: None for entry in nulls if entry in kind.by_soap})
        elif field is None:
            raise unknown_element(name, etree.QName(one).namespace or "", kind.element)
    return fields


def read_record(element: etree._Element) -> Wish:
    """Read a `record` element into a wish."""
    named = (element.get(XSI_TYPE) or "").rpartition(":")[2]
    kind = by_element().get(named)
    if kind is None:
        raise refusals.Refused("INVALID_RCRD_TYPE", f"This twin keeps no records of type {named or local(element)}.")
    wish = Wish(kind, {}, element.get("internalId") or None, element.get("externalId") or None)
    wish.fields = read_fields(kind, element, wish)
    return wish
