"""What does a SOAP record say? Its elements as neutral values, read by the schemas that they are written by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from lxml import etree

from connectors.netsuite.simple import Element
from connectors.netsuite.wording import RECORDS, STATUSES, meant, neutral_name, spoken
from flows.errors import Misconfigured
from mappings.values import Ref

XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MIDNIGHT = "T00:00:00"
Read = Callable[[Element], Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as NetSuite holds it, in neutral names, with its external id and the moment of its last change."""

    fields: Mapping[str, Any]
    key: str
    modified: str


class Decoder:
    """Reads SOAP records of one endpoint. What the shipped schemas do not know is left out."""

    def __init__(self, client: Any, endpoint: str) -> None:
        self._client = client
        self._endpoint = endpoint
        self._readers: dict[str, Read] = {}

    def record(self, kind: str, element: Element) -> tuple[str, Standing]:
        """Return a record's id, and how it stands."""
        if kind not in RECORDS:
            raise Misconfigured("UNKNOWN_RECORD", f"{kind} is not read over SOAP here; known are {', '.join(RECORDS)}.")
        namespace, name = RECORDS[kind]
        qname = f"{{{namespace.format(self._endpoint)}}}{name}"
        if qname not in self._readers:
            self._readers[qname] = self._compile(self._client.get_type(qname))
        changed = element.findtext("{*}lastModifiedDate")
        standing = Standing(self._readers[qname](element), element.get("externalId", ""), version(changed or ""))
        return element.get("internalId", ""), standing

    def _compile(self, kind: Any) -> Read:
        readers = {
            name: (neutral_name(kind.name, name), self._reader(name, element.type))
            for name, element in kind.elements
            if name not in {"nullFieldList", "customFieldList"}
        }
        return partial(_fields, readers)

    def _reader(self, name: str, kind: Any) -> Read:
        if not hasattr(kind, "elements"):
            return partial(_simple, name, kind.qname.localname)
        if kind.name == "RecordRef":
            return lambda element: Ref(element.get("internalId", ""))
        if any(attribute == "replaceAll" for attribute, _ in kind.attributes):
            (_, line), *_ = kind.elements
            return partial(_listed, self._compile(line.type))
        return self._compile(kind)


def version(text: str) -> str:
    """Return a moment that NetSuite wrote in its own zone as the version of a record.

    >>> version("2026-03-01T02:03:04.000-08:00")
    '2026-03-01T10:03:04.000Z'
    """
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(readers: Mapping[str, tuple[str, Read]], parent: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element in parent.iterchildren(etree.Element):
        local = etree.QName(element).localname
        if local == "customFieldList":
            found |= {one.get("scriptId", ""): _custom(one) for one in element.iterchildren(etree.Element)}
        elif local in readers:
            name, read = readers[local]
            found[name] = read(element)
    return found


def _listed(read: Read, parent: Element) -> dict[str, Any]:
    return {"items": [read(line) for line in parent.iterchildren(etree.Element)]}


def _simple(name: str, kind: str, element: Element) -> Any:
    text = element.text or ""
    if name == "status":
        return STATUSES.get(text, text)
    if spoken(name) is not None:
        return meant(name, text)
    if name == "rate":  # a text in SOAP, because a discount's may be a percentage (netsuite.md 4.1)
        return _number(text)
    return _READERS.get(kind, str)(text)


def _number(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _day(text: str) -> date:
    """Return the day that was written, in the account's own zone: a transaction's day is no moment."""
    return date.fromisoformat(text[:10])


def _custom(element: Element) -> Any:
    kind = element.get(XSI_TYPE, "").rpartition(":")[2].removesuffix("CustomFieldRef")
    values = list(element.iterchildren("{*}value"))
    if kind == "MultiSelect":
        return [Ref(one.get("internalId", "")) for one in values]
    (value,) = values or [element]
    if kind == "Select":
        return Ref(value.get("internalId", ""))
    text = value.text or ""
    if kind == "Date":
        return _day(text) if MIDNIGHT in text else datetime.fromisoformat(text).astimezone(UTC)
    return _READERS.get({"Boolean": "boolean", "Double": "double", "Long": "long"}.get(kind, ""), str)(text)


_READERS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text == "true",
    "double": Decimal,
    "long": int,
    "dateTime": _day,
}
