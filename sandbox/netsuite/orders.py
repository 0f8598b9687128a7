"""What does the account add to a sales order: numbers, sources, line keys, amounts, totals?"""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored

CUSTOM_PRICE = "-1"  # the price level under which a rate is the caller's own (netsuite.md 2.6)
STATUSES = {  # letter: (SOAP enumeration, words), netsuite.md 4.1
    "A": ("_pendingApproval", "Pending Approval"),
    "B": ("_pendingFulfillment", "Pending Fulfillment"),
    "C": ("_cancelled", "Cancelled"),
    "D": ("_partiallyFulfilled", "Partially Fulfilled"),
    "E": ("_pendingBillingPartFulfilled", "Pending Billing/Partially Fulfilled"),
    "F": ("_pendingBilling", "Pending Billing"),
    "G": ("_fullyBilled", "Billed"),
    "H": ("_closed", "Closed"),
}
_PRECISIONS = {"_zero": 0, "_two": 2}
_FIRST_NUMBER = 10001


def number(value: Any, name: str, path: str) -> Decimal:
    """Read an amount exactly; what is no finite number is refused."""
    try:
        read = Decimal(str(value))
    except ArithmeticError as error:
        raise refusals.bad_value(name, value, path) from error
    if isinstance(value, bool) or not read.is_finite():
        raise refusals.bad_value(name, value, path)
    return read


def money(value: Decimal, precision: int) -> Decimal:
    """Round to a currency's precision, halves away from zero.

    >>> money(Decimal("1") * Decimal("1.005"), 2)
    Decimal('1.01')
    """
    return value.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)


def precision_of(store: Store, currency: Document | None) -> int:
    """Say how many places a currency's amounts have."""
    found = store.by_id("currency", currency["id"]) if currency else None
    return _PRECISIONS.get(found.doc.get("currencyPrecision", "_two"), 2) if found else 2


def _place(rows: list[Document], row: Document) -> Document | None:
    wanted = row.get("line")
    return next((old for old in rows if old["line"] == wanted), None) if wanted is not None else None


def _merged(old: list[Document], sent: list[Document], *, replace: bool) -> list[tuple[Document, Document]]:
    pairs: list[tuple[Document, Document]] = []
    touched: dict[int, Document] = {}
    for row in sent:
        match = _place(old, row)
        if match is None:
            pairs.append(({}, row))
        else:
            touched[match["line"]] = row
    kept = [(dict(one), touched.get(one["line"], {})) for one in old if not replace or one["line"] in touched]
    return kept + pairs


def _item(store: Store, row: Document, sent: Document, path: str) -> Stored:
    if not row.get("item"):
        raise refusals.missing("Item", f"{path}.item")
    found = store.by_id("item", row["item"]["id"])
    if found is None or (sent.get("item") and found.doc.get("isInactive") is True):
        raise refusals.unknown_reference("item", row["item"]["id"], f"{path}.item")
    return found


def _rate(row: Document, sent: Document, item: Stored, path: str) -> None:
    """Source the item's base price unless the caller's price level is the custom one."""
    given = (row.get("price") or {}).get("id")
    listed = item.doc.get("basePrice")
    if given != CUSTOM_PRICE and listed is not None and (sent.keys() & {"item", "price", "rate"}):
        row["rate"] = listed
    if given is None:
        row["price"] = {"id": "1"}
    if row.get("rate") is not None:
        row["rate"] = number(row["rate"], "rate", f"{path}.rate")


def _amount(row: Document, sent: Document, precision: int, path: str) -> None:
    quantity = row["quantity"] = number(row.get("quantity", 1), "quantity", f"{path}.quantity")
    rate = row.get("rate")
    if sent.get("amount") is not None:
        row["amount"] = money(number(sent["amount"], "amount", f"{path}.amount"), precision)
    elif rate is not None:
        row["amount"] = money(quantity * rate, precision)
    if row.get("amount") is None:
        raise refusals.missing("Amount", f"{path}.amount")


def _numbered(rows: list[Document], next_key: Callable[[], int]) -> None:
    taken = {row["line"] for row in rows if row.get("line") is not None}
    free = (place for place in range(1, 2 * len(rows) + len(taken) + 1) if place not in taken)
    for row in rows:
        if row.get("line") is None:
            row["line"] = next(free)
        if row.get("lineUniqueKey") is None:
            row["lineUniqueKey"] = str(next_key())
        row.setdefault("isClosed", False)


def lines(store: Store, old: list[Document], sent: list[Document], *, replace: bool, precision: int) -> list[Document]:
    """Merge the lines sent into the lines kept, price them and give each its number and lasting key."""
    rows = []
    for place, (row, change) in enumerate(_merged(old, sent, replace=replace)):
        path = f"item.items[{place}]"
        row.update({name: value for name, value in change.items() if name != "lineUniqueKey"})
        item = _item(store, row, change, path)
        _rate(row, change, item, path)
        if change:
            _amount(row, change, precision, path)
        rows.append(row)
    _numbered(rows, lambda: store.next("line key", 20001))
    return rows


def _sourced(store: Store, doc: Document) -> None:
    if not doc.get("entity"):
        raise refusals.missing("Customer", "entity")
    customer = store.by_id("entity", doc["entity"]["id"])
    source = customer.doc if customer else {}
    for name, otherwise in (("subsidiary", {"id": "1"}), ("currency", {"id": "1"}), ("terms", None)):
        if doc.get(name) is None and (value := source.get(name) or otherwise):
            doc[name] = value


def _totalled(doc: Document, precision: int) -> None:
    zero = money(Decimal(0), precision)
    subtotal = sum((row["amount"] for row in doc["item"]), zero)
    extras = (doc.get(name) for name in ("shippingCost", "handlingCost"))
    total = sum((money(number(one, "shippingCost", ""), precision) for one in extras if one is not None), subtotal)
    doc.update(subtotal=subtotal, discountTotal=zero, taxTotal=zero, total=total)


def complete(store: Store, doc: Document, change: Document, today: str, *, replace: bool) -> None:
    """Make a whole order of the kept document and the change: sources, defaults, lines, totals."""
    kept_lines: list[Document] = doc.get("item") or []
    doc.update({name: value for name, value in change.items() if name != "item"})
    _sourced(store, doc)
    precision = precision_of(store, doc["currency"])
    sent = change.get("item")
    empties = "item" in change and sent is None
    doc["item"] = lines(store, [] if empties else kept_lines, sent or [], replace=replace, precision=precision)
    if not doc["item"]:
        raise refusals.Refused("USER_ERROR", "You must enter at least one line item for this transaction.", "item")
    doc["tranDate"] = doc.get("tranDate") or today
    doc["exchangeRate"] = doc.get("exchangeRate") or Decimal(1)
    doc["orderStatus"] = doc.get("orderStatus") or "A"
    doc["tranId"] = doc.get("tranId") or f"SO{store.next('salesOrder', _FIRST_NUMBER)}"
    _totalled(doc, precision)
