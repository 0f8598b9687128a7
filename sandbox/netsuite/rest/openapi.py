"""What can be done with the records, in OpenAPI 3? Paths, parameters and schemas of the types selected."""

from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.rest.ask import COLLECTION, RECORDS, SINGULAR
from sandbox.netsuite.rest.problems import MEDIA_TYPE
from sandbox.netsuite.rest.schema import in_components, schema_of, shared

_ID = {"name": "id", "in": "path", "required": True, "description": "Internal identifier", "schema": {"type": "string"}}
_TEXT, _FLAG, _WHOLE = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "format": "int32"}


def _parameter(name: str, schema: Document, where: str = "query") -> Document:
    return {"name": name, "in": where, "required": False, "schema": schema}


_STRICT = {"type": "string", "enum": ["Error", "Warning", "Ignore"]}
_HEADERS = [
    _parameter("X-NetSuite-PropertyNameValidation", {**_STRICT, "default": "Warning"}, "header"),
    _parameter("X-NetSuite-PropertyValueValidation", {**_STRICT, "default": "Error"}, "header"),
    _parameter("X-NetSuite-Idempotency-Key", _TEXT, "header"),
    _parameter("Prefer", _TEXT, "header"),
]
_PAGE = [_parameter("q", _TEXT), _parameter("limit", _WHOLE), _parameter("offset", _WHOLE)]
_SHOWN = [_parameter("expandSubResources", _FLAG), _parameter("simpleEnumFormat", _FLAG), _parameter("fields", _TEXT)]
_REPLACED = [_parameter("replace", _TEXT), _parameter("replaceSelectedFields", _FLAG)]


def _answers(status: str, words: str, media: str = "", schema: str = "") -> Document:
    content = {"content": {media: {"schema": {"$ref": in_components(schema)}}}} if media else {}
    error = {"schema": {"$ref": in_components("nsError")}}
    return {
        status: {"description": words, **content},
        "default": {"description": "Error response.", "content": {MEDIA_TYPE: error}},
    }


def _operation(name: str, summary: str, parameters: list[Any], answers: Document, *, body: bool = False) -> Document:
    schema = {"schema": {"$ref": in_components(name)}}
    request = {"requestBody": {"description": "Request body", "content": {SINGULAR: schema}}} if body else {}
    return {"tags": [name], "summary": summary, "parameters": parameters, **request, "responses": answers}


def _paths(name: str) -> dict[str, Document]:
    done = _answers("204", "The request was successful.")
    page = _answers("200", "List of records", COLLECTION, f"{name}Collection")
    whole = _answers("200", "Get record", SINGULAR, name)
    key = {**_ID, "name": "externalId", "description": "External identifier"}
    return {
        f"/{name}": {
            "get": _operation(name, "Get list of records.", _PAGE, page),
            "post": _operation(name, "Insert record.", [*_REPLACED[:1], *_HEADERS], done, body=True),
        },
        f"/{name}/{{id}}": {
            "get": _operation(name, "Get record.", [_ID, *_SHOWN], whole),
            "patch": _operation(name, "Update record.", [_ID, *_REPLACED, *_HEADERS], done, body=True),
            "delete": _operation(name, "Remove record.", [_ID], done),
        },
        f"/{name}/eid:{{externalId}}": {
            "put": _operation(name, "Insert or update record.", [key, *_REPLACED, *_HEADERS], done, body=True),
        },
    }


def _rows(part: Document) -> Any:
    return part.get("properties", {}).get("items", {}).get("items")


def _refs(name: str, parts: dict[str, Document]) -> dict[str, Document]:
    """Refer to each sublist as a component of its own, as the vendor does."""
    return {field: {"$ref": in_components(f"{name}-{field}Collection")} for field, part in parts.items() if _rows(part)}


def _parts(name: str, parts: dict[str, Document]) -> dict[str, Document]:
    made: dict[str, Document] = {}
    for field, part in parts.items():
        if row := _rows(part):
            element = f"{name}-{field}Element"
            items = {"type": "array", "items": {"$ref": in_components(element)}}
            made[element] = row
            made[f"{name}-{field}Collection"] = {**part, "properties": {**part["properties"], "items": items}}
    return made


def openapi(names: list[str], home: str) -> Document:
    """Describe record types under the spelling asked for; `home` is scheme and host as the caller sees them."""
    schemas: dict[str, Any] = dict(shared(in_components))
    for name in names:
        whole = schema_of(name.lower(), in_components)
        parts = {field: part for field, part in whole["properties"].items() if part.get("type") == "object"}
        schemas[name] = {**whole, "properties": {**whole["properties"], **_refs(name, parts)}}
        schemas |= _parts(name, parts)
        schemas[f"{name}Collection"] = schemas["nsResourceCollection"]
    return {
        "openapi": "3.0.1",
        "info": {"title": "NetSuite REST Record API", "version": "v1"},
        "servers": [{"url": f"{home}{RECORDS}"}],
        "paths": {path: work for name in names for path, work in _paths(name).items()},
        "components": {"schemas": schemas},
    }
