"""How are many records written by a file? Ingest jobs of Bulk API 2.0 (salesforce.md 2.2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.bulk.dialect import Unreadable, dialect_of
from sandbox.salesforce.bulk.jobs2 import Jobs2
from sandbox.salesforce.bulk.model import Job, Outcome
from sandbox.salesforce.bulk.query2 import compressed
from sandbox.salesforce.bulk.uploads import sheet_of
from sandbox.salesforce.calls import Routes, body_of, version_of
from sandbox.salesforce.model import objects
from sandbox.salesforce.refusals import Refused

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
LARGEST_PARTS = 100_000  # characters of a job that comes with its rows in one request
LARGEST_UPLOAD = 150_000_000  # bytes (salesforce.md 2.3)
Line = list[str]


@dataclass
class Ingest2:
    """The ingest jobs of one org."""

    jobs2: Jobs2

    def routes(self) -> Routes:
        """Return the resources below a version."""
        one = "/jobs/ingest/{id}"
        return [
            ("/jobs/ingest", ["GET"], self.jobs2.listed),
            ("/jobs/ingest", ["POST"], self.create),
            (one, ["GET"], self.jobs2.told),
            (one, ["PATCH"], self.jobs2.move),
            (one, ["DELETE"], self.jobs2.delete),
            (f"{one}/batches", ["PUT"], self.upload),
            (f"{one}/successfulResults", ["GET"], self.successful),
            (f"{one}/failedResults", ["GET"], self.failed),
            (f"{one}/unprocessedrecords", ["GET"], self.unprocessed),
        ]

    async def create(self, request: Request) -> Response:
        """Answer `POST jobs/ingest`, as JSON or with the rows in a second part."""
        kind = request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            return JSONResponse(self.jobs2.described(self._make(await body_of(request), request)))
        wish, content = _parts(kind, await request.body())
        job = self._make(wish, request)
        self.jobs2.jobs.add_batch(job, content, "Queued")
        closed = self.jobs2.jobs.move(job, "UploadComplete")
        self.jobs2.worker.wake()
        return JSONResponse(self.jobs2.described(closed))

    async def upload(self, request: Request) -> Response:
        """Answer `PUT …/batches`: 201 without a body, once a job."""
        job, content = self.jobs2.of(request), await request.body()
        if "text/csv" not in request.headers.get("content-type", "text/csv").lower():
            raise Refused("CLIENTINPUTERROR", "ClientInputError : The content type of an upload must be text/csv", 415)
        if len(content) > LARGEST_UPLOAD:
            raise Refused("CLIENTINPUTERROR", f"ClientInputError : An upload has at most {LARGEST_UPLOAD} bytes", 413)
        if job.state != "Open":
            raise Refused("INVALIDJOBSTATE", f"InvalidJobState : a job in state {job.state} takes no upload")
        if self.jobs2.batch(job):
            words = (
                f"ClientInputError : Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the "
                "current Job then create a new Job and make sure you only do 'PUT' once on a given Job."
            )
            raise Refused("CLIENTINPUTERROR", words)
        self.jobs2.jobs.add_batch(job, content, "Open")
        return Response(status_code=201)

    async def successful(self, request: Request) -> Response:
        """Answer the rows that were written, with `sf__Id` and `sf__Created`."""
        job = self.jobs2.of(request)
        chosen = ((one, row) for one, row in self._judged(job) if one and not one.error)
        rows = [[one.id, str(one.created).lower(), *row] for one, row in chosen]
        return self._sheet(job, ["sf__Id", "sf__Created"], rows, request)

    async def failed(self, request: Request) -> Response:
        """Answer the rows that were not written, with `sf__Id` and `sf__Error`."""
        job = self.jobs2.of(request)
        rows = [[one.id, one.error, *row] for one, row in self._judged(job) if one and one.error]
        return self._sheet(job, ["sf__Id", "sf__Error"], rows, request)

    async def unprocessed(self, request: Request) -> Response:
        """Answer the rows that an aborted or failed job has not come to."""
        job = self.jobs2.of(request)
        return self._sheet(job, [], [row for one, row in self._judged(job) if one is None], request)

    def _make(self, wish: dict[str, Any], request: Request) -> Job:
        owner = objects().get(str(wish.get("object")).lower())
        if wish.get("operation") not in OPERATIONS:
            raise Refused(
                "INVALIDOPERATION", f"InvalidOperation : {wish.get('operation')} is no operation of an ingest job"
            )
        if owner is None:
            raise Refused("INVALIDJOB", f"InvalidJob : Unable to find object: {wish.get('object')}")
        if wish.get("contentType", "CSV") != "CSV":
            raise Refused("INVALIDJOB", f"InvalidJob : Content type {wish['contentType']} is not supported")
        dialect_of(wish)
        _check_key(wish)
        return self.jobs2.jobs.create("2", "ingest", wish | {"object": owner.name}, version_of(request), "Open")

    def _judged(self, job: Job) -> Iterator[tuple[Outcome | None, Line]]:
        """Yield each row of the upload with what became of it."""
        batch = self.jobs2.batch(job)
        if batch is None:
            return
        outcomes = {one.line: one for one in self.jobs2.jobs.outcomes(batch)}
        with suppress(Unreadable):
            for line, row in enumerate(self._upload(job)[1]):
                yield outcomes.get(line), row

    def _upload(self, job: Job) -> tuple[Line, Iterator[Line]]:
        batch = self.jobs2.batch(job)
        return sheet_of(job, self.jobs2.jobs.content(batch)) if batch else ([], iter(()))

    def _sheet(self, job: Job, own: Line, rows: list[Line], request: Request) -> Response:
        body = dialect_of(job.wish).write([[*own, *self._upload(job)[0]], *rows])
        return compressed(body, {}, request)


def _check_key(wish: dict[str, Any]) -> None:
    """Refuse an upsert without the external id that finds its records."""
    if wish["operation"] != "upsert":
        return
    named = str(wish.get("externalIdFieldName") or "")
    field = objects()[str(wish["object"]).lower()].fields.get(named.lower())
    if not named:
        raise Refused("INVALIDJOB", "InvalidJob : External ID was blank for upsert operation")
    if field is None or not (field.name == "Id" or field.has("external") or field.has("idlookup")):
        words = f"Field name provided, {named} is not an External ID or indexed field for {wish['object']}"
        raise Refused("INVALIDJOB", f"InvalidJob : {words}")


def _parts(kind: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the job and the rows of a request in two parts, `job` and `content`."""
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    contents = {str(part.get_param("name", header="content-disposition")): _payload(part) for part in parts}
    try:
        wish = dict(json.loads(contents["job"]))
        content = contents["content"]
    except (KeyError, ValueError, TypeError) as error:
        raise Refused("INVALIDJOB", "InvalidJob : The request must have the parts job and content") from error
    if len(content) > LARGEST_PARTS:
        raise Refused(
            "INVALIDJOB", f"InvalidJob : The rows of a request in parts have at most {LARGEST_PARTS} characters"
        )
    return wish, content


def _payload(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""
