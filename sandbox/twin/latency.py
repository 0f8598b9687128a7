"""How long does the real system take, and how much of that does the twin?

Sources of the figures: a NetSuite request 0.3 s, an order 1.5 s, a line 0.05 s lie inside the range that practitioners
report (two to four seconds for saving a sales order); a Salesforce request 0.15 s. The spread is log-normal.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

PROFILES = {"off": 0.0, "demo": 1 / 50, "real": 1.0}
SPREAD = 0.25  # sigma of the logarithm: two thirds of all waits lie within a quarter of the middle


@dataclass
class Latency:
    """A profile's share of real time; `seconds` spreads a real duration around its middle."""

    profile: str = "demo"

    def __post_init__(self) -> None:
        """Refuse a profile that is none."""
        self.set(self.profile)

    def set(self, profile: str) -> None:
        """Change the profile: off, demo or real."""
        if profile not in PROFILES:
            raise ValueError(f"'{profile}' is no latency profile; there are: {', '.join(PROFILES)}")
        self.profile = profile

    def seconds(self, real: float) -> float:
        """Return how long to wait for something that takes `real` seconds in the real system."""
        share = PROFILES[self.profile]
        if not share or not real:
            return 0.0
        spread = random.lognormvariate(-(SPREAD**2) / 2, SPREAD)
        return real * share * (spread if math.isfinite(spread) else 1.0)
