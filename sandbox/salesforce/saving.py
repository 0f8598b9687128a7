"""What is one record on its way into the org? What it was, what is wished, and what it will be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.store import Store

HOME = "USD"  # the org's own currency
CENT = Decimal("0.01")


@dataclass
class Saving:
    """One record being saved; `before` is empty when it is created, `given` is the accepted wish."""

    store: Store
    owner: SObject
    before: Mapping[str, Any]
    given: Mapping[str, Any]
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def creating(self) -> bool:
        """Tell whether the record is new."""
        return not self.before

    def changes(self, name: str) -> bool:
        """Tell whether the wish changes a field."""
        return name in self.given and self.given[name] != self.before.get(name)

    def find(self, kind: str, name: str) -> dict[str, Any]:
        """Return the record that a field points to; empty when there is none."""
        wanted = self.values.get(name)
        return (self.store.get(objects()[kind.lower()], wanted) if wanted else None) or {}

    def amount(self, name: str) -> Decimal:
        """Return a number field; nothing counts as nought."""
        return Decimal(self.values.get(name) or 0)


Step: TypeAlias = Callable[[Saving], None]


def money(amount: Decimal) -> str:
    """Return an amount as the store keeps it, to the cent.

    >>> money(Decimal("1.005"))
    '1.01'
    """
    return format(amount.quantize(CENT, ROUND_HALF_UP), "f")
