"""What happens around every request to a twin? It is counted, logged, and spoilt where a fault is armed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.twin.faults import Fault, Faults
from sandbox.twin.usage import Entry, Usage

Operation = Callable[[Scope, bytes], str]
CUT_AFTER = {"drop", "commit_then_500", "garbage"}
MAINTENANCE = "<html><head><title>Down for maintenance</title></head><body>Down for maintenance.</body></html>"


class Gate:
    """The outermost ASGI app of a twin.

    The product inside finds the fault that strikes its request in `scope["fault"]`, and carries out the kinds that are
    its own (busy, expire, partial, after_submit_failed, lock, daily_limit); the others are carried out here.
    """

    def __init__(self, app: ASGIApp, faults: Faults, usage: Usage, operation: Operation) -> None:
        self._app = app
        self._faults = faults
        self._usage = usage
        self._operation = operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the control API and everything but HTTP pass untouched."""
        if scope["type"] != "http" or scope["path"].startswith("/_twin"):
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        operation = self._operation(scope, body)
        query = scope["query_string"].decode("latin-1")
        request = f"{scope['method']} {scope['path']}{'?' + query if query else ''} {operation}".rstrip()
        fault = self._faults.striking(request)
        await self._count(scope, operation, fault, _Exchange({**scope, "fault": fault}, body, send))

    async def _count(self, scope: Scope, operation: str, fault: Fault | None, exchange: _Exchange) -> None:
        began = perf_counter()
        self._usage.begin()
        try:
            await self._serve(fault, exchange)
        finally:
            self._usage.end(
                Entry(
                    time=datetime.now(UTC).isoformat(timespec="milliseconds"),
                    method=scope["method"],
                    path=scope["path"],
                    operation=operation,
                    status=exchange.status,
                    ms=round(1000 * (perf_counter() - began), 1),
                    fault=fault.kind if fault else "",
                )
            )

    async def _serve(self, fault: Fault | None, exchange: _Exchange) -> None:
        kind = fault.kind if fault else ""
        if fault and kind == "status":
            await exchange.answer(_status(fault))
        elif kind == "maintenance":
            await exchange.answer(Response(MAINTENANCE, 503, media_type="text/html"))
        elif kind == "drop_before":
            exchange.cut()
        elif kind in CUT_AFTER:
            await exchange.swallow(self._app)
            await _spoil(kind, exchange)
        else:
            if fault and kind == "slow":
                await asyncio.sleep(fault.seconds)
            await exchange.pass_on(self._app)


class _Exchange:
    """One request with its body already read, and the way its answer goes."""

    def __init__(self, scope: Scope, body: bytes, send: Send) -> None:
        self._scope = scope
        self._body = body
        self._send = send
        self.status = 0

    async def pass_on(self, app: ASGIApp) -> None:
        """Let the product answer."""
        await app(self._scope, self._receive(), self._note)

    async def swallow(self, app: ASGIApp) -> None:
        """Let the product do its work, and keep its answer from the client."""

        async def nowhere(_message: Message) -> None:
            await asyncio.sleep(0)

        await app(self._scope, self._receive(), nowhere)

    async def answer(self, response: Response) -> None:
        """Answer in the product's place."""
        await response(self._scope, self._receive(), self._note)

    def cut(self) -> None:
        """Cut the TCP connection: uvicorn's `send` belongs to the object that holds the transport, and no other way is open."""
        cycle: Any = getattr(self._send, "__self__", None)
        cycle.transport.abort()

    async def _note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    def _receive(self) -> Receive:
        messages = iter([{"type": "http.request", "body": self._body, "more_body": False}])

        async def receive() -> Message:
            await asyncio.sleep(0)
            return next(messages, {"type": "http.disconnect"})

        return receive


async def _spoil(kind: str, exchange: _Exchange) -> None:
    if kind == "drop":
        exchange.cut()
    elif kind == "garbage":
        await exchange.answer(Response('<{"half":', 200, media_type="application/json"))
    else:
        await exchange.answer(PlainTextResponse("Internal Server Error", 500))


def _status(fault: Fault) -> Response:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else None
    return PlainTextResponse(f"fault on request: {fault.status}", fault.status, headers)


async def _read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(parts)
