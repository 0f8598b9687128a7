"""What do query and ingest jobs of Bulk API 2.0 have in common? Description, list, states and end (salesforce.md 2.1, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce import troubles
from sandbox.salesforce.bulk.jobs import Jobs
from sandbox.salesforce.bulk.model import Batch, Job
from sandbox.salesforce.bulk.worker import Worker
from sandbox.salesforce.calls import body_of, version_of
from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import Refused, not_found

PAGE = 1000  # jobs in one answer
OVER = frozenset({"JobComplete", "Failed", "Aborted"})
TYPES = {"query": "V2Query", "ingest": "V2Ingest"}


@dataclass
class Jobs2:
    """The jobs of one kind."""

    jobs: Jobs
    worker: Worker
    kind: str

    async def listed(self, request: Request) -> Response:
        """Answer `GET jobs/query` and `GET jobs/ingest`."""
        locator, wanted = request.query_params.get("queryLocator", "0"), request.query_params.get("jobType", "").lower()
        if not locator.isdigit():
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        self.worker.wake()
        found = self.jobs.listed(self.kind, int(locator), PAGE)
        shown = [job for job in found if wanted in {"", self._type(job).lower()}]
        following = f"{request.url.path}?queryLocator={found[-1].number}" if len(found) == PAGE else None
        records = [self.described(job) | {"jobType": self._type(job)} for job in shown]
        return JSONResponse({"done": following is None, "records": records, "nextRecordsUrl": following})

    async def told(self, request: Request) -> Response:
        """Answer `GET jobs/…/{id}`."""
        return JSONResponse(self.described(self.of(request)) | self.progress(self.of(request)))

    async def move(self, request: Request) -> Response:
        """Answer `PATCH jobs/…/{id}`, which aborts a job or says that its upload is complete."""
        job, state = self.of(request), (await body_of(request)).get("state")
        if state == "Aborted":
            return JSONResponse(self.described(self._abort(job)))
        if state == "UploadComplete" and self.kind == "ingest":
            return JSONResponse(self.described(self._close(job, troubles.kind_of(request))))
        raise Refused("INVALIDJOBSTATE", f"InvalidJobState : a job cannot be put into state {state}")

    async def delete(self, request: Request) -> Response:
        """Answer `DELETE jobs/…/{id}`."""
        job = self.of(request)
        if job.state not in OVER | {"UploadComplete"}:
            raise Refused("INVALIDJOBSTATE", "Deleting not Closed Job not allowed")
        self.jobs.delete(job)
        return Response(status_code=204)

    def of(self, request: Request) -> Job:
        """Return the job of a request; the one that was meant must be of this kind."""
        self.worker.wake()
        job = self.jobs.find(str(request.path_params["id"]), "2")
        if job is None or job.kind != self.kind:
            raise not_found()
        return job

    def batch(self, job: Job) -> Batch | None:
        """Return the job's one batch; an ingest job without an upload has none."""
        return next(iter(self.jobs.batches(job)), None)

    def described(self, job: Job) -> dict[str, Any]:
        """Return a job as every answer about it shows it."""
        wish, key = job.wish, job.wish.get("externalIdFieldName")
        return {
            "id": job.id, "operation": job.operation, "object": job.object, "createdById": USER,
            "createdDate": job.created, "systemModstamp": job.modified, "state": job.state,
            **({"externalIdFieldName": key} if key else {}),
            "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.version),
            **({"contentUrl": content_url(job)} if job.kind == "ingest" and job.state == "Open" else {}),
            "lineEnding": wish.get("lineEnding") or "LF", "columnDelimiter": wish.get("columnDelimiter") or "COMMA",
        }  # fmt: skip

    def progress(self, job: Job) -> dict[str, Any]:
        """Return how far a job is."""
        batch = self.batch(job)
        processed, failed, ms = (batch.processed, batch.failed, batch.ms) if batch else (0, 0, 0)
        counted: dict[str, Any] = {"jobType": TYPES[job.kind], "numberRecordsProcessed": processed, "retries": 0}
        if job.kind == "ingest":
            counted |= {"numberRecordsFailed": failed, "apiActiveProcessingTime": ms, "apexProcessingTime": 0}
        else:
            counted |= {"isPkChunkingSupported": True}
        return counted | {"totalProcessingTime": ms} | ({"errorMessage": job.error} if job.error else {})

    def _type(self, job: Job) -> str:
        return TYPES[job.kind] if job.api == "2" else "Classic"

    def _abort(self, job: Job) -> Job:
        if job.state in OVER:
            named = "Completed" if job.state == "JobComplete" else job.state
            raise Refused("INVALIDJOBSTATE", f"Aborting already {named} Job not allowed")
        for batch in self.jobs.batches(job):
            self.jobs.move_batch(batch, "NotProcessed")
        return self.jobs.move(job, "Aborted")

    def _close(self, job: Job, fault: str) -> Job:
        if job.state != "Open":
            raise Refused("INVALIDJOBSTATE", f"Closing already {job.state} Job not allowed")
        batch = self.batch(job) or self.jobs.add_batch(job, b"", "Open")
        self.jobs.strike(batch, fault)
        self.jobs.move_batch(batch, "Queued")
        closed = self.jobs.move(job, "UploadComplete")
        self.worker.wake()
        return closed


def content_url(job: Job) -> str:
    """Return where an upload goes: without a leading slash, as the real one tells it."""
    return f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"


def check_version(job: Job, request: Request) -> None:
    """Refuse another API version than the job was made with."""
    if float(version_of(request)) != float(job.version):
        words = f"The API version of the request, {version_of(request)}, is not that of the job, {job.version}"
        raise Refused("VERSION_MISMATCH", words, 409)
