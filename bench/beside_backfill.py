"""How long does a real-time order take while a backfill runs? Asks for orders one by one, alone and beside thousands.

.venv/bin/python -m bench.beside_backfill --opportunities 8000 --json bench/results/beside_backfill.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

from flows.ask import accept
from flows.backfill import begin
from flows.catalogue import lane_of
from flows.model import Ask, Priority, State
from flows.past import Stretch
from flows.ports import Services
from ledger.ledger import Ledger
from mappings.values import Reference
from workers.app import build
from workers.container import wire
from workers.demo import CUSTOMERS, ORDERS, Company, load, running
from workers.queues import CAPTURE
from workers.settings import Settings
from workers.stack import SETTINGS_FILE, Choices

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
EVERY = 2.0  # seconds between two asks: thirty orders a minute
PATIENCE = 60.0
PAUSE = Event()


class Bench:
    """A demo stack with a generated company, as this process sees it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(_env_file=folder / SETTINGS_FILE)
        self.app = build(self.settings)
        self.services: Services = wire(self.settings, self.app)
        self.ledger = Ledger(self.settings.ledger_url)

    def customers(self) -> None:
        """Have every customer in NetSuite, so that no order waits for one."""
        self.app.send_task("isthmus.capture", args=[CUSTOMERS], kwargs={"reading": "full"}, queue=CAPTURE)
        while not self._settled(CUSTOMERS):
            PAUSE.wait(0.3)

    def won(self) -> list[str]:
        """Return the ids of the won opportunities, those first that a backfill reads last."""
        flow = self.services.flows[ORDERS]
        pages = self.services.sources["salesforce"].changed(flow, None)
        records = sorted((one for page in pages for one in page.records), key=lambda one: (one.version, one.id))
        return [one.id for one in reversed(records)]

    def backfill(self) -> None:
        """Begin a backfill of all orders, and wait until it is delivered."""
        begin(ORDERS, Stretch(BEGINNING), "bench", (self.services.past, self.services.bell, self.services.clock))
        while not self.under_way():
            PAUSE.wait(0.1)

    def under_way(self) -> int:
        """Return how many deliveries of the backfill have not come to an end."""
        return self.services.past.under_way(lane_of(self.services.flows[ORDERS], Priority.BACKFILL))

    def ask(self, one: str) -> float | None:
        """Ask for an order; return the seconds until it is in NetSuite, None when it is held for a person."""
        begun = monotonic()
        now = self.services.clock()
        accept([Ask(ORDERS, one, "", gone=False, origin="bench", asked_at=now)], self.services)
        while monotonic() - begun < PATIENCE:
            state = self._state(one)
            if state is State.DELIVERED:
                return monotonic() - begun
            if state is State.DEAD:
                return None
            PAUSE.wait(0.01)
        raise SystemExit(f"{one} has not come to an end within {PATIENCE:.0f} s")

    def _state(self, one: str) -> State | None:
        reference = Reference(ORDERS, one)
        found = self.services.memory.fates([reference]).get(reference)
        return found.state if found else None

    def _settled(self, flow: str) -> bool:
        ended = [run for run in self.ledger.reports.runs(None) if run.flow == flow and run.finished_at]
        states = self.ledger.reports.counts().get(flow, {})
        return bool(ended) and not any(states.get(one) for one in (State.PENDING, State.LEASED, State.WAITING))


def sample(bench: Bench, ids: Iterator[str], many: int, *, beside: bool) -> list[float]:
    """Ask for orders at the pace of thirty a minute; beside a backfill only as long as it lasts."""
    found: list[float] = []
    while len(found) < many and (bench.under_way() or not beside):
        begun = monotonic()
        seconds = bench.ask(next(ids))
        if seconds is not None:
            found.append(seconds)
        PAUSE.wait(max(EVERY - (monotonic() - begun), 0))
    return found


def figures(seconds: Sequence[float]) -> dict[str, int]:
    """Return how many there were, their median, their 95th percentile and the longest, in milliseconds."""
    tenths = statistics.quantiles(seconds, n=20)
    found = {"median": statistics.median(seconds), "p95": tenths[-1], "longest": max(seconds)}
    return {"orders": len(seconds)} | {name: round(1000 * value) for name, value in found.items()}


def measure(folder: Path, opportunities: int, many: int) -> dict[str, Any]:
    """Run the stack, and ask alone and beside a backfill."""
    with running(Choices(folder), keep=False) as addresses:
        load(Company(opportunities=opportunities), addresses)
        bench = Bench(folder)
        bench.customers()
        won = bench.won()
        ids = iter(won)
        alone = sample(bench, ids, many, beside=False)
        begun = monotonic()
        bench.backfill()
        beside = sample(bench, ids, many, beside=True)
        left = bench.under_way()
        report = bench.ledger.past.reports()[0]
        told = {"selected": len(won), "read": report.read, "under_way_at_the_end": left}
        return {
            "alone": figures(alone),
            "beside": figures(beside),
            "backfill": told | {"seconds": round(monotonic() - begun, 1)},
        }


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opportunities", type=int, default=8000)
    parser.add_argument(
        "--orders", type=int, default=25, help="how many to ask for, alone and again beside the backfill"
    )
    parser.add_argument("--json", type=Path, help="write the results here as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder) / "stack", given.opportunities, given.orders)
    results |= {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "company": f"generated, {given.opportunities} opportunities",
    }
    print(json.dumps(results, indent=2))
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
