"""How is a NetSuite twin put together? One Starlette app with SOAP, REST and the control API over one account."""

import re
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from sandbox.netsuite import criteria
from sandbox.netsuite.account import Account
from sandbox.netsuite.books import NetSuiteBooks
from sandbox.netsuite.rest import records, services
from sandbox.netsuite.rest.endpoint import RestEndpoint
from sandbox.netsuite.seeding import seed
from sandbox.netsuite.service import Service
from sandbox.netsuite.signin import Door
from sandbox.netsuite.soap.endpoint import SoapEndpoint
from sandbox.netsuite.store import Store
from sandbox.netsuite.suiteql.query import prepare
from sandbox.twin.clock import Clock
from sandbox.twin.control import Control
from sandbox.twin.credentials import NetSuiteCredentials
from sandbox.twin.faults import Faults
from sandbox.twin.gate import Gate
from sandbox.twin.latency import Latency
from sandbox.twin.state import open_state
from sandbox.twin.usage import Usage

_RECORD = "/services/rest/record/v1"
_RECORD_TYPE = re.compile(rf"{_RECORD}/(\w+)", re.IGNORECASE)
_SOAP_OPERATION = re.compile(rb"<(?:[\w.-]+:)?Body[^>]*>\s*<(?:[\w.-]+:)?(\w+)")


@dataclass(frozen=True)
class NetSuiteConfig:
    """How one twin is run; `state` None keeps everything in memory."""

    credentials: NetSuiteCredentials
    state: Path | None = None
    latency: str = "demo"
    slots: int = 5


def operation_of(scope: Scope, body: bytes) -> str:
    """Name a request for logs, counters and faults: the SOAP operation, or the REST verb and record type."""
    path = scope["path"]
    if path.startswith("/services/NetSuitePort_"):
        found = _SOAP_OPERATION.search(body)
        return found.group(1).decode() if found else ""
    record = _RECORD_TYPE.match(path)
    return f"{scope['method']} {record.group(1)}" if record else path.rpartition("/")[2]


def _rest_routes(service: Service) -> list[Route]:
    rest = RestEndpoint(service)
    one, all_of = f"{_RECORD}/{{type}}/{{key}}", f"{_RECORD}/{{type}}"
    table = [
        ("GET", all_of, records.listing),
        ("POST", all_of, records.create),
        ("GET", one, records.read),
        ("PATCH", one, records.change),
        ("PUT", one, records.upsert),
        ("DELETE", one, records.delete),
        ("GET", f"{one}/{{sublist}}", records.read_list),
        ("POST", "/services/rest/query/v1/suiteql", services.suiteql),
        ("GET", "/services/rest/system/v1/governanceLimits", services.governance_limits),
    ]
    return [Route(path, rest(work), methods=[method]) for method, path, work in table]


def _open_routes(door: Door) -> list[Route]:
    async def token(request: Request) -> Response:
        return await services.token(door, request)

    async def audit(_request: Request) -> Response:
        return JSONResponse(list(door.trail))

    return [
        Route("/services/rest/auth/oauth2/v1/token", token, methods=["POST"]),
        Route("/_twin/audit", audit, methods=["GET"]),
    ]


def build(config: NetSuiteConfig) -> ASGIApp:
    """Make the app of one account; the gate stands outermost, where it can cut a connection."""
    clock = Clock()
    account = Account(Store(open_state(config.state)), clock.now)
    prepare(account.store)
    criteria.prepare(account.store.connection)
    seed(account)
    door, faults = Door(config.credentials), Faults()
    control = Control("netsuite", NetSuiteBooks(account, door), faults, Usage(), Latency(config.latency), clock)
    service = Service(account, door, control.latency, control.usage, config.slots)
    soap = Route("/services/NetSuitePort_{version}", SoapEndpoint(service).__call__, methods=["POST"])
    routes = [soap, *_rest_routes(service), *_open_routes(door), *control.routes()]
    return Gate(Starlette(routes=routes), faults, control.usage, operation_of)
