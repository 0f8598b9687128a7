"""How does this account sell over time? By orders or by subscriptions; only the flows of its own world run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class World:
    """What an account's own features say: `orders` or `subscriptions`, "" where they leave it open; and why."""

    name: str
    why: str


ORDERS = World("orders", "nobody has asked the account")
