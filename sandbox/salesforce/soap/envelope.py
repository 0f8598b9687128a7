"""How is a SOAP call read and answered? Envelopes of the partner and enterprise APIs (salesforce.md 1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree
from starlette.responses import Response

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
Value = str | bool | int | float | None | Mapping[str, "Value"] | Sequence["Value"]


class Fault(Exception):
    """A SOAP fault; `kind` is the element of its detail, such as LoginFault."""

    def __init__(self, code: str, message: str, kind: str = "UnexpectedErrorFault") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.kind = kind

    def response(self, api: str) -> Response:
        """Return the fault, HTTP 500; the prefix sf is what clients look for."""
        said = escape(self.message)
        detail = (
            f'<detail><sf:{self.kind} xsi:type="sf:{self.kind}"><sf:exceptionCode>{self.code}</sf:exceptionCode>'
            f"<sf:exceptionMessage>{said}</sf:exceptionMessage></sf:{self.kind}></detail>"
        )
        body = (
            f"<soapenv:Fault><faultcode>sf:{self.code}</faultcode>"
            f"<faultstring>{self.code}: {said}</faultstring>{detail}</soapenv:Fault>"
        )
        return _enclosed(body, f'xmlns:sf="urn:fault.{api}.soap.sforce.com"', 500)


@dataclass(frozen=True)
class Call:
    """One call: its API (partner or enterprise), its operation, its header and its arguments."""

    api: str
    operation: str
    header: etree._Element | None
    body: etree._Element

    def argument(self, name: str) -> str:
        """Return an argument's text by its local name."""
        return _text(self.body, name)

    def setting(self, name: str) -> str:
        """Return a text from anywhere in the header, such as sessionId or organizationId."""
        return "" if self.header is None else _text(self.header, name)


def read(text: bytes, api: str) -> Call:
    """Read an envelope; raise Fault for what is none. Entities are not resolved, a DOCTYPE is refused."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Fault("INVALID_SOAP_HEADER", f"Failed to parse SOAP message: {error}") from error
    body = root.find(f"{{{ENVELOPE}}}Body")
    if b"<!DOCTYPE" in text or body is None or not len(body):
        raise Fault("INVALID_SOAP_HEADER", "No operation element found in the SOAP body")
    return Call(api, etree.QName(body[0]).localname, root.find(f"{{{ENVELOPE}}}Header"), body[0])


def answer(call: Call, inner: str) -> Response:
    """Return an answer; its elements bear no prefix, as clients look for `<sessionId>` by text."""
    body = f"<{call.operation}Response>{inner}</{call.operation}Response>"
    return _enclosed(body, f'xmlns="urn:{call.api}.soap.sforce.com"', 200)


def element(name: str, value: Value) -> str:
    """Return a value as an element, a list as one element each."""
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(element(key, one) for key, one in value.items())}</{name}>"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(element(name, one) for one in value)
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    return f"<{name}>{escape(str(value).lower() if isinstance(value, bool) else str(value))}</{name}>"


def _text(below: etree._Element, name: str) -> str:
    found = next(below.iter(f"{{*}}{name}"), None)
    return (found.text or "") if found is not None else ""


def _enclosed(body: str, namespaces: str, status: int) -> Response:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" {namespaces} '
        f'xmlns:xsi="{XSI}"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
    )
    return Response(text, status, media_type="text/xml")
