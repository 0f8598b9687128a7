"""What was done in a stretch of a life, and what was refused? Counts by the words of the act, and by the system's code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Tally:
    """Acts and refusals so far; a refusal is part of life, as a closed period is."""

    acts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def did(self, act: str, count: int = 1) -> None:
        """Count an act."""
        if count:
            self.acts[act] += count

    def was_refused(self, act: str, code: str) -> None:
        """Count a refusal."""
        self.refused[f"{act}: {code}"] += 1

    def as_json(self) -> Mapping[str, Mapping[str, int]]:
        """Return all counts."""
        return {"acts": dict(sorted(self.acts.items())), "refused": dict(sorted(self.refused.items()))}
