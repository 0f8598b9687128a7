"""What does the account add to a customer: its name, its number, its defaults, its address book's keys?"""

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store

_FIRST_NUMBER = 10001
_CLOSED_WON = {"id": "13"}  # the entity status that makes a customer in a stock account (netsuite.md 4.2)


def _named(doc: Document) -> None:
    if doc.get("isPerson"):
        for name, label in (("firstName", "First Name"), ("lastName", "Last Name")):
            if not doc.get(name):
                raise refusals.missing(label, name)
    elif not doc.get("companyName"):
        raise refusals.missing("Company Name", "companyName")


def _addresses(store: Store, old: list[Document], sent: list[Document] | None, *, replace: bool) -> list[Document]:
    by_key = {row["internalId"]: row for row in old}
    rows = {} if replace else dict(by_key)
    for row in sent or []:
        key = str(row.get("internalId") or row.get("id") or row.get("addressId") or "")
        key = key if key in by_key else str(store.next("address", 5001))
        rows[key] = {**by_key.get(key, {}), **row, "internalId": key}
    return list(rows.values())


def complete_customer(store: Store, doc: Document, change: Document, *, replace: bool) -> None:
    """Make a whole customer of the kept document and the change."""
    kept: list[Document] = doc.get("addressBook") or []
    doc.update({name: value for name, value in change.items() if name != "addressBook"})
    doc.setdefault("isPerson", False)
    _named(doc)
    if not doc.get("subsidiary"):
        raise refusals.missing("Primary Subsidiary", "subsidiary")
    if "addressBook" in change:
        doc["addressBook"] = _addresses(
            store, kept, change["addressBook"], replace=replace or not change["addressBook"]
        )
    if not doc.get("currency"):
        subsidiary = store.by_id("subsidiary", doc["subsidiary"]["id"])
        doc["currency"] = (subsidiary.doc.get("currency") if subsidiary else None) or {"id": "1"}
    doc.setdefault("isInactive", False)
    doc.setdefault("entityStatus", _CLOSED_WON)
    doc["entityId"] = doc.get("entityId") or f"CUST{store.next('customer', _FIRST_NUMBER)}"


def complete_other(doc: Document, change: Document, name: str, label: str) -> None:
    """Make a whole item, employee or list entry; `name` is the field that names it."""
    doc.update(change)
    doc.setdefault("isInactive", False)
    if not doc.get(name):
        raise refusals.missing(label, name)
