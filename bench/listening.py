"""How long does a won deal take to be an order? Wins deals in the Salesforce twin at a pace, and times them by the ledger.

.venv/bin/python -m bench.listening --orders 60 --pause 2 --json bench/results/listening.json

Nothing but the listener brings them: the flows' own polls come every five minutes, and what they bring is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select

from flows.model import Reading, State
from ledger.engine import reading
from ledger.ledger import Ledger
from ledger.tables import deliveries, runs

ROOT = Path(__file__).resolve().parent.parent
ISTHMUS = (sys.executable, "-m", "workers.cli")
PLAIN = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
FLOW = "opportunity_to_sales_order"
OPEN = "SELECT Id FROM Opportunity WHERE StageName != 'Closed Won' AND HasOpportunityLineItem = true LIMIT {}"
AFTER = 10.0  # seconds in which the last one may arrive


@dataclass(frozen=True)
class Person:
    """Somebody at work in the Salesforce twin."""

    session: requests.Session
    root: str

    def open_deals(self, most: int) -> list[str]:
        """Return ids of deals that can be won."""
        answer = self.session.get(f"{self.root}/query", params={"q": OPEN.format(most)}, timeout=10)
        return [one["Id"] for one in answer.json()["records"]]

    def win(self, deal: str) -> datetime:
        """Win a deal; return when Salesforce had answered."""
        change = {"StageName": "Closed Won"}
        self.session.patch(f"{self.root}/sobjects/Opportunity/{deal}", json=change, timeout=10).raise_for_status()
        return datetime.now(UTC)


def person(folder: Path) -> Person:
    """Sign in to the demo's Salesforce twin."""
    words = shlex.split((folder / ".isthmus/demo/twins.env").read_text(), comments=True)
    known = dict(word.removeprefix("export ").split("=", 1) for word in words if "=" in word)
    form = {"client_id": known["SF_CLIENT_ID"], "client_secret": known["SF_CLIENT_SECRET"]}
    session = requests.Session()
    url = f"{known['SF_URL']}/services/oauth2/token"
    answer = session.post(url, data=form | {"grant_type": "client_credentials"}, timeout=10)
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Person(session, f"{known['SF_URL']}/services/data/v62.0")


def win(somebody: Person, orders: int, pause: float) -> dict[str, datetime]:
    """Win deals at a pace; return when each was won."""
    beat, begun = threading.Event(), time.monotonic()
    won = {}
    for number, deal in enumerate(somebody.open_deals(orders)):
        beat.wait(max(begun + number * pause - time.monotonic(), 0))
        won[deal] = somebody.win(deal)
    beat.wait(AFTER)
    return won


def delays(url: str, won: dict[str, datetime]) -> list[float]:
    """Return how many seconds each order took from Salesforce's answer to the ledger's word that NetSuite has it."""
    with closing(Ledger(url)) as ledger, reading(ledger.engine) as connection:
        columns = (deliveries.c.source_id, deliveries.c.settled_at)
        wanted = select(*columns).join(runs, runs.c.id == deliveries.c.run).where(deliveries.c.flow == FLOW)
        told = wanted.where(runs.c.reading == Reading.NAMED, deliveries.c.state == State.DELIVERED)
        found = {row.source_id: row.settled_at for row in connection.execute(told)}
    return sorted((found[deal] - moment).total_seconds() for deal, moment in won.items() if deal in found)


def measured(orders: int, pause: float) -> dict[str, Any]:
    """Run a demo, win deals in it, and return the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = str(max(3 * orders, 100))
        demo = [*ISTHMUS, "demo", "--opportunities", size, "--keep"]
        subprocess.run(demo, check=True, cwd=folder, env=PLAIN, capture_output=True)
        try:
            won = win(person(folder), orders, pause)
            state = json.loads((folder / ".isthmus/demo/state.json").read_text())
            return figures(delays(state["addresses"]["ledger"], won), len(won))
        finally:
            subprocess.run([*ISTHMUS, "down"], check=True, cwd=folder, env=PLAIN, capture_output=True)


def figures(found: list[float], won: int) -> dict[str, Any]:
    """Return the figures of sorted seconds; a deal that has a dead letter took no time."""
    return {
        "won": won,
        "delivered": len(found),
        "median_seconds": round(statistics.median(found), 3),
        "p95_seconds": round(found[int(len(found) * 0.95)], 3),
        "most_seconds": round(found[-1], 3),
    }


def main() -> None:
    """Measure, print, and write where it is wished."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=60)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds from one to the next")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    given = parser.parse_args()
    found = measured(given.orders, given.pause)
    for name, value in found.items():
        print(f"{name:<16}{value:>10}")
    if given.json:
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
        told = {"date": datetime.now(UTC).date().isoformat(), "machine": machine, "load": round(os.getloadavg()[0], 1)}
        given.json.write_text(json.dumps(told | {"pause_seconds": given.pause} | found, indent=2) + "\n")


if __name__ == "__main__":
    main()
