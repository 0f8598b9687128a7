"""What time is it in a twin? The machine's time, until somebody moves it.

Records, queries and business dates follow this clock. Sign-in does not: clients stamp and sign with their own time, and
a year that is played in a minute must not lock them out. Where the clock has a store, it stands there again after a kill.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol


class ClockRefused(ValueError):
    """A wish to move the clock makes no sense; the message says why."""


class Kept(Protocol):
    """Where single values outlive the process."""

    def read(self, name: str) -> Any:
        """Return a value, None when there is none."""

    def write(self, name: str, value: Any) -> None:
        """Keep a value that JSON can hold."""


@dataclass
class Clock:
    """The machine's time plus a shift, or one moment that stands still."""

    shift: timedelta = timedelta()
    frozen: datetime | None = None
    kept: Kept | None = None

    def __post_init__(self) -> None:
        """Stand where the clock stood before."""
        self.recall()

    def recall(self) -> None:
        """Take the clock's place from its store again: the file may have changed underneath."""
        if self.kept is None:
            return
        place = self.kept.read("clock") or {"shift": 0.0, "frozen": None}
        self.shift = timedelta(seconds=place["shift"])
        self.frozen = datetime.fromisoformat(place["frozen"]) if place["frozen"] else None

    def now(self) -> datetime:
        """Return the twin's time, aware, in UTC."""
        return self.frozen or datetime.now(UTC) + self.shift

    def move(self, wish: dict[str, Any]) -> None:
        """Move the clock by a wish: `{"now": ISO time, "frozen": bool}`, `{"advance": seconds}` or `{}` for real time."""
        try:
            here = self._wanted(wish)
        except (ValueError, TypeError, OverflowError) as error:
            raise ClockRefused(f"expected {{now: ISO time with a zone}} or {{advance: seconds}}: {error}") from error
        stands = bool(wish.get("frozen", self.frozen is not None and bool(wish)))
        self.shift = here - datetime.now(UTC) if wish else timedelta()
        self.frozen = here if stands else None
        if self.kept is not None:
            frozen = self.frozen.isoformat() if self.frozen else None
            self.kept.write("clock", {"shift": self.shift.total_seconds(), "frozen": frozen})

    def _wanted(self, wish: dict[str, Any]) -> datetime:
        unknown = set(wish) - {"now", "advance", "frozen"}
        if unknown:
            raise ValueError(f"unknown {', '.join(sorted(unknown))}")
        here = datetime.fromisoformat(str(wish["now"])) if "now" in wish else self.now()
        if here.tzinfo is None:
            raise ValueError("a time without a zone")
        return here.astimezone(UTC) + timedelta(seconds=float(wish.get("advance", 0)))

    def as_json(self) -> dict[str, Any]:
        """Return the time and whether it stands still."""
        return {"now": self.now().isoformat(), "frozen": self.frozen is not None, "shift": self.shift.total_seconds()}
