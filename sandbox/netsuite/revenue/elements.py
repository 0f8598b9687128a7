"""Which lines of an order earn revenue, how much, from when to when, and by which rule?"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.revenue.spreading import EVEN, EXACT_DAYS, shared
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.amounts import ZERO, precision_of
from sandbox.netsuite.transactions.lines import DISCOUNTS
from sandbox.netsuite.transactions.progress import goods

_MONTHS = 12
ON_CREATION, ON_BILLING, ON_FULFILLMENT = "-1", "-2", "-3"
_COUNTERS = {ON_BILLING: "quantityBilled", ON_FULFILLMENT: "quantityFulfilled"}


@dataclass(frozen=True, slots=True)
class Element:
    """One line's revenue: `amount` is what it earns in all, `planned` what of it may be planned by now.

    `rule` is the id of a revenue recognition rule, empty for a line that has dates or a template alone.
    """

    line: int
    key: int
    item: int
    amount: Decimal
    planned: Decimal
    start: date
    end: date
    rule: str
    method: str
    plans_on: str


def elements_of(store: Store, order: Stored) -> list[Element]:
    """Give the elements of an order; an order without rules and dates has none."""
    doc = order.doc
    rows = [(row, item) for row in goods(store, doc) if (item := _earning(store, row)) is not None]
    if not rows:
        return []
    net = _net_amounts(store, doc)
    return [_element(store, doc, row, item, net[row["line"]]) for row, item in rows]


def _earning(store: Store, row: Document) -> Stored | None:
    item = store.by_id("item", row["item"]["id"])
    dated = row.get("revRecStartDate") or row.get("revRecSchedule")
    ruled = item is not None and (item.doc.get("revenueRecognitionRule") or item.doc.get("revRecSchedule"))
    return item if item is not None and (dated or ruled) and not row.get("doNotCreateRevenueElement") else None


def _net_amounts(store: Store, doc: Document) -> dict[int, Decimal]:
    """Give each line's amount after the discounts under it and its share of the header's, by line number."""
    net: dict[int, Decimal] = {}
    last = 0
    for row in doc.get("item") or ():
        item = store.by_id("item", (row.get("item") or {}).get("id", ""))
        if item is not None and item.type in DISCOUNTS and last:
            net[last] += row.get("amount") or ZERO
        elif item is not None and item.type not in DISCOUNTS and row.get("quantity") is not None:
            last = row["line"]
            net[last] = row.get("amount") or ZERO
    discount = doc.get("discountTotal") or ZERO
    if discount and sum(net.values(), ZERO):
        parts = shared(Decimal(str(discount)), list(net.values()), precision_of(store, doc.get("currency")))
        net = {line: amount + part for (line, amount), part in zip(net.items(), parts, strict=True)}
    return net


def _element(store: Store, doc: Document, row: Document, item: Stored, amount: Decimal) -> Element:
    rule, method, months = _rule(store, row, item)
    start, end = _dates(doc, row, months)
    plans_on = str((item.doc.get("createRevenuePlansOn") or {}).get("id", ON_CREATION))
    done = _COUNTERS.get(plans_on)
    part = amount if done is None else amount * Decimal(str(row.get(done) or 0)) / Decimal(str(row["quantity"]))
    planned = part.quantize(amount) if amount else ZERO
    key = int(row["lineUniqueKey"])
    return Element(row["line"], key, item.id, amount, planned, start, end, rule, method, plans_on)


def _rule(store: Store, row: Document, item: Stored) -> tuple[str, str, int]:
    """Give a line's rule (its id), method and length in months: the item's rule, else a template, else even periods."""
    if reference := item.doc.get("revenueRecognitionRule"):
        found = store.by_id("revenueRecognitionRule", reference["id"])
        doc = found.doc if found else {}
        return reference["id"], doc.get("recognitionMethod", EVEN), int(doc.get("termInMonths") or 0)
    reference = row.get("revRecSchedule") or item.doc.get("revRecSchedule")
    found = store.by_id("revRecTemplate", reference["id"]) if reference else None
    doc = found.doc if found else {}
    method = EXACT_DAYS if doc.get("recurrenceType") == EXACT_DAYS else EVEN
    return "", method, int(doc.get("amortizationPeriod") or 0)


def _dates(doc: Document, row: Document, months: int) -> tuple[date, date]:
    """Give the first and the last day of a line's revenue: its own dates, the order's, or the length of its rule."""
    start = _day(row.get("revRecStartDate") or doc.get("revRecStartDate") or doc.get("startDate") or doc["tranDate"])
    told = row.get("revRecEndDate") or doc.get("revRecEndDate")
    length = int(row.get("revRecTermInMonths") or 0) or months
    if told is None and length:
        return start, _after(start, length)
    told = told or doc.get("endDate")
    return start, max(_day(told), start) if told else start


def _day(text: Any) -> date:
    return date.fromisoformat(str(text)[:10])


def _after(start: date, months: int) -> date:
    """Give the last day of so many months from a day on.

    >>> str(_after(date(2026, 1, 15), 12))
    '2027-01-14'
    """
    place = start.year * _MONTHS + start.month - 1 + months
    year, month = divmod(place, _MONTHS)
    day = min(start.day, monthrange(year, month + 1)[1])
    return date.fromordinal(date(year, month + 1, day).toordinal() - 1)
