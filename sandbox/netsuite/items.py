"""What does the account add to an item? Its lists, its prices in both shapes, its name."""

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.sublists import merge_lists, plain
from sandbox.netsuite.wish import Wish


def complete_item(wish: Wish, doc: Document, change: Document) -> None:
    """Make a whole item of the kept document and the change."""
    doc.update(plain(wish.type, change))
    merge_lists(wish.type, doc, change, wish.replaced, lambda name: name == "price")
    if "price" in change:
        doc["price"] = _prices(doc.get("price") or [], change["price"] or [], replace="price" in wish.replaced)
    doc.setdefault("isInactive", False)
    if not doc.get("itemId"):
        raise refusals.missing("Item Name/Number", "itemId")


def _key(row: Document) -> tuple[str, str]:
    return str((row.get("currency") or {}).get("id", "1")), str((row.get("priceLevel") or {}).get("id", "1"))


def _prices(kept: list[Document], sent: list[Document], *, replace: bool) -> list[Document]:
    """Merge price rows by currency and level; SOAP's steps and REST's single price say the same."""
    rows = {} if replace else {_key(row): row for row in kept}
    for row in sent:
        new = {**row, "currency": row.get("currency") or row.get("currencyPage") or {"id": "1"}}
        new.setdefault("priceLevel", {"id": "1"})
        if new.get("price") is None and new.get("priceList"):
            new["price"] = new["priceList"][0].get("value")
        elif new.get("price") is not None and not new.get("priceList"):
            new["priceList"] = [{"value": new["price"], "quantity": 0}]
        rows[_key(new)] = {**rows.get(_key(new), {}), **new}
    return list(rows.values())
