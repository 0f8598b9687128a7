"""How much of a body is read? As much as a knock may have, and not a byte more of what somebody sends."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from console.refusal import Refusal

LARGEST = 1024 * 1024
PATIENCE = 30.0  # seconds for the whole body


async def read_body(request: Request) -> bytes:
    """Return the body; raise Refusal when it is larger than a knock may be, by its own word or as it comes in."""
    if int(request.headers.get("content-length", "0")) > LARGEST:
        raise _too_large()
    try:
        async with asyncio.timeout(PATIENCE):
            return await _gathered(request)
    except TimeoutError as late:
        raise Refusal(408, "BODY_TOO_SLOW", f"The body did not come within {PATIENCE:.0f} seconds.") from late
    except ClientDisconnect as gone:
        raise Refusal(400, "BODY_CUT_OFF", "The connection ended in the middle of the body.") from gone


async def _gathered(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def _too_large() -> Refusal:
    hint = "Send ids only, not the records; several messages if need be."
    return Refusal(413, "BODY_TOO_LARGE", f"A body may have {LARGEST:,} bytes.", hint)
