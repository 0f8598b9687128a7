"""What is saved with a warning? A sale on credit beyond its customer's limit, where that does not hold it (netsuite.md 2.7)."""

from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.account import Account
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.store import Stored
from sandbox.netsuite.wish import Done, Wish

_ON_CREDIT = frozenset({"salesOrder", "invoice"})


def warning_of(account: Account, wish: Wish, done: Done) -> Refused | None:
    """Give the warning that a record which was just saved deserves; None for most."""
    entity = wish.fields.get("entity") if wish.type.name in _ON_CREDIT else None
    party = _party(account, entity) if isinstance(entity, dict) else None
    limit = party.doc.get("creditLimit") if party else None
    if party is None or limit is None:
        return None
    saved = account.store.by_id("transaction", done.id)
    total = saved.doc.get("total", 0) if saved else 0
    owed = Decimal(str(party.doc.get("balance") or 0)) + (total if wish.type.name == "salesOrder" else 0)
    return refusals.beyond_credit() if owed > Decimal(str(limit)) else None


def _party(account: Account, entity: dict[str, object]) -> Stored | None:
    if entity.get("id"):
        return account.store.by_id("entity", str(entity["id"]))
    return account.store.by_external("entity", str(entity.get("externalId") or ""))
