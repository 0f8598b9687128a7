"""Which records does the service keep, and of which shape? The metadata catalogue (netsuite.md 3.1)."""

from starlette.responses import Response

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import record_types
from sandbox.netsuite.rest.ask import RECORDS, Ask, as_json
from sandbox.netsuite.rest.openapi import openapi
from sandbox.netsuite.rest.problems import Problem, bad_parameter, nowhere
from sandbox.netsuite.rest.schema import CATALOGUE, DRAFT, in_catalogue, schema_of, shared

_SWAGGER, _SCHEMA, _JSON = "application/swagger+json", "application/schema+json", "application/json"


def _wanted(ask: Ask) -> str:
    """Choose the form by the Accept header; plain JSON is the default."""
    accepted = ask.headers.get("accept", "*/*").lower()
    form = next((one for one in (_SWAGGER, _SCHEMA) if one in accepted), "")
    if form or any(one in accepted for one in ("*/*", "application/*", "json")):
        return form or _JSON
    words = f"Provide a valid Accept header: {_SWAGGER} or {_SCHEMA}."
    raise Problem(406, "INVALID_HEADER", words, "Accept", where="o:errorHeader")


def _selected(ask: Ask) -> list[str]:
    names = ask.named("select") or sorted(kind.name for kind in record_types().values())
    unknown = [name for name in names if name.lower() not in record_types()]
    if unknown:
        raise bad_parameter("select", f"Record type '{unknown[0]}' does not exist.")
    return names


def _item(name: str, home: str) -> Document:
    here = f"{home}{CATALOGUE}/{name}"
    return {
        "name": name,
        "links": [
            {"rel": "canonical", "href": here, "mediaType": _SCHEMA},
            {"rel": "describes", "href": f"{home}{RECORDS}/{name}"},
            {"rel": "alternate", "href": f"{home}{CATALOGUE}?select={name}", "mediaType": _SWAGGER},
            {"rel": "alternate", "href": here, "mediaType": _SCHEMA},
        ],
    }


def every(ask: Ask) -> Response:
    """List the record types, or describe those selected in OpenAPI."""
    form, names = _wanted(ask), _selected(ask)
    if form == _SWAGGER:
        return as_json(openapi(names, ask.seen.home), media=_SWAGGER)
    link = {"rel": "self", "href": f"{ask.seen.home}{ask.seen.path}"}
    return as_json({"items": [_item(name, ask.seen.home) for name in names], "links": [link]}, media=_JSON)


def one(ask: Ask) -> Response:
    """Describe one record type, or a part that all of them refer to; JSON Schema unless OpenAPI is asked for."""
    form, name = _wanted(ask), ask.path["name"]
    if name in (common := shared(in_catalogue)):
        return as_json({**common[name], "$schema": DRAFT}, media=_SCHEMA)
    if name.lower() not in record_types():
        raise nowhere(ask.seen.path, f"Record type '{name}' does not exist.", "NONEXISTENT_ID")
    if form == _SWAGGER:
        return as_json(openapi([name], ask.seen.home), media=_SWAGGER)
    return as_json({**schema_of(name.lower(), in_catalogue), "$schema": DRAFT}, media=_SCHEMA)
