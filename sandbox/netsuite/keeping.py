"""What does saving or deleting one record carry along? Its neighbours, its revenue, its history."""

from collections.abc import Callable
from datetime import datetime

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.journal import CREATED, Deletion, differences
from sandbox.netsuite.naming import field_of
from sandbox.netsuite.revenue.arranging import Revenue
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.subscriptions.following import Following
from sandbox.netsuite.transactions.posting import still_open
from sandbox.netsuite.transactions.settling import Settling
from sandbox.netsuite.wish import Wish
from sandbox.twin.voice import calling

_MONEY = ("total", "subtotal", "discountTotal", "taxTotal", "payment", "applied", "unapplied", "amountRemaining",
          "amountPaid", "shippingCost", "handlingCost")  # fmt: skip
_LINE_MONEY = ("amount", "rate", "taxAmount")
MOMENT = "%Y-%m-%d %H:%M:%S"


class Keeping:
    """Saves and deletes for one account; `actor` is who wrote where no client's call did, for the history."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self.actor = "load"
        self._store = store
        self._now = now
        self._revenue = Revenue(store)
        self._settling = Settling(store, self.alongside)
        self._billing = Following(store, self.alongside)

    def moment(self) -> str:
        """Give the account's time as moments are kept: UTC, `YYYY-MM-DD HH:MM:SS`."""
        return self._now().strftime(MOMENT)

    def made(self, wish: Wish, doc: Document, found: Stored | None, moment: str, new_id: int | None) -> Stored:
        """Make the record that a whole document becomes."""
        kept = {name: value for name, value in doc.items() if value is not None}
        family = wish.type.family
        party = kept.get("entity") or kept.get("customer") if family == "transaction" else None
        return Stored(
            family=family,
            type=wish.type.kept,
            id=found.id if found else new_id or self._store.next_id(family),
            external_id=_external_id(wish, found),
            name=str(kept.get(field_of(family), "")),
            created=found.created if found else moment,
            modified=moment,
            doc=kept,
            party=int(party["id"]) if party else None,
            day=kept.get("tranDate"),
            status=kept.get("status"),
        )

    def save(self, record: Stored, old: Document) -> None:
        """Save a record and bring what is around it up to date; `old` is empty for a new one."""
        self._store.save(record)
        told = differences(old, record.doc) if old else CREATED
        if record.family == "transaction":
            self._settling.settle(record, old, record.doc)
            self._revenue.follow(record)
        else:
            self._billing.follow(record, old)
        self._store.journal.changed((record.family, record.id), record.modified, calling.get() or self.actor, told)

    def alongside(self, record: Stored) -> None:
        """Save a record that another one's write has changed."""
        before = self._store.by_id(record.family, record.id)
        record.modified = self.moment()
        self._store.save(record)
        self._revenue.follow(record)
        told = differences(before.doc if before else {}, record.doc)
        self._store.journal.changed((record.family, record.id), record.modified, calling.get() or self.actor, told)

    def delete(self, record: Stored) -> None:
        """Delete a record, undo what it did elsewhere and remember that it was there."""
        if record.family == "transaction":
            still_open(record, self._store)
            self._settling.settle(record, record.doc, {})
            self._store.journal.unlink(record.id)
            self._revenue.forget(record.id)
        self._billing.forget(record)
        self._store.delete(record)
        gone = Deletion(record.type, record.id, record.external_id, record.name, self.moment())
        self._store.journal.deleted(gone)

    def void(self, record: Stored) -> None:
        """Void a transaction: it stays, with nothing of it left in force."""
        if record.doc.get("status") == "V":
            raise refusals.Refused("TRANS_ALREADY_VOIDED", "This transaction has already been voided.")
        still_open(record, self._store)
        old = dict(record.doc)
        record.doc["status"] = record.status = "V"
        self._settling.settle(record, old, record.doc)
        record.doc.update(_emptied(record.doc))
        self.alongside(record)


def _emptied(doc: Document) -> Document:
    """Give the amounts of a void transaction: it keeps its lines, each with no money in it."""
    nothing: Document = {name: doc[name] * 0 for name in _MONEY if doc.get(name) is not None}
    rows = [{**row, **{name: row[name] * 0 for name in _LINE_MONEY if row.get(name) is not None}}
            for row in doc.get("item") or ()]  # fmt: skip
    return {**nothing, **({"item": rows} if rows else {}), "memo": "VOID"}


def _external_id(wish: Wish, found: Stored | None) -> str | None:
    """Keep an external id as it was first spelt: case does not tell two apart, so it does not change one either."""
    kept = found.external_id if found else None
    same = kept is not None and wish.external_id is not None and kept.lower() == wish.external_id.lower()
    return kept if same else wish.external_id or kept
