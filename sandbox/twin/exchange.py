"""How does one request go through the gate? With its body read, and its answer passed on, kept back, torn or cut off."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TORN = {"xml": b"<torn", "csv": b'"torn\x00', "json": b'{"torn": '}
_KEPT = frozenset({b"content-type", b"sforce-limit-info", b"sforce-locator", b"sforce-numberofrecords"})


class Exchange:
    """One request with its body already read, and the way its answer goes; `status` 0 until an answer begins."""

    def __init__(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._body: bytes | None = body
        self._from_client = receive
        self._send = send
        self.status = 0

    async def pass_on(self, app: ASGIApp) -> None:
        """Let the product answer."""
        await app(self._scope, self._receive, self._note)

    async def swallow(self, app: ASGIApp) -> tuple[Message, bytes]:
        """Let the product do its work, and keep its answer from the client; returns the answer's start and body."""
        start: Message = {"type": "http.response.start", "status": 200, "headers": []}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            await asyncio.sleep(0)
            if message["type"] == "http.response.start":
                start.update(message)
            parts.append(message.get("body", b""))

        await app(self._scope, self._receive, keep)
        return start, b"".join(parts)

    async def answer(self, response: Response) -> None:
        """Answer in the product's place."""
        await response(self._scope, self._receive, self._note)

    async def tear(self, start: Message, body: bytes) -> None:
        """Send an answer whose second half is broken; an empty one becomes a broken object."""
        headers = dict(start["headers"])
        whole = gzip.decompress(body) if headers.get(b"content-encoding") == b"gzip" else body
        kind = headers.get(b"content-type", b"application/json")
        language = next((name for name in TORN if name.encode() in kind), "json")
        torn = whole[: len(whole) // 2] + TORN[language]
        kept = {b"content-type": kind} | {name: value for name, value in headers.items() if name.lower() in _KEPT}
        status = 200 if start["status"] == 204 else start["status"]  # noqa: PLR2004 — no content cannot be broken content
        kept[b"content-length"] = str(len(torn)).encode()
        await self._note({"type": "http.response.start", "status": status, "headers": list(kept.items())})
        await self._note({"type": "http.response.body", "body": torn})

    async def hold(self, seconds: float) -> None:
        """Keep the client waiting, at most until it goes away by itself."""

        async def gone() -> None:
            while (await self._from_client())["type"] != "http.disconnect":
                continue

        try:
            await asyncio.wait_for(gone(), seconds)
        except TimeoutError:
            return

    def cut(self) -> None:
        """Cut the TCP connection: uvicorn's `send` belongs to the object that holds the transport, and no other way is open."""
        cycle: Any = getattr(self._send, "__self__", None)
        cycle.transport.abort()

    async def _note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def _receive(self) -> Message:
        if self._body is None:
            return await self._from_client()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def read_body(receive: Receive) -> bytes:
    """Read a request's whole body."""
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = [message["body"]]
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """Return a header's text; empty where there is none."""
    return next((value.decode("latin-1") for key, value in headers if key == name), "")
