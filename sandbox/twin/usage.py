"""How much was asked of a twin? Counters, and the newest requests."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 1000


@dataclass(frozen=True)
class Entry:
    """One request as the log keeps it: no bodies, no headers, so no secrets."""

    time: str
    method: str
    path: str
    operation: str
    status: int
    ms: float
    fault: str


@dataclass
class Usage:
    """Counters since the last clearing; `by` counts requests by operation."""

    calls: int = 0
    writes: int = 0
    records_written: int = 0
    refused: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    by: Counter[str] = field(default_factory=Counter)
    log: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))

    def begin(self) -> None:
        """Count a request that has arrived."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def end(self, entry: Entry) -> None:
        """Count a request that has been answered, or cut off."""
        self.in_flight -= 1
        self.calls += 1
        self.by[entry.operation or f"{entry.method} {entry.path}"] += 1
        self.log.append(entry)

    def wrote(self, records: int) -> None:
        """Count one call that wrote records."""
        self.writes += 1
        self.records_written += records

    def clear(self) -> None:
        """Start counting anew; requests under way stay counted as such."""
        self.calls = self.writes = self.records_written = self.refused = 0
        self.peak_in_flight = self.in_flight
        self.by.clear()

    def as_json(self) -> dict[str, Any]:
        """Return the counters as plain values."""
        names = ("calls", "writes", "records_written", "refused", "in_flight", "peak_in_flight")
        return {name: getattr(self, name) for name in names} | {"by": dict(self.by.most_common())}

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the newest requests, newest first."""
        return [asdict(entry) for entry in list(self.log)[: -limit - 1 : -1]]
