"""How long does the real system take, and how much of that does the twin?

The figures of `real`, in seconds, and where they come from:

- NetSuite, 1.5 an order and 0.05 a line of it, beside 0.3 a request: practitioners report two to four seconds for saving
  one sales order, workflows and scripts included (incumbents.md 4: five slots make 75 to 150 orders a minute); a request
  with one order of ten lines makes 2.3.
- NetSuite, 0.3 a record that is no transaction: our own estimate, as is the request's share of an order's time.
- Salesforce, 0.15 a REST call, whatever it holds: our own estimate for a query page or a collection of 200.

The spread is log-normal, sigma 0.25, mean 1: two thirds of all waits lie within a quarter of the middle, a few are far
longer, none is negative. `demo` is `real` divided by fifty; `own` is whatever a person has set.
"""

from __future__ import annotations

import math
import random
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

PROFILES = {"off": 0.0, "demo": 1 / 50, "real": 1.0}
SPREAD = 0.25
LONGEST = 3600.0


@dataclass(frozen=True)
class Figures:
    """Seconds of one request, and of each order, order line and other record that it writes; sigma of their spread."""

    request: float = 0.3
    order: float = 1.5
    line: float = 0.05
    record: float = 0.3
    spread: float = SPREAD


NETSUITE = Figures()
SALESFORCE = Figures(request=0.15, order=0.0, line=0.0, record=0.0)
_NAMES = tuple(one.name for one in fields(Figures))


@dataclass
class Latency:
    """A profile's share of real time, or figures of one's own; can be changed while the twin serves."""

    profile: str = "demo"
    real: Figures = NETSUITE
    figures: Figures = NETSUITE
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a profile that is none."""
        self.set(self.profile)

    def set(self, profile: str) -> None:
        """Change the profile: off, demo or real."""
        if profile not in PROFILES:
            raise ValueError(f"'{profile}' is no latency profile; there are: {', '.join(PROFILES)}")
        self.profile, self.figures, self.scale = profile, self.real, PROFILES[profile]

    def change(self, wish: dict[str, Any]) -> None:
        """Take a profile, or own figures (what is not named takes no time), and a scale; raise ValueError.

        `{"request": 0.6, "order": 0.1}` is a model of 0.6 s a call and 0.1 s an order, exact: a spread is said or none.
        """
        unknown = sorted(set(wish) - {*_NAMES, "profile", "scale"})
        if unknown or not wish:
            raise ValueError(f"unknown {', '.join(unknown) or 'nothing'}; known: profile, {', '.join(_NAMES)}, scale")
        numbers = {name: _seconds(name, value) for name, value in wish.items() if name != "profile"}
        scale = numbers.pop("scale", None)
        if "profile" in wish:
            self.set(str(wish["profile"]))
        elif numbers:
            self.profile, self.figures, self.scale = "own", Figures(0, 0, 0, 0, 0), 1.0
        self.figures = replace(self.figures, **numbers)
        self.scale = self.scale if scale is None else scale

    def call(self, orders: int = 0, lines: int = 0, records: int = 0) -> float:
        """Return how long to wait for one call that wrote so much, in seconds."""
        took = self.figures
        return self.seconds(took.request + took.order * orders + took.line * lines + took.record * records)

    def seconds(self, real: float) -> float:
        """Return how long to wait for something that takes `real` seconds in the real system."""
        if not self.scale or not real:
            return 0.0
        sigma = self.figures.spread
        return real * self.scale * (random.lognormvariate(-(sigma**2) / 2, sigma) if sigma else 1.0)

    def as_json(self) -> dict[str, Any]:
        """Return the profile, its figures in seconds and its scale."""
        return {"profile": self.profile, "scale": self.scale} | asdict(self.figures)


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} is a number, not {value!r}")
    if not 0 <= value <= LONGEST:
        raise ValueError(f"{name} lies between 0 and {LONGEST:.0f}, and {value} does not")
    return float(value)
