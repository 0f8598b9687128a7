"""Which commands set records moving? `capture` and `enqueue`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from flows.ask import accept
from flows.model import Ask
from workers.cli.desk import Desk
from workers.cli.show import CommandFault, out
from workers.queues import CAPTURE


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(capture)
    app.command()(enqueue)


def capture(
    flow: Annotated[str, typer.Argument(help="The flow's name; see: isthmus flows")],
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only changes.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Read changes since this moment, e.g. 2026-11-01 or 2026-11-01T08:00Z.")
    ] = None,
) -> None:
    """Capture a flow now, whatever its timetable says.

    Examples:  isthmus capture opportunity_to_sales_order  ·  isthmus capture account_to_customer --full
    """
    desk = Desk()
    _known(desk, flow)
    moment = _moment(since) if since else None
    reading = "full" if full else "changes"
    kwargs = {"reading": reading, "since": moment.isoformat() if moment else None}
    desk.app.send_task("isthmus.capture", args=[flow], kwargs=kwargs, queue=CAPTURE)
    out.print(f"Asked for a capture of {flow} ({reading}). Follow it with: isthmus runs")


def enqueue(
    flow: Annotated[str, typer.Argument(help="The flow's name; see: isthmus flows")],
    ids: Annotated[list[str], typer.Argument(help="Ids of source records.")],
) -> None:
    """Send named records through a flow at once, before all batch work.

    Example:  isthmus enqueue opportunity_to_sales_order 006000000000001AAA
    """
    desk = Desk()
    asks = [Ask(flow, one, "", gone=False, origin="enqueue", asked_at=desk.now) for one in ids]
    accept(asks, desk.reception)
    out.print(f"Accepted {len(ids)} record(s): they are in the ledger. Follow one with: isthmus trace {ids[0]}")


def _known(desk: Desk, flow: str) -> None:
    if flow not in desk.flows:
        raise CommandFault(f"no flow is called '{flow}'; there are: {', '.join(sorted(desk.flows))}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFault(f"--since {text}: not a date or time such as 2026-11-01 or 2026-11-01T08:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
