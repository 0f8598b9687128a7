"""Who works the jobs through? One task on the event loop, a slice of each batch in turn; other calls are served meanwhile.

Rows, their outcomes and the count of both are written in one transaction a slice: a job that was under way when the process
was killed goes on with the next row.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextvars import Context
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

from sandbox.salesforce import troubles
from sandbox.salesforce.bulk.asking import planned, rows_of
from sandbox.salesforce.bulk.dialect import Unreadable
from sandbox.salesforce.bulk.jobs import Jobs
from sandbox.salesforce.bulk.model import Batch, Job
from sandbox.salesforce.bulk.uploads import records_of
from sandbox.salesforce.bulk.writing import Writing
from sandbox.salesforce.events.origin import CURRENT, Origin
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refused
from sandbox.twin.latency import Latency
from sandbox.twin.usage import Usage

WRITTEN, READ = 200, 2000  # rows of a slice: what the real one takes into a sub-transaction; a page of a query
ENDS = {"Completed": "JobComplete", "Failed": "Failed"}
LOG = logging.getLogger(__name__)


@dataclass
class _Reading:
    """The rows of a batch that are still to come, and the line of the next."""

    rows: Iterator[Any]
    at: int


class Worker:
    """Works through all batches that wait."""

    def __init__(self, org: Org, jobs: Jobs, usage: Usage, latency: Latency) -> None:
        self._org = org
        self._jobs = jobs
        self._usage = usage
        self._latency = latency
        self._open: dict[int, _Reading] = {}
        self._task: asyncio.Task[None] | None = None
        org.store.restored.append(self._open.clear)

    def wake(self) -> None:
        """Go to work where there is any; to be called inside the loop, as often as one likes."""
        if (self._task is None or self._task.done()) and self._jobs.working():
            self._task = asyncio.get_running_loop().create_task(self._work(), context=Context())

    async def _work(self) -> None:
        await asyncio.sleep(self._latency.call())
        while batches := self._jobs.working():
            for number in [batch.number for batch in batches]:
                self._turn(number)
                await asyncio.sleep(0)

    def _turn(self, number: int) -> None:
        """Do one slice of a batch, if it is still wanted; what cannot be read as a whole fails it."""
        batch = self._jobs.current(number)
        if batch is None:
            self._open.pop(number, None)
            return
        job = self._jobs.get(batch.job)
        CURRENT.set(Origin("bulkapi", job.version, job.wish.get("client", "")))
        troubles.strike_rows(batch.fault)
        try:
            done = self._ask(job, batch) if job.kind == "query" else self._write(job, batch)
        except Unreadable as unreadable:
            self._end(job, batch, "Failed", str(unreadable))
        except Refused as refused:
            code = "FUNCTIONALITY_NOT_ENABLED" if refused.code == "API_ERROR" else refused.code
            self._end(job, batch, "Failed", f"InvalidBatch : Failed to process query: {code}: {refused.message}")
        except Exception:
            LOG.exception("batch %s", batch.id)  # a mistake of the twin's must not stop all other jobs
            self._end(job, batch, "Failed", "InternalServerError : An unexpected error occurred.")
        else:
            if done:
                self._end(job, batch, "Completed")

    def _write(self, job: Job, batch: Batch) -> bool:
        began = perf_counter()
        reading = self._open.get(batch.number)
        if reading is None or reading.at != batch.processed:
            left = islice(records_of(job, self._jobs.content(batch)), batch.processed, None)
            reading = self._begin(job, batch, left, batch.processed)
        records = list(islice(reading.rows, WRITTEN))
        with self._org.store.writing():
            outcomes = Writing(self._org, job).write(reading.at, records)
            self._jobs.note(batch, outcomes)
            failed = sum(bool(one.error) for one in outcomes)
            self._jobs.advance(batch, len(records), failed, _since(began))
        reading.at += len(records)
        self._usage.wrote(len(records) - failed)
        return len(records) < WRITTEN

    def _ask(self, job: Job, batch: Batch) -> bool:
        began = perf_counter()
        reading = self._open.get(batch.number)
        if reading is None or reading.at != batch.processed:
            text = self._jobs.content(batch).decode()
            _, built = planned(self._org.store, text, deleted=job.operation == "queryAll")
            _refuse_other(job, built.plan.object.name)
            self._jobs.restart(batch)
            reading = self._begin(job, batch, rows_of(self._org.store, built, batch.chunk), 0)
        rows = list(islice(reading.rows, READ))
        with self._org.store.writing():
            self._jobs.keep(batch, reading.at, rows)
            self._jobs.advance(batch, len(rows), 0, _since(began))
        reading.at += len(rows)
        return len(rows) < READ

    def _begin(self, job: Job, batch: Batch, rows: Iterator[Any], at: int) -> _Reading:
        self._jobs.move_batch(batch, "InProgress")
        if job.api == "2":
            self._jobs.move(job, "InProgress")
        self._open[batch.number] = _Reading(rows, at)
        return self._open[batch.number]

    def _end(self, job: Job, batch: Batch, state: str, error: str = "") -> None:
        self._open.pop(batch.number, None)
        self._jobs.move_batch(batch, state, error)
        if job.api == "2":
            self._jobs.move(job, ENDS[state], error)


def _refuse_other(job: Job, root: str) -> None:
    """Refuse a query over another object than that of its job."""
    if root != job.object:
        words = (
            f"The root entity of the requested query ({root}) does not match the entity of the requested Bulk API Job "
            f"({job.object})."
        )
        raise Refused("INVALID_TYPE_FOR_OPERATION", words)


def _since(began: float) -> int:
    return max(round(1000 * (perf_counter() - began)), 1)
