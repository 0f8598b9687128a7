"""Where does one knock? The routes of the front door."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TypeVar

import structlog
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from console import notice, outbound
from console.body import read_body
from console.office import Office, among, our_organization
from console.refusal import Refusal, refused
from console.signature import verify
from flows.ask import knock, note
from flows.errors import IsthmusError
from flows.model import Ask

ACCEPTED = 202
log = structlog.get_logger("isthmus.console")
Endpoint = Callable[[Request], Awaitable[Response]]
T = TypeVar("T")


def build(office: Office) -> Starlette:
    """Return the application."""
    door = FrontDoor(office)
    routes = [
        Route("/hooks/salesforce/{secret}", _told(door.outbound, outbound.fault), methods=["POST"]),
        Route("/hooks/{name}", _told(door.hook), methods=["POST"]),
        Route("/api/enqueue", _told(door.enqueue), methods=["POST"]),
        Route("/health", _told(door.health), methods=["GET"]),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_door})


@dataclass(frozen=True)
class FrontDoor:
    """Checks who knocks, writes down what is asked for, answers, and only then passes the knock on."""

    office: Office

    async def outbound(self, request: Request) -> Response:
        """Take an Outbound Message; the acknowledgement is given when the ledger has all that it tells."""
        if not among(request.path_params["secret"].encode(), self.office.keys.outbound):
            raise Refusal(404, "UNKNOWN_HOOK", "There is no such hook.")
        message = outbound.read_message(await read_body(request))
        if not our_organization(message.organization, self.office.keys.organizations):
            raise Refusal(403, "WRONG_ORGANIZATION", "The message comes from another organization.")
        asks = list(outbound.asks_of(message, self.office.reception.flows, self._now()))
        await self._note(asks)
        answer = outbound.acknowledgement()
        answer.background = self._knock(asks)
        return answer

    async def hook(self, request: Request) -> Response:
        """Take a signed message."""
        name = request.path_params["name"]
        hook = self.office.keys.hooks.get(name)
        if hook is None:
            raise Refusal(404, "UNKNOWN_HOOK", "There is no such hook.", "Hooks are named in ISTHMUS_CONSOLE__HOOKS.")
        body = await read_body(request)
        verify(hook.keys, request.headers, body, self.office.reception.clock())
        return await self._take(body, hook.system, f"hook:{name}")

    async def enqueue(self, request: Request) -> Response:
        """Take a message of a service of the house."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not among(token.strip().encode(), self.office.keys.tokens):
            hint = "Send Authorization: Bearer and a token of ISTHMUS_CONSOLE__TOKENS."
            raise Refusal(401, "WRONG_TOKEN", "The bearer token is missing or not one of ours.", hint)
        return await self._take(await read_body(request), "salesforce", "http")

    async def health(self, _request: Request) -> Response:
        """Tell whether asks can be written down."""
        await self._asked_of_the_ledger(lambda: self.office.reception.queue.mark("health"))
        return JSONResponse({"ledger": "answers"})

    async def _take(self, body: bytes, system: str, origin: str) -> Response:
        asks = notice.asks_of(notice.read_notice(body), system, origin, self.office.reception.flows, self._now())
        new = await self._note(asks)
        words = {"accepted": len(asks), "new": new, "flows": sorted({ask.flow for ask in asks})}
        return JSONResponse(words, ACCEPTED, background=self._knock(asks))

    async def _note(self, asks: Sequence[Ask]) -> int:
        """Write the asks down; only what has come back from here may be called accepted."""
        begun = monotonic()
        try:
            new = await self._asked_of_the_ledger(lambda: note(asks, self.office.reception))
        except IsthmusError as error:
            raise refused(error) from error
        seconds = round(monotonic() - begun, 3)
        log.info("knock.accepted", origin=asks[0].origin, asks=len(asks), new=new, seconds=seconds)
        return new

    async def _asked_of_the_ledger(self, question: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self.office.patience):
                return await asyncio.to_thread(question)
        except self.office.unwell as error:
            log.exception("ledger.silent")
            hint = "Send it again, with growing gaps; nothing was accepted."
            raise Refusal(503, "LEDGER_DOWN", "The ledger does not answer.", hint) from error

    def _knock(self, asks: Sequence[Ask]) -> BackgroundTask:
        return BackgroundTask(knock, asks, self.office.reception.bell)

    def _now(self) -> datetime:
        return self.office.reception.clock()


def _as_json(refusal: Refusal) -> Response:
    return refusal.as_json()


def _told(endpoint: Endpoint, words: Callable[[Refusal], Response] = _as_json) -> Endpoint:
    """Return the endpoint with its refusals as answers; the path is not logged, for it may be a secret."""

    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except IsthmusError as error:
            refusal = refused(error)
        except Refusal as error:
            refusal = error
        log.warning("knock.refused", door=endpoint.__name__, code=refusal.code, status=refusal.status)
        return words(refusal)

    return answering


async def _no_such_door(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    hint = "There are: POST /hooks/{name}, POST /hooks/salesforce/{secret}, POST /api/enqueue, GET /health."
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(status, "HTTP_ERROR")
    return Refusal(status, code, "There is no such door.", hint).as_json()
