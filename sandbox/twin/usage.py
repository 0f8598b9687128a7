"""How much was asked of a twin? Counters, and the newest requests."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

KEPT = 5000
_TOLD = ("method", "path", "query", "channel", "operation", "status", "ms", "fault", "matched")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request as the log keeps it: no bodies, no headers, no sign-in's query, so no secrets.

    `status` 0 is a connection that was cut; `fault` and `matched` name the fault that struck, and by which expression.
    """

    at: float
    method: str
    path: str
    query: str
    channel: str
    operation: str
    status: int
    ms: float
    fault: str = ""
    matched: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the entry as plain values."""
        time = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")
        return {"time": time} | {name: getattr(self, name) for name in _TOLD}

    def text(self) -> str:
        """Return what a search looks through, in lower case."""
        return (
            f"{self.method} {self.path} {self.query} {self.channel} {self.operation} {self.status} {self.fault}".lower()
        )


@dataclass(frozen=True)
class Sought:
    """Which entries are wanted; empty fields want all. `status` is 429, or 4xx, or 0 for a cut connection."""

    status: str = ""
    operation: str = ""
    channel: str = ""
    fault: str = ""
    q: str = ""

    def meets(self, entry: Entry) -> bool:
        """Tell whether an entry is wanted; `fault` any wants every entry with one."""
        status = str(entry.status)
        return (
            self.status in {"", status, f"{status[0]}xx"}
            and self.operation.lower() in entry.operation.lower()
            and self.channel.lower() in {"", entry.channel.lower()}
            and (self.fault in {"", entry.fault} or (self.fault == "any" and bool(entry.fault)))
            and (not self.q or self.q.lower() in entry.text())
        )


@dataclass
class Usage:
    """Counters since the last clearing; `by` counts requests by operation, `by_channel` by the door they came through."""

    calls: int = 0
    writes: int = 0
    records_written: int = 0
    refused: int = 0
    violations: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    by: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    log: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))

    def begin(self) -> None:
        """Count a request that has arrived."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def end(self, entry: Entry) -> None:
        """Count a request that has been answered, or cut off."""
        self.in_flight -= 1
        self.calls += 1
        self.note(entry)

    def note(self, entry: Entry) -> None:
        """Log a request; one that is only noted costs nothing of a limit."""
        self.by[entry.operation] += 1
        self.by_channel[entry.channel] += 1
        self.log.append(entry)

    def wrote(self, records: int) -> None:
        """Count one call that wrote records."""
        self.writes += 1
        self.records_written += records

    def clear(self) -> None:
        """Start counting anew; requests under way stay counted as such."""
        self.calls = self.writes = self.records_written = self.refused = self.violations = 0
        self.peak_in_flight = self.in_flight
        self.by.clear()
        self.by_channel.clear()

    def as_json(self) -> dict[str, Any]:
        """Return the counters as plain values."""
        names = ("calls", "writes", "records_written", "refused", "violations", "in_flight", "peak_in_flight")
        counters = {name: getattr(self, name) for name in names}
        return counters | {"by": dict(self.by.most_common()), "by_channel": dict(self.by_channel.most_common())}

    def newest(self, sought: Sought, limit: int, offset: int = 0) -> list[Entry]:
        """Return the newest requests that are sought, newest first."""
        return list(islice(self._sought(sought), offset, offset + limit))

    def _sought(self, sought: Sought) -> Iterator[Entry]:
        return (entry for entry in reversed(self.log) if sought.meets(entry))
