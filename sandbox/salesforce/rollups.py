"""What does a parent record add up from its lines? Written whenever a line is saved or deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.salesforce.logic import deals, orders, quotes
from sandbox.salesforce.store import Store

Sum = Callable[[Store, dict[str, Any]], dict[str, Any]]
ROLLUPS: Mapping[str, tuple[str, str, Sum]] = {
    "OpportunityLineItem": ("OpportunityId", "opportunity", deals.summed_up),
    "QuoteLineItem": ("QuoteId", "quote", quotes.summed_up),
    "OrderItem": ("OrderId", "order", orders.summed_up),
}  # by the line's object: its parent field, the parent object, what the parent becomes
BOOKED = frozenset(ROLLUPS)  # the first line decides its parent's price book
