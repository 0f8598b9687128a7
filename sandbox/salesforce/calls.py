"""What do all endpoints ask of a request? Its API version, its record, its body."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.ids import long_form
from sandbox.salesforce.refusals import Refused, not_found

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
Routes: TypeAlias = list[tuple[str, list[str], Endpoint]]  # path below the version, methods, endpoint
OLDEST, NEWEST = 31, 67


def version_of(request: Request) -> str:
    """Return the API version of the path, e.g. 62.0; retired and future ones are refused."""
    version = str(request.path_params["version"])
    try:
        number = float(version)
    except ValueError as error:
        raise not_found() from error
    if number < OLDEST:
        raise Refused("GONE", "The API version you specified is not supported any more.", 410)
    if number > NEWEST:
        raise not_found()
    return version


def key_of(request: Request) -> tuple[str, str]:
    """Return the field and value by which the path names a record."""
    parameters = request.path_params
    if "value" in parameters:
        return str(parameters["key"]), str(parameters["value"])
    key = str(parameters["key"])
    return "Id", long_form(key) or key


def base_of(request: Request) -> str:
    """Return scheme and host as the client sees them."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return f"{scheme}://{request.headers.get('x-forwarded-host', request.headers.get('host', ''))}"


async def body_of(request: Request) -> dict[str, Any]:
    """Return the request's JSON object; raise Refused JSON_PARSER_ERROR for anything else."""
    body = await request.body()
    if not body:
        words = "The HTTP entity body is required, but this request has no entity body."
        raise Refused("JSON_PARSER_ERROR", words)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("JSON_PARSER_ERROR", _unreadable(error)) from error
    if not isinstance(found, dict):
        raise Refused("JSON_PARSER_ERROR", "expected an object")
    return found


def _unreadable(error: Exception) -> str:
    """Say where a body stops being JSON, in the words of the vendor's parser."""
    if not isinstance(error, json.JSONDecodeError):
        return "Invalid UTF-8 or nesting in the body"
    place = f"at [line:{error.lineno}, column:{error.colno}]"
    if error.pos >= len(error.doc):
        return f"Unexpected end-of-input {place}"
    char = error.doc[error.pos]
    return f"Unexpected character ('{char}' (code {ord(char)})): expected a valid value {place}"
