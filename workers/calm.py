"""When is everything at rest? Sends captures, and waits until they have ended and no delivery moves any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from celery import Celery

from flows.model import State
from ledger.ledger import Ledger
from ledger.reports import RunReport
from workers.demo import PAUSE, DemoFault
from workers.queues import CAPTURE

POLL, NEWEST = 0.25, 400
MOVING = (State.PENDING, State.LEASED)
STUCK, LATER = 300.0, 20.0  # seconds without a change: something is stuck; what waits for a later attempt may wait


class Calm:
    """Captures flows and waits; `patience` is how long deliveries may go on waiting for a later attempt."""

    def __init__(self, ledger: Ledger, app: Celery, tell: Callable[[str], None]) -> None:
        self._ledger = ledger
        self._app = app
        self._tell = tell

    def capture(self, flows: Sequence[str], patience: float = LATER) -> int:
        """Capture the flows' changes, wait until all is at rest, and return how many new deliveries there were."""
        before = max((run.id for run in self._ledger.reports.runs(1)), default=0)
        for flow in flows:
            self._app.send_task("isthmus.capture", args=[flow], queue=CAPTURE)
        self._wait(lambda: self._all_ended(flows, before), patience)
        return sum(run.new for run in self._runs(before))

    def _runs(self, before: int) -> list[RunReport]:
        return [run for run in self._ledger.reports.runs(NEWEST) if run.id > before]

    def _all_ended(self, flows: Sequence[str], before: int) -> bool:
        runs = self._runs(before)
        for run in runs:
            if run.failure:
                raise DemoFault(f"the capture of {run.flow} failed: {run.failure}")
        return {run.flow for run in runs if run.finished_at} >= set(flows)

    def _wait(self, ended: Callable[[], bool], patience: float) -> None:
        since, last = monotonic(), tuple[int, ...]()
        while True:
            moving, waiting, seen = self._live()
            still = monotonic() - since
            if ended() and not moving and (not waiting or still > patience):
                return
            since, last = (since, last) if seen == last else (monotonic(), seen)
            if still > STUCK:
                raise DemoFault(f"nothing has moved for {STUCK:.0f} s: {moving} pending, {waiting} waiting")
            self._tell(f"{moving:,} under way, {waiting:,} waiting")
            PAUSE.wait(POLL)

    def _live(self) -> tuple[int, int, tuple[int, ...]]:
        counts = self._ledger.reports.counts().values()
        moving = sum(states.get(state, 0) for states in counts for state in MOVING)
        waiting = sum(states.get(State.WAITING, 0) for states in counts)
        return moving, waiting, tuple(number for states in counts for number in states.values())
