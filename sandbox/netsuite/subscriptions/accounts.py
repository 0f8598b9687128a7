"""What makes billing accounts, change orders, lines, price books and price plans whole?"""

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store
from sandbox.netsuite.sublists import merge_lists, plain
from sandbox.netsuite.wish import Wish

BUILT = frozenset({
    "subscription", "subscriptionLine", "subscriptionChangeOrder", "billingAccount", "priceBook", "pricePlan",
})  # fmt: skip
_REQUIRED = {
    "billingAccount": (("customer", "Customer"),),
    "priceBook": (("subscriptionPlan", "Subscription Plan"), ("name", "Name")),
    "pricePlan": (("priceTiers", "Price Tiers"),),
    "subscriptionChangeOrder": (("action", "Action"), ("subscription", "Subscription")),
    "subscriptionLine": (("subscription", "Subscription"),),
}
_PREFIXES = {"billingAccount": "BA", "subscriptionChangeOrder": "CO"}


def complete_billing(store: Store, wish: Wish, doc: Document, change: Document) -> None:
    """Make a whole record of the kept document and the change."""
    name = wish.type.name
    doc.update(plain(wish.type, change))
    merge_lists(wish.type, doc, change, wish.replaced, lambda _: False)
    for field, label in _REQUIRED[name]:
        if not doc.get(field):
            raise refusals.missing(label, field)
    if prefix := _PREFIXES.get(name):
        doc["idNumber"] = doc.get("idNumber") or f"{prefix}{store.next(name, 10001)}"
        doc.setdefault("name", doc["idNumber"])
    if name == "billingAccount":
        _account(store, doc)
    if name == "subscriptionChangeOrder":
        doc.setdefault("subscriptionChangeOrderStatus", "ACTIVE")
    if name.startswith("price"):
        doc.setdefault("currency", {"id": "1"})


def _account(store: Store, doc: Document) -> None:
    """Take from the customer what was not said."""
    customer = store.by_id("entity", doc["customer"]["id"])
    for field in ("currency", "subsidiary"):
        doc.setdefault(field, (customer.doc.get(field) if customer else None) or {"id": "1"})
    doc.setdefault("inactive", False)
    doc.setdefault("frequency", "MONTHLY")
