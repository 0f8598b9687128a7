"""What is the main job? Customers and won opportunities go to NetSuite; order numbers come back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.model import State
from ledger.ledger import Ledger
from workers.app import sender
from workers.demo import CUSTOMERS, FEEDBACK, ORDERS, PAUSE, DemoFault
from workers.queues import CAPTURE
from workers.stack import Addresses

ENDS = frozenset({State.DELIVERED, State.UNCHANGED, State.FILTERED, State.SUPERSEDED, State.DEAD})
TITLES = {CUSTOMERS: "Customers", ORDERS: "Sales Orders", FEEDBACK: "Order numbers back"}
STUCK_SECONDS = 300.0


class MainJob:
    """Runs the three flows once, with a progress bar, and remembers how long they took."""

    def __init__(self, folder: Path, addresses: Addresses) -> None:
        self.addresses = addresses
        self.ledger = Ledger(addresses.ledger)
        self.seconds = 0.0
        self._folder = folder
        self._app = sender(addresses.broker)

    def pids(self) -> dict[str, int]:
        """Return the process ids of the stack, by name."""
        found: dict[str, int] = json.loads((self._folder / "pids.json").read_text())
        return found

    def run(self) -> None:
        """Run the job; raise DemoFault when a capture fails or nothing moves any more."""
        begun = monotonic()
        with _progress() as progress:
            self._flows((CUSTOMERS, ORDERS), progress)
            self.seconds = monotonic() - begun
            self._flows((FEEDBACK,), progress)

    def _flows(self, names: tuple[str, ...], progress: Progress) -> None:
        bars = {name: progress.add_task(TITLES[name], total=None) for name in names}
        before = {run.id for run in self.ledger.reports.runs(None)}
        for name in names:
            self._app.send_task("isthmus.capture", args=[name], kwargs={"reading": "full"}, queue=CAPTURE)
        quiet_since, last = monotonic(), -1
        while not self._finished(names, before, bars, progress):
            PAUSE.wait(0.3)
            settled = int(sum(progress.tasks[bar].completed for bar in bars.values()))
            quiet_since, last = (monotonic(), settled) if settled != last else (quiet_since, last)
            if monotonic() - quiet_since > STUCK_SECONDS:
                raise DemoFault(
                    f"nothing has moved for {STUCK_SECONDS:.0f} s; see {self._folder}/logs and: isthmus status"
                )

    def _finished(self, names: tuple[str, ...], before: set[int], bars: dict[str, TaskID], progress: Progress) -> bool:
        counts = self.ledger.reports.counts()
        ended = self._ended(names, before)
        live = 0
        for name in names:
            states = counts.get(name, {})
            settled = sum(number for state, number in states.items() if state in ENDS)
            total = sum(states.values())
            live += total - settled
            progress.update(bars[name], completed=settled, total=total or None)
        return ended and not live

    def _ended(self, names: tuple[str, ...], before: set[int]) -> bool:
        runs = [run for run in self.ledger.reports.runs(None) if run.id not in before]
        for run in runs:
            if run.failure:
                raise DemoFault(f"the capture of {run.flow} failed: {run.failure}")
        return all(any(run.flow == name and run.finished_at for run in runs) for name in names)


@contextmanager
def _progress() -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress
