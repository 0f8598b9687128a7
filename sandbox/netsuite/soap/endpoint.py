"""How is a SOAP request served? Read, checked, signed in, given a slot, carried out, answered in the caller's version."""

import re
import sys
import traceback
import uuid
import zlib
from dataclasses import dataclass

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.service import Busy, Service, seen_host, trouble_of
from sandbox.netsuite.soap import faults
from sandbox.netsuite.soap.call import Call, preferences_of
from sandbox.netsuite.soap.contract.names import is_version
from sandbox.netsuite.soap.faults import Fault
from sandbox.netsuite.soap.operations.table import OPERATIONS, WITHOUT_SIGN_IN
from sandbox.netsuite.soap.passport import Visitor, sign_in
from sandbox.netsuite.soap.reading import child, local, parse
from sandbox.netsuite.soap.tongue import Tongue, envelope, fault_body
from sandbox.netsuite.soap.watch import Watch

MOST_BYTES = 100 * 2**20  # netsuite.md 2.5
_NAMESPACE = re.compile(r"urn:messages_(\d{4}_\d)\.platform\.webservices\.netsuite\.com")
_DEFAULT = "2025_2"


@dataclass(slots=True)
class _Asked:
    """One request as far as it could be read."""

    request: Request
    tongue: Tongue
    operation: str = ""
    header: etree._Element | None = None
    element: etree._Element | None = None

    @property
    def client(self) -> str:
        """Give what the client calls itself."""
        return self.request.headers.get("user-agent", "")[:100]


def _unpacked(request: Request, body: bytes) -> bytes:
    """Give the body as it was before the client compressed it, or raise: it is too large, or no gzip."""
    if request.headers.get("content-encoding", "").lower() == "gzip":
        unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            body = unzip.decompress(body, MOST_BYTES + 1)
        except zlib.error as error:
            raise faults.malformed(str(error)) from error
    if len(body) > MOST_BYTES:
        raise faults.too_large(MOST_BYTES)
    return body


class SoapEndpoint:
    """The SOAP face of one account; any version of the endpoint is spoken."""

    def __init__(self, service: Service, watch: Watch) -> None:
        self._service = service
        self._watch = watch

    async def __call__(self, request: Request) -> Response:
        """Answer one request: 200 with results, or 500 with a fault."""
        version = request.path_params["version"]
        asked = _Asked(request, Tongue(version if is_version(version) else _DEFAULT))
        try:
            self._open(asked, await request.body())
            return self._reply(asked, await self._carry_out(asked))
        except Busy:
            fault = faults.busy()
        except Fault as refused:
            fault = refused
        except Exception:  # noqa: BLE001 — a fault of the twin's own is told as the vendor tells its own
            traceback.print_exc(file=sys.stderr)
            fault = faults.unexpected()
        return self._reply(asked, fault_body(asked.tongue, fault, seen_host(request)[1]), 500)

    def _open(self, asked: _Asked, body: bytes) -> None:
        """Read the envelope as far as its operation, and check it against the contract."""
        root = parse(_unpacked(asked.request, body))
        version = asked.request.path_params["version"]
        if not is_version(version):
            raise faults.wrong_version(version)
        inner = child(root, "Body")
        if inner is None or len(inner) == 0:
            raise faults.malformed("the body is empty")
        asked.header, asked.element, asked.operation = child(root, "Header"), inner[0], local(inner[0])
        spoken = _NAMESPACE.match(etree.QName(inner[0]).namespace or "")
        if spoken and is_version(spoken.group(1)):
            asked.tongue = Tongue(spoken.group(1))
        if asked.operation not in OPERATIONS:
            raise faults.malformed(f"No such operation '{asked.operation}'")
        self._watch.request(asked.client, asked.operation, root)
        self._note(asked, version, spoken.group(1) if spoken else "")

    def _note(self, asked: _Asked, version: str, spoken: str) -> None:
        """Note what is read although the contract has it otherwise: names in foreign namespaces, two versions in one call."""
        told = ["operation outside the messages namespace"] if not spoken else []
        told += [f"version {spoken} at the address of {version}"] if spoken not in {"", version} else []
        first = asked.element[0] if asked.element is not None and len(asked.element) else None
        if first is not None and etree.QName(first).namespace != asked.tongue.messages:
            told.append(f"{local(first)} outside the messages namespace")
        for what in told:
            self._watch.tolerated(asked.client, asked.operation, what)

    async def _carry_out(self, asked: _Asked) -> str:
        trouble, service = trouble_of(asked.request), self._service
        if trouble == "expire":
            raise faults.timed_out()
        if trouble == "daily_limit":
            raise faults.used_up()
        if asked.operation not in WITHOUT_SIGN_IN:
            host = asked.request.client.host if asked.request.client else ""
            visitor = Visitor(host, strict=self._watch.strict)
            for what in sign_in(service.door, asked.header, visitor):
                self._watch.tolerated(asked.client, asked.operation, what)
        home = "://".join(seen_host(asked.request))
        element = asked.element if asked.element is not None else etree.Element("none")
        call = Call(service, asked.tongue, element, home, preferences_of(asked.header), trouble)
        async with service.slot(trouble):
            answer = OPERATIONS[asked.operation](call)
            await service.pace(call.effort)
        return answer

    def _reply(self, asked: _Asked, body: str, status: int = 200) -> Response:
        account = self._service.door.keys.account
        text = envelope(asked.tongue, f"WEBSERVICES_{account}_{uuid.uuid4().hex[:24]}", body)
        self._watch.answer(asked.operation, text)
        return Response(text, status, media_type="text/xml")
