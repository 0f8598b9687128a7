"""How is a large answer read? By query jobs of Bulk API 2.0, page by page (salesforce.md 2.1)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import requests

from connectors.salesforce.errors import Refusal, error_of
from connectors.salesforce.line import Line
from flows.errors import IsthmusError, Misconfigured, Transient
from flows.model import Priority

FIRST, LONGEST = 0.2, 10.0  # seconds between two looks at a job; each look costs a call
PATIENCE = 1800.0  # seconds for one job


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a job's result: rows of cells as text in the order of the query; `next` is empty on the last."""

    rows: Sequence[Sequence[str]]
    next: str


class Jobs:
    """Makes query jobs and reads them; `rest` waits so many seconds."""

    def __init__(self, line: Line, rest: Callable[[float], object], *, page: int = 2000) -> None:
        self._line = line
        self._rest = rest
        self._page = page

    @contextmanager
    def query(self, soql: str) -> Iterator[str]:
        """Run a query and give the finished job's id; the job is removed with the block, however it ends."""
        made = self._ask("POST", "jobs/query", {"operation": "query", "query": soql})
        job = str(made["id"])
        state = ""
        try:
            state = self._wait_for(job)
            yield job
        finally:
            self._remove(job, done=bool(state))

    def sheets(self, job: str, columns: Sequence[str]) -> Iterator[Sheet]:
        """Yield a finished job's pages; their header must be the columns asked for."""
        locator = ""
        while True:
            where = f"jobs/query/{job}/results?maxRecords={self._page}" + (f"&locator={locator}" if locator else "")
            sheet = self._line.fetch(where, partial(_sheet, columns), Priority.BATCH)
            yield sheet
            locator = sheet.next
            if not locator:
                return

    def _wait_for(self, job: str) -> str:
        waited, gap = 0.0, FIRST
        while True:
            state = self._ask("GET", f"jobs/query/{job}")
            if state["state"] == "JobComplete":
                return str(state["state"])
            if state["state"] in {"Failed", "Aborted"}:
                raise failure(state)
            if waited > PATIENCE:
                raise Transient("BULK_SLOW", f"Salesforce did not finish a query job in {PATIENCE:.0f} seconds.")
            self._rest(gap)
            waited, gap = waited + gap, min(gap * 1.5, LONGEST)

    def _remove(self, job: str, *, done: bool) -> None:
        """Remove the job; one that stays behind harms nothing, the vendor drops it after seven days."""
        with suppress(IsthmusError):
            if not done:
                self._line.ask("PATCH", f"jobs/query/{job}", {"state": "Aborted"}, Priority.BATCH)
        with suppress(IsthmusError):
            self._line.ask("DELETE", f"jobs/query/{job}", None, Priority.BATCH)

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._line.ask(method, path, body, Priority.BATCH)
        return answer


def _sheet(columns: Sequence[str], reply: requests.Response) -> Sheet:
    """Return a page that is whole: the columns asked for, and as many rows as its header counts."""
    found = rows(reply.content, columns)
    counted = reply.headers.get("Sforce-NumberOfRecords", "")
    if counted.isdigit() and int(counted) != len(found):
        raise Transient("BULK_TORN", f"A page of a query job holds {len(found)} rows instead of {counted}.")
    locator = reply.headers.get("Sforce-Locator", "null")
    return Sheet(found, "" if locator == "null" else locator)


def rows(body: bytes, columns: Sequence[str]) -> Sequence[Sequence[str]]:
    """Return the rows below the header. The text is UTF-8 whatever the content type says (salesforce.md 0.5)."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Transient("BULK_TORN", "A page of a query job is not UTF-8.") from None
    header, *found = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    if [name.lower() for name in header] != [name.lower() for name in columns]:
        words = f"A query job answered with the columns {', '.join(header)[:200]} instead of {', '.join(columns)}."
        raise Transient("BULK_TORN", words)
    if any(len(cells) != len(columns) for cells in found):
        raise Transient("BULK_TORN", "A row of a query job has another number of cells than the header.")
    return found


def failure(state: dict[str, Any]) -> IsthmusError:
    """Return the error of a failed job; its message begins with a code, as in `InvalidBatch : Field name not found`."""
    words = str(state.get("errorMessage") or f"The job is {state['state']}.")
    code, _, rest = words.partition(":")
    if code.strip() == "InvalidBatch":
        return Misconfigured("INVALID_BATCH", words, hint="Correct the flow's fields.")
    known = code.strip() if code.strip().isupper() else ""
    return error_of(Refusal(rest.strip() if known else words, known, 0 if known else 500), write=False)
