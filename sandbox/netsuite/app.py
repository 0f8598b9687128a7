"""How is a NetSuite twin put together? One Starlette app with SOAP, REST and the control API over one account."""

from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.netsuite import criteria, voiding
from sandbox.netsuite.account import Account
from sandbox.netsuite.books import NetSuiteBooks
from sandbox.netsuite.eyes import AccountEyes
from sandbox.netsuite.jobs import Jobs
from sandbox.netsuite.rest import services
from sandbox.netsuite.rest.endpoint import RestEndpoint
from sandbox.netsuite.rest.restlets import RestletEndpoint
from sandbox.netsuite.searches import Searches
from sandbox.netsuite.seeding import seed
from sandbox.netsuite.service import Service
from sandbox.netsuite.signin import Door
from sandbox.netsuite.soap.routes import routes as soap_routes
from sandbox.netsuite.soap.watch import Watch
from sandbox.netsuite.store import Store
from sandbox.netsuite.suiteql.query import prepare
from sandbox.netsuite.voice import NetSuiteVoice
from sandbox.twin.clock import Clock
from sandbox.twin.control import Control
from sandbox.twin.credentials import NetSuiteCredentials
from sandbox.twin.gate import Gate
from sandbox.twin.latency import NETSUITE, Latency
from sandbox.twin.problems import Unsteered, unsteered
from sandbox.twin.state import Notes, open_state


@dataclass(frozen=True)
class Working:
    """Serves the app, and sees to it that jobs left behind by a killed process go on once anybody calls."""

    app: ASGIApp
    jobs: Jobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wake the jobs and pass the request on."""
        self.jobs.wake()
        await self.app(scope, receive, send)


@dataclass(frozen=True)
class NetSuiteConfig:
    """How one twin is run; `state` None keeps everything in memory.

    `strict` validates every SOAP request; `wsdl` is a folder with a full WSDL to serve, None serves the project's own.
    """

    credentials: NetSuiteCredentials
    state: Path | None = None
    latency: str = "demo"
    slots: int = 5
    strict: bool = False
    wsdl: Path | None = None


def _open_routes(door: Door, account: Account) -> list[Route]:
    async def void(request: Request) -> Response:
        return await voiding.void(account, request)

    async def token(request: Request) -> Response:
        return await services.token(door, request)

    async def token_info(request: Request) -> Response:
        return await services.token_info(door, request)

    async def certify(request: Request) -> Response:
        return await services.certify(door, request)

    async def audit(_request: Request) -> Response:
        return JSONResponse(list(door.trail))

    return [
        Route("/services/rest/auth/oauth2/v1/token", token, methods=["POST"]),
        Route("/rest/tokeninfo", token_info, methods=["GET"]),
        Route("/rest/datacenterurls", services.data_center_urls, methods=["GET"]),
        Route("/_twin/audit", audit, methods=["GET"]),
        Route("/_twin/certificates", certify, methods=["POST"]),
        Route("/_twin/void", void, methods=["POST"]),
    ]


def build(config: NetSuiteConfig) -> ASGIApp:
    """Make the app of one account; the gate stands outermost, where it can cut a connection."""
    state = open_state(config.state)
    clock = Clock(kept=Notes(state))
    account = Account(Store(state), clock.now)
    prepare(account.store, clock.now)
    criteria.prepare(account.store.connection)
    seed(account)
    door = Door(config.credentials, state)
    books, latency = NetSuiteBooks(account, door), Latency(config.latency, NETSUITE)
    control = Control("netsuite", books, state, config.state, latency=latency, clock=clock)
    control.eyes = AccountEyes(door)
    jobs = Jobs(account.store, account.now, latency)
    service = Service(account, door, latency, control.usage, jobs, Searches(account.store), config.slots)
    control.gauges = service.gauges
    watch = Watch(control.usage, config.strict, config.wsdl)
    rest = Route("/services/rest/{path:path}", RestEndpoint(service))
    scripts = Route("/app/site/hosting/restlet.nl", RestletEndpoint(service))
    app = Starlette(
        routes=[*soap_routes(service, watch), *_open_routes(door, account), rest, scripts],
        exception_handlers={Unsteered: unsteered},
    )
    return Gate(Working(app, jobs), control, NetSuiteVoice(), app)
