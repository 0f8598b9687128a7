"""What does a saved or deleted transaction change elsewhere? Its source's lines, what it pays for, its customer."""

from collections.abc import Callable
from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.amounts import ZERO
from sandbox.netsuite.transactions.applying import PURSES, applied_by
from sandbox.netsuite.transactions.deriving import MOVES
from sandbox.netsuite.transactions.progress import MOVED, order_status, remaining_letter

_CLOSES = {
    ("estimate", "salesOrder"): "B", ("estimate", "invoice"): "B", ("estimate", "cashSale"): "B",
    ("opportunity", "estimate"): "B", ("opportunity", "salesOrder"): "C", ("opportunity", "invoice"): "C",
    ("opportunity", "cashSale"): "C",
}  # fmt: skip
# What a type's total does to its customer's balance, and to the deposits held for it.
_EFFECTS = {
    "invoice": (1, 0), "customerPayment": (-1, 0), "creditMemo": (-1, 0), "customerDeposit": (0, 1),
    "depositApplication": (-1, -1), "customerRefund": (1, 0),
}  # fmt: skip
_WORDS = {"quantityFulfilled": "fulfilled", "quantityBilled": "billed", "quantityReceived": "received"}


class Settling:
    """Carries one transaction's change from `old` to `new` into the records around it; empty means not there."""

    def __init__(self, store: Store, save: Callable[[Stored], None]) -> None:
        self._store = store
        self._save = save

    def settle(self, record: Stored, old: Document, new: Document) -> None:
        """Bring everything around one transaction up to date."""
        if old.get("status") == "V":
            old = {}
        if new.get("status") == "V":
            new = {}
        self._source(record, old, new)
        if record.type in PURSES:
            self._targets(record, old, new)
        if record.type in _EFFECTS:
            self._customer(record, old, new)

    def _source(self, record: Stored, old: Document, new: Document) -> None:
        reference = new.get("createdFrom") or old.get("createdFrom")
        source = self._store.by_id("transaction", reference["id"]) if reference else None
        if source is None:
            return
        if new:
            self._store.journal.link(source.id, record.id, "createdFrom")
        move = MOVES.get((source.type, record.type))
        if move is not None:
            if not old and (source.status or "") not in move[1]:
                raise refusals.no_source(record_type(source.type).label.lower())
            self._moved(source, move[0], old, new)
        elif (letter := _CLOSES.get((source.type, record.type))) is not None:
            source.doc["status"] = letter if new else "A"
            self._saved(source)

    def _moved(self, source: Stored, counter: str, old: Document, new: Document) -> None:
        deltas = _quantities(new)
        for line, quantity in _quantities(old).items():
            deltas[line] = deltas.get(line, ZERO) - quantity
        by_line = {row["line"]: row for row in source.doc.get("item") or ()}
        for line, delta in deltas.items():
            row = by_line.get(line)
            if row is None:
                raise refusals.Refused("INVALID_LINE_ID", f"Invalid line {line}.", "item.orderLine")
            self._move(row, counter, delta)
        kept = source.doc.get("orderStatus")
        if source.type in MOVED:
            source.doc["orderStatus"] = source.doc["status"] = order_status(
                self._store, source.type, source.doc, "B", kept
            )
        self._saved(source)

    def _move(self, row: Document, counter: str, delta: Decimal) -> None:
        moved = Decimal(str(row.get(counter) or 0)) + delta
        if moved > Decimal(str(row.get("quantity") or 0)) and delta > ZERO:
            raise refusals.too_much("item.quantity", _WORDS[counter])
        row[counter] = moved

    def _targets(self, record: Stored, old: Document, new: Document) -> None:
        before, after = _applied(record, old), _applied(record, new)
        for number in {**before, **after}:
            delta = after.get(number, ZERO) - before.get(number, ZERO)
            target = self._store.by_id("transaction", number)
            if target is None:
                continue
            if number in after:
                self._store.journal.link(number, record.id, "apply")
            else:
                self._store.journal.release(record.id, number)
            if delta != ZERO:
                self._paid(target, delta)

    def _paid(self, target: Stored, delta: Decimal) -> None:
        doc = target.doc
        doc["amountRemaining"] = Decimal(str(doc.get("amountRemaining") or 0)) - delta
        if "unapplied" in doc:
            doc["unapplied"] = doc["amountRemaining"]
        if target.type in {"invoice", "vendorBill"}:
            doc["amountPaid"] = Decimal(str(doc.get("amountPaid") or 0)) + delta
        if target.type == "customerDeposit":
            doc["status"] = "B" if doc["amountRemaining"] > ZERO else "C"
        elif target.type != "customerPayment" and doc.get("status") in {"A", "B"}:
            doc["status"] = remaining_letter(doc)
        self._saved(target)

    def _customer(self, record: Stored, old: Document, new: Document) -> None:
        customer = self._store.by_id("entity", record.party or 0)
        before, after = _effect(record.type, old), _effect(record.type, new)
        if customer is None or before == after:
            return
        for name, was, now in zip(("balance", "depositBalance"), before, after, strict=True):
            if was != now:
                customer.doc[name] = Decimal(str(customer.doc.get(name) or 0)) + now - was
        self._store.save(customer)

    def _saved(self, record: Stored) -> None:
        record.status = record.doc.get("status")
        self._save(record)


def _applied(record: Stored, doc: Document) -> dict[int, Decimal]:
    amounts = applied_by(doc)
    deposit = doc.get("deposit") if record.type == "depositApplication" else None
    if isinstance(deposit, dict):
        amounts[int(deposit["id"])] = Decimal(str(doc.get("total") or 0))
    return amounts


def _effect(kind: str, doc: Document) -> tuple[Decimal, Decimal]:
    """Give what a transaction does to its customer's balance and deposits; a deposit that is refunded is held no more."""
    total = Decimal(str(doc.get("total") or 0))
    if kind == "customerRefund":
        applied = Decimal(str(doc.get("applied") or 0))
        return applied, applied - total
    signs = _EFFECTS[kind]
    return signs[0] * total, signs[1] * total


def _quantities(doc: Document) -> dict[int, Decimal]:
    """Give how much of each source line a transaction takes."""
    taken: dict[int, Decimal] = {}
    for row in doc.get("item") or ():
        if row.get("orderLine") is not None and row.get("quantity") is not None:
            line = int(row["orderLine"])
            taken[line] = taken.get(line, ZERO) + Decimal(str(row["quantity"]))
    return taken
