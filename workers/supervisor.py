"""Who keeps a set of processes running on one machine? Starts them in order, restarts what dies, stops all together."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import structlog

log = structlog.get_logger("isthmus.supervisor")
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class NotStarted(Exception):
    """A process did not become ready; the message names it and its log."""


@dataclass(frozen=True)
class Child:
    """One process to keep: its command, extra environment, and how to tell that it is ready."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    patience: float = 30.0


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent dies; Linux alone can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGTERM)


class Supervisor:
    """Keeps children alive until `stop`; each child's output goes to its own file in `folder/logs`."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._running: dict[str, tuple[Child, subprocess.Popen[bytes]]] = {}
        self._stopping = threading.Event()
        (folder / "logs").mkdir(parents=True, exist_ok=True)

    def start(self, child: Child) -> None:
        """Start a child without waiting for it."""
        with self._log_file(child.name).open("ab") as sink:
            process = subprocess.Popen(  # noqa: S603 — commands are our own, no shell
                child.command,
                stdout=sink,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=self._environment | dict(child.environment),
                start_new_session=True,
                preexec_fn=die_with_parent,  # noqa: PLW1509 — one prctl call, before any thread of the child exists
            )
        self._running[child.name] = (child, process)
        self._note_pids()

    def wait_ready(self, name: str) -> None:
        """Wait until the child is ready; raise NotStarted when it dies or takes too long."""
        child, process = self._running[name]
        deadline = monotonic() + child.patience
        while not child.ready():
            if process.poll() is not None or monotonic() > deadline:
                raise NotStarted(f"{name} did not start; its last words:\n{self.last_words(name)}")
            self._stopping.wait(0.05)

    def watch(self) -> None:
        """Restart children that die, until `stop` is called from a signal or another thread."""
        while not self._stopping.wait(0.5):
            for child, process in list(self._running.values()):
                if process.poll() is not None:
                    log.warning("child.restarted", name=child.name, code=process.returncode)
                    self.start(child)

    def stop(self, grace: float = 10.0) -> None:
        """Stop all children in the reverse order of their start: SIGTERM, and after the grace SIGKILL."""
        self._stopping.set()
        for _, process in reversed(list(self._running.values())):
            _end(process, signal.SIGTERM)
        deadline = monotonic() + grace
        for _, process in reversed(list(self._running.values())):
            try:
                process.wait(max(deadline - monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                _end(process, signal.SIGKILL)
                process.wait()

    def pids(self) -> dict[str, int]:
        """Return each child's process id."""
        return {name: process.pid for name, (_, process) in self._running.items()}

    def last_words(self, name: str, lines: int = 12) -> str:
        """Return the end of a child's log."""
        return "\n".join(self._log_file(name).read_text(errors="replace").splitlines()[-lines:])

    def _log_file(self, name: str) -> Path:
        return self._folder / "logs" / f"{name}.log"

    def _note_pids(self) -> None:
        fresh = self._folder / "pids.json.new"
        fresh.write_text(json.dumps({"supervisor": os.getpid()} | self.pids()))
        fresh.replace(self._folder / "pids.json")


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Signal the child's whole session, so that its own children go too."""
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        return
