"""How is a SOAP request served? Read, signed in, given a slot, carried out, answered in the caller's version."""

import re
import uuid
from collections.abc import Callable

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.service import Busy, Service, seen_host, trouble_of
from sandbox.netsuite.soap import faults
from sandbox.netsuite.soap.faults import Fault
from sandbox.netsuite.soap.operations import OPERATIONS, WITHOUT_SIGN_IN, Call
from sandbox.netsuite.soap.passport import ignores_read_only, sign_in
from sandbox.netsuite.soap.reading import child, local, parse
from sandbox.netsuite.soap.writing import Tongue, envelope, fault_body

_VERSION = re.compile(r"messages_(\d{4}_\d)\.")
_DEFAULT = "2025_2"


def _opened(body: bytes) -> tuple[etree._Element | None, etree._Element]:
    root = parse(body)
    inner = child(root, "Body")
    if inner is None or len(inner) == 0:
        raise faults.malformed("the body is empty")
    return child(root, "Header"), inner[0]


def _operation(request: etree._Element) -> tuple[str, Callable[[Call], str]]:
    name = local(request)
    if name not in OPERATIONS:
        raise faults.malformed(f"This twin has no operation {name}")
    return name, OPERATIONS[name]


def _session_fault(trouble: str) -> None:
    if trouble == "expire":
        raise Fault("invalidSessionFault", "SESSION_TIMED_OUT", "Your connection has timed out. Please log in again.")


class SoapEndpoint:
    """The SOAP face of one account; any version of the endpoint is spoken."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, request: Request) -> Response:
        """Answer one request: 200 with results, or 500 with a fault."""
        tongue = Tongue(request.path_params["version"])
        try:
            header, asked = _opened(await request.body())
            if spoken := _VERSION.search(str(asked.tag)):
                tongue = Tongue(spoken.group(1))
            return self._reply(tongue, await self._carry_out(request, tongue, header, asked))
        except Busy:
            fault = faults.busy()
        except Fault as refused:
            fault = refused
        return self._reply(tongue, fault_body(tongue, fault, seen_host(request)[1]), 500)

    async def _carry_out(
        self, request: Request, tongue: Tongue, header: etree._Element | None, asked: etree._Element
    ) -> str:
        name, operation = _operation(asked)
        trouble = trouble_of(request)
        _session_fault(trouble)
        if name not in WITHOUT_SIGN_IN:
            sign_in(self._service.door, header)
        scheme, host = seen_host(request)
        call = Call(self._service.account, tongue, asked, host, scheme, ignores_read_only(header), trouble)
        async with self._service.slot(trouble):
            answer = operation(call)
            await self._service.pace(call.effort)
        return answer

    def _reply(self, tongue: Tongue, body: str, status: int = 200) -> Response:
        account = self._service.door.keys.account
        ns_id = f"WEBSERVICES_{account}_{uuid.uuid4().hex[:24]}"
        return Response(envelope(tongue, ns_id, body), status, media_type="text/xml")
