"""Which logic of its own does the org run for which object? Steps before a record is kept, and after (salesforce.md 4).

`DERIVED` fills what follows from the record alone, also on loading; `BEFORE` asks other records and
may refuse; `ALWAYS` is for every object.
"""

from __future__ import annotations

from sandbox.salesforce.logic import contracts, currencies, deals, leads, lines, names, orders, prices, quotes, tasks
from sandbox.salesforce.saving import Step

DERIVED: dict[str, tuple[Step, ...]] = {
    "Contact": (names.compose,),
    "Contract": (contracts.derive,),
    "Lead": (names.compose, leads.derive),
    "Opportunity": (deals.derive,),
    "OpportunityLineItem": (lines.price,),
    "Order": (orders.derive,),
    "OrderItem": (lines.price,),
    "Quote": (quotes.derive,),
    "QuoteLineItem": (lines.price,),
    "Task": (tasks.derive,),
    "User": (names.compose,),
}
BEFORE: dict[str, tuple[Step, ...]] = {
    "Contract": (contracts.number,),
    "Opportunity": (deals.guard,),
    "OpportunityLineItem": (lines.sell, lines.guard_sold),
    "Order": (orders.number, orders.guard),
    "OrderItem": (lines.sell, orders.guard_line, orders.number_line),
    "PricebookEntry": (prices.name, prices.guard),
    "Quote": (quotes.number, quotes.inherit),
    "QuoteLineItem": (lines.sell, quotes.number_line),
}
ALWAYS: tuple[Step, ...] = (names.call_by_id, currencies.inherit, currencies.guard, currencies.cut)
