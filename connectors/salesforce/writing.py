"""How are rows written? A few in collections of 200, many as one ingest job; each row is answered for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.salesforce.ingest import Ingest
from connectors.salesforce.line import Line
from connectors.salesforce.rows import ID, Batch, Outcome, Row, outcome
from flows.errors import IsthmusError, Unsettled
from flows.model import Priority

COLLECTION = 200  # rows that one call may carry (salesforce.md 1.6)
INGEST_FROM = (
    2000  # rows: a job costs six calls and its looks, about as many as ten collections, and one place at a time
)


class Writer:
    """Writes rows; `rest` waits so many seconds between two looks at a job."""

    def __init__(self, line: Line, rest: Callable[[float], object], ingest_from: int = INGEST_FROM) -> None:
        self._line = line
        self._ingest = Ingest(line, rest)
        self._ingest_from = ingest_from

    def write(self, batch: Batch, priority: Priority) -> list[Outcome]:
        """Write the rows; one outcome for each, in order. Raises when the first call failed as a whole."""
        if len(batch.rows) >= self._ingest_from:
            return self._ingest.write(batch)
        outcomes: list[Outcome] = []
        for start in range(0, len(batch.rows), COLLECTION):
            rows = batch.rows[start : start + COLLECTION]
            try:
                outcomes += self._collection(batch, rows, priority)
            except IsthmusError as error:
                if not outcomes:
                    raise
                outcomes += [error] * len(rows)
        return outcomes

    def delete(self, ids: Sequence[str], priority: Priority) -> list[Outcome]:
        """Delete records; deleting what is deleted is harmless."""
        outcomes: list[Outcome] = []
        for start in range(0, len(ids), COLLECTION):
            named = ",".join(ids[start : start + COLLECTION])
            told = self._line.ask("DELETE", f"composite/sobjects?ids={named}&allOrNone=false", None, priority)
            outcomes += map(outcome, told)
        return outcomes

    def _collection(self, batch: Batch, rows: Sequence[Row], priority: Priority) -> list[Outcome]:
        path = "composite/sobjects" if batch.key == ID else f"composite/sobjects/{batch.object}/{batch.key}"
        records = [{"attributes": {"type": batch.object}, **_small_id(one)} for one in rows]
        told: Any = self._line.change("PATCH", path, {"allOrNone": False, "records": records}, priority)
        if not isinstance(told, list) or len(told) != len(rows):
            raise Unsettled("SALESFORCE_ANSWER", "Salesforce answered for another number of rows than were sent.")
        return [outcome(one) for one in told]


def _small_id(one: Mapping[str, Any]) -> Row:
    """Return a row with its Id as the collections write it."""
    return {"id" if name == ID else name: value for name, value in one.items()}
