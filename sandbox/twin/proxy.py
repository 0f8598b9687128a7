"""How do clients with hard-coded hosts reach the twins? Through an HTTP proxy that leads the vendors' hosts here alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

HEAD_LIMIT, CHUNK, PATIENCE = 65_536, 65_536, 60.0
OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
VENDORS = {
    "salesforce": ("salesforce.com", "force.com", "cloudforce.com", "salesforce-setup.com"),
    "netsuite": ("netsuite.com",),
}
PUBSUB = "api.pubsub.salesforce.com"


@dataclass(frozen=True)
class Place:
    """The loopback ports of one twin: plain HTTP and TLS."""

    host: str
    plain: int
    secure: int


class Refused(Exception):
    """A request is not led on; `status` is the answer's status line."""

    def __init__(self, status: str, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Routes:
    """Which host leads where; `pubsub` is the gRPC port with TLS of the Salesforce twin, None when it has none."""

    places: Mapping[str, Place]
    pubsub: tuple[str, int] | None = None

    def tunnel(self, host: str, port: int) -> tuple[str, int]:
        """Return where a CONNECT to a host leads."""
        if host in OWN_HOSTS and port in self._own():
            return host, port
        if host == PUBSUB and self.pubsub:
            return self.pubsub
        place = self._place(host)
        return place.host, place.secure if port != 80 else place.plain  # noqa: PLR2004 — HTTP's own port

    def plain(self, host: str, port: int) -> tuple[str, int]:
        """Return where a plain request for a host leads."""
        if host in OWN_HOSTS and port in self._own():
            return host, port
        place = self._place(host)
        return place.host, place.plain

    def _own(self) -> set[int]:
        ports = {port for place in self.places.values() for port in (place.plain, place.secure)}
        return ports | ({self.pubsub[1]} if self.pubsub else set())

    def _place(self, host: str) -> Place:
        for name, domains in VENDORS.items():
            if any(host == domain or host.endswith(f".{domain}") for domain in domains):
                return self.places[name]
        known = ", ".join(f"*.{domain}" for domains in VENDORS.values() for domain in domains)
        raise Refused("403 Forbidden", f"This proxy leads to the twins alone: {known}. It does not lead to {host}.")


class Proxy:
    """Serves CONNECT and plain requests of proxy clients."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._open: set[asyncio.Task[None] | None] = set()

    async def start(self, listener: socket.socket) -> asyncio.Server:
        """Begin to serve on a listening socket."""
        return await asyncio.start_server(self._client, sock=listener, limit=HEAD_LIMIT)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; it is held here, for nothing else holds one whose client has sent all it will."""
        task = asyncio.current_task()
        self._open.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # the twins end, and the connection with them
        except Refused as refused:
            writer.write(_answer(refused.status, f"{refused}\n"))
        except (OSError, EOFError, asyncio.LimitOverrunError, TimeoutError):
            pass  # the client went, or sent no request; there is nobody to tell
        finally:
            self._open.discard(task)
            with contextlib.suppress(OSError):
                writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        acknowledge(writer)
        method, target, version = _request_line(head)
        if method == "CONNECT":
            place, first = self._routes.tunnel(*_authority(target, 443)), b""
        else:
            place, first = self._forwarded(method, target, version, head)
        onward_reader, onward_writer = await _connected(place)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        onward_writer.write(first)
        await _both_ways((reader, writer), (onward_reader, onward_writer))

    def _forwarded(self, method: str, target: str, version: str, head: bytes) -> tuple[tuple[str, int], bytes]:
        """Return where an absolute-URI request leads, and its head as the twin gets it: one request a connection."""
        split = urlsplit(target)
        if split.scheme != "http" or not split.hostname:
            raise Refused(
                "400 Bad Request",
                "This is a proxy: it takes CONNECT host:port, or an absolute http address.",
            )
        place = self._routes.plain(*_authority(split.netloc, 80))
        path = (split.path or "/") + (f"?{split.query}" if split.query else "")
        kept = [line for line in head.split(b"\r\n")[1:-2] if not line.lower().startswith((b"connection:", b"proxy-"))]
        first = f"{method} {path} {version}".encode("latin-1")
        return place, b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


def _request_line(head: bytes) -> tuple[str, str, str]:
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(parts) != 3:  # noqa: PLR2004 — method, target, version
        raise Refused("400 Bad Request", "The request line has no method, target and version.")
    return parts[0], parts[1], parts[2]


def _authority(text: str, usual: int) -> tuple[str, int]:
    """Read host:port; hosts are compared in lower case."""
    try:
        split = urlsplit(f"//{text}")
        host, port = split.hostname, split.port
    except ValueError as error:
        raise Refused("400 Bad Request", f"{text} is no host and port.") from error
    if not host:
        raise Refused("400 Bad Request", f"{text} names no host.")
    return host, port or usual


async def _connected(place: tuple[str, int]) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_connection(*place)
    except OSError as error:
        raise Refused("502 Bad Gateway", f"The twin does not answer: {error}.") from error


Side = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _both_ways(one: Side, other: Side) -> None:
    """Carry bytes both ways until either side is done with both."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_carry(one, other[1]))
            both.create_task(_carry(other, one[1]))
    except* OSError:
        pass  # one side went without a word; so do we
    finally:
        other[1].close()


async def _carry(source: Side, sink: asyncio.StreamWriter) -> None:
    reader, answering = source
    while chunk := await reader.read(CHUNK):
        acknowledge(answering)
        sink.write(chunk)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()


def acknowledge(writer: asyncio.StreamWriter) -> None:
    """Acknowledge what came at once: some clients leave Nagle on behind a proxy and would wait 40 ms for it (clients.md)."""
    quick = getattr(socket, "TCP_QUICKACK", None)
    if quick is not None:
        with contextlib.suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, quick, 1)


def _answer(status: str, words: str) -> bytes:
    body = words.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
