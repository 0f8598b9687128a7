"""What was asked of the control API? Its JSON bodies and whole numbers, read or refused with the remedy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request

from sandbox.twin.books import LoadRefused
from sandbox.twin.problems import Unsteered

_LINE = 'expected {"type": "…", "record": {…}}'
LARGEST = 512 * 1024 * 1024


async def body(request: Request) -> bytes:
    """Return the body; one over half a gigabyte is refused."""
    if int(request.headers.get("content-length", "0")) > LARGEST:
        raise Unsteered(413, f"the body is larger than {LARGEST} bytes", "send it in several requests")
    return await request.body()


async def wish(request: Request, example: str) -> dict[str, Any]:
    """Return the body as a JSON object; `example` is shown to a caller who sent something else."""
    try:
        found = json.loads(await body(request) or b"null")
    except ValueError as error:
        raise Unsteered(400, f"the body is no JSON: {error}", f"send {example}") from error
    if not isinstance(found, dict):
        raise Unsteered(400, "the body is no JSON object", f"send {example}")
    return found


def whole(request: Request, name: str, otherwise: int, most: int = 1_000_000_000) -> int:
    """Return a query parameter as a whole number from 0."""
    text = request.query_params.get(name) or str(otherwise)
    if not text.isascii() or not text.isdecimal() or int(text) > most:
        raise Unsteered(
            400, f"{name} is a whole number from 0 to {most}, not '{text}'", f"leave {name} out, or mend it"
        )
    return int(text)


def records(lines: Iterable[bytes]) -> Iterable[tuple[int, str, Mapping[str, Any]]]:
    """Read NDJSON: yields (line, type, record); numbers with a point stay text, so that they stay exact."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line, parse_float=str)
            kind, record = found["type"], found["record"]
        except (ValueError, KeyError, TypeError) as error:
            raise LoadRefused(f"{_LINE}: {error}", number) from error
        if not isinstance(kind, str) or not isinstance(record, dict):
            raise LoadRefused(_LINE, number)
        yield number, kind, record
