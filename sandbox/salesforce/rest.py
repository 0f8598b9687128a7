"""Which REST resources are there, and what do they answer (salesforce.md 1.2, 1.3, 1.6)?"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce import collections, describe
from sandbox.salesforce.bulk import Jobs
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.org import Org
from sandbox.salesforce.query import Query, parse
from sandbox.salesforce.refusals import Refused, not_found
from sandbox.salesforce.render import Renderer, attributes, value_of
from sandbox.salesforce.store import Rows
from sandbox.twin.usage import Usage

Endpoint = Callable[[Request], Awaitable[Response]]
OLDEST, NEWEST = 31, 67
LARGEST_PAGE, SMALLEST_PAGE = 2000, 200
CREATED_FROM = 46  # the API version from which an upsert's update answers 200 with a body


@dataclass
class Cursor:
    """The rest of a result that did not fit one page."""

    renderer: Renderer
    rows: Rows
    page: int
    total: int
    at: int


@dataclass
class Rest:
    """The REST API of one org."""

    org: Org
    jobs: Jobs
    usage: Usage
    daily_limit: int = 100_000
    cursors: dict[str, Cursor] = field(default_factory=dict)

    async def versions(self, _request: Request) -> Response:
        """Answer `GET /services/data/`."""
        names = [f"{number}.0" for number in range(OLDEST, NEWEST + 1)]
        return JSONResponse([{"label": name, "url": f"/services/data/v{name}", "version": name} for name in names])

    async def resources(self, request: Request) -> Response:
        """Answer `GET /services/data/vXX.X`."""
        base = f"/services/data/v{version_of(request)}"
        names = ("sobjects", "query", "queryAll", "limits", "composite", "jobs")
        return JSONResponse({name: f"{base}/{name}" for name in names})

    async def limits(self, _request: Request) -> Response:
        """Answer `GET limits`."""
        left = max(self.daily_limit - self.usage.calls, 0)
        plenty = ("DailyBulkApiBatches", "DailyBulkV2QueryJobs", "DailyBulkV2QueryFileStorageMB")
        found = {name: {"Max": 15_000, "Remaining": 15_000} for name in plenty}
        return JSONResponse(found | {"DailyApiRequests": {"Max": self.daily_limit, "Remaining": left}})

    async def sobjects(self, request: Request) -> Response:
        """Answer `GET sobjects`."""
        return JSONResponse(describe.everything(version_of(request)))

    async def describe(self, request: Request) -> Response:
        """Answer `GET sobjects/X/describe`."""
        return JSONResponse(describe.one(self.org.object(request.path_params["name"]), version_of(request)))

    async def query(self, request: Request) -> Response:
        """Answer `GET query?q=` and `GET queryAll?q=`."""
        text = request.query_params.get("q")
        if text is None:
            raise Refused("MALFORMED_QUERY", "A query string has to be specified")
        query = parse(text)
        built = self.org.store.plan(query, deleted="queryall" in request.url.path.lower())
        rows = self.org.store.rows(built)
        if query.counts_only:
            return JSONResponse({"totalSize": rows[0][0], "done": True, "records": []})
        renderer = Renderer(self.org.store, built, query, version_of(request))
        return self._page(Cursor(renderer, rows, _page_size(request, query), len(rows), 0), request)

    async def more(self, request: Request) -> Response:
        """Answer a `nextRecordsUrl`; a `q` that is sent along does not count."""
        name, _, at = request.path_params["locator"].partition("-")
        cursor = self.cursors.get(name)
        if cursor is None or not at.isdigit():
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(Cursor(cursor.renderer, cursor.rows, cursor.page, cursor.total, int(at)), request, name)

    def _page(self, cursor: Cursor, request: Request, name: str = "") -> Response:
        following = cursor.at + cursor.page
        records = cursor.renderer.records(cursor.rows[cursor.at : following])
        answer: dict[str, Any] = {"totalSize": cursor.total, "done": following >= cursor.total}
        if not answer["done"]:
            name = name or f"01g{secrets.token_hex(6)}"
            self.cursors[name] = cursor
            answer["nextRecordsUrl"] = f"/services/data/v{version_of(request)}/query/{name}-{following}"
        return JSONResponse(answer | {"records": records})

    async def create(self, request: Request) -> Response:
        """Answer `POST sobjects/X`."""
        owner = self.org.object(request.path_params["name"])
        wish = await _body(request)
        with self.org.store.writing():
            record_id = self.org.create(owner, wish)
        self.usage.wrote(1)
        place = f"/services/data/v{version_of(request)}/sobjects/{owner.name}/{record_id}"
        return JSONResponse({"id": record_id, "success": True, "errors": []}, 201, {"Location": place})

    async def read(self, request: Request) -> Response:
        """Answer `GET sobjects/X/{id}` and `GET sobjects/X/{field}/{value}`."""
        owner = self.org.object(request.path_params["name"])
        key, value = _key(request)
        found = self.org.store.where(owner, owner.fields.get(key.lower(), owner.fields["id"]).name, value)
        if not found:
            raise not_found()
        asked = request.query_params.get("fields")
        names = asked.split(",") if asked else [one.name for one in owner.fields.values()]
        shown = {name: value_of(owner.fields[name.lower()].type, found[0][name]) for name in names}
        return JSONResponse({"attributes": attributes(owner, found[0]["Id"], version_of(request))} | shown)

    async def change(self, request: Request) -> Response:
        """Answer `PATCH sobjects/X/{id}`, and the upsert `PATCH sobjects/X/{field}/{value}`."""
        owner = self.org.object(request.path_params["name"])
        wish = await _body(request)
        key, value = _key(request)
        with self.org.store.writing():
            if key == "Id":
                self.org.change(owner, value, wish)
                record_id, created = value, False
            else:
                record_id, created = self.org.upsert(owner, key, value, wish)
        self.usage.wrote(1)
        return _upserted(record_id, created, float(version_of(request)), by_key=key != "Id")

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE sobjects/X/{id}`."""
        owner = self.org.object(request.path_params["name"])
        with self.org.store.writing():
            self.org.delete(owner, _key(request)[1])
        self.usage.wrote(1)
        return Response(status_code=204)

    async def write_many(self, request: Request) -> Response:
        """Answer `POST` and `PATCH composite/sobjects`, and its upsert by an external id."""
        wish = await _body(request)
        many = collections.Many(self.org, request.method, request.path_params)
        results = many.write(wish)
        self.usage.wrote(sum(result["success"] for result in results))
        return JSONResponse(results)

    async def create_job(self, request: Request) -> Response:
        """Answer `POST jobs/query`."""
        return self.jobs.create(await _body(request), version_of(request))

    async def job(self, request: Request) -> Response:
        """Answer `GET`, `PATCH` and `DELETE jobs/query/{id}`."""
        job_id = request.path_params["id"]
        match request.method:
            case "PATCH":
                return self.jobs.abort(job_id)
            case "DELETE":
                return self.jobs.delete(job_id)
            case _:
                return self.jobs.poll(job_id)

    async def job_results(self, request: Request) -> Response:
        """Answer `GET jobs/query/{id}/results`."""
        return self.jobs.results(request.path_params["id"], request)


def version_of(request: Request) -> str:
    """Return the API version of the path, e.g. 62.0; retired and future ones are refused."""
    version = str(request.path_params["version"])
    try:
        number = float(version)
    except ValueError as error:
        raise not_found() from error
    if number < OLDEST:
        raise Refused("GONE", "The API version you specified is not supported any more.", 410)
    if number > NEWEST:
        raise not_found()
    return version


def _page_size(request: Request, query: Query) -> int:
    wished = request.headers.get("sforce-query-options", "").lower().partition("batchsize=")[2].strip()
    page = int(wished) if wished.isdigit() else LARGEST_PAGE
    nested = any(isinstance(item, Query) for item in query.select)
    return max(min(page, LARGEST_PAGE // (2 if nested else 1)), SMALLEST_PAGE)


def _key(request: Request) -> tuple[str, str]:
    """Return the field and value by which the path names a record."""
    parameters = request.path_params
    if "value" in parameters:
        return str(parameters["key"]), unquote(str(parameters["value"]))
    key = str(parameters["key"])
    return "Id", long_form(key) or key


def _upserted(record_id: str, created: bool, version: float, *, by_key: bool) -> Response:  # noqa: FBT001 — what happened, not a switch
    body = {"id": record_id, "success": True, "errors": []} | ({"created": created} if version >= CREATED_FROM else {})
    if created:
        return JSONResponse(body, 201)
    return JSONResponse(body, 200) if by_key and version >= CREATED_FROM else Response(status_code=204)


async def _body(request: Request) -> dict[str, Any]:
    try:
        found = await request.json()
    except ValueError as error:
        raise Refused("JSON_PARSER_ERROR", f"Unexpected character in the body: {error}") from error
    if not isinstance(found, dict):
        raise Refused("JSON_PARSER_ERROR", "expected an object")
    return found
