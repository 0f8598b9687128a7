"""What happens around every request to a twin? It is counted, logged, and spoilt where a fault is armed."""

from __future__ import annotations

import asyncio
import time
from time import perf_counter

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.twin.control import Control
from sandbox.twin.exchange import Exchange, read_body
from sandbox.twin.faults import Fault
from sandbox.twin.guard import Guard
from sandbox.twin.usage import Entry
from sandbox.twin.voice import SIGN_IN, Called, Voice, calling

CUT_AFTER = {"drop", "commit_then_500", "garbage"}


class Gate:
    """The outermost ASGI app of a twin.

    The product inside finds the fault that strikes its request in `scope["fault"]`, and carries out the kinds that are
    its own (busy, expire, partial, after_submit_failed, lock, daily_limit, changed, closed_period); the others are
    carried out here.
    """

    def __init__(self, app: ASGIApp, control: Control, voice: Voice, product: Starlette) -> None:
        self._app = app
        self._faults = control.faults
        self._usage = control.usage
        self._voice = voice
        self._steering = Guard(control.app(product))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the control API and everything but HTTP pass uncounted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith("/_twin"):
            await self._steering(scope, receive, send)
            return
        body = await read_body(receive)
        called = self._voice.called(scope, body)
        fault = self._strike(scope, called) if self._faults.armed else None
        calling.set(f"{called.channel} {called.operation}")
        await self._count(scope, called, fault, Exchange({**scope, "fault": fault}, body, receive, send))

    def _strike(self, scope: Scope, called: Called) -> Fault | None:
        """A match may speak of the path alone, or of the path with its query."""
        query = scope["query_string"].decode("latin-1")
        plain = f"{scope['method']} {scope['path']}"
        spellings = [plain, f"{plain}?{query}"] if query else [plain]
        told = (f"{one} {called.soap}" if called.soap else one for one in spellings)
        return self._faults.striking(*told, can=lambda kind: self._voice.carries(kind, scope, called))

    async def _count(self, scope: Scope, called: Called, fault: Fault | None, exchange: Exchange) -> None:
        began = perf_counter()
        self._usage.begin()
        try:
            await self._serve(called, fault, exchange)
        finally:
            took = round(1000 * (perf_counter() - began), 1)
            query = "" if called.channel == SIGN_IN else scope["query_string"].decode("latin-1")[:300]
            words = (scope["method"], scope["path"], query, called.channel, called.operation)
            struck = (fault.kind, fault.match) if fault else ("", "")
            self._usage.end(Entry(time.time(), *words, exchange.status, took, *struck))

    async def _serve(self, called: Called, fault: Fault | None, exchange: Exchange) -> None:
        if fault is None:
            await exchange.pass_on(self._app)
        elif fault.kind in CUT_AFTER:
            await self._spoil(called, fault.kind, exchange)
        else:
            await self._forestall(called, fault, exchange)

    async def _forestall(self, called: Called, fault: Fault, exchange: Exchange) -> None:
        if fault.kind == "status":
            response = self._voice.status(fault.status, called)
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            await exchange.answer(response)
        elif fault.kind == "maintenance":
            await exchange.answer(self._voice.maintenance(called))
        elif fault.kind in {"drop_before", "timeout"}:
            await exchange.hold(fault.seconds if fault.kind == "timeout" else 0)
            exchange.cut()
        else:
            await asyncio.sleep(fault.seconds if fault.kind == "slow" else 0)
            await exchange.pass_on(self._app)

    async def _spoil(self, called: Called, kind: str, exchange: Exchange) -> None:
        start, body = await exchange.swallow(self._app)
        if kind == "drop":
            exchange.cut()
        elif kind == "garbage":
            await exchange.tear(start, body)
        else:
            await exchange.answer(self._voice.status(500, called))
