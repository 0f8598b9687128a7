"""What does a transaction take from its customer or vendor, and what may it not be for them?"""

from decimal import Decimal

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.draft import Draft

_SOURCED = ("subsidiary", "currency", "terms")
_ADDRESSES = (
    ("billingAddress", "defaultBilling", "billAddressList"),
    ("shippingAddress", "defaultShipping", "shipAddressList"),
)
_ON_CREDIT = frozenset({"salesOrder", "invoice"})


def complete_party(draft: Draft) -> None:
    """Find the entity, refuse what it does not take, and source what was not said."""
    name = draft.kind.party
    reference = draft.doc.get(name) if name else None
    if name and not reference:
        label = draft.record.by_name[name].target if name in draft.record.by_name else ""
        raise refusals.missing("Vendor" if label == "vendor" else "Customer", name)
    draft.party = _party(draft.store, reference)
    anew = draft.is_new or name in draft.change
    if draft.party is not None and anew and draft.party.doc.get("isInactive") is True:
        raise refusals.unknown_reference(name, str(draft.party.id), name)
    _source(draft, draft.party.doc if draft.party else {})
    if draft.party is not None:
        _fits(draft, draft.party)


def _party(store: Store, reference: Document | None) -> Stored | None:
    """Give the entity of a reference; a project stands for its customer."""
    found = store.by_id("entity", reference["id"]) if reference else None
    if found is not None and found.type == "job" and found.doc.get("parent"):
        return store.by_id("entity", found.doc["parent"]["id"]) or found
    return found


def _source(draft: Draft, source: Document) -> None:
    for field, otherwise in zip(_SOURCED, ({"id": "1"}, {"id": "1"}, None), strict=True):
        value = source.get(field) or otherwise
        if draft.doc.get(field) is None and value and field in draft.record.by_name:
            draft.doc[field] = value
    for field, mark, chosen in _ADDRESSES:
        _address(draft, source.get("addressBook") or [], (field, mark, chosen))


def _address(draft: Draft, book: list[Document], names: tuple[str, str, str]) -> None:
    """Copy the address that was chosen from the book by its key, or on a new transaction the default one."""
    field, mark, chosen = names
    key = (draft.change.get(chosen) or {}).get("id")
    wanted = [row for row in book if (row.get("internalId") == key if key else draft.is_new and row.get(mark))]
    if wanted and field in draft.record.by_name and (key or field not in draft.doc):
        draft.doc[field] = wanted[0].get("addressBookAddress")


def _fits(draft: Draft, party: Stored) -> None:
    """Refuse a subsidiary or a currency that the entity does not have."""
    subsidiary, currency = draft.doc.get("subsidiary"), draft.doc.get("currency")
    if subsidiary and party.doc.get("subsidiary") and subsidiary["id"] not in _subsidiaries(draft.store, party):
        raise refusals.unknown_reference("subsidiary", subsidiary["id"], "subsidiary")
    known = {row["currency"]["id"] for row in party.doc.get("currencyList") or () if row.get("currency")}
    if currency and known and currency["id"] not in known | {(party.doc.get("currency") or currency)["id"]}:
        raise refusals.unknown_reference("currency", currency["id"], "currency")


def _related(store: Store) -> dict[str, set[str]]:
    """Give the further subsidiaries of each customer."""
    found: dict[str, set[str]] = {}
    for one in store.every("customerSubsidiaryRelationship"):
        entity, subsidiary = one.doc.get("entity"), one.doc.get("subsidiary")
        if entity and subsidiary:
            found.setdefault(entity["id"], set()).add(subsidiary["id"])
    return found


def _subsidiaries(store: Store, party: Stored) -> set[str]:
    own = {party.doc["subsidiary"]["id"]}
    return own | store.made("customerSubsidiaryRelationship", _related).get(str(party.id), set())


def check_credit(draft: Draft) -> None:
    """Refuse a sale beyond the limit of a customer whose credit is on hold (netsuite.md 2.8)."""
    party = draft.party
    if draft.kind.name not in _ON_CREDIT or party is None or party.doc.get("creditHoldOverride") != "ON":
        return
    limit = party.doc.get("creditLimit")
    owed = Decimal(str(party.doc.get("balance") or 0)) + draft.doc["total"]
    if limit is not None and owed > Decimal(str(limit)):
        raise refusals.beyond_credit()
