"""Which rules make a record whole? Those of its group: transactions, entities, items, lists."""

from sandbox.netsuite import entities, items
from sandbox.netsuite.documents import Document
from sandbox.netsuite.naming import LABELS, field_of
from sandbox.netsuite.store import Store
from sandbox.netsuite.subscriptions.accounts import BUILT, complete_billing
from sandbox.netsuite.subscriptions.building import complete_subscription
from sandbox.netsuite.transactions import whole
from sandbox.netsuite.transactions.draft import Draft
from sandbox.netsuite.transactions.kinds import transaction_kinds
from sandbox.netsuite.wish import Wish

_NAMELESS = frozenset({
    "charge", "usage", "currencyRate", "customerSubsidiaryRelationship", "file", "customRecord", "nexus",
})  # fmt: skip


class Completion:
    """Completes one wish on a day."""

    def __init__(self, store: Store, wish: Wish, today: str) -> None:
        self._store = store
        self._wish = wish
        self._today = today

    def complete(self, doc: Document, change: Document, old: Document) -> None:
        """Make a whole record of the kept document and the change, in place."""
        kind = self._wish.type
        if kind.family == "transaction":
            named = transaction_kinds()[kind.name]
            replaced = self._wish.replaced
            whole.complete(Draft(self._store, kind, named, doc, change, old, replaced, self._today))
        elif kind.kept == "customer":
            entities.complete_customer(self._store, self._wish, doc, change)
        elif kind.name in BUILT:
            self._build(doc, change)
        elif kind.family == "item":
            items.complete_item(self._wish, doc, change)
        elif kind.name in entities.PEOPLE:
            entities.complete_person(self._store, self._wish, doc, change)
        else:
            nameless = kind.family in _NAMELESS or kind.family.startswith("customrecord_")
            name = "" if nameless else field_of(kind.family)
            entities.complete_other(self._wish, doc, change, name, LABELS.get(name, "Name"))

    def _build(self, doc: Document, change: Document) -> None:
        """Complete one of SuiteBilling's records."""
        if self._wish.type.name == "subscription":
            complete_subscription(self._store, self._wish, doc, change, self._today)
        else:
            complete_billing(self._store, self._wish, doc, change)
