"""What makes a subscription whole? Its customer's sources, its plan's lines, its price book's intervals, its totals."""

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.sublists import merge_lists, merged, plain
from sandbox.netsuite.subscriptions.dates import end_of_term, next_charge, units_after
from sandbox.netsuite.subscriptions.pricing import recurring_amount
from sandbox.netsuite.transactions.amounts import ZERO
from sandbox.netsuite.wish import Wish

_REQUIRED = (("customer", "Customer"), ("subscriptionPlan", "Subscription Plan"), ("initialTerm", "Initial Term"))
_LISTS = {"subscriptionLine": ("lineNumber", "subscriptionLine"), "priceInterval": ("id", "subscriptionPlanLineNumber")}
_TOTALS = {"1": "totalActiveOneTime", "2": "totalActiveRecurring", "3": "totalActiveUsage"}
_FROM_MEMBER = (
    "item", "lineNumber", "billingMode", "renewalOption", "revRecOption", "prorateStartDate", "prorateEndDate",
    "isRequired", "subscriptionLineType",
)  # fmt: skip
_FROM_BOOK = (
    "subscriptionPlanLineNumber", "pricePlan", "frequency", "repeatEvery", "discount", "prorateBy", "chargeType",
    "startOffsetValue", "startOffsetUnit",
)  # fmt: skip
_RANKS = ("ACTIVE", "SUSPENDED", "PENDING_ACTIVATION", "DRAFT", "TERMINATED", "CLOSED")


def complete_subscription(store: Store, wish: Wish, doc: Document, change: Document, today: str) -> None:
    """Make a whole subscription of the kept document and the change."""
    new = "subscriptionLine" not in doc
    doc.update(plain(wish.type, change))
    merge_lists(wish.type, doc, change, wish.replaced, lambda name: name in _LISTS)
    for name, label in _REQUIRED:
        if not doc.get(name):
            raise refusals.missing(label, name)
    plan = _sourced(store, doc, today)
    if new:
        doc["subscriptionLine"] = [
            _line(member, number) for number, member in enumerate(plan.doc.get("member") or (), 1)
        ]
        doc["priceInterval"] = _from_book(store, doc)
        doc["idNumber"] = f"SUB{store.next('subscription', 10001)}"
        doc.setdefault("renewalNumber", 0)
    for name, keys in _LISTS.items():
        doc[name] = [dict(row) for row in doc[name]]
        if name in change:
            pairs = merged(doc[name], change[name] or [], keys, replace=name in wish.replaced)
            doc[name] = [{**row, **sent} for row, sent in pairs]
    _numbered(doc["subscriptionLine"])
    settle(store, doc)


def _sourced(store: Store, doc: Document, today: str) -> Stored:
    customer = store.by_id("entity", doc["customer"]["id"])
    account = store.by_id("billingAccount", (doc.get("billingAccount") or {"id": ""})["id"])
    if account is not None and account.doc.get("customer") != doc["customer"]:
        raise refusals.unknown_reference("billingAccount", str(account.id), "billingAccount")
    for name in ("currency", "subsidiary"):
        value = (account.doc.get(name) if account else None) or (customer.doc.get(name) if customer else None)
        doc.setdefault(name, value or {"id": "1"})
    plan = store.by_id("item", doc["subscriptionPlan"]["id"])
    if plan is None or plan.type != "subscriptionPlan":
        raise refusals.unknown_reference("subscriptionPlan", doc["subscriptionPlan"]["id"], "subscriptionPlan")
    doc["subscriptionPlanName"] = plan.name
    doc.setdefault(
        "name", f"{plan.name} - {customer.doc.get('companyName') or customer.name}" if customer else plan.name
    )
    doc.setdefault("startDate", today)
    term = store.by_id("subscriptionTerm", doc["initialTerm"]["id"])
    if doc.get("endDate") is None and term is not None:
        end = end_of_term(date.fromisoformat(doc["startDate"]), term.doc)
        doc["endDate"] = end.isoformat() if end else None
    return plan


def _line(member: Document, number: int) -> Document:
    row = {name: member[name] for name in _FROM_MEMBER if member.get(name) is not None}
    row.setdefault("subscriptionLineType", "2")
    row.setdefault("billingMode", "IN_ADVANCE")
    included = bool(member.get("isRequired", True))
    row.update(lineNumber=member.get("lineNumber") or number, isIncluded=included, quantity=Decimal(1))
    row["catalogType"] = "REQUIRED" if member.get("isRequired") else "OPTIONAL"
    row["status"] = "DRAFT" if included else "NOT_INCLUDED"
    return row


def _numbered(rows: list[Document]) -> None:
    """Give a line that was added by hand what a member of the plan would have given it."""
    highest = max((int(row.get("lineNumber") or 0) for row in rows), default=0)
    for row in rows:
        if row.get("lineNumber") is None:
            highest += 1
            row["lineNumber"] = highest
        for name, otherwise in (("isIncluded", True), ("subscriptionLineType", "2"), ("billingMode", "IN_ADVANCE")):
            if row.get(name) is None:
                row[name] = otherwise


def _from_book(store: Store, doc: Document) -> list[Document]:
    reference = doc.get("priceBook")
    book = store.by_id("priceBook", reference["id"]) if reference else None
    if book is None:
        return []
    if book.doc.get("subscriptionPlan") is not None and book.doc["subscriptionPlan"] != doc["subscriptionPlan"]:
        raise refusals.unknown_reference("priceBook", str(book.id), "priceBook")
    intervals = book.doc.get("priceInterval") or ()
    return [_interval(row, number, doc["startDate"]) for number, row in enumerate(intervals, 1)]


def _interval(row: Document, number: int, start: str) -> Document:
    new = {name: row[name] for name in _FROM_BOOK if row.get(name) is not None}
    new.setdefault("subscriptionPlanLineNumber", row.get("lineNumber") or number)
    offset = int(row.get("startOffsetValue") or 1) - 1
    first = units_after(date.fromisoformat(start), offset, row.get("startOffsetUnit") or "MONTH")
    return {**new, "id": number, "quantity": Decimal(1), "startDate": first.isoformat(), "status": "DRAFT"}


def settle(store: Store, doc: Document) -> None:
    """Bring intervals, totals and the status in step with the lines."""
    by_line = {row["lineNumber"]: row for row in doc["subscriptionLine"]}
    for row in doc["subscriptionLine"]:
        if not row.get("isIncluded"):
            row["status"] = "NOT_INCLUDED"
        elif row.get("status") in {None, "NOT_INCLUDED"}:
            row["status"] = "DRAFT"
    for number, interval in enumerate(doc["priceInterval"], 1):
        line = by_line.get(interval.get("subscriptionPlanLineNumber"), {})
        interval.setdefault("id", number)
        interval.setdefault("quantity", line.get("quantity", Decimal(1)))
        interval.setdefault("startDate", doc["startDate"])
        interval["recurringAmount"] = recurring_amount(store, interval, doc.get("currency"))
        interval.update(status=line.get("status", "DRAFT"), lineNumber=interval.get("subscriptionPlanLineNumber"))
        if line.get("item"):
            interval["item"] = line["item"]
    _totalled(doc, by_line)
    doc["billingSubscriptionStatus"] = _status(doc)


def _totalled(doc: Document, by_line: dict[Any, Document]) -> None:
    totals = dict.fromkeys(_TOTALS.values(), ZERO)
    active = pending = ZERO
    for interval in doc["priceInterval"]:
        line = by_line.get(interval.get("subscriptionPlanLineNumber"), {})
        value = interval["recurringAmount"] * _times(doc, interval)
        interval["totalintervalvalue"] = value
        if line.get("status") == "ACTIVE":
            totals[_TOTALS[line["subscriptionLineType"]]] += interval["recurringAmount"]
            active += value
        elif line.get("isIncluded"):
            pending += value
    doc.update(totals, activeTotalContractValue=active, pendingTotalContractValue=pending)


def _times(doc: Document, interval: Document) -> int:
    """Count the charges of an interval until the subscription ends; one of a subscription without end."""
    day: date | None = date.fromisoformat(interval["startDate"])
    end = date.fromisoformat(doc["endDate"]) if doc.get("endDate") else day
    count = 0
    while day is not None and end is not None and day <= end:
        count += 1
        day = next_charge(day, interval.get("frequency") or "ONETIME", int(interval.get("repeatEvery") or 1))
    return max(count, 1)


def _status(doc: Document) -> str:
    found = {row["status"] for row in doc["subscriptionLine"]}
    told = doc.get("billingSubscriptionStatus")
    if not found - {"NOT_INCLUDED", "DRAFT"} and told in {"DRAFT", "PENDING_ACTIVATION"}:
        return str(told)
    return next((one for one in _RANKS if one in found), "DRAFT")
