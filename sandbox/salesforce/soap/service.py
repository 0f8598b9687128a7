"""Where does a SOAP call go? One address a version, one operation a call (salesforce.md 1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.salesforce import troubles
from sandbox.salesforce.calls import NEWEST, OLDEST
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.soap.converting import SoapConversion
from sandbox.salesforce.soap.envelope import Call, Fault, Value, answer, element, read
from sandbox.salesforce.soap.login import SoapLogin
from sandbox.salesforce.soap.records import SoapRecords
from sandbox.salesforce.store import Store

APIS = {"u": "partner", "c": "enterprise"}
OPERATION = re.compile(rb"<(?:[\w.-]+:)?Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)")


def operation_of(path: str, body: bytes) -> str:
    """Return the operation of a SOAP call for faults and the log, or nothing."""
    if not path.lower().startswith("/services/soap/"):
        return ""
    found = OPERATION.search(body)
    return found[1].decode() if found else ""


@dataclass
class SoapService:
    """The SOAP addresses of one org."""

    login: SoapLogin
    records: SoapRecords
    conversion: SoapConversion
    store: Store

    def routes(self) -> list[Route]:
        """Return the addresses, with and without the organization that serverUrl names."""
        paths = ("/services/Soap/{api}/{version}", "/services/Soap/{api}/{version}/{organization}")
        return [Route(path, self.answer, methods=["POST"]) for path in paths]

    async def answer(self, request: Request) -> Response:
        """Answer one call, or its fault."""
        api = APIS.get(str(request.path_params["api"]).lower(), "partner")
        try:
            version = _version(str(request.path_params["version"]))
            return self._run(read(await request.body(), api), request, version)
        except Fault as fault:
            return fault.response(api)

    def _run(self, call: Call, request: Request, version: str) -> Response:
        if call.operation == "login":
            return answer(call, _elements(self.login.login(call, request, version)))
        self._meet(call, request)
        self._recognise(call)
        request.scope["path_params"]["version"] = version
        known = self._own() | self.records.operations()
        if call.operation in known:
            return answer(call, known[call.operation](call, request))
        raise Fault(
            "INVALID_OPERATION",
            f"No operation available for request {{urn:{call.api}.soap.sforce.com}}{call.operation}, "
            "please check the WSDL for the service.",
        )

    def _own(self) -> dict[str, Callable[[Call, Request], str]]:
        return {
            "logout": self._logout,
            "getUserInfo": self._user,
            "getServerTimestamp": self._time,
            "convertLead": self.conversion.answer,
        }

    def _logout(self, call: Call, _request: Request) -> str:
        self.login.logout(call)
        return ""

    def _user(self, _call: Call, _request: Request) -> str:
        return element("result", self.login.user())

    def _time(self, _call: Call, _request: Request) -> str:
        return element("result", {"timestamp": self.store.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")})

    def _meet(self, call: Call, request: Request) -> None:
        """Carry out a fault that strikes the request."""
        kind = troubles.kind_of(request)
        if kind == "expire":
            self.login.door.sessions.end(call.setting("sessionId"))
        try:
            troubles.meet(kind, request)
        except Refused as refused:
            raise Fault(refused.code, refused.message) from refused

    def _recognise(self, call: Call) -> None:
        if self.login.door.sessions.find(call.setting("sessionId")) is None:
            raise Fault(
                "INVALID_SESSION_ID",
                "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash",
            )


def _version(text: str) -> str:
    """Return the version of an address; retired and future ones are refused (salesforce.md, versions used)."""
    if not re.fullmatch(r"\d{1,3}(\.\d)?", text) or not OLDEST <= float(text) <= NEWEST:
        raise Fault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    return text if "." in text else f"{text}.0"


def _elements(values: dict[str, Value]) -> str:
    return "".join(element(name, value) for name, value in values.items())
