"""How is a twin steered? Routes under `/_twin/`, for tests, for the demo and for people, on loopback only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.twin import asked
from sandbox.twin.books import Books, LoadRefused
from sandbox.twin.clock import Clock, ClockRefused
from sandbox.twin.faults import FaultRefused, Faults
from sandbox.twin.latency import Latency
from sandbox.twin.page.site import Site
from sandbox.twin.page.views import Eyes
from sandbox.twin.paths import Endpoint, routed
from sandbox.twin.problems import Unsteered, no_route, unsteered
from sandbox.twin.reading import Reader
from sandbox.twin.shelves import Shelves
from sandbox.twin.snapshots import Snapshots
from sandbox.twin.usage import Sought, Usage

__all__ = ["Control", "LoadRefused"]
FAULT = '{"match": "upsertList", "kind": "status", "status": 503, "times": 1}'
LATENCY = '{"profile": "real"} or {"request": 0.6, "order": 0.1}'
CLOCK = '{"advance": 86400} or {"now": "2027-01-31T12:00:00+00:00", "frozen": true}'


def _nothing() -> Mapping[str, Any]:
    return {}


@dataclass
class Control:
    """The steering of one twin; `gauges` adds what only the product knows to its usage (its slots, for one)."""

    name: str
    books: Books
    connection: sqlite3.Connection
    file: Path | None = None
    faults: Faults = field(default_factory=Faults)
    usage: Usage = field(default_factory=Usage)
    latency: Latency = field(default_factory=Latency)
    clock: Clock = field(default_factory=Clock)
    gauges: Callable[[], Mapping[str, Any]] = _nothing
    eyes: Eyes | None = None

    def __post_init__(self) -> None:
        """Open what reads and copies the twin's file."""
        self.reader = Reader(self.connection, self.file)
        self.snapshots = Snapshots(self.connection, self.file, self._restored)

    def _restored(self) -> None:
        self.books.forget()
        self.clock.recall()

    def app(self, product: Starlette) -> ASGIApp:
        """Return what serves `/_twin`: these routes first, then the product's own ones of that name; refusals are JSON."""
        refusals: dict[Any, Any] = {Unsteered: unsteered, HTTPException: no_route}
        shelves = Shelves(self.books, self.reader, self.snapshots)
        page = routed(Site(self, self.eyes).routes()) if self.eyes else []
        steered = Starlette(routes=[*page, *shelves.routes(), *self._own()], exception_handlers=refusals)

        async def others(scope: Scope, receive: Receive, send: Send) -> None:
            if not any(route.matches(scope)[0] == Match.FULL for route in product.routes):
                raise HTTPException(404)
            await product(scope, receive, send)

        steered.router.default = others
        return steered

    def _own(self) -> list[Route]:
        table: list[tuple[str, str, Endpoint]] = [
            ("/_twin/health", "GET", self._health),
            ("/_twin/usage", "GET", self._show_usage),
            ("/_twin/usage", "DELETE", self._clear_usage),
            ("/_twin/log", "GET", self._log),
            ("/_twin/faults", "GET", self._show_faults),
            ("/_twin/faults", "POST", self._arm),
            ("/_twin/faults", "DELETE", self._disarm),
            ("/_twin/faults/{id:int}", "DELETE", self._disarm),
            ("/_twin/latency", "GET", self._show_latency),
            ("/_twin/latency", "POST", self._set_latency),
            ("/_twin/clock", "GET", self._show_clock),
            ("/_twin/clock", "POST", self._set_clock),
        ]
        return routed(table)

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"name": self.name, "ready": True, "time": self.clock.now().isoformat()})

    async def _show_usage(self, _request: Request) -> Response:
        return JSONResponse(self.usage.as_json() | dict(self.gauges()))

    async def _clear_usage(self, _request: Request) -> Response:
        self.usage.clear()
        return JSONResponse({})

    async def _log(self, request: Request) -> Response:
        names = ("status", "operation", "channel", "fault", "q")
        sought = Sought(**{name: request.query_params.get(name, "") for name in names})
        page = asked.whole(request, "limit", 100), asked.whole(request, "offset", 0)
        return JSONResponse([entry.as_json() for entry in self.usage.newest(sought, *page)])

    async def _show_faults(self, _request: Request) -> Response:
        return JSONResponse(self.faults.as_json())

    async def _arm(self, request: Request) -> Response:
        try:
            self.faults.arm(await asked.wish(request, FAULT))
        except FaultRefused as refused:
            raise Unsteered(400, str(refused), f"send {FAULT}") from refused
        return JSONResponse(self.faults.as_json(), 201)

    async def _disarm(self, request: Request) -> Response:
        number: int | None = request.path_params.get("id")
        if not self.faults.disarm(number) and number is not None:
            raise Unsteered(404, f"no fault {number} is armed", "GET /_twin/faults lists what is armed, with its id")
        return JSONResponse({})

    async def _show_latency(self, _request: Request) -> Response:
        return JSONResponse(self.latency.as_json())

    async def _set_latency(self, request: Request) -> Response:
        try:
            self.latency.change(await asked.wish(request, LATENCY))
        except ValueError as refused:
            raise Unsteered(400, str(refused), f"send {LATENCY}") from refused
        return JSONResponse(self.latency.as_json())

    async def _show_clock(self, _request: Request) -> Response:
        return JSONResponse(self.clock.as_json())

    async def _set_clock(self, request: Request) -> Response:
        try:
            self.clock.move(await asked.wish(request, CLOCK))
        except ClockRefused as refused:
            raise Unsteered(400, str(refused), f"send {CLOCK}") from refused
        return JSONResponse(self.clock.as_json())
