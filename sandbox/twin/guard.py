"""Who may steer a twin? Programs and people on its own machine, and no page from elsewhere in their browser."""

from __future__ import annotations

import ipaddress
import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.twin.exchange import header

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:]*)(?::\d+)?")
REMEDY = "Steer a twin from its own machine, by its address: http://127.0.0.1:<port>/_twin/"


class Guard:
    """Lets requests to `/_twin` in from this machine only; everything else passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it as JSON."""
        reason = _reason(scope) if scope["type"] == "http" else ""
        app = JSONResponse({"error": reason, "remedy": REMEDY}, 403) if reason else self._app
        await app(scope, receive, send)


def _reason(scope: Scope) -> str:
    """Say why a request may not steer; a name with dots may be anybody's that points here (DNS rebinding)."""
    client, headers = scope.get("client"), scope["headers"]
    if client and not ipaddress.ip_address(client[0].partition("%")[0]).is_loopback:
        return f"the control API answers this machine only, and {client[0]} is another"
    host = header(headers, b"host")
    matched = _HOST.fullmatch(host)
    name = matched["name"].strip("[]") if matched else host
    if not _is_ours(name):
        return f"the control API is not called by the name {name}"
    origin = header(headers, b"origin")
    if origin and origin.partition("://")[2] != host:
        return f"a page of {origin} may not steer a twin"
    return ""


def _is_ours(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return "." not in name
