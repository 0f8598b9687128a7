"""Who changes a record, and through which API? Known to the request, told by the event (ChangeEventHeader.changeOrigin)."""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

API = re.compile(
    r"/services/(?:(?P<rest>data)/v|(?P<soap>Soap)/[cu]/|(?P<bulkapi>async)/)(?P<version>\d+\.\d)?", re.IGNORECASE
)
BULK = re.compile(r"/services/data/v[^/]+/jobs/", re.IGNORECASE)
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Origin:
    """The API, its version and the name by which the client calls itself in `Sforce-Call-Options`."""

    api: str = "rest"
    version: str = "62.0"
    client: str = ""

    @property
    def text(self) -> str:
        """Return it as `changeOrigin` has it.

        >>> Origin("rest", "62.0", "isthmus").text
        'com/salesforce/api/rest/62.0;client=isthmus'
        """
        return f"com/salesforce/api/{self.api}/{self.version}" + (f";client={self.client}" if self.client else "")


CURRENT: ContextVar[Origin | None] = ContextVar("CURRENT", default=None)


class Origins:
    """Notes the origin of each request that may write; what the request starts in the background keeps it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] == "http" and scope["method"] not in READS:
            CURRENT.set(_origin(scope))
        await self._app(scope, receive, send)


def _origin(scope: Scope) -> Origin | None:
    found = API.match(scope["path"])
    if found is None:
        return None
    api = "bulkapi" if BULK.match(scope["path"]) else str(found.lastgroup and _api(found))
    return Origin(api, found["version"] or "62.0", _client(scope))


def _api(found: re.Match[str]) -> str:
    return next(name for name in ("rest", "soap", "bulkapi") if found[name])


def _client(scope: Scope) -> str:
    """Return the client of `Sforce-Call-Options: client=x, defaultNamespace=y`."""
    options = next((value for name, value in scope["headers"] if name.lower() == b"sforce-call-options"), b"")
    for part in options.decode("latin-1").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "client":
            return str(value)
    return ""
