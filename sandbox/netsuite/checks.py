"""Is each value of a wish acceptable by itself: known, writable, short enough, and its references real?"""

from collections.abc import Callable
from typing import Any

from sandbox.netsuite import refusals
from sandbox.netsuite.customizations import check_custom
from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import Field, RecordType, families, record_type, record_types
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
_FIRST_YEAR, _LAST_YEAR = "1900", "2999"
# Lists whose inactive entries can no longer be chosen; items and entities have rules of their own.
_CHOSEN = frozenset({
    "subsidiary", "currency", "term", "priceLevel", "department", "classification", "location", "account", "taxItem",
    "paymentMethod", "billingSchedule", "customerStatus",
})  # fmt: skip


def family_of(target: str) -> str:
    """Say in which group a reference's target lives; empty when the twin keeps no such records."""
    kind = record_types().get(target.lower())
    return kind.family if kind else target if target in families() else ""


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
    if found is None or found.type not in _fitting(field.target, family, found.type):
        raise refusals.unknown_reference(field.name, str(value.get("id") or value.get("externalId")), path)
    return found


def _fitting(target: str, family: str, found: str) -> tuple[str, ...]:
    """Name the types that a reference takes; one to a group takes them all, and a project stands for its customer."""
    if target == family:
        return (found,)
    return (target, "job") if target == "customer" else (target,)


def _reference(store: Store, field: Field, value: Any, path: str) -> Document:
    if not isinstance(value, dict):
        raise refusals.bad_value(field.name, value, path)
    found = resolve(store, field, value, path)
    if found is not None and found.family in _CHOSEN and found.doc.get("isInactive") is True:
        raise refusals.unknown_reference(field.name, str(found.id), path)
    return {"id": str(found.id)} if found else {"id": str(value.get("id") or value.get("externalId") or "")}


def _text(_store: Store, field: Field, value: Any, path: str) -> Any:
    if isinstance(value, str) and len(value) > (limit := LENGTHS.get(field.name, LONGEST)):
        raise refusals.too_long(field.name, limit, path)
    return value


def _checked(store: Store, field: Field, value: Any, path: str) -> Any:
    work = _CHECKS.get(field.kind)
    return value if value is None or work is None else work(store, field, value, path)


def _chosen(_store: Store, field: Field, value: Any, path: str) -> Any:
    """Take a value of an enumeration in SOAP's or in REST's spelling; REST's is kept."""
    found = enumeration(field.target).rest_id(str(value))
    if found is None:
        raise refusals.bad_value(field.name, value, path)
    return found


def _day(_store: Store, field: Field, value: Any, path: str) -> Any:
    if not _FIRST_YEAR <= str(value)[:4] <= _LAST_YEAR:
        raise refusals.bad_value(field.name, value, path)
    return value


def _several(store: Store, field: Field, value: Any, path: str) -> Document:
    rows = value.get("items") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        raise refusals.bad_value(field.name, value, path)
    return {"items": [_reference(store, field, one, f"{path}.items[{place}]") for place, one in enumerate(rows)]}


def _rows(store: Store, field: Field, value: Any, path: str) -> list[Document]:
    part = record_type(field.target)
    return [check(store, part, row, f"{path}.items[{place}].") for place, row in enumerate(value)]


def _part(store: Store, field: Field, value: Any, path: str) -> Document:
    return check(store, record_type("address" if field.kind == "a" else field.target), value, f"{path}.")


_CHECKS: dict[str, Callable[[Store, Field, Any, str], Any]] = {
    "@": _reference, "s": _text, "d": _day, "e": _chosen, "r": _several, "l": _rows, "a": _part, "o": _part,
}  # fmt: skip


def check(store: Store, kind: RecordType, fields: Document, at: str = "") -> Document:
    """Give the fields with every reference resolved to an id, or raise the first refusal."""
    kept: Document = {}
    for name, value in fields.items():
        field = kind.by_name.get(name)
        if field is not None and field.read_only and kind.family == "part":
            continue  # a line that was read and is sent back
        if field is not None:
            kept[name] = _checked(store, field, value, at + name)
        elif kind.takes_custom(name):
            kept[name] = check_custom(name, value, at + name)
        else:
            raise refusals.bad_value("customFieldList", name, at + name)
    return kept


def without_read_only(wish: Wish, *, ignore: bool) -> None:
    """Refuse, or under `ignoreReadOnlyFields` drop, what only the system writes (netsuite.md 2.3)."""
    for name in [name for name in wish.fields if (field := wish.type.by_name.get(name)) and field.read_only]:
        if not ignore:
            raise refusals.read_only(name)
        del wish.fields[name]
