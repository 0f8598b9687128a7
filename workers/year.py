"""Does everything still agree after a year? People live it in both twins, the flows run beside them, then all is compared."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from time import monotonic

import requests

from flows.balance import Balance, balance
from flows.ports import Services
from flows.reconcile import reconcile
from ledger.ledger import Ledger
from mappings.language import Flow
from workers.app import sender
from workers.calm import Calm
from workers.container import wire
from workers.demo import DemoFault
from workers.settings import ROOT, environment, of_file
from workers.stack import SETTINGS_FILE, Addresses
from workers.twin_books import TwinBooks

NIGHT = "22:30:00+00:00"
ROUNDS, LAST_PATIENCE = 6, 240.0
Tell = Callable[[str, int], None]  # words, and the day of the year


@dataclass(frozen=True)
class Plan:
    """How long the year is, in which stretches it is lived, and by how large a company."""

    begin: date
    days: int = 365
    stretch: int = 7
    opportunities: int = 20_000
    seed: int = 7

    def stretches(self) -> Iterator[tuple[date, int]]:
        """Yield the first day and the length of each stretch."""
        for start in range(0, self.days, self.stretch):
            yield self.begin + timedelta(days=start), min(self.stretch, self.days - start)


class Year:
    """Lives the year over a running stack; `seconds` tells how long people and flows took."""

    def __init__(self, folder: Path, addresses: Addresses, plan: Plan, tell: Tell) -> None:
        self.seconds: Counter[str] = Counter()
        self.acts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.calls = 0
        self.plan = plan
        self._addresses = addresses
        self._folder = folder
        self._tell = tell
        self._day = 0
        self._app = sender(addresses.broker)
        self._ledger = Ledger(addresses.ledger)
        self._calm = Calm(self._ledger, self._app, lambda words: tell(words, self._day))

    @cached_property
    def services(self) -> Services:
        """Return the services of this process: the reconciliation reads the sources through them."""
        return wire(of_file(self._folder / SETTINGS_FILE), self._app)

    def live(self) -> None:
        """Live all stretches; after each the real-time flows run, and at night the nightly ones."""
        self._people(self.plan.begin, 0)
        self._flow(self._realtime)
        for first, days in self.plan.stretches():
            self._people(first, days)
            self._flow(self._realtime)
            self._night(first + timedelta(days=days - 1))
            self._day = (first - self.plan.begin).days + days
        self._come_to_rest()

    def balances(self) -> list[Balance]:
        """Compare both sides, flow by flow."""
        books = TwinBooks(
            {"salesforce": self._addresses.salesforce, "netsuite": self._addresses.netsuite}, self.services.tables
        )
        found = []
        for flow in self.services.flows.values():
            self._tell(f"comparing {flow.flow}", self.plan.days)
            found.append(balance(flow.flow, reconcile(flow, self.services, books)))
        return found

    @property
    def _realtime(self) -> list[str]:
        return [name for name, flow in self.services.flows.items() if flow.every and not is_nightly(flow)]

    @property
    def _nightly(self) -> list[str]:
        return [name for name, flow in self.services.flows.items() if is_nightly(flow)]

    def _people(self, first: date, days: int) -> None:
        begun = monotonic()
        self._tell(f"people at work from {first}", self._day)
        plan = self.plan
        words = ["--begin", str(plan.begin), "--from", str(first), "--days", str(days), "--year", str(plan.days)]
        words += ["--opportunities", str(plan.opportunities), "--seed", str(plan.seed)]
        words += ["--env-file", str(self._folder / "twins.env"), "--json"]
        done = subprocess.run(  # noqa: S603 — our own module
            [sys.executable, "-m", "sandbox", "live", *words],
            env=environment() | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoFault(f"people could not go on living from {first}: {done.stderr.strip()[-2000:]}")
        told: Mapping[str, Mapping[str, int]] = json.loads(done.stdout)
        self.acts.update(told.get("acts", {}))
        self.refused.update(told.get("refused", {}))
        self.seconds["people"] += int(1000 * (monotonic() - begun))

    def _flow(self, names: list[str], patience: float = 20.0) -> int:
        begun = monotonic()
        new = self._calm.capture(names, patience) if names else 0
        self.seconds["flows"] += int(1000 * (monotonic() - begun))
        return new

    def _night(self, day: date) -> None:
        """Let the nightly flows run in the simulated night; with the day, the org's budget of calls begins anew."""
        for url in (self._addresses.salesforce, self._addresses.netsuite):
            requests.post(f"{url}/_twin/clock", json={"now": f"{day}T{NIGHT}"}, timeout=30).raise_for_status()
        self._flow(self._nightly)
        used = requests.get(f"{self._addresses.salesforce}/_twin/usage", timeout=30).json()["calls"]
        self.calls += used
        requests.delete(f"{self._addresses.salesforce}/_twin/usage", timeout=30).raise_for_status()

    def _come_to_rest(self) -> None:
        """Run all flows until a round brings nothing new: what one wrote, another reads."""
        self._flow([*self._realtime, *self._nightly])
        moving = [name for name, flow in self.services.flows.items() if not flow.target.verify]  # a check finds no rest
        for _ in range(ROUNDS):
            if not self._flow(moving, LAST_PATIENCE):
                return


def is_nightly(flow: Flow) -> bool:
    """Tell whether a flow runs at night: it has a window, or a time of the day."""
    return flow.window is not None or flow.at is not None
