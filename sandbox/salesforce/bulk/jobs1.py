"""How do jobs and their batches go in Bulk API 1.0 (salesforce.md 2.4)?"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce import troubles
from sandbox.salesforce.bulk import format1, results1
from sandbox.salesforce.bulk.asking import chunks_of
from sandbox.salesforce.bulk.format1 import wants_json
from sandbox.salesforce.bulk.jobs import Jobs
from sandbox.salesforce.bulk.model import JOB, RESULT, Batch, Job
from sandbox.salesforce.bulk.worker import Worker
from sandbox.salesforce.calls import Routes
from sandbox.salesforce.ids import long_form, make_id
from sandbox.salesforce.model import objects
from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.store import Store

OPERATIONS = frozenset({"insert", "update", "upsert", "delete", "hardDelete", "query", "queryAll"})
CHUNK, MOST_CHUNK = 100_000, 250_000  # rows of a chunk where the client names no number, and at most
LARGEST_BATCH = 10_000_000  # bytes
DONE = frozenset({"Completed", "Failed", "NotProcessed"})
MODES = {"0": "Parallel", "1": "Serial"}


@dataclass
class Jobs1:
    """The jobs of the older API."""

    store: Store
    jobs: Jobs
    worker: Worker

    def routes(self) -> Routes:
        """Return the resources below `/services/async/XX.X`."""
        batch = "/job/{id}/batch/{batch}"
        return [
            ("/job", ["POST"], self.create),
            ("/job/{id}", ["GET"], self.told),
            ("/job/{id}", ["POST"], self.move),
            ("/job/{id}/batch", ["GET"], self.batches),
            ("/job/{id}/batch", ["POST"], self.add),
            (batch, ["GET"], self.batch),
            (f"{batch}/request", ["GET"], self.request),
            (f"{batch}/result", ["GET"], self.results),
            (f"{batch}/result/{{result}}", ["GET"], self.result),
        ]

    async def create(self, request: Request) -> Response:
        """Answer `POST job`."""
        wish = format1.wish_of(await request.body())
        owner = objects().get(str(wish.get("object")).lower())
        if wish.get("operation") not in OPERATIONS or (wish.get("contentType") or "XML") not in format1.MEDIA:
            raise Refused("InvalidJob", "Unable to parse Job")
        if owner is None:
            raise Refused("InvalidJob", f"Unable to find object: {wish.get('object')}")
        if wish["operation"] == "upsert" and not wish.get("externalIdFieldName"):
            raise Refused("InvalidJob", "External ID was blank for upsert operation")
        kind = "query" if wish["operation"].startswith("query") else "ingest"
        kept = wish | {"object": owner.name, "chunking": request.headers.get("sforce-enable-pkchunking", "")}
        job = self.jobs.create("1", kind, kept, _version(request), "Open")
        return self._job(job, request, 201)

    async def told(self, request: Request) -> Response:
        """Answer `GET job/{id}`."""
        return self._job(self._of(request), request)

    async def move(self, request: Request) -> Response:
        """Answer `POST job/{id}`, which closes or aborts a job."""
        job, state = self._of(request), format1.wish_of(await request.body()).get("state")
        if state not in {"Closed", "Aborted"} or job.state == "Aborted":
            raise Refused("InvalidJobState", f"A job in state {job.state} cannot be put into state {state}")
        for batch in self.jobs.batches(job) if state == "Aborted" else ():
            if batch.state not in DONE:
                self.jobs.move_batch(batch, "NotProcessed", "Aborted")
        return self._job(self.jobs.move(job, state), request)

    async def add(self, request: Request) -> Response:
        """Answer `POST job/{id}/batch`: rows, or the text of a query."""
        job, content = self._of(request), await request.body()
        if job.state != "Open":
            raise Refused("InvalidJobState", f"{job.state} job cannot take batches")
        if not content.strip():
            raise Refused("ClientInputError", "Unable to find any data to create batch")
        if len(content) > LARGEST_BATCH:
            raise Refused("ClientInputError", "Request content size exceeds the limit of 10000000")
        batch = self._added(job, content, troubles.kind_of(request))
        self.worker.wake()
        return format1.shown("batchInfo", self._batch_as(job, batch), as_json=_is_json(job), status=201)

    async def batches(self, request: Request) -> Response:
        """Answer `GET job/{id}/batch`."""
        job = self._of(request)
        found = [self._batch_as(job, batch) for batch in self.jobs.batches(job)]
        return format1.shown("batchInfoList", {"batchInfo": found}, as_json=_is_json(job))

    async def batch(self, request: Request) -> Response:
        """Answer `GET job/{id}/batch/{id}`; it follows the form of the job, whatever the request asks for."""
        job, batch = self._batch_of(request)
        return format1.shown("batchInfo", self._batch_as(job, batch), as_json=_is_json(job))

    async def request(self, request: Request) -> Response:
        """Answer what was sent as a batch."""
        job, batch = self._batch_of(request)
        kind = format1.MEDIA["CSV" if job.kind == "query" else results1.content_type(job)]
        return Response(self.jobs.content(batch), headers={"Content-Type": kind})

    async def results(self, request: Request) -> Response:
        """Answer what became of a batch's rows; for a query the ids of its results."""
        job, batch = self._batch_of(request)
        _refuse_unfinished(batch)
        if job.kind == "ingest":
            return results1.outcomes(self.jobs, job, batch, request)
        ids = [make_id(RESULT, batch.number)]
        if _is_json(job):
            return Response(json.dumps(ids), headers={"Content-Type": format1.MEDIA["JSON"]})
        return format1.shown("result-list", {"result": ids}, as_json=False)

    async def result(self, request: Request) -> Response:
        """Answer the records of a query."""
        job, batch = self._batch_of(request)
        _refuse_unfinished(batch)
        if job.kind != "query" or long_form(str(request.path_params["result"])) != make_id(RESULT, batch.number):
            raise Refused("InvalidBatch", f"Unable to find result {request.path_params['result']}")
        return results1.records(self.store, self.jobs, job, batch, request)

    def _added(self, job: Job, content: bytes, fault: str) -> Batch:
        """Add a batch; PK chunking leaves the one that was sent unprocessed, and adds one for each part."""
        chunking = str(job.wish.get("chunking", "")).lower()
        if job.kind == "ingest" or chunking in {"", "false"}:
            return self.jobs.add_batch(job, content, "Queued", fault=fault)
        sized = re.search(r"chunksize\s*=\s*(\d+)", chunking)
        size = min(max(int(sized[1]), 1), MOST_CHUNK) if sized else CHUNK
        first = self.jobs.add_batch(job, content, "NotProcessed")
        for chunk in chunks_of(self.store, objects()[job.object.lower()], size):
            self.jobs.add_batch(job, content, "Queued", chunk=chunk)
        return first

    def _of(self, request: Request) -> Job:
        self.worker.wake()
        job = self.jobs.find(str(request.path_params["id"]), "1")
        if job is None:
            named = request.path_params["id"]
            code = "InvalidJob" if str(named).startswith(JOB) else "InvalidId"
            raise Refused(code, f"Unable to find job with id: {named}")
        return job

    def _batch_of(self, request: Request) -> tuple[Job, Batch]:
        job = self._of(request)
        batch = self.jobs.find_batch(job, str(request.path_params["batch"]))
        if batch is None:
            raise Refused("InvalidBatch", f"Unable to find batch with id: {request.path_params['batch']}")
        return job, batch

    def _job(self, job: Job, request: Request, status: int = 200) -> Response:
        batches = self.jobs.batches(job)
        return format1.shown("jobInfo", job_as(job, batches), as_json=wants_json(request), status=status)

    def _batch_as(self, job: Job, batch: Batch) -> dict[str, Any]:
        return {
            "id": batch.id, "jobId": job.id, "state": batch.state, "stateMessage": batch.error or None,
            "createdDate": _z(batch.created), "systemModstamp": _z(batch.modified),
            "numberRecordsProcessed": batch.processed, "numberRecordsFailed": batch.failed,
            "totalProcessingTime": batch.ms, "apiActiveProcessingTime": batch.ms, "apexProcessingTime": 0,
        }  # fmt: skip


def job_as(job: Job, batches: list[Batch]) -> dict[str, Any]:
    """Return a job as its answers show it, in the order of the real one."""
    wish, states = job.wish, Counter(batch.state for batch in batches)
    mode = str(wish.get("concurrencyMode") or "Parallel")
    total = sum(batch.ms for batch in batches)
    return {
        "id": job.id, "operation": job.operation, "object": job.object, "createdById": USER,
        "createdDate": _z(job.created), "systemModstamp": _z(job.modified), "state": job.state,
        "externalIdFieldName": wish.get("externalIdFieldName"), "concurrencyMode": MODES.get(mode, mode),
        "contentType": wish.get("contentType") or "XML", "numberBatchesQueued": states["Queued"],
        "numberBatchesInProgress": states["InProgress"], "numberBatchesCompleted": states["Completed"],
        "numberBatchesFailed": states["Failed"], "numberBatchesTotal": len(batches),
        "numberRecordsProcessed": sum(batch.processed for batch in batches), "numberRetries": 0,
        "apiVersion": float(job.version), "numberRecordsFailed": sum(batch.failed for batch in batches),
        "totalProcessingTime": total, "apiActiveProcessingTime": total, "apexProcessingTime": 0,
    }  # fmt: skip


def _is_json(job: Job) -> bool:
    return results1.content_type(job) == "JSON"


def _refuse_unfinished(batch: Batch) -> None:
    if batch.state == "Failed":
        raise Refused("InvalidBatch", "Records not processed")
    if batch.state != "Completed":
        raise Refused("InvalidBatch", "Batch not completed")


def _version(request: Request) -> str:
    return str(request.path_params["version"]).lstrip("v")


def _z(moment: str) -> str:
    return moment.replace("+0000", "Z")
