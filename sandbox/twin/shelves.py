"""How does the control API serve records? Load, reset, lists, totals, one whole, and snapshots of all."""

from __future__ import annotations

import sqlite3

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.twin import asked
from sandbox.twin.books import Books, LoadRefused, Page
from sandbox.twin.paths import Endpoint, routed
from sandbox.twin.problems import Unsteered
from sandbox.twin.reading import Reader
from sandbox.twin.snapshots import NoSnapshot, SnapshotRefused, Snapshots

_NAMED = '{"name": "before-the-close"}'


class Shelves:
    """The records of one twin, as its control API serves them."""

    def __init__(self, books: Books, reader: Reader, snapshots: Snapshots) -> None:
        self._books = books
        self._reader = reader
        self._snapshots = snapshots

    def routes(self) -> list[Route]:
        """Return its routes."""
        table: list[tuple[str, str, Endpoint]] = [
            ("/_twin/load", "POST", self._load),
            ("/_twin/reset", "POST", self._reset),
            ("/_twin/records/{kind}", "GET", self._records),
            ("/_twin/records/{kind}/{key}", "GET", self._whole),
            ("/_twin/totals/{kind}", "GET", self._totals),
            ("/_twin/snapshots", "GET", self._list),
            ("/_twin/snapshots", "POST", self._take),
            ("/_twin/snapshots/{name}/restore", "POST", self._restore),
            ("/_twin/snapshots/{name}", "DELETE", self._delete),
        ]
        return routed(table)

    async def _load(self, request: Request) -> Response:
        lines = (await asked.body(request)).splitlines()
        try:
            return JSONResponse({"loaded": dict(self._books.load(asked.records(lines)))})
        except LoadRefused as refused:
            raise Unsteered(
                400, str(refused), "mend that line and send all of it again", line=refused.line
            ) from refused

    async def _reset(self, _request: Request) -> Response:
        self._books.reset()
        return JSONResponse({})

    async def _records(self, request: Request) -> Response:
        query = request.query_params.get("q", "")
        page = Page(query, asked.whole(request, "limit", 100, 100_000), asked.whole(request, "offset", 0))
        kind: str = request.path_params["kind"]
        count, records = await self._reader.ask(lambda reading: self._books.find(reading, kind, page))
        return JSONResponse({"count": count, "records": records})

    async def _whole(self, request: Request) -> Response:
        kind, key = request.path_params["kind"], request.path_params["key"]
        found = await self._reader.ask(lambda reading: self._books.whole(reading, kind, key))
        if found is None:
            raise Unsteered(
                404, f"no {kind} {key}", f"GET /_twin/records/{kind}?q= finds records by number, id or name"
            )
        return JSONResponse(found)

    async def _totals(self, request: Request) -> Response:
        kind: str = request.path_params["kind"]

        def read(reading: sqlite3.Connection) -> dict[str, object]:
            count, totals = self._books.totals(reading, kind)
            return {"count": count, "totals": dict(totals)}

        return JSONResponse(await self._reader.ask(read))

    async def _list(self, _request: Request) -> Response:
        return JSONResponse(self._snapshots.listed())

    async def _take(self, request: Request) -> Response:
        wish = await asked.wish(request, _NAMED)
        try:
            return JSONResponse(await self._snapshots.take(str(wish.get("name", ""))), 201)
        except SnapshotRefused as refused:
            raise Unsteered(400, str(refused), f"send {_NAMED}") from refused

    async def _restore(self, request: Request) -> Response:
        try:
            return JSONResponse(self._snapshots.restore(request.path_params["name"]))
        except NoSnapshot as refused:
            raise Unsteered(404, str(refused), "POST /_twin/snapshots takes one") from refused

    async def _delete(self, request: Request) -> Response:
        try:
            self._snapshots.delete(request.path_params["name"])
        except NoSnapshot as refused:
            raise Unsteered(404, str(refused), "GET /_twin/snapshots lists them") from refused
        return JSONResponse({})
