"""How do several methods share a path? By one route, so that a wrong method is told all that are right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Endpoint = Callable[[Request], Awaitable[Response]]


def routed(table: Iterable[tuple[str, str, Endpoint]]) -> list[Route]:
    """Return the routes of a table of (path, method, endpoint)."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for path, method, endpoint in table:
        by_path.setdefault(path, {})[method] = endpoint
    return [_route(path, works) for path, works in by_path.items()]


def _route(path: str, works: Mapping[str, Endpoint]) -> Route:
    async def endpoint(request: Request) -> Response:
        return await works["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, endpoint, methods=list(works))
