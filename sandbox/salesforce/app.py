"""How does the org listen? Routes, sign-in, limits and refusals around the REST API, behind the twin's gate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.salesforce.books import OrgBooks
from sandbox.salesforce.bulk import Jobs
from sandbox.salesforce.calls import Endpoint, version_of
from sandbox.salesforce.org import Org
from sandbox.salesforce.querying import Querying
from sandbox.salesforce.records import Records
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.rest import Rest
from sandbox.salesforce.signin import Door
from sandbox.salesforce.store import Store
from sandbox.salesforce.versions import Versions
from sandbox.twin.clock import Clock
from sandbox.twin.control import Control
from sandbox.twin.credentials import SalesforceCredentials
from sandbox.twin.faults import Fault
from sandbox.twin.gate import Gate
from sandbox.twin.latency import Latency
from sandbox.twin.state import open_state

REQUEST_SECONDS = 0.15  # what one REST call takes in the real system
DAILY = "TotalRequests Limit exceeded."
LOCKED = "unable to obtain exclusive access to this record or 1 records"


@dataclass(frozen=True)
class SalesforceConfig:
    """What an org is made of; `state` None keeps it in memory."""

    credentials: SalesforceCredentials
    state: Path | None = None
    latency: str = "demo"
    token_lifetime: float = 7200.0
    daily_limit: int = 100_000


class WithoutTrailingSlash:
    """Serves a path with and without its last slash: real clients send both."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the slash."""
        if scope["type"] == "http":
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await self._app(scope, receive, send)


class Reception:
    """What every REST call passes: version, token, daily limit, latency; and the way refusals are told."""

    def __init__(self, door: Door, versions: Versions, latency: Latency) -> None:
        self._door = door
        self._versions = versions
        self._latency = latency

    def around(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint as the outside meets it."""

        async def received(request: Request) -> Response:
            try:
                response = await self._admit(endpoint, request)
            except Refused as refused:
                response = refused.response()
            used = f"api-usage={self._versions.usage.calls + 1}/{self._versions.daily_limit}"
            response.headers["Sforce-Limit-Info"] = used
            return response

        return received

    async def _admit(self, endpoint: Endpoint, request: Request) -> Response:
        version_of(request)
        fault: Fault | None = request.scope.get("fault")
        kind = fault.kind if fault else ""
        if kind == "expire":
            self._door.tokens.clear()
        self._door.recognise(request)
        if kind == "daily_limit" or self._versions.usage.calls >= self._versions.daily_limit:
            raise Refused("REQUEST_LIMIT_EXCEEDED", DAILY, 403)
        if kind == "busy":
            raise Refused("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", 403)
        if kind == "lock":
            raise Refused("UNABLE_TO_LOCK_ROW", LOCKED, fields=[])
        await asyncio.sleep(self._latency.seconds(REQUEST_SECONDS))
        return await endpoint(request)


def build(config: SalesforceConfig) -> ASGIApp:
    """Return the org as an ASGI app."""
    clock = Clock()
    store = Store(open_state(config.state), clock.now)
    org = Org(store)
    control = Control("salesforce", OrgBooks(org), latency=Latency(config.latency), clock=clock)
    door = Door(config.credentials, config.token_lifetime)
    versions = Versions(control.usage, config.daily_limit)
    reception = Reception(door, versions, control.latency)
    resources = (versions, Querying(org), Rest(org, Jobs(store), control.usage), Records(org, control.usage))
    routes = [
        *control.routes(),
        Route("/services/oauth2/token", door.token, methods=["POST"]),
        Route("/services/data", versions.versions),
        *(Route(f"/services/data/v{{version}}{path}", reception.around(endpoint), methods=methods)
          for resource in resources for path, methods, endpoint in resource.routes()),
    ]  # fmt: skip
    app = Starlette(routes=routes, middleware=[Middleware(WithoutTrailingSlash)])
    return Gate(app, control.faults, control.usage, lambda _scope, _body: "")
