"""Which endpoint answers a path below an API version? One table for the outside and for requests inside requests."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from sandbox.salesforce.calls import Endpoint, Routes
from sandbox.salesforce.refusals import Refused, not_found


class Table:
    """Endpoints by path and method; paths match in any letter case and with a last slash, as in the real one."""

    def __init__(self, *groups: Routes) -> None:
        self._entries: dict[str, list[tuple[re.Pattern[str], list[str], Endpoint]]] = {}
        for group in groups:
            self.add(group)

    def add(self, group: Routes) -> None:
        """Add a group of resources; of two that match a path the first one answers."""
        for path, methods, endpoint in group:
            pattern = re.compile(compile_path(path)[0].pattern, re.IGNORECASE)
            self._entries.setdefault(_first(path), []).append((pattern, methods, endpoint))

    async def answer(self, request: Request) -> Response:
        """Answer a request whose path parameter `rest` is the path below the version."""
        path = "/" + str(request.path_params.get("rest", "")).strip("/") if request.path_params.get("rest") else ""
        endpoint, found = self._find(_method(request), path)
        request.scope["path_params"] = {**request.path_params, **found}
        return await endpoint(request)

    def _find(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        allowed: list[str] = []
        for pattern, methods, endpoint in self._entries.get(_first(path), ()):
            if matched := pattern.match(path):
                if method in methods:
                    return endpoint, matched.groupdict()
                allowed += methods
        if not allowed:
            raise not_found()
        raise not_allowed(method, allowed)


def not_allowed(method: str, allowed: Iterable[str]) -> Refused:
    """Refuse a method that a resource does not know."""
    names = sorted({*allowed, *(["HEAD"] if "GET" in allowed else [])})
    words = f"HTTP Method '{method}' not allowed. Allowed are {','.join(names)}"
    return Refused("METHOD_NOT_ALLOWED", words, 405)


def _method(request: Request) -> str:
    """Return the method: HEAD is a GET without its body, and clients without PATCH send it as a parameter of POST."""
    wished = request.query_params.get("_HttpMethod", "") if request.method == "POST" else ""
    method = wished.upper() or request.method
    request.scope["method"] = method
    return "GET" if method == "HEAD" else method


def _first(path: str) -> str:
    return path[1:].partition("/")[0].lower()
