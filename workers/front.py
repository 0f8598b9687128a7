"""How does the front door stand open? The console's application over this installation's ledger and broker, under uvicorn."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import uvicorn
from celery import Celery
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from console.app import build
from console.office import Hook, Keys, Office
from flows.ask import Front
from ledger.ledger import Ledger
from mappings.loading import load_flows
from workers.bell import CeleryBell
from workers.settings import ConsoleSettings, Settings


def application(settings: Settings, app: Celery) -> Starlette:
    """Return the front door; neither system is called from here, so no connector is loaded."""
    queue = Ledger(settings.ledger_url).queue
    front = Front(load_flows(settings.flows_folder), queue, CeleryBell(app), partial(datetime.now, UTC))
    return build(Office(front, keys_of(settings.console), (SQLAlchemyError, OSError)))


def keys_of(known: ConsoleSettings) -> Keys:
    """Return who may knock."""
    return Keys(
        hooks={name: Hook(_plain(keys), known.systems.get(name, "salesforce")) for name, keys in known.hooks.items()},
        outbound=_plain(known.outbound),
        organizations=tuple(known.organizations),
        tokens=_plain(known.tokens),
    )


def _plain(keys: Sequence[SecretStr]) -> tuple[bytes, ...]:
    return tuple(key.get_secret_value().encode() for key in keys)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one; raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(512)
    return listener


def serve(application: Starlette, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Uvicorn's own log of requests is off: paths may be secrets."""
    config = uvicorn.Config(
        application, access_log=False, log_config=None, server_header=False, timeout_graceful_shutdown=20
    )
    uvicorn.Server(config).run([listener])
