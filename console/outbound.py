"""What does an Outbound Message of Salesforce say, and with which words is it acknowledged (salesforce.md 3.1)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

from console.refusal import UNPROCESSABLE, Refusal
from flows.ask import hint_of, reading_object
from flows.model import ANY, Ask
from mappings.language import Flow

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
OBJECT = "urn:sobject.enterprise.soap.sforce.com"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MOST = 100  # notifications to a message
ACK = (
    f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body>'
    f'<notificationsResponse xmlns="{OUTBOUND}"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
)
FAULT = (
    f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"><soapenv:Body>'
    "<soapenv:Fault><faultcode>soapenv:{whose}</faultcode><faultstring>{words}</faultstring></soapenv:Fault>"
    "</soapenv:Body></soapenv:Envelope>"
)


@dataclass(frozen=True, slots=True)
class Told:
    """One notification: the record, "" when it was deleted before the message was written, and its version if told."""

    object: str
    id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """An Outbound Message: who sent it, and what it tells."""

    organization: str
    told: tuple[Told, ...]


def read_message(body: bytes) -> Message:
    """Return what the message says; entities are not resolved, and a document type is refused as such."""
    found = _root(body).find(f"{{{SOAP}}}Body/{{{OUTBOUND}}}notifications")
    if found is None:
        raise _wrong("There is no soapenv:Body with notifications in it.")
    told = tuple(_told(one) for one in found.iterfind(f"{{{OUTBOUND}}}Notification"))
    if not 1 <= len(told) <= MOST:
        raise _wrong(f"A message has 1 to {MOST} notifications; this one has {len(told)}.")
    return Message(found.findtext(f"{{{OUTBOUND}}}OrganizationId") or "", told)


def asks_of(message: Message, flows: Mapping[str, Flow], now: datetime) -> Iterator[Ask]:
    """Yield an ask for each record and each flow that reads its object; raise Rejected when none does.

    A notification without data was overtaken by the deletion of its record, which it no longer names: whatever the
    object's flows have not read yet is asked for instead.
    """
    for told in message.told:
        for name in reading_object("salesforce", told.object, flows):
            version = _version(told.fields.get(flows[name].source.cursor, ""))
            yield Ask(name, told.id or ANY, version, gone=False, origin="outbound", asked_at=now)


def acknowledgement() -> Response:
    """Return the only answer that Salesforce takes for a yes."""
    return Response(ACK, media_type="text/xml")


def fault(refusal: Refusal) -> Response:
    """Return a refusal as SOAP says it; whatever is no acknowledgement is sent again."""
    server_error = 500
    words = escape(f"{refusal.code}: {refusal.message} {refusal.hint}".strip())
    whose = "Server" if refusal.status >= server_error else "Client"
    return Response(FAULT.format(whose=whose, words=words), refusal.status, media_type="text/xml")


def _root(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refusal(400, "NOT_XML", "The body is not well-formed XML.") from error
    if root.getroottree().docinfo.doctype or root.tag != f"{{{SOAP}}}Envelope":  # type: ignore[union-attr] # the stubs have no doctype
        raise _wrong("The document is not a plain soapenv:Envelope.")
    return root


def _told(notification: etree._Element) -> Told:
    found = notification.find(f"{{{OUTBOUND}}}sObject")
    if found is None:
        raise _wrong("A notification has no sObject.")
    prefix = f"{{{OBJECT}}}"
    fields = {str(one.tag).removeprefix(prefix): one.text or "" for one in found if str(one.tag).startswith(prefix)}
    return Told(found.get(TYPE, "").rpartition(":")[2], fields.get("Id", ""), fields)


def _version(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return hint_of(moment) if moment.tzinfo else ""


def _wrong(message: str) -> Refusal:
    return Refusal(
        UNPROCESSABLE, "WRONG_MESSAGE", message, "Point an Outbound Message of Salesforce here, and nothing else."
    )
