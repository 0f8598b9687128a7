"""In which version of the contract does an answer speak? Its namespaces, and the envelope around it."""

from dataclasses import dataclass
from functools import cached_property
from xml.sax.saxutils import escape

from sandbox.netsuite.soap.contract.names import urn
from sandbox.netsuite.soap.faults import Fault

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True)
class Tongue:
    """The version of the contract a caller speaks (`2025_2`): it decides every namespace of the answer."""

    version: str

    def name(self, place: str) -> str:
        """Give a namespace of the contract; `place` is `core platform` or `sales transactions`, and so on."""
        return urn(place, self.version)

    @cached_property
    def messages(self) -> str:
        """Give the namespace of the calls themselves."""
        return self.name("messages platform")

    @cached_property
    def core(self) -> str:
        """Give the namespace of what they are made of."""
        return self.name("core platform")


def envelope(tongue: Tongue, ns_id: str, body: str) -> bytes:
    """Wrap an answer, with the documentInfo header that every reply carries."""
    header = (
        f'<platformMsgs:documentInfo xmlns:platformMsgs="{tongue.messages}">'
        f"<platformMsgs:nsId>{escape(ns_id)}</platformMsgs:nsId></platformMsgs:documentInfo>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:xsi="{XSI}">'
        f"<soapenv:Header>{header}</soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault_body(tongue: Tongue, fault: Fault, host: str) -> str:
    """Write a fault with its detail and the answering host's name (netsuite.md 2.8)."""
    inner = f'<ns1:hostname xmlns:ns1="http://xml.apache.org/axis/">{escape(host)}</ns1:hostname>'
    if fault.element:
        name, space = f"platformFaults:{fault.element}", tongue.name("faults platform")
        words = f"<platformFaults:message>{escape(fault.message)}</platformFaults:message>"
        inner = (
            f'<{name} xmlns:platformFaults="{space}"><platformFaults:code>{fault.code}</platformFaults:code>'
            f"{words}</{name}>{inner}"
        )
    return (
        "<soapenv:Fault><faultcode>soapenv:Server.userException</faultcode>"
        f"<faultstring>{escape(fault.message)}</faultstring><detail>{inner}</detail></soapenv:Fault>"
    )


def wrapped(tongue: Tongue, operation: str, inner: str) -> str:
    """Write an operation's response element around what it holds."""
    return (
        f'<{operation}Response xmlns="{tongue.messages}" xmlns:platformCore="{tongue.core}" xmlns:xsi="{XSI}">'
        f"{inner}</{operation}Response>"
    )
