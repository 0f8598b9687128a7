"""What does one cell of a search's row hold? Values of records in the words and kinds of the contract's columns."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import soap_word
from sandbox.netsuite.fields import Field, record_type, soap_of_country
from sandbox.netsuite.soap.contract.searches import SearchType
from sandbox.netsuite.soap.search.kinds import camel, meanings, subtype_word, type_word
from sandbox.netsuite.store import Stored
from sandbox.netsuite.transactions.kinds import status_in_words


@dataclass(frozen=True, slots=True)
class Seen:
    """What one row shows: a record, and one of its lines or none."""

    record: Stored
    doc: Document
    line: Document | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One column: its element's name, its kind, the label asked for, and a custom field's script id."""

    name: str
    kind: str
    label: str = ""
    script_id: str = ""


def cell(kind: SearchType, one: Wanted, seen: Seen) -> str:
    """Write one column of a search; empty when it has no value."""
    if one.kind == "c":
        return ""
    text = _text(one.kind, _value(kind, one.name, seen), _field_at(kind, one.name, seen))
    if text is None:
        return ""
    inner = (
        _reference(text, one.name)
        if one.kind == "@"
        else f"<platformCore:searchValue>{escape(text)}</platformCore:searchValue>"
    )
    return f"<platformCommon:{one.name}>{_label(one)}{inner}</platformCommon:{one.name}>"


def _label(one: Wanted) -> str:
    return f"<platformCore:customLabel>{escape(one.label)}</platformCore:customLabel>" if one.label else ""


def _reference(text: str, name: str = "") -> str:
    outside = f" externalId={quoteattr(text)}" if name == "externalId" else ""
    return f"<platformCore:searchValue internalId={quoteattr(text)}{outside}/>"


def _path(kind: SearchType, name: str) -> str:
    return meanings(kind.name).get(name, name)


def _own(kind: SearchType, name: str, seen: Seen) -> tuple[bool, Any]:
    """Give what only a search says of a record: its ids, its type, its status in the search's words."""
    record = seen.record
    if name == "status" and kind.name == "transaction":
        words = camel(status_in_words(record.type, str(seen.doc.get("status"))))
        return True, f"{words[:1].lower()}{words[1:]}"
    if name in {"type", "subType"} and kind.name in {"transaction", "item"}:
        return True, (type_word if name == "type" else subtype_word)(record.type) or None
    known = {
        "internalId": {"id": str(record.id)},
        "externalId": {"id": record.external_id} if record.external_id else None,
        "mainLine": seen.line is None,
        "recordType": record.type,
    }
    return name in known, known.get(name)


def _value(kind: SearchType, name: str, seen: Seen) -> Any:
    own, value = _own(kind, name, seen)
    if own:
        return value
    path = _path(kind, name)
    if seen.line is not None and (at := _line_name(name, path)) in seen.line:
        return seen.line[at]
    found: Any = _dates(seen) | seen.doc
    for part in path.split("."):
        if isinstance(found, list):
            found = found[0] if found and not path.startswith(("item.", "apply.")) else None
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _dates(seen: Seen) -> Document:
    made, changed = (f"{moment.replace(' ', 'T')}Z" for moment in (seen.record.created, seen.record.modified))
    return {"createdDate": made, "lastModifiedDate": changed}


def _line_name(name: str, path: str) -> str:
    """Give the line's own field that a column shows: `amount` and what leads into the lines."""
    return path.removeprefix("item.") if path.startswith("item.") else name


def _field_at(kind: SearchType, name: str, seen: Seen) -> Field | None:
    fields = record_type(seen.record.type).by_name
    path = _path(kind, name)
    if path.startswith("item.") and "item" in fields:
        return record_type(fields["item"].target).by_name.get(path.removeprefix("item."))
    return fields.get(path)


def _text(kind: str, value: Any, field: Field | None) -> str | None:
    """Write a value as its column's kind has it; None when there is none, or it does not fit."""
    if isinstance(value, dict):
        value = value.get("id")
    if value is None or value == "" or isinstance(value, list | dict):
        return None
    if kind == "e" and field is not None and field.kind in "ey":
        return soap_word(field.target, str(value)) if field.kind == "e" else soap_of_country().get(str(value))
    if kind == "d":
        text = str(value)
        return f"{text}T00:00:00.000Z" if "T" not in text else text.replace("Z", ".000Z")
    if kind == "b":
        return "true" if value in {True, "T"} else "false"
    return _figure(kind, value)


def _figure(kind: str, value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if kind in {"n", "i"}:
        try:
            number = Decimal(text)
        except ArithmeticError:
            return None
        return str(int(number)) if kind == "i" else text
    return text


def custom_cell(one: Wanted, seen: Seen) -> str:
    """Write one custom field of a row; empty when it has no value."""
    value = (seen.line or {}).get(one.script_id, seen.doc.get(one.script_id))
    if value is None:
        return ""
    many = value.get("items") if isinstance(value, dict) else None
    if isinstance(value, dict):
        kind = "Select" if many is None else "MultiSelect"
        inner = "".join(_reference(str(each.get("id", ""))) for each in ([value] if many is None else many))
    else:
        kind = {bool: "Boolean", int: "Long", Decimal: "Double"}.get(type(value), "String")
        inner = f"<platformCore:searchValue>{escape(_figure('s', value) or '')}</platformCore:searchValue>"
    named = f"scriptId={quoteattr(one.script_id)}"
    typed = f'xsi:type="platformCore:SearchColumn{kind}CustomField" {named}'
    return f"<platformCore:customField {typed}>{_label(one)}{inner}</platformCore:customField>"
