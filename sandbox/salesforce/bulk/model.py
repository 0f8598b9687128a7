"""What is a bulk job, a batch of it, and what became of a row?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.ids import make_id

JOB, BATCH, RESULT = "750", "751", "752"  # the prefixes of their ids


@dataclass(frozen=True)
class Job:
    """One job as it stands; `wish` is what its maker asked for, `api` "2" or "1", `kind` query or ingest."""

    number: int
    api: str
    kind: str
    operation: str
    object: str
    state: str
    version: str
    created: str
    modified: str
    wish: dict[str, Any]
    error: str

    @property
    def id(self) -> str:
        """Return the id that clients know the job by."""
        return make_id(JOB, self.number)


@dataclass(frozen=True)
class Batch:
    """One upload, or one query, of a job: state Queued, InProgress, Completed, Failed or NotProcessed; `ms` is work done.

    `chunk` is the part of a query that PK chunking gave it: number of rows and offset; `fault` strikes its rows.
    """

    number: int
    job: int
    state: str
    created: str
    modified: str
    chunk: str
    fault: str
    processed: int
    failed: int
    ms: int
    error: str

    @property
    def id(self) -> str:
        """Return the id that clients know the batch by."""
        return make_id(BATCH, self.number)


@dataclass(frozen=True)
class Outcome:
    """What became of one row: the record's id, whether it was created, and the error where it was not written."""

    line: int
    id: str
    created: bool
    error: str
