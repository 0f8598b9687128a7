"""How are large results fetched? Bulk API 2.0 query jobs (salesforce.md 2.1)."""

from __future__ import annotations

import base64
import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import USER
from sandbox.salesforce.plan import Built
from sandbox.salesforce.query import Query, parse
from sandbox.salesforce.refusals import Refused, not_found
from sandbox.salesforce.store import Rows, Store
from sandbox.salesforce.times import stamp

PAGE = 50_000
SMALLEST_GZIP = 200  # bytes; below it compressing costs more than it saves


@dataclass
class Job:
    """One query job with its result, which stays readable until the job is deleted."""

    id: str
    query: Query
    built: Built
    rows: Rows
    operation: str
    version: str
    created: str
    state: str = "UploadComplete"
    polls: int = 0


class Jobs:
    """The org's query jobs; a real org works on one for a while, this one until it has been asked once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._jobs: dict[str, Job] = {}
        self._made = 0

    def create(self, wish: dict[str, Any], version: str) -> Response:
        """Answer `POST jobs/query`."""
        query = parse(str(wish.get("query", "")))
        built = self._store.plan(query, deleted=wish.get("operation") == "queryAll")
        _refuse_unfit(query, built)
        self._made += 1
        job_id = make_id("750", self._made)
        self._jobs[job_id] = Job(
            job_id, query, built, self._store.rows(built), str(wish.get("operation", "query")), version,
            stamp(self._store.now()),
        )  # fmt: skip
        return JSONResponse(self._describe(self._jobs[job_id]))

    def poll(self, job_id: str) -> Response:
        """Answer `GET jobs/query/{id}`."""
        job = self._job(job_id)
        job.polls += 1
        if job.state in {"UploadComplete", "InProgress"}:
            job.state = "JobComplete"
        counted = {"numberRecordsProcessed": len(job.rows), "retries": 0, "totalProcessingTime": 1}
        return JSONResponse(self._describe(job) | counted)

    def abort(self, job_id: str) -> Response:
        """Answer `PATCH jobs/query/{id}` with state Aborted."""
        job = self._job(job_id)
        job.state = "Aborted"
        return JSONResponse(self._describe(job))

    def delete(self, job_id: str) -> Response:
        """Answer `DELETE jobs/query/{id}`."""
        self._job(job_id)
        del self._jobs[job_id]
        return Response(status_code=204)

    def results(self, job_id: str, request: Request) -> Response:
        """Answer `GET jobs/query/{id}/results`: one page as CSV, its size and the next page's locator in headers."""
        job = self._job(job_id)
        if job.state != "JobComplete":
            raise Refused("BAD_REQUEST", "Job is not in a state that has results")
        start = _offset(request.query_params.get("locator"))
        most = int(request.query_params.get("maxRecords", str(PAGE)))
        page = job.rows[start : start + most]
        following = start + most
        headers = {
            "Sforce-NumberOfRecords": str(len(page)),
            "Sforce-Locator": _locator(following) if following < len(job.rows) else "null",
        }
        return _compressed(_csv(job.built, page), headers, request)

    def _job(self, job_id: str) -> Job:
        found = self._jobs.get(job_id)
        if found is None:
            raise not_found()
        return found

    def _describe(self, job: Job) -> dict[str, Any]:
        return {
            "id": job.id,
            "operation": job.operation,
            "object": job.built.plan.object.name,
            "createdById": USER,
            "createdDate": job.created,
            "systemModstamp": job.created,
            "state": job.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(job.version),
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }


def _refuse_unfit(query: Query, built: Built) -> None:
    if built.plan.children:
        raise Refused("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    if query.aggregates or query.counts_only or query.offset:
        raise Refused("API_ERROR", "GROUP BY, OFFSET and aggregate functions are not supported in Bulk Query")


def _csv(built: Built, rows: Sequence[Sequence[Any]]) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([".".join(column.path) for column in built.plan.columns])
    times = [column.type == "datetime" for column in built.plan.columns]
    writer.writerows([_cell(kept, is_time=one) for kept, one in zip(row, times, strict=False)] for row in rows)
    return sink.getvalue().encode()


def _cell(kept: str | None, *, is_time: bool) -> str:
    """Return a kept value as a cell: null is empty, and a time ends in Z where REST writes +0000."""
    if kept is None:
        return ""
    return kept.replace("+0000", "Z") if is_time else str(kept)


def _compressed(body: bytes, headers: dict[str, str], request: Request) -> Response:
    """Answer as `text/csv` without a charset, as the real one does, and gzipped where the client allows it."""
    headers["Content-Type"] = "text/csv"
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > SMALLEST_GZIP:
        body, headers["Content-Encoding"] = gzip.compress(body, 3), "gzip"
    return Response(body, headers=headers)


def _locator(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(locator: str | None) -> int:
    if not locator or locator == "null":
        return 0
    return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
