"""Which names may be borne only once? Entities' in all, items' under their parent, contacts' in their company."""

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.wish import Wish

_WITHOUT_EXTERNAL_ID = frozenset({"accountingPeriod"})  # netsuite.md 4.4


def check_unique(store: Store, wish: Wish, change: Document, found: Stored | None) -> None:
    """Refuse a name that another record bears, and an external id where there are none."""
    if wish.external_id and wish.type.family in _WITHOUT_EXTERNAL_ID:
        raise refusals.without_external_id()
    if wish.type.name == "contact":
        _contact(store, change, found)
    elif wish.type.family == "entity":
        _alone(store, "entity", change.get("entityId"), found, refusals.entity_exists("entityId"))
    elif wish.type.family == "item" and not (change.get("parent") or (found and found.doc.get("parent"))):
        _alone(store, "item", change.get("itemId"), found, refusals.item_exists("itemId"))


def _alone(store: Store, family: str, name: str | None, found: Stored | None, refusal: refusals.Refused) -> None:
    for other in store.named(family, name) if name else ():
        if other.type != "contact" and (found is None or other.id != found.id):
            raise refusal


def _contact(store: Store, change: Document, found: Stored | None) -> None:
    """A contact's name is unique in its company (netsuite.md 4.2); other entities' names do not matter."""
    doc = {**(found.doc if found else {}), **change}
    name = contact_name(doc)
    for other in store.named("entity", name) if name else ():
        same = (other.doc.get("company") or {}).get("id") == (doc.get("company") or {}).get("id")
        if other.type == "contact" and same and (found is None or other.id != found.id):
            raise refusals.contact_exists("entityId")


def contact_name(doc: Document) -> str:
    """Give a contact's name: as told, or first and last name."""
    told = doc.get("entityId")
    return str(told or f"{doc.get('firstName') or ''} {doc.get('lastName') or ''}".strip())
