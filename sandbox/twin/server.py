"""How does a twin listen? Uvicorn on a plain port, and on one with TLS when asked; a line on stdout for each once it does."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from sandbox.twin import tls

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — an address to listen on is none to call


class ListenRefused(Exception):
    """A port cannot be listened on; the message says which and why."""


@dataclass(frozen=True)
class MorePorts:
    """Where a twin listens besides: `tls` None means without TLS; 0 takes a free port."""

    tls: int | None = None
    pubsub: int = 0


NONE_MORE = MorePorts()


@dataclass(frozen=True)
class Ends:
    """The listening sockets of one twin."""

    plain: socket.socket
    secure: socket.socket | None = None
    identity: tls.Identity | None = None


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one; raises ListenRefused."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)[0]
        # asyncio turns Nagle off only where TCP is said
        listener = socket.socket(found[0], socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(found[4])
        listener.listen(512)
    except (OSError, OverflowError) as error:
        raise ListenRefused(f"cannot listen on port {port} of {host}: {error}; choose another one") from error
    return listener


def open_ends(host: str, port: int, tls_port: int | None, folder: Path) -> Ends:
    """Listen where asked, with the identity kept in the state folder."""
    plain = listen(host, port)
    if tls_port is None:
        return Ends(plain)
    return Ends(plain, listen(host, tls_port), tls.identity(folder, *named(host)))


def named(host: str) -> tuple[str, ...]:
    """Return the host as a certificate can name it: an address that means all of them is none."""
    return () if host in WILDCARDS else (host,)


def address_of(listener: socket.socket) -> str:
    """Return host:port under which a listening socket is reached from this machine."""
    host, port = listener.getsockname()[:2]
    host = WILDCARDS.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def announce(name: str, address: str) -> None:
    """Say on stdout where something listens; a twin says its own name last."""
    sys.stdout.write(f"ready {name} {address}\n")
    sys.stdout.flush()


def serve(name: str, app: ASGIApp, ends: Ends) -> None:
    """Serve until SIGTERM or SIGINT; announces its addresses on stdout."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="auto", timeout_keep_alive=75, timeout_graceful_shutdown=2
    )
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_Server(config, ends, name).serve(sockets=[ends.plain]))


class _Server(uvicorn.Server):
    """Serves one app on both ends, which end together."""

    def __init__(self, config: uvicorn.Config, ends: Ends, name: str) -> None:
        super().__init__(config)
        self._ends = ends
        self._name = name

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the plain end as Uvicorn does and the other one beside it, then say so."""
        await super().startup(sockets)
        if self._ends.secure and self._ends.identity:
            loop, context = asyncio.get_running_loop(), self._ends.identity.context()
            self.servers.append(await loop.create_server(self._protocol, sock=self._ends.secure, ssl=context))
            announce(f"{self._name}-tls", f"https://{address_of(self._ends.secure)}")
        announce(self._name, f"http://{address_of(self._ends.plain)}")

    def _protocol(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        made: asyncio.Protocol = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop where there is one; it is twice as fast, and Windows has none."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop  # noqa: PLC0415 — not on every platform

    return uvloop.new_event_loop
