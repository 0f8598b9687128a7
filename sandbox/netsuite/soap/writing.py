"""How does the SOAP face say it? Records, statuses, faults and envelopes as text, in the order of the contract."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.netsuite.account import Account
from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import soap_word
from sandbox.netsuite.fields import Field, RecordType, record_type, soap_of_country
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.soap.faults import Fault
from sandbox.netsuite.store import Stored
from sandbox.netsuite.transactions.kinds import status_in_words
from sandbox.netsuite.wish import Done

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_RECORD_REF = "platformCore:recordRef"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, slots=True)
class Tongue:
    """The version of the contract a caller speaks (`2025_2`): it decides every namespace of the answer."""

    version: str

    def name(self, place: str) -> str:
        """Give a namespace of the contract; `place` is `core platform` or `sales transactions`, and so on."""
        first, second = place.split()
        return f"urn:{first}_{self.version}.{second}.webservices.netsuite.com"


def envelope(tongue: Tongue, ns_id: str, body: str) -> bytes:
    """Wrap an answer, with the documentInfo header that every reply carries."""
    messages = tongue.name("messages platform")
    header = (
        f'<platformMsgs:documentInfo xmlns:platformMsgs="{messages}">'
        f"<platformMsgs:nsId>{escape(ns_id)}</platformMsgs:nsId></platformMsgs:documentInfo>"
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:xsi="{_XSI}">'
        f"<soapenv:Header>{header}</soapenv:Header><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def fault_body(tongue: Tongue, fault: Fault, host: str) -> str:
    """Write a fault with its detail and the answering host's name."""
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
    core, messages = tongue.name("core platform"), tongue.name("messages platform")
    return (
        f'<{operation}Response xmlns="{messages}" xmlns:platformCore="{core}" xmlns:xsi="{_XSI}">'
        f"{inner}</{operation}Response>"
    )


GOOD = '<platformCore:status isSuccess="true"/>'


def bad(refused: Refused, *, after_submit: bool = False) -> str:
    """Write the status of a refused record; `after_submit` says that it was saved all the same."""
    flag = "<platformCore:afterSubmitFailed>true</platformCore:afterSubmitFailed>" if after_submit else ""
    return (
        '<platformCore:status isSuccess="false"><platformCore:statusDetail type="ERROR">'
        f"<platformCore:code>{refused.code}</platformCore:code>"
        f"<platformCore:message>{escape(refused.message)}</platformCore:message>{flag}"
        "</platformCore:statusDetail></platformCore:status>"
    )


def record_ref(kind: str, internal_id: object, external_id: str | None) -> str:
    """Write the baseRef of a result."""
    inside = f' internalId="{internal_id}"' if internal_id else ""
    outside = f" externalId={quoteattr(external_id)}" if external_id else ""
    return f'<baseRef{inside}{outside} type="{kind}" xsi:type="platformCore:RecordRef"/>'


def write_response(kind: str, outcome: Done | Refused, external_id: str | None, *, after_submit: bool = False) -> str:
    """Write one record's result."""
    if isinstance(outcome, Refused):
        return f"<writeResponse>{bad(outcome)}{record_ref(kind, None, external_id) if kind else ''}</writeResponse>"
    status = bad(Refused("UNEXPECTED_ERROR", "An error occurred in an afterSubmit script."), after_submit=True)
    status = status if after_submit else GOOD
    return f"<writeResponse>{status}{record_ref(kind, outcome.id, outcome.external_id)}</writeResponse>"


class RecordWriter:
    """Writes whole records; asks the account for the names of what they refer to."""

    def __init__(self, account: Account, tongue: Tongue) -> None:
        self._account = account
        self._tongue = tongue

    def record(self, kind: RecordType, stored: Stored) -> str:
        """Write one record as a `record` element of its own type."""
        outside = f" externalId={quoteattr(stored.external_id)}" if stored.external_id else ""
        return (
            f'<record xmlns:r="{self._tongue.name(kind.namespace)}" xsi:type="r:{kind.element}" '
            f'xmlns:platformCommon="{self._tongue.name("common platform")}" internalId="{stored.id}"{outside}>'
            f"{self._fields(kind, shown(stored), 'r')}</record>"
        )

    def _fields(self, kind: RecordType, doc: Document, prefix: str) -> str:
        parts = [
            self._field(field, value, prefix)
            for field in kind.fields
            if (value := doc.get(field.name)) is not None and field.kind != "-"
        ]
        customs = [_custom(name, value) for name, value in doc.items() if name not in kind.by_name]
        if customs:
            parts.append(f"<{prefix}:customFieldList>{''.join(customs)}</{prefix}:customFieldList>")
        return "".join(parts)

    def _field(self, field: Field, value: Any, prefix: str) -> str:
        tag = f"{prefix}:{field.soap}"
        if field.kind == "@":
            return f"<{tag}{self._reference(field, value)}</{tag}>"
        if field.kind == "a":
            return f"<{tag}>{self._fields(record_type('address'), value, 'platformCommon')}</{tag}>"
        if field.kind == "l":
            part = record_type(field.target)
            inner = _prefix(part, prefix)
            row_tag = f"{prefix if field.row_outside else inner}:{field.row_element}"
            rows = (f"<{row_tag}>{self._fields(part, row, inner)}</{row_tag}>" for row in value)
            return f"<{tag}>{''.join(rows)}</{tag}>"
        if field.kind in "rcox":
            return self._whole(field, value, prefix)
        text = _simple(field, value)
        return f"<{tag}>{escape(text)}</{tag}>" if text is not None else ""

    def _whole(self, field: Field, value: Any, prefix: str) -> str:
        tag = f"{prefix}:{field.soap}"
        if field.kind == "r":
            refs = (f"<{_RECORD_REF}{self._reference(field, one)}</{_RECORD_REF}>" for one in value["items"])
            return f"<{tag}>{''.join(refs)}</{tag}>"
        if field.kind == "c":
            return f"<{tag}>{''.join(_custom(name, one) for name, one in value.items())}</{tag}>"
        part = record_type(field.target)
        return f"<{tag}>{self._fields(part, value, _prefix(part, prefix))}</{tag}>"

    def _reference(self, field: Field, value: Document) -> str:
        name = self._account.name_of(field, value)
        inner = f"<platformCore:name>{escape(name)}</platformCore:name>" if name else ""
        return f" internalId={quoteattr(value['id'])}>{inner}"


def shown(stored: Stored) -> Document:
    """Give a record's document with what the system adds on reading: moments and the status in words."""
    made, changed = (f"{moment.replace(' ', 'T')}Z" for moment in (stored.created, stored.modified))
    added: Document = {"createdDate": made, "dateCreated": made, "lastModifiedDate": changed}
    if status := stored.doc.get("status"):
        added["status"] = status_in_words(stored.type, status)
    known = record_type(stored.type).by_name
    return {**stored.doc, **{name: value for name, value in added.items() if name in known}}


def _prefix(part: RecordType, prefix: str) -> str:
    """Name the namespace that a part's elements stand in: the record's, but for what all records share."""
    return {"common platform": "platformCommon", "core platform": "platformCore"}.get(part.namespace, prefix)


def _simple(field: Field, value: Any) -> str | None:
    if field.kind == "e":
        return soap_word(field.target, str(value))
    if field.kind == "y":
        return soap_of_country().get(str(value))
    if field.kind == "d":
        return f"{value}T00:00:00.000Z"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _custom_parts(value: Any) -> tuple[str, str]:
    if isinstance(value, dict):
        many = value.get("items")
        ids = [value] if many is None else many
        rows = "".join(f"<platformCore:value internalId={quoteattr(str(one.get('id', '')))}/>" for one in ids)
        return ("Select" if many is None else "MultiSelect"), rows
    kind = {bool: "Boolean", int: "Long", Decimal: "Double"}.get(type(value), "String")
    text = str(value).lower() if isinstance(value, bool) else f"{value:f}" if isinstance(value, Decimal) else str(value)
    return kind, f"<platformCore:value>{escape(text)}</platformCore:value>"


def _custom(script_id: str, value: Any) -> str:
    kind, inner = _custom_parts(value)
    return (
        f'<platformCore:customField xsi:type="platformCore:{kind}CustomFieldRef" scriptId={quoteattr(script_id)}>'
        f"{inner}</platformCore:customField>"
    )
