"""How does one begin to hear of changes as they happen? `isthmus listen`, which runs until it is told to end."""

from __future__ import annotations

import signal
import threading
from functools import partial

import typer

from workers.cli.desk import Desk
from workers.telemetry import set_up_logging


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(listen)


def listen() -> None:
    """Hear of changes in Salesforce as they happen, and ask for what changed. Runs until Ctrl-C or SIGTERM.

    Subscribes to Change Data Capture over the Pub/Sub API. How far it heard is kept in the ledger, so it goes on where it
    was; several may run, one listens and the others stand by. Needs ISTHMUS_SALESFORCE__PUBSUB_ADDRESS and
    ISTHMUS_SALESFORCE__CHANNEL only where they are not the usual ones.

    Examples:  isthmus listen  ·  ISTHMUS_SALESFORCE__CHANNEL=/data/Sales__chn isthmus listen
    """
    from workers.container import ears  # noqa: PLC0415 — connectors are heavy; the other commands never need these
    from workers.listener import Listener  # noqa: PLC0415 — as above

    desk = Desk()
    set_up_logging(desk.settings.log_level)
    channel = desk.settings.salesforce.channel
    listener = Listener("salesforce", channel, partial(ears, desk.settings), desk.services)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: threading.Thread(target=listener.stop).start())
    listener.run()
