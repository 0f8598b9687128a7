"""How is a query asked and answered page by page (salesforce.md 1.3)?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.calls import Routes, version_of
from sandbox.salesforce.cursors import MAIN, Asked, Cursors
from sandbox.salesforce.model import Child
from sandbox.salesforce.org import Org
from sandbox.salesforce.plan import Built
from sandbox.salesforce.query import Query, parse
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.render import Renderer, below

LARGEST_PAGE, SMALLEST_PAGE = 2000, 200
TOO_MANY_GROUPS = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"


@dataclass
class Querying:
    """The query resources of one org."""

    org: Org
    cursors: Cursors = field(init=False)

    def __post_init__(self) -> None:
        """Open the cursors in the org's state."""
        self.cursors = Cursors(self.org.store)

    def routes(self) -> Routes:
        """Return the resources below a version."""
        return [
            ("/query", ["GET"], self.query),
            ("/queryAll", ["GET"], self.query_all),
            ("/query/{locator}", ["GET"], self.more),
            ("/queryAll/{locator}", ["GET"], self.more),
        ]

    async def query(self, request: Request) -> Response:
        """Answer `GET query?q=` and `GET query?explain=`."""
        explained = request.query_params.get("explain")
        if explained is not None:
            return JSONResponse(self._explain(explained))
        return JSONResponse(self._answer(request, deleted=False))

    async def query_all(self, request: Request) -> Response:
        """Answer `GET queryAll?q=`, which sees the recycle bin too."""
        return JSONResponse(self._answer(request, deleted=True))

    async def more(self, request: Request) -> Response:
        """Answer a `nextRecordsUrl`; a `q` that is sent along does not count."""
        page = self.cursors.page(request.path_params["locator"])
        query = parse(page.asked.soql)
        if page.asked.child != MAIN:
            query = self._child(query, page.asked)
        built = self.org.store.plan(query, deleted=page.asked.deleted)
        renderer = self._renderer(request, built, query, page.asked)
        records = renderer.records(self.org.store.page(built, page.ids))
        told: dict[str, Any] = {"totalSize": page.total, "done": not page.following}
        if page.following:
            told["nextRecordsUrl"] = _address(request, page.following)
        return JSONResponse(told | {"records": records})

    def _answer(self, request: Request, *, deleted: bool) -> dict[str, Any]:
        text = request.query_params.get("q")
        if not text or not text.strip():
            raise Refused("MALFORMED_QUERY", "A query string has to be specified")
        query = parse(text)
        built = self.org.store.plan(query, deleted=deleted)
        size = _page_size(request, query)
        rows = self.org.store.some_rows(built, size + 1)
        if query.counts_only:
            return {"totalSize": rows[0][0], "done": True, "records": []}
        told: dict[str, Any] = {"totalSize": len(rows), "done": len(rows) <= size}
        asked = Asked(text, deleted)
        if not told["done"]:
            if query.aggregates:
                raise Refused("EXCEEDED_ID_LIMIT", TOO_MANY_GROUPS)
            first = self.cursors.page(self.cursors.open(asked, size, self.org.store.ids(built)) + "-0")
            told |= {"totalSize": first.total, "nextRecordsUrl": _address(request, first.following)}
            rows = self.org.store.page(built, first.ids)  # in the order that all pages follow
        return told | {"records": self._renderer(request, built, query, asked).records(rows[:size])}

    def _renderer(self, request: Request, built: Built, query: Query, asked: Asked) -> Renderer:
        def keep(at: int, _child: Child, _name: str, ids: list[str]) -> str:
            room = self.org.store.child_page
            name = self.cursors.open(Asked(asked.soql, asked.deleted, at), room, iter(ids))
            return _address(request, f"{name}-{room}")

        return Renderer(self.org.store, built, query, version_of(request), keep if asked.child == MAIN else None)

    def _child(self, query: Query, asked: Asked) -> Query:
        """Return the subquery that a cursor was opened for, as a query over the child object."""
        plan = self.org.store.plan(query, deleted=asked.deleted).plan
        _, inner = plan.children[asked.child]
        return below(inner, plan.object.children[inner.object.lower()])

    def _explain(self, text: str) -> dict[str, Any]:
        query = parse(text)
        built = self.org.store.plan(query)
        (known,) = self.org.store.connection.execute(f'SELECT COUNT(*) FROM "{built.plan.object.name}"').fetchone()  # noqa: S608 — a name of the model's
        plan = {"cardinality": known, "fields": [], "leadingOperationType": "TableScan", "notes": [],
                "relativeCost": 1.0, "sobjectCardinality": known, "sobjectType": built.plan.object.name}  # fmt: skip
        return {"plans": [plan], "sourceQuery": text}


def _address(request: Request, locator: str) -> str:
    return f"/services/data/v{version_of(request)}/query/{locator}"


def _page_size(request: Request, query: Query) -> int:
    wished = request.headers.get("sforce-query-options", "").lower().partition("batchsize=")[2].split(",")[0].strip()
    page = int(wished) if wished.isdigit() else LARGEST_PAGE
    nested = any(isinstance(item, Query) for item in query.select)
    return max(min(page, LARGEST_PAGE // (2 if nested else 1)), SMALLEST_PAGE)
