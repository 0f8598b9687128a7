"""What is saved with a warning? A sale on credit beyond its customer's limit, where that does not hold it (netsuite.md 2.7)."""

from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.account import Account
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.store import Stored
from sandbox.netsuite.wish import Done, Wish

_ON_CREDIT = frozenset({"salesOrder", "invoice"})


def debtor_of(account: Account, wish: Wish) -> Stored | None:
    """Give the customer of a sale on credit that has a limit; None for most.

    A customer named by its external id is looked up here and then named by its internal id, so that nobody has to look
    it up again.
    """
    entity = wish.fields.get("entity") if wish.type.name in _ON_CREDIT else None
    if not isinstance(entity, dict):
        return None
    if entity.get("id"):
        found = account.store.by_id("entity", str(entity["id"]))
    else:
        found = account.store.by_external("entity", str(entity.get("externalId") or ""))
        if found is not None and found.type == "customer":
            wish.fields["entity"] = {"id": str(found.id)}
    return found if found is not None and found.doc.get("creditLimit") is not None else None


def warning_of(account: Account, debtor: Stored | None, done: Done) -> Refused | None:
    """Give the warning that a sale which was just saved deserves."""
    saved = account.store.by_id("transaction", done.id) if debtor else None
    if debtor is None or saved is None:
        return None
    known = account.store.by_id("entity", debtor.id) or debtor
    owed = Decimal(str(known.doc.get("balance") or 0))
    owed += saved.doc.get("total", 0) if saved.type == "salesOrder" else 0
    return refusals.beyond_credit() if owed > Decimal(str(debtor.doc["creditLimit"])) else None
