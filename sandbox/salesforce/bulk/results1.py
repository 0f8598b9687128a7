"""What came of a batch of Bulk API 1.0? Its outcomes or its records, in the form of the job (salesforce.md 2.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.bulk.asking import planned
from sandbox.salesforce.bulk.dialect import Dialect
from sandbox.salesforce.bulk.format1 import MEDIA, document, records_xml, xml_of
from sandbox.salesforce.bulk.jobs import Jobs
from sandbox.salesforce.bulk.model import Batch, Job, Outcome
from sandbox.salesforce.bulk.query2 import compressed, csv_of
from sandbox.salesforce.plan import Built
from sandbox.salesforce.render import Renderer
from sandbox.salesforce.store import Store

NOTHING = b"Records not found for this query"


def content_type(job: Job) -> str:
    """Return the job's form: CSV, JSON or XML."""
    return str(job.wish.get("contentType") or "XML").removeprefix("ZIP_")


def outcomes(jobs: Jobs, job: Job, batch: Batch, request: Request) -> Response:
    """Return what became of a batch's rows."""
    found = jobs.outcomes(batch)
    match content_type(job):
        case "JSON":
            body = json.dumps([_as_json(one) for one in found]).encode()
        case "XML":
            body = document("results", "".join(xml_of({"result": [_as_json(one) for one in found]})))
        case _:
            rows = [[one.id, _flag(not one.error), _flag(one.created), one.error] for one in found]
            body = Dialect().write([["Id", "Success", "Created", "Error"], *rows])
    return compressed(body, {"Content-Type": MEDIA[content_type(job)]}, request)


def records(store: Store, jobs: Jobs, job: Job, batch: Batch, request: Request) -> Response:
    """Return the records that a query found."""
    text = jobs.content(batch).decode()
    query, built = planned(store, text, deleted=job.operation == "queryAll")
    rows = jobs.kept(batch, 0, batch.processed)
    if content_type(job) == "CSV":
        body = csv_of(built, rows, Dialect()) if rows else NOTHING
    else:
        found = Renderer(store, built, query, job.version).records([tuple(row) for row in rows])
        body = records_xml(built.plan.object.name, found)
        if content_type(job) == "JSON":
            body = json.dumps(_in_milliseconds(built, found)).encode()
    return compressed(body, {"Content-Type": MEDIA[content_type(job)]}, request)


def _as_json(one: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {"success": not one.error, "created": one.created, "id": one.id or None, "errors": []}
    if one.error:
        code, _, rest = one.error.partition(":")
        message, _, named = rest.rpartition(":")
        fields = named.removesuffix("--").split()
        found["errors"] = [{"message": message, "fields": fields, "statusCode": code, "extendedErrorDetails": None}]
    return found


def _flag(value: bool) -> str:  # noqa: FBT001 — a value, not a switch
    return str(value).lower()


def _in_milliseconds(built: Built, found: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Put Unix milliseconds in the place of times, as JSON results of this API have them."""
    paths = [column.path for column in built.plan.columns if column.type == "datetime"]
    for record in found:
        for path in paths:
            _convert(record, path)
    return found


def _convert(record: dict[str, Any] | None, path: Sequence[str]) -> None:
    for step in path[:-1]:
        record = record.get(step) if record else None
    if record and record.get(path[-1]):
        record[path[-1]] = round(
            datetime.fromisoformat(str(record[path[-1]]).replace("+0000", "+00:00")).timestamp() * 1000
        )
