"""Which scheme and host does the caller see? What a TLS end in front says, else what the request says (clients.md)."""

from __future__ import annotations

from starlette.requests import Request


def seen(request: Request) -> tuple[str, str]:
    """Return scheme and host[:port] of a request as its caller wrote them."""
    headers = request.headers
    scheme = _nearest_caller(headers.get("x-forwarded-proto", "")) or request.url.scheme
    host = _nearest_caller(headers.get("x-forwarded-host", "")) or headers.get("host", "localhost")
    return scheme.lower(), host


def _nearest_caller(value: str) -> str:
    """Each hop adds what it saw behind a comma; the first one saw the caller."""
    return value.partition(",")[0].strip()
