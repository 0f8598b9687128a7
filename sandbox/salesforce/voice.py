"""In which words does Salesforce answer where it does no work: a status on request, or its maintenance?

Every channel has its own shape of error (salesforce.md 1.7); 406, 420 and 503 come from the edge, as pages.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from sandbox.salesforce.soap.service import operation_of
from sandbox.twin.voice import SIGN_IN, Called

_EDGE = frozenset({406, 420, 502, 503, 504})
_PAGE = (
    "<html><head><title>Salesforce</title></head><body><h1>We are setting things up</h1>"
    "<p>The server is down for maintenance. Please try again later.</p></body></html>"
)
_CODES = {
    400: ("MALFORMED_QUERY", "unexpected token"),
    401: ("INVALID_SESSION_ID", "Session expired or invalid"),
    403: ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    404: ("NOT_FOUND", "The requested resource does not exist"),
    405: ("METHOD_NOT_ALLOWED", "HTTP Method not allowed"),
    412: ("PRECONDITION_FAILED", "The condition of the request is not met"),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The format of the body is not supported"),
    429: ("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
}
_OTHERWISE = ("UNKNOWN_EXCEPTION", "An unexpected error occurred.")
_ROWS = re.compile(r"/composite(?:/|$)|/jobs/ingest/[^/]+/?$|/async/[\d.]+/job/[^/]+/batch/?$", re.IGNORECASE)
_READS = re.compile(r"/composite/sobjects/[^/]+/?$", re.IGNORECASE)
_EXISTING = re.compile(r"/sobjects/[^/]+/[^/]+", re.IGNORECASE)
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?|MTA[\w=-]*|[\w-]+-\d+")
_DATA = re.compile(r"/services/data(?:/v\d+\.\d)?/?", re.IGNORECASE)
_CHANGES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class SalesforceVoice:
    """The org's names for requests, and its answers where a fault strikes before any work."""

    def called(self, scope: Scope, body: bytes) -> Called:
        """Name a request: the SOAP operation, or the verb and the resource with its keys left out."""
        path, method = scope["path"], scope["method"]
        low = path.lower()
        if low.startswith("/services/soap"):
            operation = operation_of(path, body)
            return Called(SIGN_IN if operation == "login" else "SOAP", operation or "unreadable", operation)
        if low.startswith("/services/oauth2"):
            return Called(SIGN_IN, f"{method} {path.rpartition('/')[2]}")
        if low.startswith("/services/async"):
            kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
            form = "" if b"json" in kind else "xml"
            return Called("Bulk 1.0", f"{method} {_without_keys(path.partition('async/')[2])}", form=form)
        rest = _DATA.sub("", path, count=1)
        return Called("Bulk 2.0" if rest.lower().startswith("jobs/") else "REST", f"{method} {_without_keys(rest)}")

    def carries(self, kind: str, scope: Scope, called: Called) -> bool:
        """Tell whether a kind of fault means anything on a request; the last two are NetSuite's own."""
        path, changes = scope["path"], scope["method"] in _CHANGES
        if called.channel == SIGN_IN:
            return kind not in {"busy", "expire", "daily_limit", "lock", "partial", "changed"}
        if kind == "partial":
            return changes and bool(_ROWS.search(path)) and not (scope["method"] == "POST" and _READS.search(path))
        if kind == "changed":
            return changes and bool(_EXISTING.search(path) or _ROWS.search(path))
        return kind not in {"after_submit_failed", "closed_period"}

    def status(self, status: int, called: Called) -> Response:
        """Answer with a status as the channel would: a list of errors, an OAuth error, a SOAP fault, or the edge's page."""
        if status in _EDGE:
            return HTMLResponse(_PAGE, status)
        code, words = _CODES.get(status, _OTHERWISE)
        if called.soap:
            return _soap_fault(status, code, words)
        if called.channel == SIGN_IN:
            error = "invalid_grant" if status == 400 else "unknown_error"  # noqa: PLR2004 — a refused grant
            return JSONResponse({"error": error, "error_description": words}, status)
        if called.channel == "Bulk 1.0":
            return _bulk_error(status, code, words, called.form)
        return JSONResponse([{"message": words, "errorCode": code}], status)

    def maintenance(self, called: Called) -> Response:
        """Answer with the edge's page."""
        del called
        return HTMLResponse(_PAGE, 503)


def _bulk_error(status: int, code: str, words: str, form: str) -> Response:
    """Bulk 1.0 names its codes in its own way, and speaks the language of the request."""
    name = code.title().replace("_", "")
    if form != "xml":
        return JSONResponse({"exceptionCode": name, "exceptionMessage": words}, status)
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><error xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
        f"<exceptionCode>{name}</exceptionCode><exceptionMessage>{escape(words)}</exceptionMessage></error>"
    )
    return Response(body, status, media_type="application/xml")


def _without_keys(path: str) -> str:
    """Name a resource without record ids and key values, so that counters do not grow with the records."""
    parts = path.strip("/").split("/")
    named = ["{id}" if _ID.fullmatch(part) else part for part in parts]
    if len(parts) > 3 and parts[0].lower() == "sobjects":  # noqa: PLR2004 — sobjects/Account/Key__c/value
        named = [*named[:3], "{value}"]
    return "/".join(named) or "versions"


def _soap_fault(status: int, code: str, words: str) -> Response:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(words)}</faultstring><detail><sf:UnexpectedErrorFault>"
        f"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{escape(words)}</sf:exceptionMessage>"
        "</sf:UnexpectedErrorFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return Response(body, status, media_type="text/xml")
