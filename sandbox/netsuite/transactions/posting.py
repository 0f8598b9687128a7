"""Into which accounting period does a transaction post, and is it still open?"""

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.draft import Draft

_RECEIVABLE = frozenset({
    "invoice", "creditMemo", "customerPayment", "customerDeposit", "depositApplication", "customerRefund",
})  # fmt: skip
_PAYABLE = frozenset({"vendorBill", "vendorCredit", "vendorPayment"})


def _months(store: Store) -> list[tuple[str, str, int]]:
    """Give the periods that are neither quarter, year nor adjustment: (first day, last day, id)."""
    rows = (one for one in store.every("accountingPeriod"))
    whole = ("isQuarter", "isYear", "isAdjust")
    plain = (one for one in rows if not any(one.doc.get(name) for name in whole))
    return sorted((one.doc["startDate"], one.doc["endDate"], one.id) for one in plain)


def period_on(store: Store, day: str) -> Stored | None:
    """Give the accounting period that a day falls into."""
    months = store.made("accountingPeriod", _months)
    number = next((number for first, last, number in months if first <= day <= last), None)
    return store.by_id("accountingPeriod", number) if number is not None else None


def is_closed(period: Document, kind: str) -> bool:
    """Say whether a type of transaction may no longer post into a period."""
    if period.get("closed") or period.get("allLocked"):
        return True
    return bool((kind in _RECEIVABLE and period.get("arLocked")) or (kind in _PAYABLE and period.get("apLocked")))


def complete_period(draft: Draft) -> None:
    """Give a posting transaction its period and refuse a closed one, the one it leaves as well as the one it enters."""
    if not draft.kind.posts:
        return
    left = draft.old.get("postingPeriod")
    moved = draft.doc["tranDate"] != draft.old.get("tranDate") and "postingPeriod" not in draft.change
    if draft.doc.get("postingPeriod") is None or moved:
        found = period_on(draft.store, draft.doc["tranDate"])
        if found is None:
            raise refusals.no_period()
        draft.doc["postingPeriod"] = {"id": str(found.id)}
    for reference in (left, draft.doc["postingPeriod"]):
        _open(draft.store, reference, draft.kind.name)


def _open(store: Store, reference: Document | None, kind: str) -> None:
    found = store.by_id("accountingPeriod", reference["id"]) if reference else None
    if found is not None and is_closed(found.doc, kind):
        raise refusals.period_closed()


def still_open(record: Stored, store: Store) -> None:
    """Refuse to touch a transaction whose period is closed."""
    _open(store, record.doc.get("postingPeriod"), record.type)
