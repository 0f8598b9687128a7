"""How is a message written, and how is its acknowledgement read? SOAP as the vendor's WSDL for outbound messages has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from sandbox.salesforce.events.outbound.queue import Notification
from sandbox.salesforce.events.outbound.rules import Rule
from sandbox.salesforce.sessions import ORGANIZATION

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
OBJECT = "urn:sobject.enterprise.soap.sforce.com"
VERSION = "62.0"
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML has no way to say them
NIL = f"{{{XSI}}}nil"


def write(rule: Rule, session: str, told: Sequence[tuple[Notification, Mapping[str, Any] | None]]) -> bytes:
    """Return a message: each notification with its record as it is now, or with none when it is deleted."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "xsd": XSD, "xsi": XSI})
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    message = etree.SubElement(body, f"{{{OUTBOUND}}}notifications", nsmap={None: OUTBOUND})  # type: ignore[dict-item]  # the stubs know no default namespace
    _add(message, "OrganizationId", ORGANIZATION)
    _add(message, "ActionId", rule.id)
    _add(message, "SessionId", session or None)
    for name, api in (("EnterpriseUrl", "c"), ("PartnerUrl", "u")):
        _add(message, name, f"{rule.instance}/services/Soap/{api}/{VERSION}/{ORGANIZATION[:15]}")
    for notification, record in told:
        _notification(message, rule, notification, record)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _notification(
    message: etree._Element, rule: Rule, notification: Notification, record: Mapping[str, Any] | None
) -> None:
    one = etree.SubElement(message, f"{{{OUTBOUND}}}Notification")
    _add(one, "Id", notification.id)
    found = etree.SubElement(one, f"{{{OUTBOUND}}}sObject", nsmap={"sf": OBJECT})
    found.set(f"{{{XSI}}}type", f"sf:{rule.object}")
    if record is None:
        return
    for name in ("Id", *(name for name in rule.fields if name != "Id")):
        if record.get(name) is not None:
            etree.SubElement(found, f"{{{OBJECT}}}{name}").text = _text(
                rule.owner.fields[name.lower()].type, record[name]
            )


def _text(kind: str, kept: Any) -> str:
    """Return a kept value as XML schema writes it."""
    text = UNSPEAKABLE.sub("", str(kept))
    return text.replace("+0000", "Z") if kind == "datetime" else text


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    found = etree.SubElement(parent, f"{{{OUTBOUND}}}{name}")
    found.text = text
    if text is None:
        found.set(NIL, "true")


def acknowledged(body: bytes) -> bool:
    """Tell whether an answer is the acknowledgement: exactly `Ack` true in its place, and nothing less."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        found = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    if found.tag != f"{{{SOAP}}}Envelope":
        return False
    return found.findtext(f"{{{SOAP}}}Body/{{{OUTBOUND}}}notificationsResponse/{{{OUTBOUND}}}Ack") == "true"
