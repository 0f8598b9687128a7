"""How long does a won deal take from the webhook to its order, while a backfill runs?

.venv/bin/python bench/webhook_latency.py --opportunities 20000 --orders 60 --json bench/results/webhook_latency.json

Starts both twins and every process of the demo, loads a company, delivers its customers, and lets all of its won deals be
read again as a backfill. Beside that, open deals are won one after another: the stage is set in the Salesforce twin, a
signed webhook is posted, and the ledger tells when the delivery was admitted and when it was settled. NetSuite's own share
is what its twin says that the writes of single orders took before the backfill began.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text

from workers.demo import CUSTOMERS, ORDERS, PAUSE, Company, fresh_ledger, load, running
from workers.settings import PREFIX, environment
from workers.stack import SETTINGS_FILE, Addresses, Choices, read_assignments

ROOT = Path(__file__).resolve().parent.parent
PROMISED = 250.0  # milliseconds beyond what NetSuite itself takes
ALL = ("capture", "{flow}", "--full")
BACKFILL = ("backfill", "start", "{flow}", "--since", "2000-01-01", "--yes")
OPEN = (
    "SELECT Id FROM Opportunity WHERE StageName NOT IN ('Closed Won', 'Closed Lost') AND AccountId != null "
    "AND HasOpportunityLineItem = true ORDER BY Id LIMIT {}"
)
SETTLED = text(
    "SELECT created_at, settled_at, state, code FROM deliveries WHERE flow = :flow AND source_id = :id "
    "AND created_at >= :since AND settled_at IS NOT NULL ORDER BY id DESC LIMIT 1"
)
PATIENCE = 60.0
WARM_UP = 4  # deals before the first that counts: a process signs in with its first call


@dataclass(frozen=True)
class Stack:
    """A running demo: where its parts are, and the keys to them."""

    addresses: dict[str, str]
    settings: dict[str, str]

    @property
    def org(self) -> requests.Session:
        """Return a session with the Salesforce twin."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings["SALESFORCE__CLIENT_ID"],
            "client_secret": self.settings["SALESFORCE__CLIENT_SECRET"],
        }
        session = requests.Session()
        signed_in = session.post(f"{self.addresses['salesforce']}/services/oauth2/token", data=form, timeout=30).json()
        session.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        return session

    @property
    def key(self) -> bytes:
        """Return a key of the hook `crm`."""
        key: str = json.loads(self.settings["CONSOLE__HOOKS"])["crm"][0]
        return key.encode()


def read_stack(folder: Path, addresses: Addresses) -> Stack:
    """Return the stack that runs in a folder."""
    settings = read_assignments(folder / SETTINGS_FILE)
    return Stack(asdict(addresses), {name.removeprefix(PREFIX): value for name, value in settings.items()})


def win(org: requests.Session, stack: Stack, deal: str) -> tuple[float, float]:
    """Win a deal and tell the door; returns when it was won, and the seconds until it was accepted."""
    data = f"{stack.addresses['salesforce']}/services/data/v62.0/sobjects/Opportunity/{deal}"
    org.patch(data, json={"StageName": "Closed Won"}, timeout=30).raise_for_status()
    won = time.time()
    body = json.dumps({"object": "Opportunity", "ids": [deal]}).encode()
    stamp = str(int(won))
    sign = "v1=" + hmac.new(stack.key, stamp.encode() + b"." + body, sha256).hexdigest()
    headers = {"Isthmus-Timestamp": stamp, "Isthmus-Signature": sign}
    answer = requests.post(f"{stack.addresses['console']}/hooks/crm", data=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return won, time.time() - won


def settled(ledger: Any, deal: str, won: float) -> dict[str, Any] | None:
    """Return how the deal's delivery ended, None if it is still under way."""
    asked = {"flow": ORDERS, "id": deal, "since": int((won - 1) * 1e6)}
    with ledger.connect() as connection:
        row = connection.execute(SETTLED, asked).first()
    if row is None:
        return None
    return {"admitted": row[0] / 1e6 - won, "delivered": row[1] / 1e6 - won, "state": row[2], "code": row[3]}


def follow(ledger: Any, wins: dict[str, tuple[float, float]]) -> dict[str, dict[str, Any]]:
    """Wait until every deal is settled; one that is not within a minute is told as such."""
    found: dict[str, dict[str, Any]] = {}
    deadline = time.monotonic() + PATIENCE
    while len(found) < len(wins) and time.monotonic() < deadline:
        for deal, (won, accepted) in wins.items():
            ended = None if deal in found else settled(ledger, deal, won)
            if ended:
                found[deal] = ended | {"accepted": accepted}
        PAUSE.wait(0.2)
    return found


def measure(stack: Stack, deals: list[str], a_minute: float) -> dict[str, Any]:
    """Win deals at a steady pace and return the figures, in milliseconds."""
    org, begun = stack.org, time.time()
    wins: dict[str, tuple[float, float]] = {}
    for number, deal in enumerate(deals):
        PAUSE.wait(max(begun + number * 60 / a_minute - time.time(), 0))
        wins[deal] = win(org, stack, deal)
    ended = follow(create_engine(stack.addresses["ledger"]), wins)
    good = [one for one in ended.values() if one["state"] == "delivered"]
    held = [one["code"] for one in ended.values() if one["state"] == "dead"]
    return {
        "deals": {"won": len(wins), "delivered": len(good), "unsettled": len(wins) - len(ended),
                  "held": {code: held.count(code) for code in sorted(set(held))}},
        **{name: percentiles([one[name] for one in good]) for name in ("accepted", "admitted", "delivered")},
    }  # fmt: skip


def open_deals(stack: Stack, count: int) -> list[str]:
    """Return deals that can be won."""
    query = f"{stack.addresses['salesforce']}/services/data/v62.0/query"
    answer = stack.org.get(query, params={"q": OPEN.format(count)}, timeout=60).json()
    return [row["Id"] for row in answer["records"]]


def own_share(stack: Stack, begun: float) -> dict[str, float]:
    """Return what the NetSuite twin took for each order since then, while nobody else wrote."""
    log = requests.get(f"{stack.addresses['netsuite']}/_twin/log", params={"limit": 5000}, timeout=30).json()
    since = datetime.fromtimestamp(begun, UTC).isoformat()
    writes = [one for one in log if one["operation"] == "upsertList" and one["time"] >= since]
    return percentiles([one["ms"] / 1000 for one in writes])


def backfill(stack: Stack, flow: str, words: tuple[str, ...]) -> None:
    """Let the stack read everything of a flow."""
    command = [sys.executable, "-m", "workers.cli", *(word.format(flow=flow) for word in words)]
    own = {PREFIX + name: value for name, value in stack.settings.items()}
    subprocess.run(command, check=True, env=environment() | own | {"PYTHONPATH": str(ROOT)}, capture_output=True)


def still(stack: Stack, flow: str) -> int:
    """Return how many deliveries of the flow are under way."""
    live = text("SELECT count(*) FROM deliveries WHERE flow = :flow AND state IN ('pending', 'waiting', 'leased')")
    runs = text("SELECT count(*) FROM runs WHERE flow = :flow AND finished_at IS NULL")
    with create_engine(stack.addresses["ledger"]).connect() as connection:
        return sum(int(connection.execute(one, {"flow": flow}).scalar_one()) for one in (live, runs))


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the longest, in milliseconds."""
    if len(seconds) < 2:  # noqa: PLR2004 — quantiles want two
        return {}
    return {
        "p50": round(1000 * statistics.median(seconds), 1),
        "p95": round(1000 * statistics.quantiles(seconds, n=20)[-1], 1),
        "max": round(1000 * max(seconds), 1),
    }


def run(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Put everything on stage, measure without load and then beside the backfill."""
    choices = Choices(folder, broker=given.broker, ledger=fresh_ledger(given.ledger) if given.ledger else "")
    with running(choices, keep=False) as addresses:
        load(Company(opportunities=given.opportunities), addresses)
        stack = read_stack(folder, addresses)
        backfill(stack, CUSTOMERS, ALL)
        PAUSE.wait(3)
        while still(stack, CUSTOMERS):
            PAUSE.wait(1)
        deals = open_deals(stack, WARM_UP + given.orders // 3 + given.orders)
        measure(stack, deals[:WARM_UP], 60)
        begun = time.time()
        alone = measure(stack, deals[WARM_UP : -given.orders], given.a_minute)
        netsuite = own_share(stack, begun)
        backfill(stack, ORDERS, BACKFILL)
        PAUSE.wait(5)
        beside = measure(stack, deals[-given.orders :], given.a_minute) | {"backfill_left": still(stack, ORDERS)}
    return {"netsuite": netsuite, "alone": alone, "beside_a_backfill": beside}


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--opportunities", type=int, default=20_000, help="how large the company is")
    parser.add_argument("--orders", type=int, default=60, help="how many deals are won beside the backfill")
    parser.add_argument("--a-minute", type=float, default=30, help="at which pace")
    parser.add_argument("--broker", default="", help="a broker's address; the embedded one without it")
    parser.add_argument("--ledger", default="", help="a ledger's address; embedded SQLite without it")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(given, Path(folder) / "demo")
    promised = found["netsuite"]["p95"] + PROMISED
    about = {
        "at": f"{datetime.now(UTC):%Y-%m-%d}", "python": platform.python_version(), "cpus": os.cpu_count(),
        "load_average": round(os.getloadavg()[1], 1), "opportunities": given.opportunities,
        "a_minute": given.a_minute, "broker": given.broker.partition(":")[0] or "embedded",
        "ledger": given.ledger.partition(":")[0] or "sqlite", "milliseconds": "p50, p95 and max",
    }  # fmt: skip
    kept = {"promised_p95": promised, "kept": found["beside_a_backfill"]["delivered"].get("p95", 1e9) <= promised}
    print(json.dumps(about | found | kept, indent=2))
    if given.json:
        given.json.write_text(json.dumps(about | found | kept, indent=2) + "\n")


if __name__ == "__main__":
    main()
