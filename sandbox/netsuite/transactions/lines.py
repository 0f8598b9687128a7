"""What does the account add to the lines of a transaction: numbers, lasting keys, prices, amounts?"""

from decimal import Decimal
from itertools import count

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.store import Stored
from sandbox.netsuite.sublists import KEYS, merged
from sandbox.netsuite.transactions import groups, pricing
from sandbox.netsuite.transactions.amounts import ZERO, money, number, per_cent
from sandbox.netsuite.transactions.draft import Draft

DISCOUNTS = frozenset({"discountItem", "markupItem"})
WITHOUT_QUANTITY = DISCOUNTS | {"subtotalItem", "descriptionItem", "paymentItem"}
UNPRICED = frozenset({"itemFulfillment", "itemReceipt"})  # their lines have neither rate nor amount
PROGRESS = ("quantityFulfilled", "quantityBilled", "quantityReceived")


def complete_lines(draft: Draft) -> None:
    """Merge the lines sent into the lines kept, price them and give each its number and lasting key."""
    sent = draft.change.get("item")
    empties = "item" in draft.change and sent is None
    kept: list[Document] = draft.doc.get("item") or []
    pairs = merged(groups.placed(kept), sent or [], KEYS["item"], replace=empties or "item" in draft.replaced)
    pairs = groups.unfolded(draft, kept, pairs)
    _none_in_use_dropped(kept, pairs)
    rows: list[Document] = []
    for place, (row, change) in enumerate(pairs):
        rows.append(_completed(draft, row, change, rows, f"item.items[{place}]"))
    _numbered(draft, rows, kept)
    draft.doc["item"] = rows
    if not rows and draft.kind.lines == "items":
        raise refusals.Refused("USER_ERROR", "You must enter at least one line item for this transaction.", "item")


def _none_in_use_dropped(kept: list[Document], pairs: list[tuple[Document, Document]]) -> None:
    staying = {row.get("lineUniqueKey") for row, _ in pairs}
    for row in kept:
        used = any((row.get(name) or ZERO) > ZERO for name in PROGRESS)
        if used and row.get("lineUniqueKey") not in staying:
            raise refusals.line_in_use(row["line"])


def _completed(draft: Draft, row: Document, change: Document, before: list[Document], path: str) -> Document:
    row.update({name: value for name, value in change.items() if name != "lineUniqueKey"})
    if groups.ends_group(row) or (draft.kind.lines == "free" and not row.get("item")):
        return row
    item = item_of(draft, row, change, path)
    if item.type == groups.GROUP:
        groups.complete_group(row, path)
    elif draft.kind.name in UNPRICED:
        row["quantity"] = number(row.get("quantity", 1), "quantity", f"{path}.quantity")
    elif item.type in WITHOUT_QUANTITY:
        _without_quantity(draft, row, item, before, path)
    elif change or draft.doc.get("currency") != draft.old.get("currency"):
        _rate(draft, row, change, item, path)
        _amount(draft, row, change, path)
        if any((row.get(name) or ZERO) > row["quantity"] for name in PROGRESS):
            raise refusals.too_much(f"{path}.quantity", "fulfilled or billed")
    return row


def item_of(draft: Draft, row: Document, sent: Document, path: str) -> Stored:
    """Find a line's item; an inactive one may not be put there anew."""
    if not row.get("item"):
        raise refusals.missing("Item", f"{path}.item")
    found = draft.store.by_id("item", row["item"]["id"])
    if found is None or (sent.get("item") and found.doc.get("isInactive") is True):
        raise refusals.unknown_reference("item", row["item"]["id"], f"{path}.item")
    draft.items[row["item"]["id"]] = found
    return found


def _rate(draft: Draft, row: Document, sent: Document, item: Stored, path: str) -> None:
    """Source the item's price unless the caller's price level is the custom one."""
    row["quantity"] = number(row.get("quantity", 1), "quantity", f"{path}.quantity")
    given = (row.get("price") or {}).get("id")
    if given is None:
        row["price"] = {"id": pricing.level_of(draft.party)}
    if given != pricing.CUSTOM and (sent.keys() & {"item", "price", "rate", "quantity"}):
        currency = (draft.doc.get("currency") or {}).get("id", "")
        own = pricing.customers_own(draft.party, item, currency)
        price = own or pricing.listed(draft.store, item, row["price"]["id"], currency, row["quantity"])
        row["rate"] = row.get("rate") if price is None else price
    if row.get("rate") is not None:
        row["rate"] = number(row["rate"], "rate", f"{path}.rate")


def _amount(draft: Draft, row: Document, sent: Document, path: str) -> None:
    rate = row.get("rate")
    if sent.get("amount") is not None:
        row["amount"] = money(number(sent["amount"], "amount", f"{path}.amount"), draft.precision)
    elif rate is not None:
        row["amount"] = money(row["quantity"] * rate, draft.precision)
    if row.get("amount") is None:
        raise refusals.missing("Amount", f"{path}.amount")


def _without_quantity(draft: Draft, row: Document, item: Stored, before: list[Document], path: str) -> None:
    """Give a discount, markup, subtotal, description or payment line its amount (never a quantity)."""
    row.pop("quantity", None)
    if item.type == "subtotalItem":
        row["amount"] = money(_run(draft, before), draft.precision)
    elif item.type == "descriptionItem":
        row.update(amount=money(ZERO, draft.precision))
    else:
        rate = row.get("rate") if row.get("rate") is not None else item.doc.get("rate", ZERO)
        factor = per_cent(rate, "rate", f"{path}.rate")
        value = groups.sum_of_last(before) * factor if factor is not None else number(rate, "rate", f"{path}.rate")
        row.update(rate=rate, amount=money(value, draft.precision))


def is_subtotal(draft: Draft, row: Document) -> bool:
    """Say whether a line only adds up the ones above it."""
    item = draft.items.get((row.get("item") or {}).get("id", ""))
    return item is not None and item.type == "subtotalItem"


def _run(draft: Draft, before: list[Document]) -> Decimal:
    """Add up the lines since the last subtotal."""
    total = ZERO
    for row in reversed(before):
        if is_subtotal(draft, row):
            break
        total += row.get("amount") or ZERO
    return total


def _numbered(draft: Draft, rows: list[Document], kept: list[Document]) -> None:
    # A number is not given out again in the change that drops its line: the order of adding is the order of numbers.
    free = count(max((row["line"] for row in (*rows, *kept) if row.get("line") is not None), default=0) + 1)
    closable = "isClosed" in record_type(draft.record.by_name["item"].target).by_name
    for row in rows:
        if row.get("line") is None:
            row["line"] = next(free)
        if row.get("lineUniqueKey") is None:
            row["lineUniqueKey"] = str(draft.store.next("line key", 20001))
        if closable:
            row.setdefault("isClosed", False)
