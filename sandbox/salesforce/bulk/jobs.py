"""Which bulk jobs are there, and how far are they? Jobs, their batches and what became of each row, in the state file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sandbox.salesforce.bulk.model import BATCH, JOB, Batch, Job, Outcome
from sandbox.salesforce.events.origin import CURRENT, Origin
from sandbox.salesforce.ids import DIGITS, INSTANCE, SHORT, long_form
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp

TABLES = """
    CREATE TABLE IF NOT EXISTS bulk_job (number INTEGER PRIMARY KEY AUTOINCREMENT, api TEXT, kind TEXT, operation TEXT,
      object TEXT, state TEXT, version TEXT, created TEXT, modified TEXT, wish TEXT, error TEXT);
    CREATE TABLE IF NOT EXISTS bulk_batch (number INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER, state TEXT,
      created TEXT, modified TEXT, content BLOB, chunk TEXT, fault TEXT, processed INTEGER,
      failed INTEGER, ms INTEGER, error TEXT);
    CREATE INDEX IF NOT EXISTS bulk_batch_job ON bulk_batch (job);
    CREATE TABLE IF NOT EXISTS bulk_outcome (batch INTEGER, line INTEGER, id TEXT, created INTEGER, error TEXT,
      PRIMARY KEY (batch, line)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS bulk_record (batch INTEGER, line INTEGER, cells TEXT,
      PRIMARY KEY (batch, line)) WITHOUT ROWID;
"""
WORKING = ("Queued", "InProgress")
JOB_COLUMNS = "number, api, kind, operation, object, state, version, created, modified, wish, error"
BATCH_COLUMNS = "number, job, state, created, modified, chunk, fault, processed, failed, ms, error"


class Jobs:
    """All bulk jobs of one org."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection.executescript(TABLES)
        store.emptied.append(self.clear)

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._store.connection

    def create(self, api: str, kind: str, wish: dict[str, Any], version: str, state: str) -> Job:
        """Make a job of a wish that names operation and object; it remembers by which name its client calls itself."""
        now, client = stamp(self._store.now()), (CURRENT.get() or Origin()).client
        made = self._connection.execute(
            f"INSERT INTO bulk_job ({JOB_COLUMNS}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",  # noqa: S608 — our own names
            (
                api,
                kind,
                wish["operation"],
                wish["object"],
                state,
                version,
                now,
                now,
                json.dumps(wish | {"client": client}),
            ),
        )
        return self.get(int(made.lastrowid or 0))

    def find(self, job_id: str, api: str | None = None) -> Job | None:
        """Return a job by its id, of one API where that is told."""
        found = self._jobs(
            f"WHERE number = ?{' AND api = ?' * bool(api)}", (_number(job_id, JOB), *filter(None, [api]))
        )
        return found[0] if found else None

    def get(self, number: int) -> Job:
        """Return a job that is there."""
        return self._jobs("WHERE number = ?", (number,))[0]

    def listed(self, kind: str, after: int, most: int) -> list[Job]:
        """Return jobs of a kind, oldest first."""
        return self._jobs("WHERE kind = ? AND number > ? ORDER BY number LIMIT ?", (kind, after, most))

    def _jobs(self, where: str, values: Sequence[Any]) -> list[Job]:
        rows = self._connection.execute(f"SELECT {JOB_COLUMNS} FROM bulk_job {where}", values)  # noqa: S608 — our own names
        return [Job(*(*row[:9], json.loads(row[9]), row[10])) for row in rows]

    def move(self, job: Job, state: str, error: str = "") -> Job:
        """Give a job a state."""
        sql = "UPDATE bulk_job SET state = ?, error = ?, modified = ? WHERE number = ?"
        self._connection.execute(sql, (state, error, stamp(self._store.now()), job.number))
        return self.get(job.number)

    def delete(self, job: Job) -> None:
        """Forget a job and all that belongs to it."""
        with self._store.writing():
            for table in ("bulk_outcome", "bulk_record"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE batch IN (SELECT number FROM bulk_batch WHERE job = ?)",  # noqa: S608 — our own names
                    (job.number,),
                )
            self._connection.execute("DELETE FROM bulk_batch WHERE job = ?", (job.number,))
            self._connection.execute("DELETE FROM bulk_job WHERE number = ?", (job.number,))

    def spent(self) -> dict[str, int]:
        """Return what the last 24 hours have used of the limits that jobs count against (salesforce.md 2.3)."""
        since = (stamp(self._store.now() - timedelta(days=1)),)
        ingest = "SELECT number FROM bulk_job WHERE kind = 'ingest'"
        batches = f"SELECT COUNT(*) FROM bulk_batch WHERE job IN ({ingest}) AND created > ?"  # noqa: S608 — our own words
        queries = "SELECT COUNT(*) FROM bulk_job WHERE kind = 'query' AND api = '2' AND created > ?"
        counted = {"DailyBulkApiBatches": batches, "DailyBulkV2QueryJobs": queries}
        return {name: int(self._connection.execute(sql, since).fetchone()[0]) for name, sql in counted.items()}

    def clear(self) -> None:
        """Forget all jobs; their numbers go on."""
        for table in ("bulk_outcome", "bulk_record", "bulk_batch", "bulk_job"):
            self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 — our own names

    def add_batch(self, job: Job, content: bytes, state: str, *, chunk: str = "", fault: str = "") -> Batch:
        """Add an upload or a query to a job."""
        now = stamp(self._store.now())
        made = self._connection.execute(
            "INSERT INTO bulk_batch VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '')",
            (job.number, state, now, now, content, chunk, fault),
        )
        return self.batch(int(made.lastrowid or 0))

    def batches(self, job: Job) -> list[Batch]:
        """Return a job's batches in the order in which they came."""
        return self._batches("WHERE job = ? ORDER BY number", (job.number,))

    def find_batch(self, job: Job, batch_id: str) -> Batch | None:
        """Return a job's batch by its id."""
        found = self._batches("WHERE job = ? AND number = ?", (job.number, _number(batch_id, BATCH)))
        return found[0] if found else None

    def batch(self, number: int) -> Batch:
        """Return a batch that is there."""
        return self._batches("WHERE number = ?", (number,))[0]

    def current(self, number: int) -> Batch | None:
        """Return a batch as it is now, if it is still to be worked on."""
        found = self._batches("WHERE number = ? AND state IN (?, ?)", (number, *WORKING))
        return found[0] if found else None

    def working(self) -> list[Batch]:
        """Return the batches that are to be worked on."""
        return self._batches("WHERE state IN (?, ?) ORDER BY number", WORKING)

    def _batches(self, where: str, values: Sequence[Any]) -> list[Batch]:
        rows = self._connection.execute(f"SELECT {BATCH_COLUMNS} FROM bulk_batch {where}", values)  # noqa: S608 — our own names
        return [Batch(*row) for row in rows]

    def content(self, batch: Batch) -> bytes:
        """Return what was uploaded."""
        (found,) = self._connection.execute(
            "SELECT content FROM bulk_batch WHERE number = ?", (batch.number,)
        ).fetchone()
        return bytes(found)

    def move_batch(self, batch: Batch, state: str, error: str = "") -> None:
        """Give a batch a state."""
        sql = "UPDATE bulk_batch SET state = ?, error = ?, modified = ? WHERE number = ?"
        self._connection.execute(sql, (state, error, stamp(self._store.now()), batch.number))

    def strike(self, batch: Batch, fault: str) -> None:
        """Let a fault strike the rows of a batch."""
        self._connection.execute("UPDATE bulk_batch SET fault = ? WHERE number = ?", (fault, batch.number))

    def advance(self, batch: Batch, processed: int, failed: int, ms: int) -> None:
        """Count rows that are done, and the milliseconds that they took."""
        sql = "UPDATE bulk_batch SET processed = processed + ?, failed = failed + ?, ms = ms + ?, modified = ? WHERE number = ?"
        self._connection.execute(sql, (processed, failed, ms, stamp(self._store.now()), batch.number))

    def note(self, batch: Batch, outcomes: Iterable[Outcome]) -> None:
        """Remember what became of rows."""
        rows = ((batch.number, one.line, one.id, one.created, one.error) for one in outcomes)
        self._connection.executemany("INSERT INTO bulk_outcome VALUES (?, ?, ?, ?, ?)", rows)

    def outcomes(self, batch: Batch) -> list[Outcome]:
        """Return what became of a batch's rows, in order."""
        sql = "SELECT line, id, created, error FROM bulk_outcome WHERE batch = ? ORDER BY line"
        return [
            Outcome(line, one, bool(made), error)
            for line, one, made, error in self._connection.execute(sql, (batch.number,))
        ]

    def keep(self, batch: Batch, at: int, rows: Iterable[Sequence[Any]]) -> None:
        """Keep rows of a query's result, from a line on."""
        kept = ((batch.number, at + number, json.dumps(row)) for number, row in enumerate(rows))
        self._connection.executemany("INSERT OR REPLACE INTO bulk_record VALUES (?, ?, ?)", kept)

    def restart(self, batch: Batch) -> None:
        """Forget a query's rows: it is asked anew."""
        self._connection.execute("DELETE FROM bulk_record WHERE batch = ?", (batch.number,))
        self._connection.execute("UPDATE bulk_batch SET processed = 0 WHERE number = ?", (batch.number,))

    def kept(self, batch: Batch, at: int, most: int) -> list[list[Any]]:
        """Return rows of a query's result."""
        sql = "SELECT cells FROM bulk_record WHERE batch = ? AND line >= ? ORDER BY line LIMIT ?"
        return [json.loads(cells) for (cells,) in self._connection.execute(sql, (batch.number, at, most))]


def _number(text: str, prefix: str) -> int:
    """Return the number in an id that `make_id` made, 0 for what is none."""
    full = long_form(text)
    if full is None or not full.startswith(prefix):
        return 0
    number = 0
    for char in full[len(prefix) + len(INSTANCE) : SHORT]:
        number = number * len(DIGITS) + DIGITS.index(char)
    return number
