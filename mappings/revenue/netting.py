"""What does each line of an order sell for, after the discounts under it and its share of the order's, and what is due?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from mappings.revenue.spreading import ZERO, rounded, shared

ON_BILLING, ON_FULFILLMENT = "-2", "-3"  # ids of `createRevenuePlansOn` (netsuite.md 4.4)


@dataclass(frozen=True, slots=True)
class Sold:
    """A line as the order has it; one that is a discount takes from the line above."""

    key: str
    amount: Decimal
    is_discount: bool = False


def net(lines: Sequence[Sold], off: Decimal, digits: int) -> Mapping[str, Decimal]:
    """Return what each line that is no discount sells for; `off` is the discount of the whole order, below zero.

    >>> lines = [Sold("1", Decimal("90.00")), Sold("2", Decimal("-10.00"), True), Sold("3", Decimal("20.00"))]
    >>> {key: str(amount) for key, amount in net(lines, Decimal("-10.00"), 2).items()}
    {'1': '72.00', '3': '18.00'}
    """
    found: dict[str, Decimal] = {}
    above = ""
    for line in lines:
        if not line.is_discount:
            above = line.key
            found[above] = line.amount
        elif above:
            found[above] += line.amount
    if not off or not sum(found.values(), ZERO):
        return found
    shares = shared(off, [Fraction(amount) for amount in found.values()], digits)
    return {key: amount + share for (key, amount), share in zip(found.items(), shares, strict=True)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a line has come: ordered, billed and fulfilled, and which of them lets its revenue be planned."""

    plans_on: str
    ordered: Decimal
    billed: Decimal = ZERO
    fulfilled: Decimal = ZERO

    def due(self, amount: Decimal, digits: int) -> Decimal:
        """Return what of the amount may be planned by now: all of it, or as much as is billed or fulfilled."""
        done = {ON_BILLING: self.billed, ON_FULFILLMENT: self.fulfilled}.get(self.plans_on, self.ordered)
        if done == self.ordered or not self.ordered:
            return amount
        return rounded(Fraction(amount) * Fraction(done) / Fraction(self.ordered), digits)
