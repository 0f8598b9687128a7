"""What makes a transaction whole? Sources, defaults, lines, totals, what it pays for, its period, number and status."""

from datetime import date, timedelta

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.sublists import merge_lists, plain
from sandbox.netsuite.transactions.amounts import ZERO, money, number, precision_of
from sandbox.netsuite.transactions.applying import LISTS, PURSES, complete_application
from sandbox.netsuite.transactions.draft import Draft
from sandbox.netsuite.transactions.lines import complete_lines
from sandbox.netsuite.transactions.parties import check_credit, complete_party
from sandbox.netsuite.transactions.posting import complete_period
from sandbox.netsuite.transactions.progress import complete_status
from sandbox.netsuite.transactions.rates import ONE, base_of, rate_on
from sandbox.netsuite.transactions.totals import check_balance, complete_expenses, complete_totals

_FIRST_NUMBER = 10001
TO_BE_GENERATED = "To Be Generated"  # what a transaction that is not saved shows for its number
_OWED = frozenset({"invoice", "vendorBill"})


def complete(draft: Draft) -> None:
    """Make a whole transaction of the kept document and the change."""
    if draft.old.get("status") == "V":
        raise refusals.voided()
    draft.doc.update(plain(draft.record, draft.change))
    if not draft.is_new:
        draft.doc["createdFrom"] = draft.old.get("createdFrom")  # where it came from is settled
    complete_party(draft)
    merge_lists(draft.record, draft.doc, draft.change, draft.replaced, _elsewhere)
    _exchanged(draft)
    if draft.kind.lines and _has_item_lines(draft):
        complete_lines(draft)
        _received_only(draft)
        complete_totals(draft)
    else:
        complete_expenses(draft)
    check_balance(draft)
    if draft.kind.name in PURSES:
        complete_application(draft)
    check_credit(draft)
    _due(draft)
    _forecast(draft)
    complete_period(draft)
    complete_status(draft)
    if draft.doc.get("tranId") in {None, "", TO_BE_GENERATED}:
        draft.doc["tranId"] = f"{draft.kind.prefix}{draft.store.next(draft.kind.name, _FIRST_NUMBER)}"


def _elsewhere(name: str) -> bool:
    return name == "item" or name in LISTS


def _has_item_lines(draft: Draft) -> bool:
    field = draft.record.by_name.get("item")
    return field is not None and field.kind == "l"


def _exchanged(draft: Draft) -> None:
    """Give the transaction its date, its precision and its exchange rate."""
    doc = draft.doc
    doc["tranDate"] = doc.get("tranDate") or draft.today
    draft.precision = precision_of(draft.store, doc.get("currency"))
    if "exchangeRate" not in draft.record.by_name:
        return
    told = "exchangeRate" in draft.change and doc.get("exchangeRate") is not None
    moved = doc.get("currency") != draft.old.get("currency") or doc["tranDate"] != draft.old.get("tranDate")
    if told or (doc.get("exchangeRate") is not None and not moved):
        return
    base = base_of(draft.store, doc.get("subsidiary"))
    currency = doc.get("currency")
    doc["exchangeRate"] = rate_on(draft.store, base, currency["id"], doc["tranDate"]) if currency else ONE


def _received_only(draft: Draft) -> None:
    """Drop the lines of a fulfilment or receipt that are not taken (netsuite.md 4.3)."""
    if "itemreceive" in (draft.doc.get("item") or [{}])[0] or draft.kind.name in {"itemFulfillment", "itemReceipt"}:
        rows: list[Document] = [row for row in draft.doc["item"] if row.get("itemreceive") is not False]
        if not rows:
            words = "You must have at least one line item for this transaction."
            raise refusals.Refused("USER_ERROR", words, "item")
        draft.doc["item"] = rows


def _due(draft: Draft) -> None:
    """Give an invoice its due date and what remains of it."""
    doc = draft.doc
    if draft.kind.name not in _OWED:
        return
    doc.setdefault("total", money(number(doc.get("userTotal", ZERO), "userTotal", "userTotal"), draft.precision))
    paid = number(draft.old.get("amountPaid", ZERO), "amountPaid", "amountPaid")
    if doc["total"] < paid:
        raise refusals.over_applied("item")
    doc.update(amountPaid=money(paid, draft.precision), amountRemaining=doc["total"] - paid)
    if doc.get("dueDate") is None or ("terms" in draft.change and "dueDate" not in draft.change):
        doc["dueDate"] = _due_date(draft)


def _forecast(draft: Draft) -> None:
    """Give an opportunity or an estimate its probability, from its status, and an opportunity its projected total."""
    doc = draft.doc
    status = draft.store.by_id("customerStatus", (doc.get("entityStatus") or {"id": ""})["id"])
    if "probability" in draft.record.by_name and status is not None and "probability" not in draft.change:
        doc["probability"] = status.doc.get("probability")
    if "projectedTotal" in draft.record.by_name and doc.get("item"):
        doc["projectedTotal"] = doc["total"]


def _due_date(draft: Draft) -> str:
    terms = draft.doc.get("terms")
    found = draft.store.by_id("term", terms["id"]) if terms else None
    days = int(found.doc.get("daysUntilNetDue") or 0) if found else 0
    return (date.fromisoformat(draft.doc["tranDate"]) + timedelta(days=days)).isoformat()
