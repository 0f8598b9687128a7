"""In which words does NetSuite answer where it does no work: a status on request, or its maintenance?"""

import re
import uuid

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from sandbox.netsuite.rest.ask import refusal
from sandbox.netsuite.rest.problems import Problem, busy, unwelcome
from sandbox.netsuite.soap.faults import Fault
from sandbox.netsuite.soap.tongue import Tongue, envelope, fault_body
from sandbox.twin.voice import SIGN_IN, Called, soap_operation

_VERSION = re.compile(r"_(\d{4}_\d)$")
_RECORD = re.compile(r"/services/rest/record/v1/([\w-]+)(/)?", re.IGNORECASE)
_LISTS = re.compile(r"(?:add|update|upsert|delete)List|async(?:Add|Update|Upsert|Delete)List", re.IGNORECASE)
_WRITES = re.compile(r"(?:add|update|upsert|delete|attach|detach|initialize)(?:List)?|async\w+List", re.IGNORECASE)
_EDGE = frozenset({502, 503, 504})  # answered by what stands before the account, never in its own shapes
_MAINTENANCE = (
    "<html><head><title>NetSuite - Scheduled Maintenance</title></head><body><h1>Scheduled Maintenance</h1><p>NetSuite "
    "is currently unavailable: your data center is undergoing regularly scheduled maintenance.</p></body></html>"
)
_SOAP_FAULTS = {  # netsuite.md 2.8
    401: ("invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS", "Invalid login attempt."),
    403: ("insufficientPermissionFault", "INSUFFICIENT_PERMISSION", "You do not have permission for this operation."),
    429: (
        "exceededConcurrentRequestLimitFault",
        "WS_REQUEST_BLOCKED",
        "SuiteTalk concurrent request limit exceeded. Request blocked.",
    ),
}
_REST_CODES = {  # netsuite.md 3.5
    400: ("USER_ERROR", "Error while accessing a resource. The request could not be understood by the server."),
    403: ("INSUFFICIENT_PERMISSION", "Your current role does not have permission to perform this action."),
    404: ("NONEXISTENT_ID", "Record does not exist."),
}
_CHANNELS = (
    ("/services/netsuiteport", "SOAP"),
    ("/services/rest/auth", SIGN_IN),
    ("/services/rest/record", "REST"),
    ("/services/rest/query", "SuiteQL"),
    ("/services/rest", "REST"),
    ("/app/site/hosting/restlet", "RESTlet"),
    ("/app/login/oauth2", SIGN_IN),
    ("/wsdl", "WSDL"),
)


def _unexpected() -> str:
    return f"An unexpected error occurred. Error ID: {uuid.uuid4().hex[:21]}"


class NetSuiteVoice:
    """The account's names for requests, and its answers where a fault strikes before any work."""

    def called(self, scope: Scope, body: bytes) -> Called:
        """Name a request: the SOAP operation, or the REST verb and record type."""
        path: str = scope["path"]
        low = path.lower()
        channel = next((name for start, name in _CHANNELS if low.startswith(start)), "other")
        if channel == "SOAP" and scope["method"] == "POST":
            operation = soap_operation(body)
            version = _VERSION.search(path)
            return Called(channel, operation or "unreadable", operation, version.group(1) if version else "2025_2")
        record = _RECORD.match(path)
        return Called(channel, f"{scope['method']} {record.group(1) if record else _resource(path)}")

    def carries(self, kind: str, scope: Scope, called: Called) -> bool:
        """Tell whether a kind of fault means anything on a request of this channel."""
        if kind in {"busy", "expire", "daily_limit"}:
            return called.channel in {"SOAP", "REST", "SuiteQL", "RESTlet"} and called.soap != "getDataCenterUrls"
        if kind == "partial":
            return bool(_LISTS.fullmatch(called.soap)) or _is_batch(scope)
        if kind == "lock" and called.channel == "REST":
            return True
        if kind == "after_submit_failed" and called.soap.startswith(("initialize", "asyncInitialize")):
            return False  # nothing is saved that a script could run behind
        if kind in {"after_submit_failed", "lock", "changed", "closed_period"}:
            return bool(_WRITES.fullmatch(called.soap)) or _writes_by_rest(scope, called)
        return True

    def status(self, status: int, called: Called) -> Response:
        """Answer with a status as the channel would: a SOAP fault, a problem body, a script's error, or a page."""
        if status in _EDGE:
            return HTMLResponse(
                f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>", status
            )
        if called.channel == "SOAP":
            return _soap_fault(status, called.form)
        if called.channel == SIGN_IN:
            return JSONResponse({"error": "invalid_grant" if status == 400 else "server_error"}, status)  # noqa: PLR2004 — a refused grant
        if called.channel == "RESTlet":
            code = "SSS_REQUEST_LIMIT_EXCEEDED" if status in {400, 429} else "UNEXPECTED_ERROR"
            return JSONResponse({"error": {"code": code, "message": _unexpected()}}, status)
        return refusal(_problem(status))

    def maintenance(self, called: Called) -> Response:
        """Answer with the page that stands before the account on a maintenance day, on every channel alike."""
        del called
        return HTMLResponse(_MAINTENANCE, 503)


def _resource(path: str) -> str:
    """Name what a path leads to without the keys in it, so that counters do not grow with the jobs."""
    words = [part for part in path.strip("/").split("/") if not part.isdecimal()]
    return words[-1] if words else "root"


def _is_batch(scope: Scope) -> bool:
    """A batch of the record service writes to a collection and says so in its content type (netsuite.md 3.4)."""
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return scope["method"] in {"POST", "PATCH", "PUT"} and b"type=collection" in kind.replace(b" ", b"")


def _writes_by_rest(scope: Scope, called: Called) -> bool:
    if called.channel == "RESTlet":
        return scope["method"] in {"POST", "PUT", "DELETE"}
    return (
        called.channel == "REST"
        and scope["method"] in {"POST", "PATCH", "PUT", "DELETE"}
        and "/record/" in scope["path"]
    )


def _soap_fault(status: int, version: str) -> Response:
    fault = Fault(*_SOAP_FAULTS.get(status, ("unexpectedErrorFault", "UNEXPECTED_ERROR", _unexpected())))
    tongue = Tongue(version)
    body = envelope(tongue, f"WEBSERVICES_{uuid.uuid4().hex[:24]}", fault_body(tongue, fault, "localhost"))
    return Response(body, status, media_type="text/xml")


def _problem(status: int) -> Problem:
    if status == 429:  # noqa: PLR2004 — too many requests
        return busy()
    if status == 401:  # noqa: PLR2004 — not signed in
        return unwelcome(bearer=False, realm="")
    return Problem(status, *_REST_CODES.get(status, ("UNEXPECTED_ERROR", _unexpected())))
