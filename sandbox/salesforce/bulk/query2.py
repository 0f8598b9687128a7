"""How is a large result asked for and fetched? Query jobs of Bulk API 2.0 (salesforce.md 2.1)."""

from __future__ import annotations

import base64
import binascii
import gzip
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.bulk.asking import planned
from sandbox.salesforce.bulk.dialect import Dialect, dialect_of
from sandbox.salesforce.bulk.jobs2 import Jobs2, check_version
from sandbox.salesforce.bulk.model import Job
from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.model import NUMBERS
from sandbox.salesforce.plan import Built
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

PAGE = 50_000  # rows of a page where the client asks for no other number; jsforce breaks on a second page
PARALLEL = 5  # pages that may be fetched at once
SMALLEST_GZIP = 200  # bytes; below it compressing costs more than it saves
OPERATIONS = ("query", "queryAll")
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e7  # numbers outside are written with an exponent


@dataclass
class Query2:
    """The query jobs of one org."""

    store: Store
    jobs2: Jobs2

    def routes(self) -> Routes:
        """Return the resources below a version."""
        one = "/jobs/query/{id}"
        return [
            ("/jobs/query", ["GET"], self.jobs2.listed),
            ("/jobs/query", ["POST"], self.create),
            (one, ["GET"], self.jobs2.told),
            (one, ["PATCH"], self.jobs2.move),
            (one, ["DELETE"], self.jobs2.delete),
            (f"{one}/results", ["GET"], self.results),
            (f"{one}/resultPages", ["GET"], self.pages),
        ]

    async def create(self, request: Request) -> Response:
        """Answer `POST jobs/query`; a query that makes no sense is refused at once."""
        wish = await body_of(request)
        operation, text = wish.get("operation"), str(wish.get("query") or "")
        if operation not in OPERATIONS:
            raise Refused("INVALIDOPERATION", f"InvalidOperation : {operation} is no operation of a query job")
        _, built = planned(self.store, text, deleted=operation == "queryAll")
        dialect_of(wish)
        named = wish | {"object": built.plan.object.name}
        job = self.jobs2.jobs.create("2", "query", named, version_of(request), "UploadComplete")
        self.jobs2.jobs.add_batch(job, text.encode(), "Queued")
        self.jobs2.worker.wake()
        return JSONResponse(self.jobs2.described(job))

    async def results(self, request: Request) -> Response:
        """Answer one page as CSV, with its size and the next page's locator in headers; every page has the header row."""
        job = self._finished(request)
        start, most = offset_of(request.query_params.get("locator")), _most(request)
        total = self.jobs2.progress(job)["numberRecordsProcessed"]
        rows = self._rows(job, start, most)
        following = start + most
        headers = {
            "Sforce-NumberOfRecords": str(len(rows)),
            "Sforce-Locator": locator_of(following) if following < total else "null",
        }
        return compressed(csv_of(self._built(job), rows, dialect_of(job.wish)), headers, request)

    async def pages(self, request: Request) -> Response:
        """Answer where the next pages are, for a client that fetches them side by side."""
        job = self._finished(request)
        start, most = offset_of(request.query_params.get("locator")), _most(request)
        total = self.jobs2.progress(job)["numberRecordsProcessed"]
        base = f"/services/data/v{job.version}/jobs/query/{job.id}"
        starts = list(range(start, max(total, start + 1), most))
        urls = [f"{base}/results?locator={locator_of(at)}&maxRecords={most}" for at in starts[:PARALLEL]]
        left = starts[PARALLEL:]
        following = f"{base}/resultPages?locator={locator_of(left[0])}&maxRecords={most}" if left else None
        found = [{"resultUrl": url} for url in urls]
        return JSONResponse({"resultPages": found, "nextRecordsUrl": following, "done": following is None})

    def _finished(self, request: Request) -> Job:
        job = self.jobs2.of(request)
        check_version(job, request)
        if job.state != "JobComplete":
            raise Refused("INVALIDJOBSTATE", f"InvalidJobState : a job in state {job.state} has no results")
        return job

    def _rows(self, job: Job, start: int, most: int) -> list[list[Any]]:
        batch = self.jobs2.batch(job)
        return self.jobs2.jobs.kept(batch, start, most) if batch else []

    def _built(self, job: Job) -> Built:
        return planned(self.store, str(job.wish["query"]), deleted=job.operation == "queryAll")[1]


def csv_of(built: Built, rows: Sequence[Sequence[Any]], dialect: Dialect) -> bytes:
    """Return rows of a plan as CSV; a time ends in Z where REST writes +0000, null is empty, a number is a double."""
    columns = built.plan.columns
    shown = [SHOWN.get(column.type, str) for column in columns]

    def lines() -> Iterator[list[str]]:
        yield [".".join(column.path) for column in columns]
        for row in rows:
            yield ["" if kept is None else show(kept) for kept, show in zip(row, shown, strict=False)]

    return dialect.write(lines())


def compressed(body: bytes, headers: dict[str, str], request: Request) -> Response:
    """Answer as `text/csv` without a charset, as the real one does, or as told, and gzipped where the client allows it."""
    headers.setdefault("Content-Type", "text/csv")
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > SMALLEST_GZIP:
        body, headers["Content-Encoding"] = gzip.compress(body, 3), "gzip"
    return Response(body, headers=headers)


def locator_of(offset: int) -> str:
    """Return the locator of a row.

    >>> locator_of(10_000)
    'MTAwMDA'
    """
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def offset_of(locator: str | None) -> int:
    """Return the row that a locator stands for; refuse one that was never given."""
    if not locator or locator == "null":
        return 0
    try:
        found = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except (ValueError, binascii.Error):
        found = ""
    if not found.isascii() or not found.isdigit():
        raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
    return int(found)


def _most(request: Request) -> int:
    asked = request.query_params.get("maxRecords", str(PAGE))
    if not asked.isdigit() or not int(asked):
        raise Refused("INVALIDVALUE", f"InvalidValue : {asked} is no number of records")
    return int(asked)


def double(kept: str) -> str:
    """Return a number as the bulk results of the real one have it: a double, with an exponent from ten millions on.

    >>> double("20.50"), double("3"), double("90000000"), double("16147805824397"), double("0.0001")
    ('20.5', '3.0', '9.0E7', '1.6147805824397E13', '1.0E-4')
    """
    text = repr(float(kept))
    if not float(kept) or SMALLEST_PLAIN <= abs(float(kept)) < LARGEST_PLAIN:
        return text
    sign, digits, exponent = Decimal(text).normalize().as_tuple()
    rest = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{rest}E{int(exponent) + len(digits) - 1}"


def _time(kept: str) -> str:
    return kept.replace("+0000", "Z")


SHOWN: dict[str, Callable[[str], str]] = {**dict.fromkeys(NUMBERS, double), "datetime": _time}
