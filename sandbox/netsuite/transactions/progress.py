"""How far is a transaction? Its status letter, from its lines and what is left of it (netsuite.md 4.1, 4.3)."""

from collections.abc import Callable
from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store
from sandbox.netsuite.transactions.amounts import ZERO
from sandbox.netsuite.transactions.draft import Draft
from sandbox.netsuite.transactions.groups import GROUP
from sandbox.netsuite.transactions.lines import WITHOUT_QUANTITY

_ALWAYS_SHIPPED = ("inventory", "lotNumbered", "serialized", "assembly", "kit", "giftCert", "download")
MOVED = {"salesOrder": "quantityFulfilled", "returnAuthorization": "quantityReceived"}
APPROVALS = {"1": "D", "3": "E"}  # approval status: pending, rejected


def is_fulfillable(store: Store, row: Document) -> bool:
    """Say whether a line is shipped: goods always, services only if their item says so."""
    item = store.by_id("item", (row.get("item") or {}).get("id", ""))
    if item is None or item.type == GROUP or item.type in WITHOUT_QUANTITY:
        return False
    if item.type.startswith(_ALWAYS_SHIPPED):
        return True
    return bool(item.doc.get("isFulfillable", item.type.startswith("nonInventory")))


def _part(row: Document, name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))


def goods(store: Store, doc: Document) -> list[Document]:
    """Give the lines that something is sold by: no discounts, subtotals or descriptions, and of a group its members."""
    rows = []
    for row in doc.get("item") or ():
        item = store.by_id("item", (row.get("item") or {}).get("id", ""))
        if item is not None and item.type != GROUP and item.type not in WITHOUT_QUANTITY:
            rows.append(row)
    return rows


def _letter(store: Store, doc: Document, moved: str) -> str:
    """Give the letter of an approved order or return; `moved` counts what was shipped or received of a line."""
    rows = goods(store, doc)
    still = [row for row in rows if not row.get("isClosed")]
    if rows and not still:
        return "G" if all(_part(row, "quantityBilled") >= _part(row, "quantity") for row in rows) else "H"
    if still and all(_part(row, "quantityBilled") >= _part(row, "quantity") > ZERO for row in still):
        return "G"
    shipped = [row for row in still if is_fulfillable(store, row)]
    if all(_part(row, moved) >= _part(row, "quantity") for row in shipped):
        return "F"
    if all(_part(row, moved) == ZERO for row in shipped):
        return "B"
    due = any(_part(row, "quantityBilled") < _part(row, moved) for row in shipped)
    return "E" if due else "D"


def _started(doc: Document) -> bool:
    names = ("quantityFulfilled", "quantityBilled", "quantityReceived")
    return any(_part(row, name) > ZERO for row in doc.get("item") or () for name in names)


def order_status(store: Store, kind: str, doc: Document, wanted: str | None, kept: str | None) -> str:
    """Give an order's letter: as wanted where a person may choose it, else as its lines are."""
    if wanted in {"A", "C"} and _started(doc) and wanted != kept:
        raise refusals.order_status()
    if wanted == "H":
        for row in doc.get("item") or ():
            row["isClosed"] = True
    if wanted in {"A", "C"}:
        return wanted
    if wanted is None and kept in {"A", "C", None}:
        return kept or "A"
    return _letter(store, doc, MOVED[kind])


def _order(draft: Draft) -> str:
    wanted = draft.change.get("orderStatus")
    letter = order_status(draft.store, draft.kind.name, draft.doc, wanted, draft.old.get("orderStatus"))
    draft.doc["orderStatus"] = letter
    return letter


def _settled(draft: Draft) -> str:
    approval = (draft.doc.get("approvalStatus") or {}).get("id", "")
    return APPROVALS.get(approval) or remaining_letter(draft.doc)


def remaining_letter(doc: Document) -> str:
    """Give A while something is left of a transaction, else B; what is void stays so."""
    if doc.get("status") == "V":
        return "V"
    return "A" if _part(doc, "amountRemaining") > ZERO else "B"


def _shipped(draft: Draft) -> str:
    draft.doc.setdefault("shipStatus", "C")
    return str(draft.doc["shipStatus"])


def _deposited(draft: Draft) -> str:
    return "B" if draft.doc.get("undepFunds") is True else "C"


_STATUS: dict[str, Callable[[Draft], str]] = {
    "salesOrder": _order, "returnAuthorization": _order, "invoice": _settled, "vendorBill": _settled,
    "creditMemo": _settled, "vendorCredit": _settled, "itemFulfillment": _shipped, "customerPayment": _deposited,
    "cashSale": _deposited,
}  # fmt: skip


def complete_status(draft: Draft) -> None:
    """Write the status letter."""
    kept = draft.old.get("status")
    if kept == "V":
        return
    work = _STATUS.get(draft.kind.name)
    draft.doc["status"] = work(draft) if work else kept or draft.kind.first
