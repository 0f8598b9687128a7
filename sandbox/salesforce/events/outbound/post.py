"""How does a message get to its endpoint? One HTTP POST on a connection of its own, in the twin's event loop."""

from __future__ import annotations

import asyncio
import http.client
import io
import ssl
from urllib.parse import urlsplit

PATIENCE = 60.0  # seconds for the whole exchange (salesforce.md 3.1)
LARGEST = 1_000_000  # bytes of an answer


class PostFailed(Exception):
    """No answer came; the message says why."""


class _Canned:
    """Bytes in the shape in which http.client reads a socket."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._answer)


async def post(url: str, body: bytes, patience: float = PATIENCE) -> tuple[int, bytes]:
    """Post a SOAP message and return status and body of the answer; raises PostFailed."""
    try:
        async with asyncio.timeout(patience):
            return _read(await _exchange(url, body))
    except (OSError, TimeoutError, http.client.HTTPException, ValueError) as error:
        raise PostFailed(f"{type(error).__name__}: {error}".rstrip(": ")) from error


async def _exchange(url: str, body: bytes) -> bytes:
    where = urlsplit(url)
    secure = where.scheme == "https"
    port = where.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(
        where.hostname, port, ssl=ssl.create_default_context() if secure else None
    )
    try:
        path = (where.path or "/") + (f"?{where.query}" if where.query else "")
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {where.netloc.rpartition('@')[2]}\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f'SOAPAction: ""\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n'
        )
        writer.write(head.encode("latin-1") + body)
        await writer.drain()
        return await _all(reader)
    finally:
        writer.close()


async def _all(reader: asyncio.StreamReader) -> bytes:
    found = b""
    while part := await reader.read(65_536):
        found += part
        if len(found) > LARGEST:
            raise ValueError("the answer is too large")
        if _whole(found):
            break
    return found


def _whole(found: bytes) -> bool:
    """Tell whether an answer of known length has arrived: not every server closes when it is asked to."""
    head, end, body = found.partition(b"\r\n\r\n")
    lines = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    length = next((value.strip() for name, _, value in lines if name.strip().lower() == b"content-length"), b"")
    return bool(end) and length.isdigit() and len(body) >= int(length)


def _read(answer: bytes) -> tuple[int, bytes]:
    found = http.client.HTTPResponse(_Canned(answer))  # type: ignore[arg-type]  # it asks nothing else of a socket
    found.begin()
    return found.status, found.read()
