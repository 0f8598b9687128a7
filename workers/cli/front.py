"""How is the front door opened? `isthmus console`."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.cli.desk import Desk
from workers.cli.show import CommandFault, err
from workers.settings import ConsoleSettings
from workers.telemetry import set_up_logging


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(console)


def console(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
) -> None:
    """Take webhooks: Salesforce's Outbound Messages, signed JSON, and calls of your own services. Until Ctrl-C.

    Examples:  isthmus console  ·  isthmus console --host 0.0.0.0 --port 8000
    """
    from workers.front import application, listen, serve  # noqa: PLC0415 — no other command needs a web server

    desk = Desk()
    door = application(desk.settings, desk.app)
    try:
        listener = listen(host, port)
    except OSError as fault:
        raise CommandFault(
            f"cannot listen on port {port} of {host}: {fault.strerror or fault}; choose another"
        ) from fault
    set_up_logging(desk.settings.log_level)
    address, chosen = listener.getsockname()[:2]
    err.print(f"The front door is at http://{address}:{chosen}", highlight=False)
    for line in _closed(desk.settings.console):
        err.print(line, highlight=False)
    serve(door, listener)


def _closed(known: ConsoleSettings) -> list[str]:
    """Return a line for each way in that nobody has a key to."""
    ways = {"HOOKS": (known.hooks, "signed messages"), "OUTBOUND": (known.outbound, "Outbound Messages")}
    ways |= {"TOKENS": (known.tokens, "services")}
    return [f"  closed to {who}: ISTHMUS_CONSOLE__{name} is not set" for name, (keys, who) in ways.items() if not keys]
