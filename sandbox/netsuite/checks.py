"""Is each value of a wish acceptable by itself: known, writable, short enough, and its references real?"""

from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, record_type, record_types
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.wish import Wish

# Lengths from the vendor's field reference; a text field not named here takes 4000.
LENGTHS = {
    "companyName": 83, "entityId": 83, "firstName": 32, "middleName": 32, "lastName": 32, "email": 254, "phone": 32,
    "memo": 999, "otherRefNum": 45, "tranId": 45, "itemId": 60, "displayName": 60, "addressee": 83, "attention": 150,
    "addr1": 150, "addr2": 150, "addr3": 150, "city": 50, "state": 50, "zip": 36, "addrPhone": 32, "label": 150,
    "vatRegNumber": 40, "accountNumber": 99, "url": 100,
}  # fmt: skip
LONGEST = 4000


def family_of(target: str) -> str:
    """Say in which group a reference's target lives; empty when the twin keeps no such records."""
    if target == "item":
        return "item"
    kind = record_types().get(target.lower())
    return kind.family if kind else ""


def resolve(store: Store, field: Field, value: Document, path: str) -> Stored | None:
    """Find what a reference means; None when the twin keeps no records of that type."""
    family = family_of(field.target)
    if not family:
        return None
    found = (
        store.by_external(family, str(value["externalId"]))
        if "id" not in value and value.get("externalId")
        else store.by_id(family, value.get("id", ""))
    )
    if found is None or (field.target not in {family, found.type} and family != "item"):
        raise refusals.unknown_reference(field.name, str(value.get("id") or value.get("externalId")), path)
    return found


def _reference(store: Store, field: Field, value: Any, path: str) -> Document:
    if not isinstance(value, dict):
        raise refusals.bad_value(field.name, value, path)
    found = resolve(store, field, value, path)
    return {"id": str(found.id)} if found else {"id": str(value.get("id") or value.get("externalId") or "")}


def _text(field: Field, value: Any, path: str) -> Any:
    if isinstance(value, str) and len(value) > (limit := LENGTHS.get(field.name, LONGEST)):
        raise refusals.too_long(field.name, limit, path)
    return value


def _checked(store: Store, field: Field, value: Any, path: str) -> Any:
    if value is None or field.kind not in "@sal":
        return value
    if field.kind == "@":
        return _reference(store, field, value, path)
    if field.kind == "s":
        return _text(field, value, path)
    if field.kind == "a":
        return check(store, record_type("address"), value, f"{path}.")
    part = record_type(field.target)
    return [check(store, part, row, f"{path}.items[{place}].") for place, row in enumerate(value)]


def check(store: Store, kind: RecordType, fields: Document, at: str = "") -> Document:
    """Give the fields with every reference resolved to an id, or raise the first refusal."""
    kept: Document = {}
    for name, value in fields.items():
        field = kind.by_name.get(name)
        if field is not None:
            kept[name] = _checked(store, field, value, at + name)
        elif kind.takes_custom(name):
            kept[name] = value
        else:
            raise refusals.bad_value("customFieldList", name, at + name)
    return kept


def without_read_only(wish: Wish, *, ignore: bool) -> None:
    """Refuse, or under `ignoreReadOnlyFields` drop, what only the system writes (netsuite.md 2.3)."""
    for name in [name for name in wish.fields if (field := wish.type.by_name.get(name)) and field.read_only]:
        if not ignore:
            raise refusals.read_only(name)
        del wish.fields[name]
