"""How does the SOAP face say a record? As text, its elements in the order and the namespaces of the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.netsuite.account import Account
from sandbox.netsuite.customizations import customizations
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.soap.contract.shapes import PREFIXES, list_place, shapes
from sandbox.netsuite.soap.tongue import Tongue
from sandbox.netsuite.soap.values import custom, simple
from sandbox.netsuite.store import Stored
from sandbox.netsuite.transactions.kinds import status_in_words

_UNSAID = frozenset("-x")


@dataclass(frozen=True, slots=True)
class _Said:
    """How one field is said: its place among the others, its tag, and of a list the tag of its rows."""

    place: int
    field: Field
    tag: str
    row_tag: str = ""


@cache
def _plan(kind: RecordType) -> dict[str, _Said]:
    """Give how each field of a type is said, by its name."""
    prefix = PREFIXES[kind.namespace]
    plan = {}
    for place, field in enumerate(kind.fields):
        if field.kind not in _UNSAID:
            row = f"{PREFIXES[list_place(kind, field)]}:{field.row_element}" if field.kind == "l" else ""
            plan[field.name] = _Said(place, field, f"{prefix}:{field.soap}", row)
    return plan


@cache
def _places(kind: RecordType) -> frozenset[str]:
    """Name the namespaces that a record of a type can have elements in."""
    found, todo = {"common platform", kind.namespace}, [kind]
    for one in todo:  # the list grows while it is read
        for field in one.fields:
            if field.kind in "lo":
                part = record_type(field.target)
                found |= {part.namespace, list_place(one, field)} if field.kind == "l" else {part.namespace}
                todo += [part] if part not in todo else []
    return frozenset(found - {"core platform"})


@cache
def _opening(kind: RecordType, tongue: Tongue) -> str:
    """Give the declarations and the type that a record's element begins with."""
    spaces = "".join(f' xmlns:{PREFIXES[one]}="{tongue.name(one)}"' for one in sorted(_places(kind)))
    return f'{spaces} xsi:type="{PREFIXES[kind.namespace]}:{kind.element}"'


class RecordWriter:
    """Writes whole records; asks the account for the names of what they refer to. Without `lists`, body fields only."""

    def __init__(self, account: Account, tongue: Tongue, *, tag: str = "record", lists: bool = True) -> None:
        self._account = account
        self._tongue = tongue
        self._tag = tag
        self._lists = lists
        self._names: dict[tuple[str, str], str] = {}
        self._complex: dict[str, Callable[[_Said, Any], str]] = {
            "@": self._reference, "a": self._address, "l": self._rows, "r": self._several, "c": self._customs,
            "o": self._part,
        }  # fmt: skip

    def record(self, kind: RecordType, stored: Stored) -> str:
        """Write one record as an element of its own type."""
        outside = f" externalId={quoteattr(stored.external_id)}" if stored.external_id else ""
        own = customizations().get(kind.name)
        doc = shown(stored) | ({"recType": {"id": str(own.internal_id)}} if own else {})
        inner = self._fields(kind, doc)
        return f'<{self._tag}{_opening(kind, self._tongue)} internalId="{stored.id}"{outside}>{inner}</{self._tag}>'

    def stored(self, stored: Stored) -> str:
        """Write one record as the type it is kept as."""
        return self.record(record_type(stored.type), stored)

    def draft(self, kind: RecordType, doc: Document) -> str:
        """Write a record that is not saved."""
        return f"<{self._tag}{_opening(kind, self._tongue)}>{self._fields(kind, doc)}</{self._tag}>"

    def _fields(self, kind: RecordType, doc: Document) -> str:
        plan, said, customs = _plan(kind), [], []
        for name, value in doc.items():
            if value is None:
                continue
            known = plan.get(name)
            if known is not None:
                said.append((known.place, known, value))
            elif name.startswith("cust") and name not in kind.by_name and kind.element in shapes("takes_custom"):
                customs.append(custom(name, value))
        said.sort(key=lambda one: one[0])
        parts = [self._field(known, value) for _, known, value in said]
        if customs:
            tag = f"{PREFIXES[kind.namespace]}:customFieldList"
            parts.append(f"<{tag}>{''.join(customs)}</{tag}>")
        return "".join(parts)

    def _field(self, said: _Said, value: Any) -> str:
        work = self._complex.get(said.field.kind)
        if work is not None:
            return work(said, value)
        text = simple(said.field, value)
        return f"<{said.tag}>{escape(text)}</{said.tag}>" if text is not None else ""

    def _reference(self, said: _Said, value: Document) -> str:
        return self._named(said.tag, said.field, value)

    def _named(self, tag: str, field: Field, value: Document) -> str:
        key = str(value.get("id", ""))
        name = self._names.get((field.target, key))
        if name is None:
            name = self._names[field.target, key] = escape(self._account.name_of(field, value) or "")
        inner = f"<platformCore:name>{name}</platformCore:name>" if name else ""
        return f"<{tag} internalId={quoteattr(key)}>{inner}</{tag}>"

    def _address(self, said: _Said, value: Document) -> str:
        return f"<{said.tag}>{self._fields(record_type('address'), value)}</{said.tag}>"

    def _part(self, said: _Said, value: Document) -> str:
        return f"<{said.tag}>{self._fields(record_type(said.field.target), value)}</{said.tag}>"

    def _rows(self, said: _Said, value: Any) -> str:
        if not self._lists or not isinstance(value, list):
            return ""
        part, tag = record_type(said.field.target), said.row_tag
        rows = "".join(f"<{tag}>{self._fields(part, row)}</{tag}>" for row in value)
        return f"<{said.tag}>{rows}</{said.tag}>"

    def _several(self, said: _Said, value: Document) -> str:
        refs = (self._named("platformCore:recordRef", said.field, one) for one in value["items"])
        return f"<{said.tag}>{''.join(refs)}</{said.tag}>"

    def _customs(self, said: _Said, value: Document) -> str:
        return f"<{said.tag}>{''.join(custom(name, one) for name, one in value.items())}</{said.tag}>"


def shown(stored: Stored) -> Document:
    """Give a record's document with what the system adds on reading: moments and the status in words."""
    made, changed = (f"{moment.replace(' ', 'T')}Z" for moment in (stored.created, stored.modified))
    added: Document = {"createdDate": made, "dateCreated": made, "lastModifiedDate": changed}
    if status := stored.doc.get("status"):
        added["status"] = status_in_words(stored.type, status)
    known = record_type(stored.type).by_name
    return {**stored.doc, **{name: value for name, value in added.items() if name in known}}
