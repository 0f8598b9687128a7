"""How does a twin listen? Uvicorn on one port, with one line on stdout once it does."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio turns Nagle off only where TCP is said
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    return listener


def serve(name: str, app: ASGIApp, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; announces `ready <name> <address>` on stdout."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="auto", timeout_keep_alive=75, timeout_graceful_shutdown=2
    )
    host, port = listener.getsockname()[:2]
    sys.stdout.write(f"ready {name} http://{host}:{port}\n")
    sys.stdout.flush()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[listener]))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop where there is one; it is twice as fast, and Windows has none."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop  # noqa: PLC0415 — not on every platform

    return uvloop.new_event_loop
