"""Which work was taken in to be done later? Jobs and their tasks, kept in the state file, each carried out once.

A task's writes and its result are one transaction: a process that is killed before it finds the task pending and does
it, one that is killed after it finds it done (netsuite.md 2.5, 3.4).
"""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.netsuite.documents import Document, dump, load
from sandbox.netsuite.store import Store
from sandbox.twin.latency import Latency

_TABLES = """
CREATE TABLE IF NOT EXISTS job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, key TEXT, submitted TEXT NOT NULL, note TEXT NOT NULL,
  reads INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS job_key ON job (channel, key) WHERE key IS NOT NULL;
CREATE TABLE IF NOT EXISTS job_task (
  job INTEGER NOT NULL, number INTEGER NOT NULL, request TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending',
  started TEXT, ended TEXT, result TEXT, PRIMARY KEY (job, number));
CREATE INDEX IF NOT EXISTS job_task_pending ON job_task (job, number) WHERE state = 'pending';
"""
_TASK = "SELECT job, number, request, state, started, ended, result FROM job_task"
_SECONDS = 1.8  # of one task in the real system: a request and an order
PENDING, SUCCEEDED, FAILED = "pending", "succeeded", "failed"

Work = Callable[[Document], tuple[bool, Document]]


class KeyTaken(ValueError):
    """A job of this idempotency key was submitted before; `number` is that job's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"job {number} has this key")
        self.number = number


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of a job: what was asked, where it stands, what came of it; moments are ISO with `Z`."""

    job: int
    number: int
    request: Document
    state: str
    started: str | None
    ended: str | None
    result: Document | None


@dataclass(frozen=True, slots=True)
class Job:
    """One submitted job; `note` is what its channel wrote on it, `reads` how often its result was fetched."""

    number: int
    note: Document
    submitted: str
    reads: int
    tasks: tuple[Task, ...]
    running: bool

    @property
    def completed(self) -> bool:
        """Tell whether every task has ended."""
        return all(task.state != PENDING for task in self.tasks)

    @property
    def progress(self) -> str:
        """Say pending, processing, succeeded or failed; one failed task fails the job."""
        if not self.completed:
            begun = self.running or any(task.state != PENDING for task in self.tasks)
            return "processing" if begun else PENDING
        return FAILED if any(task.state == FAILED for task in self.tasks) else SUCCEEDED


def _task(row: tuple[int, int, str, str, str | None, str | None, str | None]) -> Task:
    return Task(row[0], row[1], load(row[2]), row[3], row[4], row[5], load(row[6]) if row[6] else None)


class Jobs:
    """All jobs of one account, in the order of their arrival; a channel brings its own `Work` (see `serves`)."""

    def __init__(self, store: Store, now: Callable[[], datetime], latency: Latency) -> None:
        self._store = store
        self._now = now
        self._latency = latency
        self._works: dict[str, Work] = {}
        self._running: asyncio.Task[None] | None = None
        self._under_way = 0
        store.connection.executescript(_TABLES)
        store.also |= {"job", "job_task"}

    def serves(self, channel: str, work: Work) -> None:
        """Say how a channel's tasks are carried out: request in, (succeeded, result) out, inside a transaction."""
        self._works[channel] = work

    def submit(self, channel: str, requests: list[Document], note: Document, key: str | None = None) -> int:
        """Take a job in and give its number; raise `KeyTaken` when the key was used before."""
        connection = self._store.connection
        try:
            with self._store.call():
                columns = (channel, key, self._moment(), dump(note))
                query = "INSERT INTO job (channel, key, submitted, note) VALUES (?, ?, ?, ?)"
                number = connection.execute(query, columns).lastrowid or 0
                rows = [(number, place, dump(one)) for place, one in enumerate(requests, 1)]
                connection.executemany("INSERT INTO job_task (job, number, request) VALUES (?, ?, ?)", rows)
        except sqlite3.IntegrityError:
            raise KeyTaken(self._of_key(channel, key)) from None
        self.wake()
        return number

    def find(self, channel: str, number: int) -> Job | None:
        """Give a job as it stands; None when the channel has no such job."""
        query = "SELECT note, submitted, reads FROM job WHERE id = ? AND channel = ?"
        row = self._store.connection.execute(query, (number, channel)).fetchone()
        if row is None:
            return None
        rows = self._store.connection.execute(f"{_TASK} WHERE job = ? ORDER BY number", (number,)).fetchall()
        tasks = tuple(_task(one) for one in rows)
        return Job(number, load(row[0]), row[1], row[2], tasks, running=self._under_way == number)

    def count_read(self, number: int) -> int:
        """Count one fetch of a job's result, and give how many there were."""
        query = "UPDATE job SET reads = reads + 1 WHERE id = ? RETURNING reads"
        row = self._store.connection.execute(query, (number,)).fetchone()
        return row[0] if row else 0

    def wake(self) -> None:
        """Go on with what is pending, if anything is and nobody does; every request to the twin calls this."""
        if self._running is not None and not self._running.done():
            return
        pending = "SELECT 1 FROM job_task WHERE state = 'pending' LIMIT 1"  # has an index of its own: microseconds
        if self._store.connection.execute(pending).fetchone():
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while (task := self._next()) is not None:
            self._under_way = task.job
            started = self._moment()
            await asyncio.sleep(self._latency.seconds(_SECONDS))
            self._carry_out(task, started)
            self._under_way = 0

    def _carry_out(self, task: Task, started: str) -> None:
        with self._store.call():
            if not self._is_pending(task):
                return
            done, result = self._worked(task)
            state = SUCCEEDED if done else FAILED
            columns = (state, started, self._moment(), dump(result), task.job, task.number)
            query = "UPDATE job_task SET state = ?, started = ?, ended = ?, result = ? WHERE job = ? AND number = ?"
            self._store.connection.execute(query, columns)

    def _is_pending(self, task: Task) -> bool:
        """Tell whether a task still waits: the account may have been emptied or set back meanwhile."""
        query = "SELECT 1 FROM job_task WHERE job = ? AND number = ? AND state = 'pending'"
        return self._store.connection.execute(query, (task.job, task.number)).fetchone() is not None

    def _worked(self, task: Task) -> tuple[bool, Document]:
        query = "SELECT channel FROM job WHERE id = ?"
        row = self._store.connection.execute(query, (task.job,)).fetchone()
        work = self._works.get(row[0]) if row else None
        if work is None:
            return False, {"error": "nobody serves this job's channel"}
        try:
            with self._store.call():
                return work(task.request)
        except Exception as error:  # noqa: BLE001 — a fault of the twin's own must not stop the jobs behind it
            return False, {"error": f"{type(error).__name__}: {error}"}

    def _next(self) -> Task | None:
        row = self._store.connection.execute(f"{_TASK} WHERE state = 'pending' ORDER BY job, number LIMIT 1").fetchone()
        return _task(row) if row else None

    def _of_key(self, channel: str, key: str | None) -> int:
        query = "SELECT id FROM job WHERE channel = ? AND key = ?"
        number: int = self._store.connection.execute(query, (channel, key)).fetchone()[0]
        return number

    def _moment(self) -> str:
        return self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
