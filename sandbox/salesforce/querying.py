"""How is a query asked and answered page by page (salesforce.md 1.3)?"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, version_of
from sandbox.salesforce.org import Org
from sandbox.salesforce.query import Query, parse
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.render import Renderer
from sandbox.salesforce.store import Rows

LARGEST_PAGE, SMALLEST_PAGE = 2000, 200


@dataclass
class Cursor:
    """The rest of a result that did not fit one page."""

    renderer: Renderer
    rows: Rows
    page: int
    total: int
    at: int


@dataclass
class Querying:
    """The query resources of one org."""

    org: Org
    cursors: dict[str, Cursor] = field(default_factory=dict)

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/query", ["GET"], self.query),
            ("/queryAll", ["GET"], self.query),
            ("/query/{locator}", ["GET"], self.more),
        ]

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


def _page_size(request: Request, query: Query) -> int:
    wished = request.headers.get("sforce-query-options", "").lower().partition("batchsize=")[2].strip()
    page = int(wished) if wished.isdigit() else LARGEST_PAGE
    nested = any(isinstance(item, Query) for item in query.select)
    return max(min(page, LARGEST_PAGE // (2 if nested else 1)), SMALLEST_PAGE)
