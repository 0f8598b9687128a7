"""Which shape has a record in JSON Schema? Made of the record tables, with the marks that the vendor puts on it."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from sandbox.netsuite.customizations import of_sort
from sandbox.netsuite.documents import Document
from sandbox.netsuite.enumerations import enumeration
from sandbox.netsuite.fields import Field, RecordType, record_type, record_types
from sandbox.netsuite.rest.ask import RECORDS

CATALOGUE = f"{RECORDS}/metadata-catalog"
DRAFT = "https://json-schema.org/draft-06/hyper-schema#"
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SIMPLE: dict[str, Document] = {
    "s": {"type": "string"},
    "n": {"type": "number", "format": "double"},
    "i": {"type": "integer", "format": "int64"},
    "b": {"type": "boolean"},
    "d": {"type": "string", "format": "date"},
    "t": {"type": "string", "format": "date-time"},
    "p": {"type": "string"},
}
_FILTERABLE = frozenset("sibdnte@y")
_SORTS = {"transaction": "transactionBody", "entity": "entity", "item": "item"}
_UNKEYED = {"present": False}

Ref = Callable[[str], str]


def in_catalogue(name: str) -> str:
    """Give the reference to another part of the catalogue, as JSON Schema answers carry it."""
    return f"{CATALOGUE}/{name}"


def in_components(name: str) -> str:
    """Give the reference to another part of one OpenAPI document."""
    return f"#/components/schemas/{name}"


def _text(title: str, **more: Any) -> Document:
    return {"title": title, "type": "string", **more}


def _links(ref: Ref) -> Document:
    return {"title": "Links", "type": "array", "readOnly": True, "items": {"$ref": ref("nsLink")}}


def _object(properties: dict[str, Document]) -> Document:
    return {"type": "object", "properties": properties}


def shared(ref: Ref) -> dict[str, Document]:
    """Give the parts that every record's schema refers to."""
    items = {"type": "array", "items": {"$ref": ref("nsResource")}}
    link = {"rel": _text("Relationship", readOnly=True), "href": _text("Hypertext Reference", readOnly=True)}
    error = {
        "type": _text("Type", format="uri"),
        "title": _text("Title"),
        "status": {"title": "Status", "type": "integer", "format": "int32"},
        "o:errorDetails": {"title": "Error Details", "type": "array", "items": _error()},
    }
    return {
        "nsLink": _object(link),
        "nsResource": _object(_resource(ref)),
        "nsResourceCollection": _object({**_counts(ref), "items": items}),
        "nsError": _object(error),
    }


def _resource(ref: Ref) -> dict[str, Document]:
    return {
        "id": _text("Internal identifier"),
        "refName": _text("Reference Name"),
        "externalId": _text("External identifier"),
        "links": _links(ref),
    }


def _counts(ref: Ref) -> dict[str, Document]:
    return {
        "totalResults": {"title": "Total Results", "type": "integer", "format": "int64", "readOnly": True},
        "count": {"title": "Count", "type": "integer", "format": "int64", "readOnly": True},
        "hasMore": {"title": "Has More Results", "type": "boolean", "readOnly": True},
        "offset": {"title": "Query Offset", "type": "integer", "format": "int64", "readOnly": True},
        "links": _links(ref),
    }


def _error() -> Document:
    names = ("detail", "o:errorCode", "o:errorPath", "o:errorHeader", "o:errorQueryParam", "o:errorUrl")
    return {"type": "object", "properties": {name: _text(name.removeprefix("o:")) for name in names}}


def titled(name: str) -> str:
    """Give a field's label: its name in words.

    >>> titled("otherRefNum")
    'Other Ref Num'
    """
    words = _HUMP.sub(" ", name)
    return words[:1].upper() + words[1:]


def _property(field: Field, ref: Ref) -> Document:
    title: Document = {"title": titled(field.name)}
    if field.read_only:
        title["readOnly"] = True
    if field.kind in _SIMPLE:
        return {**title, **_SIMPLE[field.kind], "nullable": True}
    if field.kind in "ey":
        identifier = _text("Internal identifier", **({"enum": choices} if (choices := _choices(field)) else {}))
        return {**title, "type": "object", "properties": {"id": identifier, "refName": _text("Reference Name")}}
    if field.kind == "l":
        return _sublist(field, ref)
    if field.kind in "ao":
        part = record_type("address" if field.kind == "a" else field.target)
        return {"type": "object", "properties": {**_properties(part, ref), "links": _links(ref)}}
    if field.kind == "r":
        return {"$ref": ref("nsResourceCollection")}
    return {"$ref": ref("nsResource")} if field.kind == "@" else {**title, "type": "object"}


def _choices(field: Field) -> list[str]:
    return list(enumeration(field.target).soap) if field.kind == "e" and field.target else []


def _sublist(field: Field, ref: Ref) -> Document:
    row = record_type(field.target)
    keyed = "line" in row.by_name or field.name == "addressBook"
    key = {"present": True, "value": {"new": [], "existing": ["line" if "line" in row.by_name else "id"]}}
    own = _customs("transactionColumn", "", ref) if field.name == "item" else {}
    filterable = [one.name for one in row.by_name.values() if one.kind in _FILTERABLE]
    item = {
        "type": "object",
        "properties": {**_properties(row, ref), **own, "links": _links(ref), "refName": _text("Reference Name")},
        "x-ns-filterable": filterable,
        "x-ns-sublistkey": key if keyed else _UNKEYED,
    }
    return {"type": "object", "properties": {**_counts(ref), "items": {"type": "array", "items": item}}}


def _properties(kind: RecordType, ref: Ref) -> dict[str, Document]:
    return {name: _property(field, ref) for name, field in kind.by_name.items() if field.kind not in "-c"}


def _customs(sort: str, family: str, ref: Ref) -> dict[str, Document]:
    """Describe the account's own fields of a group, marked as such."""
    sort = "customRecord" if family.startswith("customrecord_") else sort
    return {
        one.script_id: {
            **_property(Field(one.script_id, one.script_id, one.kind, target=one.target), ref),
            **({} if one.kind == "@" else {"title": one.label}),
            "x-ns-custom-field": True,
        }
        for one in of_sort(f"{sort}CustomField")
    }


@cache
def schema_of(name: str, ref: Ref) -> Document:
    """Describe one record type by its lower-case name; the result is shared and must not be changed."""
    kind = record_types()[name]
    own = {
        "id": _text("Internal identifier"),
        "refName": _text("Reference Name"),
        "externalId": _text("External ID"),
        "links": _links(ref),
    }
    filterable = ["id", *(field.name for field in kind.by_name.values() if field.kind in _FILTERABLE)]
    properties = {**_properties(kind, ref), **_customs(_SORTS.get(kind.family, ""), kind.family, ref), **own}
    return {"type": "object", "properties": properties, "x-ns-filterable": filterable}
