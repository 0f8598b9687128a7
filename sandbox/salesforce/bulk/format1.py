"""In which forms does Bulk API 1.0 speak? XML and JSON for jobs, batches, results, refusals (salesforce.md 2.4, clients.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.refusals import Refused

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MEDIA = {"CSV": "text/csv", "JSON": "application/json", "XML": "application/xml"}


def wants_json(request: Request) -> bool:
    """Tell in which form a request speaks of jobs: JSON where it is sent or asked for, else XML."""
    sent, wanted = request.headers.get("content-type", "").lower(), request.headers.get("accept", "").lower()
    return "json" in sent or (not sent and "json" in wanted)


def wish_of(body: bytes) -> dict[str, Any]:
    """Return the job that a request describes, in either form."""
    try:
        found = _of_xml(body) if body.lstrip()[:1] == b"<" else json.loads(body)
    except (ValueError, etree.XMLSyntaxError) as error:
        raise Refused("InvalidJob", "Unable to parse Job") from error
    if not isinstance(found, dict):
        raise Refused("InvalidJob", "Unable to parse Job")
    return found


def shown(name: str, value: Mapping[str, Any], *, as_json: bool, status: int = 200) -> Response:
    """Return a job, a batch or a list of them; the content type bears no charset, or clients do not know it."""
    if as_json:
        return Response(json.dumps(value), status, {"Content-Type": MEDIA["JSON"]})
    return Response(document(name, "".join(xml_of(value))), status, {"Content-Type": MEDIA["XML"]})


def refusal(refused: Refused, *, as_json: bool) -> Response:
    """Return a refusal: always 400, even for a dead session (salesforce.md 1.7)."""
    told = {"exceptionCode": refused.code, "exceptionMessage": refused.message}
    return shown("error", told, as_json=as_json, status=400)


def document(name: str, inner: str, namespaces: str = "") -> bytes:
    """Return an XML document with an element of the API's namespace."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}<{name}\n   xmlns="{NAMESPACE}"{namespaces}>\n{inner}</{name}>'.encode()


def xml_of(value: Mapping[str, Any]) -> Sequence[str]:
    """Return values as elements, one a line; a list gives one element each, what is not there none."""
    lines = []
    for name, one in value.items():
        for part in one if isinstance(one, list) else [one]:
            if isinstance(part, Mapping):
                lines.append(f" <{name}>\n{''.join(xml_of(part))} </{name}>\n")
            elif part is not None:
                lines.append(f" <{name}>{escape(_text(part))}</{name}>\n")
    return lines


def records_xml(kind: str, records: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a query's records as XML."""
    inner = "".join(f'<records xsi:type="sObject"><type>{kind}</type>{_fields(one)}</records>' for one in records)
    return document("queryResult", inner, f' xmlns:xsi="{XSI}"')


def _fields(record: Mapping[str, Any]) -> str:
    parts = []
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping):
            kind = value.get("attributes", {}).get("type", "")
            parts.append(f'<{name} xsi:type="sObject"><type>{kind}</type>{_fields(value)}</{name}>')
        elif value is None:
            parts.append(f'<{name} xsi:nil="true"/>')
        else:
            parts.append(f"<{name}>{escape(_text(value))}</{name}>")
    return "".join(parts)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_xml(body: bytes) -> dict[str, Any]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(body, parser)
    return {etree.QName(one).localname: (one.text or "").strip() for one in root.iterchildren("{*}*")}
