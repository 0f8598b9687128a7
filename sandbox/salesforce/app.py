"""How does the org listen? Its addresses, behind the twin's gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.salesforce import troubles
from sandbox.salesforce.books import OrgBooks
from sandbox.salesforce.bulk.async1 import Async1
from sandbox.salesforce.bulk.service import Bulk
from sandbox.salesforce.composite.collections import Collections
from sandbox.salesforce.composite.inner import Inner
from sandbox.salesforce.composite.resources import Composite
from sandbox.salesforce.describing import Describing
from sandbox.salesforce.events.origin import Origins
from sandbox.salesforce.events.pubsub.server import PubSubAddress
from sandbox.salesforce.events.service import Events
from sandbox.salesforce.eyes import OrgEyes
from sandbox.salesforce.history import History
from sandbox.salesforce.identity import Identity
from sandbox.salesforce.org import Org
from sandbox.salesforce.querying import Querying
from sandbox.salesforce.reception import Reception
from sandbox.salesforce.records import Records
from sandbox.salesforce.refusals import Refused, not_found
from sandbox.salesforce.replication import Replication
from sandbox.salesforce.search import Search
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.signin import Door
from sandbox.salesforce.soap.converting import SoapConversion
from sandbox.salesforce.soap.login import SoapLogin
from sandbox.salesforce.soap.records import SoapRecords
from sandbox.salesforce.soap.service import SoapService
from sandbox.salesforce.store import Store
from sandbox.salesforce.switches import STILL, Switches
from sandbox.salesforce.table import Table, not_allowed
from sandbox.salesforce.tolerance import Tolerant, any_case
from sandbox.salesforce.versions import Versions
from sandbox.salesforce.voice import SalesforceVoice
from sandbox.twin.clock import Clock
from sandbox.twin.control import Control
from sandbox.twin.credentials import SalesforceCredentials
from sandbox.twin.gate import Gate
from sandbox.twin.latency import SALESFORCE, Latency
from sandbox.twin.problems import Unsteered, unsteered
from sandbox.twin.state import Notes, open_state

EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True)
class SalesforceConfig:
    """What an org is made of; `state` None keeps it in memory.

    Callers out of a trusted range (CIDR) sign in by SOAP without their security token.
    """

    credentials: SalesforceCredentials
    state: Path | None = None
    latency: str = "demo"
    token_lifetime: float = 7200.0
    daily_limit: int = 100_000
    rotates_refresh_tokens: bool = True
    logins_an_hour: int = 3600
    trusted_ranges: tuple[str, ...] = ()
    pubsub: PubSubAddress = field(default_factory=PubSubAddress)


def build(config: SalesforceConfig) -> ASGIApp:
    """Return the org as an ASGI app."""
    org, control = _opened(config)
    sessions = Sessions(control.connection, config.token_lifetime, config.credentials.refresh_token)
    door = _door(config, org, sessions)
    versions = Versions(control.usage, config.daily_limit)
    switches = Switches(org.store)
    reception = Reception(door, versions, switches, control.latency)
    events = Events(org, control, sessions, config.pubsub)
    bulk = Bulk(org, control.usage, control.latency)
    versions.spent = bulk.jobs.spent
    table = _table(org, control, (events, versions, bulk))
    below = reception.around(table.answer)
    routes = [
        Route("/services/oauth2/token", door.token, methods=["POST"]),
        Route("/services/oauth2/authorize", door.authorize),
        *Identity(door).routes(),
        *_soap(config, door, (table, org, control)).routes(),
        *events.cometd.routes(),
        Route("/services/async/{version}/{rest:path}", Async1(bulk.jobs1, reception).answer, methods=EVERY_METHOD),
        Route("/services/data", versions.versions),
        *(Route(f"/services/data/v{{version}}{rest}", below, methods=EVERY_METHOD) for rest in ("", "/{rest:path}")),
    ]
    app = Starlette(
        routes=[*switches.routes(), *events.control_routes(), *any_case(routes)],
        lifespan=lambda app: _running(app, bulk, events),
        middleware=[Middleware(Tolerant)],
        exception_handlers={404: _nowhere, 405: _not_so, Unsteered: unsteered, Exception: _broken},
    )
    return Gate(Origins(app), control, SalesforceVoice(), app)


def _door(config: SalesforceConfig, org: Org, sessions: Sessions) -> Door:
    org.store.restored.append(sessions.recall)
    rotates = config.rotates_refresh_tokens
    return Door(config.credentials, sessions, lambda: rotates and not org.store.switch(STILL), config.logins_an_hour)


def _soap(config: SalesforceConfig, door: Door, inside: tuple[Table, Org, Control]) -> SoapService:
    table, org, control = inside
    login = SoapLogin(door, config.trusted_ranges)
    return SoapService(login, SoapRecords(Inner(table)), SoapConversion(org, control.usage), org.store)


@asynccontextmanager
async def _running(app: Starlette, bulk: Bulk, events: Events) -> AsyncIterator[None]:
    """Go on with the jobs that a killed process has left, and tell events while the server runs."""
    bulk.worker.wake()
    async with events.running(app):
        yield


def _opened(config: SalesforceConfig) -> tuple[Org, Control]:
    """Open the state, and make the org and its steering of it."""
    state = open_state(config.state)
    clock, latency = Clock(kept=Notes(state)), Latency(config.latency, SALESFORCE)
    org = Org(Store(state, clock.now))
    org.watchers += [troubles.watch, History(org.store).watch]
    control = Control("salesforce", OrgBooks(org), state, config.state, latency=latency, clock=clock)
    control.eyes = OrgEyes()
    return org, control


def _table(org: Org, control: Control, more: tuple[Events, Versions, Bulk]) -> Table:
    """Return all resources below a version; those that hold others come last."""
    resources = (*more, Describing(org), Querying(org), Search(org), Replication(org), Records(org, control.usage))
    table = Table(*(resource.routes() for resource in resources))
    inner = Inner(table)
    table.add(Collections(org, control.usage, inner).routes())
    table.add(Composite(inner, org.store).routes())
    return table


async def _nowhere(_request: Request, _error: Exception) -> Response:
    return not_found().response()


async def _not_so(request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, HTTPException) else None
    return not_allowed(request.method, (headers or {}).get("Allow", "GET").split(", ")).response()


async def _broken(_request: Request, _error: Exception) -> Response:
    """Answer what no rule foresaw, as the real one does; the error itself goes to stderr."""
    return Refused("UNKNOWN_EXCEPTION", "An unexpected error occurred.", 500).response()
