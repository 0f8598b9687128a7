"""How is one value written in SOAP's XML? Decimals exact, dates as given, references by id (netsuite.md 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from lxml import etree

from connectors.netsuite.wording import spoken
from flows.errors import Misconfigured, Rejected
from mappings.values import Ref

Element = etree._Element  # noqa: SLF001 — lxml gives its element class no public name
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NEAREST = 5


def simple(name: str, kind: str) -> Callable[[Element, str, Any], None]:
    """Return the writer of an element of the simple XML Schema type `kind`."""
    words = spoken(name)
    return partial(_worded, name, words) if words is not None else partial(_plain, _TEXTS.get(kind, text))


def reference(parent: Element, tag: str, value: Any) -> None:
    """Write a RecordRef by internal id."""
    if not isinstance(value, Ref):
        local = etree.QName(tag).localname
        words = f"{local} wants a reference, not {type(value).__name__}."
        raise Misconfigured("NOT_A_REFERENCE", words, hint="Say `as: reference` there.")
    etree.SubElement(parent, tag, internalId=value.id)


def text(value: Any) -> str:
    """Return a value as the text that XML Schema writes for it."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise Misconfigured("FIELD_TYPE", f"A {type(value).__name__} cannot be written here; see the mapping's `as`.")


def custom(parent: Element, tag: str, fields: Mapping[str, Any]) -> None:
    """Write custom fields by script id, each typed by its value."""
    listed = etree.SubElement(parent, tag)
    core = f"{{{parent.nsmap['core']}}}customField"
    for script, value in fields.items():
        element = etree.SubElement(listed, core, scriptId=script)
        _typed(element, value)


def _typed(element: Element, value: Any) -> None:
    tag = f"{{{element.nsmap['core']}}}value"
    values = value if isinstance(value, list) else [value]
    kind = "MultiSelect" if isinstance(value, list) else next((k for t, k in _KINDS if isinstance(value, t)), "String")
    element.set(XSI_TYPE, f"core:{kind}CustomFieldRef")
    for one in values:
        if isinstance(one, Ref):
            etree.SubElement(element, tag, internalId=one.id)
        else:
            etree.SubElement(element, tag).text = _moment(one) if kind == "Date" else text(one)


def _plain(write: Callable[[Any], str], parent: Element, tag: str, value: Any) -> None:
    etree.SubElement(parent, tag).text = write(value)


def _worded(name: str, words: Mapping[str, str], parent: Element, tag: str, value: Any) -> None:
    given = value.id if isinstance(value, Ref) else str(value)
    if given not in words and given not in words.values():
        message = f"SOAP has no {name} {given}."
        raise Rejected("UNKNOWN_VALUE", field=name, value=given, message=message, candidates=_few(words))
    etree.SubElement(parent, tag).text = words.get(given, given)


def _few(words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(words) if len(words) <= NEAREST else ()


def _moment(value: Any) -> str:
    # Midnight without a zone: NetSuite reads it in its own zone, so the day stays the day that was given.
    return text(value) if isinstance(value, datetime) else f"{text(value)}T00:00:00"


def _utc(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (str, str),
    (bool, lambda value: "true" if value else "false"),
    (int, str),
    (Decimal, "{:f}".format),
    (datetime, _utc),
    (date, date.isoformat),
    (Ref, lambda value: str(value.id)),
)
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "Boolean"),
    (int, "Long"),
    (Decimal, "Double"),
    (date, "Date"),
    (Ref, "Select"),
)
_TEXTS: dict[str, Callable[[Any], str]] = {"dateTime": _moment}
