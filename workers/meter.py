"""What does a run cost? CPU and memory of our processes, sampled while they work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Self

import psutil

SAMPLE_SECONDS = 0.5


class Meter:
    """Samples processes by name until the block ends; a process that is replaced keeps its predecessors' CPU time."""

    def __init__(self, pids: Callable[[], Mapping[str, int]]) -> None:
        self._pids = pids
        self._first: dict[tuple[str, int], float] = {}
        self._last: dict[tuple[str, int], float] = {}
        self._peak: dict[str, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_done, name="meter", daemon=True)

    def __enter__(self) -> Self:
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()
        self._sample()

    def cpu_seconds(self, *names: str) -> float:
        """Return the CPU time that the named processes used since the block began."""
        return sum(last - self._first[key] for key, last in self._last.items() if key[0] in names)

    def peak_mb(self) -> dict[str, float]:
        """Return the largest resident memory seen of each process, in MB."""
        return {name: round(peak / 1e6, 1) for name, peak in sorted(self._peak.items())}

    def _sample_until_done(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self._sample()

    def _sample(self) -> None:
        pids = self._pids()
        for name, pid in pids.items():
            try:
                self._sample_one(name, psutil.Process(pid), frozenset(pids.values()))
            except psutil.Error:
                continue

    def _sample_one(self, name: str, process: psutil.Process, named: frozenset[int]) -> None:
        family = list(_family(process, named))
        cpu = sum(sum(member.cpu_times()[:2]) for member in family)
        rss = sum(member.memory_info().rss for member in family)
        self._first.setdefault((name, process.pid), cpu if not self._last else 0.0)
        self._last[name, process.pid] = cpu
        self._peak[name] = max(self._peak.get(name, 0.0), rss)


def _family(process: psutil.Process, named: frozenset[int]) -> Iterator[psutil.Process]:
    """Yield a process and its descendants, without those that are measured under a name of their own."""
    yield process
    for child in process.children():
        if child.pid not in named:
            yield from _family(child, named)
