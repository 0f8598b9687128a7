"""How does the REST face show a record? As JSON with links to itself, references with their names (netsuite.md 3.2)."""

from typing import Any

from sandbox.netsuite.account import Account
from sandbox.netsuite.customizations import customizations
from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import in_words
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.naming import display_name
from sandbox.netsuite.rest.ask import RECORDS
from sandbox.netsuite.soap.writing import shown
from sandbox.netsuite.store import Stored
from sandbox.netsuite.sublists import KEYS
from sandbox.netsuite.transactions.kinds import status_in_words

_APPLIED = Field("doc", "doc", "@", target="transaction")


def self_link(home: str, *path: object) -> list[dict[str, str]]:
    """Give the link list of one address under the record service; `home` is scheme and host as the caller sees them."""
    return [{"rel": "self", "href": "/".join([f"{home}{RECORDS}", *(str(part) for part in path)])}]


def row_key(field: Field) -> str:
    """Name the field that tells a sublist's rows apart (netsuite.md 2.6)."""
    return KEYS.get(field.name, ("line",))[0]


class RecordView:
    """Shows one record; `expand` puts sublists and addresses in full instead of as links."""

    def __init__(self, account: Account, home: str, *, expand: bool, flat: bool = False) -> None:
        self._account = account
        self._home = home
        self._expand = expand
        self._flat = flat  # enumerations as their ids alone

    def record(self, kind: RecordType, stored: Stored, only: frozenset[str] = frozenset()) -> Document:
        """Give the whole record, or only the fields named."""
        own = (kind.name, stored.id)
        body: Document = {"links": self_link(self._home, *own), "id": str(stored.id)}
        if stored.external_id and (not only or "externalId" in only):
            body["externalId"] = stored.external_id
        doc = shown(stored)
        if only:
            doc = {name: value for name, value in doc.items() if name in only}
        body.update(self._fields(kind, doc, own))
        if status := stored.doc.get("status") if "status" in doc else None:
            words = status_in_words(stored.type, status)
            body["status"] = status if self._flat else {"id": status, "refName": words}
        return body

    def reference(self, kind: RecordType, stored: Stored) -> Document:
        """Give a record's id and link alone."""
        return {"links": self_link(self._home, kind.name, stored.id), "id": str(stored.id)}

    def rows(self, kind: RecordType, stored: Stored, name: str) -> Document:
        """Give one sublist as a collection."""
        field = kind.by_name[name]
        self._expand = True
        return self._collection(field, stored.doc.get(name) or [], (kind.name, stored.id, name))

    def row(self, field: Field, row: Document, own: tuple[object, ...]) -> Document:
        """Give one row of a sublist; `own` is the sublist's address."""
        here = (*own, _key_of(row, row_key(field)))
        fields = self._fields(record_type(field.target), row, here)
        if field.name == "addressBook":  # one key under three names (netsuite.md 4.2)
            fields |= {"id": str(here[-1]), "addressId": str(here[-1])}
        return {"links": self_link(self._home, *here), **fields}

    def part(self, field: Field, value: Document, own: tuple[object, ...]) -> Document:
        """Give an address in full."""
        self._expand = True
        shown_part: Document = self._part(field, value, own)
        return shown_part

    def _fields(self, kind: RecordType, doc: Document, own: tuple[object, ...]) -> Document:
        return {
            name: self._value(kind.by_name.get(name), value, (*own, name))
            for name, value in doc.items()
            if value is not None and (name in kind.by_name or name.startswith("cust"))
        }

    def _value(self, field: Field | None, value: Any, own: tuple[object, ...]) -> Any:
        if field is None:
            return self._custom(own[-1], value)
        if field.kind in "alo":
            return self._part(field, value, own)
        if field.kind == "@" or field.name == "doc":
            return self._reference(field, value)
        if field.kind == "r":
            return {"items": [self._reference(field, one) for one in value["items"]]}
        if field.kind not in "ey":
            return value
        words = in_words(field.target, value) if field.kind == "e" else value
        return value if self._flat else {"id": value, "refName": words}

    def _custom(self, name: object, value: Any) -> Any:
        """Show a field of the account's own; one that is declared to refer is shown as a reference."""
        known = customizations().get(str(name))
        if known is None or known.kind != "@":
            return value
        reference = value if isinstance(value, dict) else {"id": str(value)}
        return (
            self._reference(Field(str(name), str(name), "@", target=known.target), reference)
            if "id" in reference
            else value
        )

    def _part(self, field: Field, value: Any, own: tuple[object, ...]) -> Any:
        if not self._expand:
            return {"links": self_link(self._home, *own)}
        if field.kind == "l":
            return self._collection(field, value, own)
        part = record_type("address" if field.kind == "a" else field.target)
        return {"links": self_link(self._home, *own), **self._fields(part, value, own)}

    def _reference(self, field: Field, value: Any) -> Document:
        if field.name == "doc":  # what a payment applies to: a number in SOAP, a reference in REST
            field, value = _APPLIED, {"id": str(value)}
        found = self._account.referred(field, value)
        if found is None:
            links = self_link(self._home, field.target, value["id"]) if field.target else []
            return {"links": links, "id": value["id"]}
        return {
            "links": self_link(self._home, found.type, value["id"]),
            "id": value["id"],
            "refName": display_name(found),
        }

    def _collection(self, field: Field, rows: list[Document], own: tuple[object, ...]) -> Document:
        items = [self.row(field, row, own) for row in rows]
        count = len(items)
        figures = {"count": count, "hasMore": False, "offset": 0, "totalResults": count}
        return {"links": self_link(self._home, *own), "items": items, **figures}


def _key_of(row: Document, key: str) -> object:
    value = row.get(key)
    return value.get("id") if isinstance(value, dict) else value
