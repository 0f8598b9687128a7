"""What do people happen to do? Draws that depend on a seed and on what is asked alone, so that a life needs no memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbox.company.dirt import drawn

T = TypeVar("T")
_WHOLE = 1 << 48


@dataclass(frozen=True)
class Chance:
    """All draws of one life."""

    seed: int

    def share(self, what: str) -> float:
        """Draw a number from 0 up to, not including, 1."""
        return drawn(self.seed, what) / _WHOLE

    def happens(self, what: str, share: float) -> bool:
        """Tell whether something happens that happens in this share of all cases."""
        return self.share(what) < share

    def whole(self, what: str, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`, both included."""
        return low + drawn(self.seed, what) % (high - low + 1)

    def one_of(self, what: str, choices: Sequence[T]) -> T:
        """Choose one."""
        return choices[drawn(self.seed, what) % len(choices)]
