"""What does a payment, credit or deposit pay for? Its apply rows, and what they leave of it and of their targets."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Stored
from sandbox.netsuite.sublists import KEYS, merged
from sandbox.netsuite.transactions.amounts import ZERO, money, number
from sandbox.netsuite.transactions.draft import Draft


@dataclass(frozen=True, slots=True)
class Purse:
    """Where a type's money comes from and goes: `amount` names its own field, `targets` what it may pay for."""

    amount: str
    targets: frozenset[str]


_INVOICES = frozenset({"invoice"})
PURSES = {
    "customerPayment": Purse("payment", _INVOICES),
    "creditMemo": Purse("total", _INVOICES),
    "depositApplication": Purse("", _INVOICES),
    "customerDeposit": Purse("payment", _INVOICES),
    "customerRefund": Purse("", frozenset({"creditMemo", "customerPayment", "customerDeposit"})),
    "vendorPayment": Purse("", frozenset({"vendorBill"})),
    "vendorCredit": Purse("total", frozenset({"vendorBill"})),
}
LISTS = ("apply", "credit", "deposit")
_LEFT = {"customerDeposit": "amountRemaining", "customerPayment": "unapplied"}


def left_of(doc: Document, kind: str) -> Decimal:
    """Give what is still open of a transaction."""
    value = doc.get(_LEFT.get(kind, "amountRemaining"))
    return Decimal(str(value if value is not None else doc.get("total") or doc.get("payment") or 0))


def applied_rows(doc: Document) -> Iterator[tuple[str, Document]]:
    """Give every row that is applied, with its list's name."""
    for name in LISTS:
        rows = doc.get(name)
        for row in rows if isinstance(rows, list) else ():
            if row.get("apply") and row.get("doc"):
                yield name, row


def applied_by(doc: Document) -> dict[int, Decimal]:
    """Give how much each transaction gets from this one."""
    amounts: dict[int, Decimal] = {}
    for _, row in applied_rows(doc):
        amounts[row["doc"]] = amounts.get(row["doc"], ZERO) + Decimal(str(row.get("amount") or 0))
    return amounts


def complete_application(draft: Draft) -> None:
    """Merge the apply rows, check each against what is due, and write applied, unapplied and total."""
    purse = PURSES[draft.kind.name]
    for name in LISTS:
        known = draft.record.by_name.get(name)
        if known is not None and known.kind == "l" and (name in draft.change or name in draft.doc):
            _merge(draft, name)
    if draft.change.get("autoApply") is True:
        if any(draft.change.get(name) for name in LISTS):
            words = "autoApply cannot be true when apply lines are given."
            raise refusals.Refused("INVALID_AUTOAPPLY_VALUE", words, "autoApply")
        draft.doc["apply"] = _automatic(draft, purse)
    for name, row in applied_rows(draft.doc):
        _check_row(draft, purse, name, row)
    untold = not any(name in draft.change for name in LISTS)
    if untold and purse.amount and (draft.is_new or draft.change.get(purse.amount) is not None):
        _trim(draft, purse)
    _sums(draft, purse)


def _merge(draft: Draft, name: str) -> None:
    sent = draft.change.get(name)
    empties = name in draft.change and sent is None
    pairs = merged(draft.doc.get(name) or [], sent or [], KEYS[name], replace=empties or name in draft.replaced)
    rows = [{**row, **change} for row, change in pairs]
    for row in rows:
        row.setdefault("apply", True)
    draft.doc[name] = [row for row in rows if row["apply"]]


def _target(draft: Draft, purse: Purse, name: str, row: Document) -> Stored:
    found = draft.store.by_id("transaction", row["doc"])
    wrong = found is None or (name == "apply" and found.type not in purse.targets)
    if found is None or wrong or found.party != (draft.party.id if draft.party else None):
        raise refusals.unknown_reference("doc", str(row["doc"]), f"{name}.doc")
    if (found.doc.get("currency") or {}).get("id") != (draft.doc.get("currency") or {}).get("id"):
        words = "The currency of the transaction does not match the currency of what it is applied to."
        raise refusals.Refused("MISMATCHED_CURRENCY", words, f"{name}.doc")
    return found


def _check_row(draft: Draft, purse: Purse, name: str, row: Document) -> None:
    found = _target(draft, purse, name, row)
    due = left_of(found.doc, found.type) + applied_by(draft.old).get(found.id, ZERO)
    amount = due if row.get("amount") is None else number(row["amount"], "amount", f"{name}.amount")
    row["amount"] = money(amount, draft.precision)
    if row["amount"] > due or row["amount"] < ZERO:
        raise refusals.over_applied(f"{name}.amount")
    row.update(
        type=draft.kind.statuses and found.type[0].upper() + found.type[1:],
        refNum=found.name,
        total=found.doc.get("total", due),
        due=due - row["amount"],
        applyDate=found.day,
    )


def _automatic(draft: Draft, purse: Purse) -> list[Document]:
    """Apply to the oldest open invoices until nothing is left."""
    left = Decimal(str(draft.doc.get(purse.amount) or 0))
    rows: list[Document] = []
    open_ones = draft.store.of_party(draft.party.id, "invoice", "A") if draft.party else []
    for one in open_ones:
        amount = min(left, left_of(one.doc, one.type))
        if amount > ZERO and one.doc.get("currency") == draft.doc.get("currency"):
            rows.append({"doc": one.id, "line": 0, "apply": True, "amount": amount})
            left -= amount
    return rows


def _trim(draft: Draft, purse: Purse) -> None:
    """Let a smaller payment or credit pay for as much as it can, row by row."""
    if draft.doc.get(purse.amount) is None:
        return
    left = number(draft.doc[purse.amount], purse.amount, purse.amount)
    for _, row in applied_rows(draft.doc):
        share = min(left, row["amount"])
        row.update(due=row["due"] + row["amount"] - share, amount=share)
        left -= share


def _sums(draft: Draft, purse: Purse) -> None:
    doc, zero = draft.doc, money(ZERO, draft.precision)
    by_list = dict.fromkeys(LISTS, ZERO)
    for name, row in applied_rows(doc):
        by_list[name] += row["amount"]
    applied = zero + by_list["apply"]
    spent = applied - (ZERO if draft.kind.name == "customerRefund" else by_list["credit"] + by_list["deposit"])
    if purse.amount == "payment" and doc.get("payment") is None:
        doc["payment"] = max(spent, zero)
    own = applied + by_list["deposit"] if not purse.amount else Decimal(str(doc.get(purse.amount) or 0))
    if spent > own:
        raise refusals.over_applied("apply.amount")
    doc["total"] = money(own, draft.precision)
    doc.update(applied=applied, unapplied=doc["total"] - spent, amountRemaining=doc["total"] - spent)
    if purse.amount == "payment":
        doc["payment"] = doc["total"]
