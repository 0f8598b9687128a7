"""How is the whole house put on stage? A demo as a person starts it, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_contract import CONTRACT, violations

ROOT = Path(__file__).resolve().parent.parent.parent
REAL_SET = ROOT.parent / "shared/data/crm-sales-opportunities"
ISTHMUS = (sys.executable, "-m", "workers.cli")


def real_set() -> Path:
    """Return the folder of the public set, or skip aloud."""
    if not REAL_SET.is_dir():
        pytest.skip(f"the public CRM Sales Opportunities set is not at {REAL_SET}")
    return REAL_SET


def environment() -> dict[str, str]:
    """Return an environment without settings of Isthmus, in which its rooms are found."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ISTHMUS_")}  # noqa: TID251 — the test sets the scene
    checked = {"SANDBOX_WSDL": str(CONTRACT)} if CONTRACT else {}  # the twin holds all SOAP traffic to the contract
    return own | {"PYTHONPATH": str(ROOT)} | checked


@dataclass
class Stage:
    """A folder in which `isthmus` is run."""

    folder: Path

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*ISTHMUS, *words],
            cwd=self.folder,
            env=environment() | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command and go on; what it says goes to `demo.out`."""
        with (self.folder / "demo.out").open("w") as sink:
            return subprocess.Popen(
                [*ISTHMUS, *words],
                cwd=self.folder,
                env=environment(),
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def answer(self, *words: str) -> Any:
        """Run a command with --json and return what it says."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    @property
    def summary(self) -> dict[str, Any]:
        """Return the summary that the demo wrote."""
        found: dict[str, Any] = json.loads((self.folder / "summary.json").read_text(), parse_float=Decimal)
        return found

    @property
    def addresses(self) -> dict[str, str]:
        """Return where the running parts are."""
        state = json.loads((self.folder / ".isthmus/demo/state.json").read_text())
        found: dict[str, str] = state["addresses"]
        return found

    @property
    def pids(self) -> dict[str, int]:
        """Return the process ids of the running parts."""
        found: dict[str, int] = json.loads((self.folder / ".isthmus/demo/pids.json").read_text())
        return found

    def hold_to_the_contract(self) -> None:
        """Fail if SOAP traffic broke the published contract; a twin that runs no more tells nothing."""
        with suppress(requests.ConnectionError, FileNotFoundError):
            told = violations(self.addresses["netsuite"])
            assert not told, told

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many deliveries of each flow are in which state."""
        return {row["flow"]: row for row in self.answer("status")["flows"]}

    def books(self, side: str, what: str) -> Any:
        """Return what a twin's own books say."""
        return requests.get(f"{self.addresses[side]}/_twin/{what}", timeout=30).json()


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """Put the house on stage; whatever runs is ended afterwards."""
    stage = Stage(folder)
    try:
        yield stage
        stage.hold_to_the_contract()
    finally:
        stage.run("down")


def until(holds: Callable[[], bool], patience: float, what: str) -> None:
    """Wait until something holds; fail with its name after the patience."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(0.2)  # noqa: TID251 — a test may wait


def kill(pid: int) -> None:
    """Kill a process at once, as a crash would."""
    os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Tell whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
