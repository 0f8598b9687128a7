"""How fast are the twins with latency off? Simple reads and list records a second, asked from processes of their own.

.venv/bin/python -m bench.twin_speed --rounds 5 --json bench/results/twin_speed.json
.venv/bin/python -m bench.twin_speed --orders 1000000 --json bench/results/twin_million.json

Requests are signed beforehand and sent by bare sockets, so that what is measured is the twin and not its client.
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
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import requests

from bench.twin_calls import CASES, Case, Place, items_and_customer, orders
from bench.twin_client import hammer

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("starlette", "uvicorn", "uvloop", "httptools", "lxml")
PROCESSES, CONNECTIONS = 2, 4
SERVE = ("--latency", "off", "--slots", "50", "--seed-credentials", "bench")


@contextmanager
def serving(side: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Run a twin in a process of its own; gives its address and process id."""
    where = ("--only", side, f"--{side}-port", "0", "--state", str(folder))
    command = [sys.executable, "-m", "sandbox", "serve", *where, *SERVE]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        announced = process.stdout.readline() if process.stdout else ""
        try:
            yield announced.split()[-1], process.pid
        finally:
            process.terminate()


def measure(
    pool: ProcessPoolExecutor, place: Place, make: Callable[[Place, int], list[bytes]], count: int
) -> tuple[float, float]:
    """Return how many requests a twin answers in a second, and in a second of its own CPU time.

    Each process sends its own share over its connections. On a machine that others use too, the second figure is the
    one that can be compared.
    """
    shares = [make(place, count // PROCESSES) for _ in range(PROCESSES)]
    begin = time.time() + 0.3
    spent = -_cpu_seconds(place.pid)
    futures = [pool.submit(hammer, place.host, place.port, share, CONNECTIONS, begin) for share in shares]
    spans = [future.result() for future in futures]
    spent += _cpu_seconds(place.pid)
    return count / (max(end for _, end in spans) - min(start for start, _ in spans)), count / max(spent, 0.01)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rounds(number: int, share: float, cases: Sequence[Case] = CASES) -> dict[str, list[tuple[float, float]]]:
    """Measure every case several times; returns records a second, and records in a second of the twin's CPU."""
    found: dict[str, list[tuple[float, float]]] = {case.name: [] for case in cases}
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        folder = Path(name)
        for side in ("salesforce", "netsuite"):
            with serving(side, folder) as (url, pid):
                place = Place(side, url, folder, pid)
                place.fill()
                for turn in range(number + 1):  # the first warms up and does not count
                    for case in (one for one in cases if one.side == side):
                        count = max(int(case.count * share) // PROCESSES, 1) * PROCESSES
                        wall, cpu = measure(pool, place, case.make, count)
                        if turn:
                            found[case.name].append((wall * case.records, cpu * case.records))
    return found


def million(count: int) -> dict[str, Any]:
    """Load so many orders into a NetSuite twin, then look into it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serving("netsuite", folder) as (url, pid):
            load(url, items_and_customer())
            began = time.perf_counter()
            for start in range(0, count, 4000):
                load(url, orders(start, min(4000, count - start)))
            loaded = time.perf_counter() - began
            looks = {path: _look(url, path) for path in _looks(count)}
            size = sum(path.stat().st_size for path in folder.glob("netsuite.sqlite*"))
            return {
                "orders": count,
                "load_seconds": round(loaded, 1),
                "orders_per_second": round(count / loaded),
                "file_mb": round(size / 1e6),
                "memory_mb": _memory(pid),
                "milliseconds": looks,
                "reads_per_second": _reads(Place("netsuite", url, folder, pid)),
            }


def load(url: str, lines: list[str]) -> None:
    """Load NDJSON lines."""
    requests.post(f"{url}/_twin/load", data="\n".join(lines).encode(), timeout=600).raise_for_status()


def _looks(count: int) -> list[str]:
    middle = count // 2
    return [
        "", "totals/salesOrder", f"list/salesOrder?q=SO{10001 + middle}", "list/salesOrder?q=customer 77",
        f"record/salesOrder/SF-OPP-{middle:09d}", f"records/salesOrder?q=sf-opp-{middle:09d}",
    ]  # fmt: skip


def _look(url: str, path: str) -> float:
    spans = []
    for _ in range(5):
        began = time.perf_counter()
        requests.get(f"{url}/_twin/{path}", timeout=120).raise_for_status()
        spans.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(spans), 1)


def _memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1000


def _reads(place: Place) -> dict[str, int]:
    case = next(one for one in CASES if one.name == "netsuite rest read")
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        return _medians([measure(pool, place, case.make, case.count) for _ in range(3)])


def _medians(rates: list[tuple[float, float]]) -> dict[str, int]:
    walls, cpus = zip(*rates, strict=True)
    return {"a_second": round(statistics.median(walls)), "a_cpu_second": round(statistics.median(cpus))}


def main() -> None:
    """Run the rounds and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--share", type=float, default=1.0, help="a share of the usual number of requests")
    parser.add_argument("--orders", type=int, default=0, help="load so many orders instead, and look into them")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    given = parser.parse_args()
    told: dict[str, Any] = million(given.orders) if given.orders else {}
    if not given.orders:
        found = rounds(given.rounds, given.share)
        told = {name: _medians(rates) for name, rates in found.items()}
    for name, value in told.items():
        print(f"{name:28} {value}")
    if given.json:
        given.json.write_text(json.dumps({"results": told, **_machine(given.rounds)}, indent=2) + "\n")


def _machine(number: int) -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "")
    cpus = Path("/proc/cpuinfo").read_text().count("processor\t")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "rounds": number,
        "machine": f"{model or platform.machine()}, {cpus} CPUs, Linux {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "load_when_measured": Path("/proc/loadavg").read_text().split()[0],
    }


if __name__ == "__main__":
    main()
