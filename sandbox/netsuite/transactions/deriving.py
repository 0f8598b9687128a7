"""What does a transaction look like that is made from another record?

SOAP calls it initialize (netsuite.md 2.6), REST transform (3.1).
"""

from decimal import Decimal
from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType, record_type
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.amounts import ZERO
from sandbox.netsuite.transactions.applying import left_of
from sandbox.netsuite.transactions.groups import begins_group, ends_group, without_empty
from sandbox.netsuite.transactions.kinds import transaction_kinds
from sandbox.netsuite.transactions.progress import goods, is_fulfillable

# target: the source types it can be made from
SOURCES: dict[str, frozenset[str]] = {
    "estimate": frozenset({"opportunity", "customer"}),
    "salesOrder": frozenset({"estimate", "opportunity", "customer"}),
    "opportunity": frozenset({"customer"}),
    "invoice": frozenset({"salesOrder", "estimate", "opportunity", "customer"}),
    "cashSale": frozenset({"salesOrder", "estimate", "opportunity", "customer"}),
    "itemFulfillment": frozenset({"salesOrder"}),
    "returnAuthorization": frozenset({"salesOrder", "invoice", "cashSale", "customer"}),
    "itemReceipt": frozenset({"returnAuthorization", "purchaseOrder"}),
    "creditMemo": frozenset({"invoice", "returnAuthorization", "customer"}),
    "cashRefund": frozenset({"cashSale", "returnAuthorization"}),
    "customerPayment": frozenset({"invoice", "customer"}),
    "customerDeposit": frozenset({"salesOrder", "customer"}),
    "depositApplication": frozenset({"customerDeposit"}),
    "customerRefund": frozenset({"creditMemo", "customerDeposit", "customer"}),
    "vendorBill": frozenset({"purchaseOrder", "vendor"}),
    "vendorPayment": frozenset({"vendorBill", "vendor"}),
    "vendorCredit": frozenset({"vendorBill", "vendor"}),
    "purchaseOrder": frozenset({"vendor"}),
}
# Which counter of a source's line a target moves, and in which statuses of the source it may.
MOVES = {
    ("salesOrder", "itemFulfillment"): ("quantityFulfilled", "BDE"),
    ("salesOrder", "invoice"): ("quantityBilled", "BDEF"),
    ("salesOrder", "cashSale"): ("quantityBilled", "BDEF"),
    ("returnAuthorization", "itemReceipt"): ("quantityReceived", "BDE"),
    ("returnAuthorization", "creditMemo"): ("quantityBilled", "BDEF"),
    ("returnAuthorization", "cashRefund"): ("quantityBilled", "BDEF"),
    ("purchaseOrder", "itemReceipt"): ("quantityReceived", "BDE"),
    ("purchaseOrder", "vendorBill"): ("quantityBilled", "BDEF"),
}
_NOT_COPIED = frozenset({
    "tranId", "tranDate", "createdFrom", "postingPeriod", "status", "orderStatus", "externalId", "subtotal", "total",
    "discountTotal", "taxTotal", "amountPaid", "amountRemaining", "item", "apply", "credit", "deposit", "dueDate",
    "shipDate", "transactionNumber", "approvalStatus", "applied", "unapplied", "balance", "customForm", "payment",
    "entityStatus", "probability", "source", "createdDate", "lastModifiedDate",
})  # fmt: skip
_LINE_NOT_COPIED = frozenset({
    "line", "lineUniqueKey", "orderLine", "isClosed", "quantityBilled", "quantityFulfilled", "quantityReceived",
    "quantityBackOrdered", "quantityCommitted", "taxRate1", "tax1Amt", "grossAmt",
})  # fmt: skip


def draft_of(store: Store, target: RecordType, source: Stored) -> Document:
    """Give an unsaved transaction made from a record, or refuse: INVALID_INITIALIZE_REF."""
    label = record_type(source.type).label.lower()
    if source.type not in SOURCES.get(target.name, ()) or source.status in {"V", "C", "H"} & _shut(source):
        raise refusals.no_source(label)
    doc = _copied(target, source.doc, _NOT_COPIED) if source.family == "transaction" else {}
    party = transaction_kinds()[target.name].party
    if source.family == "transaction":
        doc[party] = {"id": str(source.party)}
        if "createdFrom" in target.by_name:
            doc["createdFrom"] = {"id": str(source.id)}
    else:
        doc[party] = {"id": str(source.id)}
    _filled(store, target, source, doc, label)
    return doc


def _shut(source: Stored) -> set[str]:
    """Name the letters under which nothing more is made of a source."""
    return {"V", "C", "H"} if source.type in {"salesOrder", "returnAuthorization", "purchaseOrder"} else {"V"}


def _copied(target: RecordType, doc: Document, without: frozenset[str]) -> Document:
    def fits(name: str) -> bool:
        return (name in target.by_name and not target.by_name[name].read_only) or name.startswith("cust")

    return {name: value for name, value in doc.items() if name not in without and fits(name) and value is not None}


def _filled(store: Store, target: RecordType, source: Stored, doc: Document, label: str) -> None:
    item, apply = target.by_name.get("item"), target.by_name.get("apply")
    if item is not None and item.kind == "l" and source.family == "transaction":
        doc["item"] = _lines(store, target, source, record_type(item.target))
        if not doc["item"]:
            raise refusals.no_source(label)
    if apply is not None and source.family == "transaction" and source.type != "returnAuthorization":
        _applied(target, source, doc, label)


def _lines(store: Store, target: RecordType, source: Stored, part: RecordType) -> list[Document]:
    move, letters = MOVES.get((source.type, target.name), ("", ""))
    if move and (source.status or "") not in letters:
        return []
    whole = {id(row) for row in goods(store, source.doc)}
    rows = []
    for row in source.doc.get("item") or ():
        left = remaining(row, move) if id(row) in whole else None
        of_group = begins_group(row) or ends_group(row)
        unwanted = (target.name == "itemFulfillment" and not is_fulfillable(store, row)) or (
            of_group and target.name == "itemReceipt"
        )
        if row.get("isClosed") or unwanted or (left is not None and left <= ZERO):
            continue
        rows.append(_line(target, row, part, left))
    rows = without_empty(rows)
    return rows if any("quantity" in row for row in rows) or not whole else []


def _line(target: RecordType, row: Document, part: RecordType, left: Decimal | None) -> Document:
    new = _copied(part, row, _LINE_NOT_COPIED)
    if begins_group(row) or ends_group(row):
        return new | {"itemType": row["itemType"]}
    if "orderLine" in part.by_name:
        new["orderLine"] = row["line"]
    if left is not None:
        if left != row.get("quantity"):
            new.pop("amount", None)
        new["quantity"] = left
    if target.name in {"itemFulfillment", "itemReceipt"}:
        new["itemreceive"] = True
    return new


def remaining(row: Document, counter: str) -> Decimal:
    """Give how much of a line has not been moved yet."""
    whole = Decimal(str(row.get("quantity") or 0))
    return whole - Decimal(str(row.get(counter) or 0)) if counter else whole


def _applied(target: RecordType, source: Stored, doc: Document, label: str) -> None:
    left = left_of(source.doc, source.type)
    if target.name == "depositApplication":
        doc["deposit"] = {"id": str(source.id)}
        return
    if source.type not in {"invoice", "vendorBill", "creditMemo", "customerDeposit"}:
        return
    if left <= ZERO and target.name != "creditMemo":
        raise refusals.no_source(label)
    name = "deposit" if source.type == "customerDeposit" and "deposit" in target.by_name else "apply"
    row: dict[str, Any] = {"doc": source.id, "line": 0, "apply": True, "amount": left}
    if left > ZERO:
        doc[name] = [row]
    if target.name == "customerPayment":
        doc["payment"] = left
