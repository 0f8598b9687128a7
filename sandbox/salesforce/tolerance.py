"""What do clients send in more than one way? Last slashes, letter case of paths, zipped bodies (salesforce.md 5.2)."""

from __future__ import annotations

import re
import zlib

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 160 * 1024 * 1024  # bytes after unzipping; an upload may have 150 MB (salesforce.md 2.3)
GZIP = 16 + zlib.MAX_WBITS


class Tolerant:
    """Serves a path with and without its last slash, and a body with and without gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the slash and unzipped; refuse what cannot be unzipped."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        if b"gzip" not in dict(scope["headers"]).get(b"content-encoding", b""):
            await self._app(scope, receive, send)
            return
        try:
            body = _unzip(await Request(scope, receive).body())
        except (zlib.error, ValueError) as error:
            refusal = [
                {"message": f"The request body cannot be unzipped: {error}", "errorCode": "UNSUPPORTED_MEDIA_TYPE"}
            ]
            await JSONResponse(refusal, 415)(scope, receive, send)
            return
        await self._app(scope, _once(body), send)


def any_case(routes: list[Route]) -> list[Route]:
    """Let routes match in any letter case."""
    for route in routes:
        route.path_regex = re.compile(route.path_regex.pattern, re.IGNORECASE)
    return routes


def _unzip(body: bytes) -> bytes:
    stream = zlib.decompressobj(GZIP)
    found = stream.decompress(body, LARGEST_BODY)
    if stream.unconsumed_tail or not stream.eof:
        raise ValueError("too large or cut off")
    return found


def _once(body: bytes) -> Receive:
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(messages, {"type": "http.disconnect"})

    return receive
