"""How is a twin steered? Routes under `/_twin/`, for tests, for the demo and for people, on loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.twin.clock import Clock, ClockRefused
from sandbox.twin.faults import FaultRefused, Faults
from sandbox.twin.latency import Latency
from sandbox.twin.usage import Usage


class LoadRefused(ValueError):
    """A record cannot be loaded; `line` is its line in the NDJSON, from 1."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Books(Protocol):
    """What a product lets its control API do with its records."""

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> Mapping[str, int]:
        """Load (line, type, record) in one transaction, all or nothing; raise LoadRefused. Returns counts by type."""

    def reset(self) -> None:
        """Empty it; standard lists stay."""

    def find(self, kind: str, query: str, limit: int, offset: int) -> tuple[int, list[Mapping[str, Any]]]:
        """Return how many records of a type there are, and one page of them."""

    def totals(self, kind: str) -> tuple[int, Mapping[str, str]]:
        """Return how many records of a type there are, and their amounts by currency as exact text."""


@dataclass
class Control:
    """The steering of one twin."""

    name: str
    books: Books
    faults: Faults = field(default_factory=Faults)
    usage: Usage = field(default_factory=Usage)
    latency: Latency = field(default_factory=Latency)
    clock: Clock = field(default_factory=Clock)

    def routes(self) -> list[Route]:
        """Return the control API."""
        table: list[tuple[str, str, Callable[[Request], Any]]] = [
            ("/_twin/health", "GET", self._health),
            ("/_twin/load", "POST", self._load),
            ("/_twin/reset", "POST", self._reset),
            ("/_twin/usage", "GET", self._show_usage),
            ("/_twin/usage", "DELETE", self._clear_usage),
            ("/_twin/records/{kind}", "GET", self._records),
            ("/_twin/totals/{kind}", "GET", self._totals),
            ("/_twin/faults", "GET", self._show_faults),
            ("/_twin/faults", "POST", self._arm),
            ("/_twin/faults", "DELETE", self._disarm),
            ("/_twin/log", "GET", self._log),
            ("/_twin/latency", "GET", self._show_latency),
            ("/_twin/latency", "POST", self._set_latency),
            ("/_twin/clock", "GET", self._show_clock),
            ("/_twin/clock", "POST", self._set_clock),
        ]
        return [Route(path, endpoint, methods=[method]) for path, method, endpoint in table]

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"name": self.name, "ready": True, "time": self.clock.now().isoformat()})

    async def _load(self, request: Request) -> Response:
        lines = (await request.body()).splitlines()
        try:
            return JSONResponse({"loaded": dict(self.books.load(_records(lines)))})
        except LoadRefused as refused:
            return JSONResponse({"error": str(refused), "line": refused.line}, 400)

    async def _reset(self, _request: Request) -> Response:
        self.books.reset()
        return JSONResponse({})

    async def _show_usage(self, _request: Request) -> Response:
        return JSONResponse(self.usage.as_json())

    async def _clear_usage(self, _request: Request) -> Response:
        self.usage.clear()
        return JSONResponse({})

    async def _records(self, request: Request) -> Response:
        asked = request.query_params
        page = int(asked.get("limit", "100")), int(asked.get("offset", "0"))
        count, records = self.books.find(request.path_params["kind"], asked.get("q", ""), *page)
        return JSONResponse({"count": count, "records": records})

    async def _totals(self, request: Request) -> Response:
        count, totals = self.books.totals(request.path_params["kind"])
        return JSONResponse({"count": count, "totals": dict(totals)})

    async def _show_faults(self, _request: Request) -> Response:
        return JSONResponse(self.faults.as_json())

    async def _arm(self, request: Request) -> Response:
        try:
            self.faults.arm(await request.json())
        except (FaultRefused, ValueError, TypeError) as refused:
            return JSONResponse({"error": str(refused)}, 400)
        return JSONResponse(self.faults.as_json(), 201)

    async def _disarm(self, _request: Request) -> Response:
        self.faults.armed.clear()
        return JSONResponse({})

    async def _log(self, request: Request) -> Response:
        return JSONResponse(self.usage.newest(int(request.query_params.get("limit", "100"))))

    async def _show_latency(self, _request: Request) -> Response:
        return JSONResponse({"profile": self.latency.profile})

    async def _set_latency(self, request: Request) -> Response:
        try:
            self.latency.set((await request.json())["profile"])
        except (ValueError, KeyError, TypeError) as refused:
            return JSONResponse({"error": str(refused)}, 400)
        return JSONResponse({"profile": self.latency.profile})

    async def _show_clock(self, _request: Request) -> Response:
        return JSONResponse(self.clock.as_json())

    async def _set_clock(self, request: Request) -> Response:
        try:
            self.clock.move(await request.json())
        except (ClockRefused, ValueError, AttributeError) as refused:
            return JSONResponse({"error": str(refused)}, 400)
        return JSONResponse(self.clock.as_json())


def _records(lines: list[bytes]) -> Iterable[tuple[int, str, Mapping[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            wish = json.loads(line, parse_float=str)
            yield number, wish["type"], wish["record"]
        except (ValueError, KeyError, TypeError) as error:
            raise LoadRefused(f'expected {{"type": …, "record": {{…}}}}: {error}', number) from error
