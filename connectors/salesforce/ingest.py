"""How are many rows written? By one ingest job of Bulk API 2.0, whose results are told row by row (salesforce.md 2.2).

Nothing is written before the job is closed, so what fails until then was certainly not written. What fails afterwards may
have been: it is looked up by its key.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import requests

from connectors.salesforce.bulk import failure
from connectors.salesforce.errors import Refusal, error_of
from connectors.salesforce.line import Line
from connectors.salesforce.rows import ID, Batch, Outcome, Row, Written
from flows.errors import IsthmusError, Transient, Unsettled
from flows.model import Priority

FIRST, LONGEST = 1.0, 15.0  # seconds between two looks at a job; each look costs a call
PATIENCE = 1800.0  # seconds for one job
NOTHING = "#N/A"  # an empty cell leaves the field alone; this clears it (salesforce.md 0.6)
ENDS = frozenset({"JobComplete", "Failed", "Aborted"})
Cells = Mapping[str, str]


class Ingest:
    """Makes ingest jobs; `rest` waits so many seconds."""

    def __init__(self, line: Line, rest: Callable[[float], object]) -> None:
        self._line = line
        self._rest = rest

    def write(self, batch: Batch) -> list[Outcome]:
        """Write the rows in one job; one outcome for each, in order."""
        job = str(self._ask("POST", "jobs/ingest", _wish(batch))["id"])
        try:
            self._hand_in(job, sheet(batch))
        except IsthmusError as error:
            self._abort(job)
            if isinstance(error, Unsettled):
                raise Transient(error.code, error.message, hint=error.hint) from error
            raise
        state = self._wait_for(job)
        outcomes = self._outcomes(job, batch, state)
        with suppress(IsthmusError):  # one that stays behind harms nothing, the vendor drops it after seven days
            self._ask("DELETE", f"jobs/ingest/{job}")
        return outcomes

    def _hand_in(self, job: str, content: bytes) -> None:
        self._line.upload(f"jobs/ingest/{job}/batches", content, Priority.BATCH)
        try:
            self._line.change("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"}, Priority.BATCH)
        except Unsettled:  # the job itself knows whether it was closed
            if self._state(job)["state"] == "Open":
                raise

    def _wait_for(self, job: str) -> dict[str, Any]:
        waited, gap = 0.0, FIRST
        while True:
            state = self._state(job)
            if state["state"] in ENDS:
                return state
            if waited > PATIENCE:
                self._abort(job)
                raise Unsettled("BULK_SLOW", f"Salesforce did not finish an ingest job in {PATIENCE:.0f} seconds.")
            self._rest(gap)
            waited, gap = waited + gap, min(gap * 1.5, LONGEST)

    def _outcomes(self, job: str, batch: Batch, state: dict[str, Any]) -> list[Outcome]:
        """Return each row's outcome by its key, for the order of the results is promised by nobody."""
        if state["state"] == "Failed" and not state.get("numberRecordsProcessed"):
            raise failure(state)
        told: dict[str, Outcome] = {}
        for cells in self._results(job, "successfulResults"):
            told[_name(cells[batch.key])] = Written(cells["sf__Id"], cells.get("sf__Created", "") == "true")
        if int(state.get("numberRecordsFailed") or 0):
            told |= {
                _name(cells[batch.key]): refused(cells["sf__Error"]) for cells in self._results(job, "failedResults")
            }
        if len(told) < len(batch.rows):
            left = Transient("BULK_UNPROCESSED", "The ingest job ended before it came to this row.")
            told |= {_name(cells[batch.key]): left for cells in self._results(job, "unprocessedrecords")}
        unknown = Unsettled("BULK_UNTOLD", "The ingest job does not tell what became of this row.")
        return [told.get(_name(str(one[batch.key])), unknown) for one in batch.rows]

    def _results(self, job: str, which: str) -> list[Cells]:
        try:
            return self._line.fetch(f"jobs/ingest/{job}/{which}", _table, Priority.BATCH)
        except IsthmusError as error:
            raise Unsettled(error.code, f"What became of an ingest job's rows was not told: {error.message}") from error

    def _state(self, job: str) -> dict[str, Any]:
        try:
            return self._ask("GET", f"jobs/ingest/{job}")
        except IsthmusError as error:
            raise Unsettled(error.code, f"How an ingest job stands was not told: {error.message}") from error

    def _abort(self, job: str) -> None:
        with suppress(IsthmusError):
            self._ask("PATCH", f"jobs/ingest/{job}", {"state": "Aborted"})

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer: Any = self._line.ask(method, path, body, Priority.BATCH)
        return answer or {}


def _wish(batch: Batch) -> dict[str, str]:
    wish = {"object": batch.object, "contentType": "CSV", "lineEnding": "LF"}
    how = {"operation": "update"} if batch.key == ID else {"operation": "upsert", "externalIdFieldName": batch.key}
    return wish | how


def sheet(batch: Batch) -> bytes:
    """Return the rows as CSV; a column that a row does not have leaves its field alone."""
    flat = [dict(_flat(one)) for one in batch.rows]
    columns = list(dict.fromkeys(name for one in flat for name in one))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([one.get(name, "") for name in columns] for one in flat)
    return text.getvalue().encode()


def _flat(one: Row, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield a row's cells; a parent that is named by its key becomes a column `Account.Key__c`."""
    for name, value in one.items():
        if isinstance(value, Mapping):
            yield from _flat(dict(value), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _cell(value)


def _cell(value: object) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _table(reply: requests.Response) -> list[Cells]:
    """Return a result's rows by column. The text is UTF-8 whatever the content type says (salesforce.md 0.5)."""
    try:
        return list(csv.DictReader(io.StringIO(reply.content.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        raise Transient("BULK_TORN", "A result of an ingest job cannot be read.") from None


def refused(told: str) -> IsthmusError:
    """Return the error of a failed row, as in `STRING_TOO_LONG:Name: data value too large:Name --` (salesforce.md 1.7)."""
    code, _, rest = told.partition(":")
    words, _, named = rest.removesuffix("--").strip().rpartition(":")
    fields: Sequence[str] = [name for name in named.replace(",", " ").split() if name.isascii()]
    return error_of(Refusal(words or named, code.strip(), 0, tuple(fields) if words else ()), write=True)


def _name(key: str) -> str:
    return key.lower()
