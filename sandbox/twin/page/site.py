"""How is the page served? Made on the server from templates, without a script; what a record holds is always text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.twin import asked
from sandbox.twin.books import Page
from sandbox.twin.faults import KINDS
from sandbox.twin.page.levers import Levers
from sandbox.twin.page.views import Eyes
from sandbox.twin.paths import Endpoint
from sandbox.twin.usage import Sought

if TYPE_CHECKING:
    from sandbox.twin.control import Control

HERE = Path(__file__).parent
ROWS = 50
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SOUGHT = ("status", "operation", "channel", "fault", "q")


def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters["grouped"] = lambda number: f"{number:,}"
    return made


class Site:
    """The pages of one twin."""

    def __init__(self, control: Control, eyes: Eyes) -> None:
        self._control = control
        self._eyes = eyes
        self._templates = _templates()
        self._style = (HERE / "templates" / "style.css").read_text("utf-8")

    def routes(self) -> list[tuple[str, str, Endpoint]]:
        """Return (path, method, endpoint) of every page and form."""
        return [
            ("/_twin", "GET", self.home),
            ("/_twin/", "GET", self.home),
            ("/_twin/style.css", "GET", self.style),
            ("/_twin/list/{kind}", "GET", self.listing),
            ("/_twin/record/{kind}/{key:path}", "GET", self.record),
            ("/_twin/requests", "GET", self.requests),
            ("/_twin/do/{lever}", "POST", Levers(self._control).pull),
        ]

    def _page(self, name: str, status: int = 200, **values: Any) -> Response:
        common = {"eyes": self._eyes, "control": self._control, "status_code": status, "query": values.pop("query", "")}
        found = self._templates.get_template(name).render(**common, **values)
        return HTMLResponse(found, status, HEADERS)

    async def style(self, _request: Request) -> Response:
        """Answer the style sheet."""
        return Response(self._style, media_type="text/css", headers={"Cache-Control": "max-age=60"})

    async def home(self, request: Request) -> Response:
        """Show what there is and how it goes."""
        control = self._control
        tables = await control.reader.ask(self._eyes.home)
        asked_for = request.query_params
        return self._page(
            "home.html", tables=tables, gauges=dict(control.gauges()), usage=control.usage.as_json(), kinds=KINDS,
            faults=control.faults.as_json(), latency=control.latency.as_json(), clock=control.clock.as_json(),
            snapshots=control.snapshots.listed(), newest=[entry.as_json() for entry in control.usage.newest(Sought(), 8)],
            told=asked_for.get("told", "")[:300], wrong=asked_for.get("wrong", "")[:300],
        )  # fmt: skip

    async def listing(self, request: Request) -> Response:
        """Show one page of a type."""
        kind, query = request.path_params["kind"], request.query_params.get("q", "").strip()[:200]
        offset = asked.whole(request, "offset", 0)
        page = Page(query, ROWS, offset)
        found = await self._control.reader.ask(lambda reading: self._eyes.listing(reading, kind, page))
        if found is None:
            return self._missing(f"There is no list called {kind}.")
        more = _pages(request.url.path, {"q": query}, offset, found.count > offset + ROWS)
        return self._page("list.html", listing=found, kind=kind, query=query, offset=offset, more=more, rows=ROWS)

    async def record(self, request: Request) -> Response:
        """Show one record whole."""
        kind, key = request.path_params["kind"], request.path_params["key"]
        found = await self._control.reader.ask(lambda reading: self._eyes.sheet(reading, kind, key))
        if found is None:
            return self._missing(f"There is no {kind} {key}.")
        return self._page("record.html", sheet=found)

    async def requests(self, request: Request) -> Response:
        """Show the newest requests."""
        wanted = {name: request.query_params.get(name, "").strip()[:200] for name in SOUGHT}
        offset = asked.whole(request, "offset", 0)
        found = self._control.usage.newest(Sought(**wanted), ROWS + 1, offset)
        more = _pages(request.url.path, wanted, offset, len(found) > ROWS)
        entries = [entry.as_json() for entry in found[:ROWS]]
        return self._page("requests.html", entries=entries, wanted=wanted, more=more, kinds=KINDS)

    def _missing(self, words: str) -> Response:
        return self._page("missing.html", 404, words=words)


def _pages(path: str, wanted: Mapping[str, str], offset: int, following: bool) -> dict[str, str]:  # noqa: FBT001 — a fact, not a switch
    """Return the addresses of the pages before and after."""
    said = {name: value for name, value in wanted.items() if value}
    place: Callable[[int], str] = lambda start: f"{path}?{urlencode({**said, 'offset': start})}"  # noqa: E731 — used twice below
    return {
        "before": place(max(offset - ROWS, 0)) if offset else "",
        "after": place(offset + ROWS) if following else "",
    }
