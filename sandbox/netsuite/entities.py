"""What does the account add to a customer: its name, its number, its defaults, its address book's keys?"""

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store
from sandbox.netsuite.sublists import merge_lists, plain
from sandbox.netsuite.uniqueness import contact_name
from sandbox.netsuite.wish import Wish

_FIRST_NUMBER = 10001
# The entity status that a stock account gives each stage first; 13 makes a customer (netsuite.md 4.2).
_FIRST_STATUS = {"LEAD": "6", "PROSPECT": "8", "CUSTOMER": "13"}

# What other records' rules rely on in an entry of a list.
NEEDED = {
    "accountingPeriod": (("startDate", "Start Date"), ("endDate", "End Date")),
    "currencyRate": (
        ("baseCurrency", "Base Currency"), ("transactionCurrency", "Transaction Currency"),
        ("effectiveDate", "Effective Date"), ("exchangeRate", "Exchange Rate"),
    ),
}  # fmt: skip
PEOPLE = {
    "contact": "Name", "employee": "Name", "partner": "Company Name", "vendor": "Company Name", "job": "Project Name",
}  # fmt: skip


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
        old_row = by_key.get(key, {})
        inner = {
            "addressBookAddress": {**(old_row.get("addressBookAddress") or {}), **(row.get("addressBookAddress") or {})}
        }
        rows[key] = {**old_row, **row, **(inner if inner["addressBookAddress"] else {}), "internalId": key}
    return list(rows.values())


def complete_customer(store: Store, wish: Wish, doc: Document, change: Document) -> None:
    """Make a whole customer of the kept document and the change."""
    _told(store, wish, doc, change)
    doc.setdefault("isPerson", False)
    _named(doc)
    if not doc.get("subsidiary"):
        raise refusals.missing("Primary Subsidiary", "subsidiary")
    if not doc.get("currency"):
        subsidiary = store.by_id("subsidiary", doc["subsidiary"]["id"])
        doc["currency"] = (subsidiary.doc.get("currency") if subsidiary else None) or {"id": "1"}
    doc.setdefault("isInactive", False)
    _staged(store, wish, doc, change)
    doc["entityId"] = doc.get("entityId") or f"CUST{store.next('customer', _FIRST_NUMBER)}"


def _staged(store: Store, wish: Wish, doc: Document, change: Document) -> None:
    """Keep stage and entity status in step: the status decides, then what was asked for."""
    status = store.by_id("customerStatus", (change.get("entityStatus") or {}).get("id", ""))
    told = (status.doc.get("stage") if status else None) or change.get("stage") or wish.type.stage
    doc["stage"] = told or doc.get("stage") or "CUSTOMER"
    if status is None and (told or "entityStatus" not in doc):
        doc["entityStatus"] = {"id": _FIRST_STATUS[doc["stage"]]}


def complete_person(store: Store, wish: Wish, doc: Document, change: Document) -> None:
    """Make a whole contact, employee, vendor, partner or project: its name is told, or made of what is."""
    _told(store, wish, doc, change)
    doc.setdefault("isInactive", False)
    if not doc.get("entityId"):
        doc["entityId"] = contact_name(doc) or doc.get("companyName")
    if not doc.get("entityId"):
        raise refusals.missing(PEOPLE[wish.type.name], "entityId")


def _told(store: Store, wish: Wish, doc: Document, change: Document) -> None:
    kept: list[Document] = doc.get("addressBook") or []
    doc.update(plain(wish.type, change))
    merge_lists(wish.type, doc, change, wish.replaced, lambda name: name == "addressBook")
    if "addressBook" in change:
        replace = "addressBook" in wish.replaced or not change["addressBook"]
        doc["addressBook"] = _addresses(store, kept, change["addressBook"], replace=replace)


def complete_other(wish: Wish, doc: Document, change: Document, name: str, label: str) -> None:
    """Make a whole employee or list entry; `name` is the field that names it, empty where nothing does."""
    doc.update(plain(wish.type, change))
    merge_lists(wish.type, doc, change, wish.replaced, lambda _: False)
    if "isInactive" in wish.type.by_name:
        doc.setdefault("isInactive", False)
    for field, words in ((name, label), *NEEDED.get(wish.type.family, ())):
        if field and doc.get(field) is None:
            raise refusals.missing(words, field)
