"""How is Isthmus shown? `demo` starts everything and runs the main job; `down` ends a demo that was kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from connectors.http import exact_text
from workers.cli.show import CommandFault, err, out
from workers.demo import FOLDER, Company, DemoFault, end, fresh_ledger, load, running, running_pid
from workers.main_job import MainJob
from workers.meter import Meter
from workers.stack import Addresses, Choices
from workers.summary import Summary, render, summarise


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(demo)
    app.command()(down)


def demo(
    data: Annotated[
        Path | None, typer.Option(help="A folder of CSV files in the shape of CRM Sales Opportunities.")
    ] = None,
    opportunities: Annotated[int, typer.Option(help="How many to generate when no folder is given.")] = 2000,
    transport: Annotated[str, typer.Option(help="soap or rest.")] = "soap",
    broker: Annotated[str, typer.Option(help="A broker's address; the embedded one without it.")] = "",
    ledger: Annotated[str, typer.Option(help="A ledger's address; embedded SQLite without it.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the summary to this file as well.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards.")] = False,
) -> None:
    """Start everything on this machine, run the main job on a company, and tell what came of it.

    Examples:  isthmus demo  ·  isthmus demo --data ./crm --transport rest --keep
    """
    if transport not in {"soap", "rest"}:
        raise CommandFault(f"--transport {transport}: expected soap or rest")
    company = Company(data, opportunities)
    try:
        choices = Choices(FOLDER, broker, fresh_ledger(ledger) if ledger else "", transport)
        with running(choices, keep=keep) as addresses:
            summary = _run(company, choices, addresses)
            _tell(summary, json_file)
            if keep:
                _tell_addresses(addresses)
    except DemoFault as fault:
        raise CommandFault(str(fault)) from fault
    except KeyboardInterrupt:
        err.print("\nStopped; nothing is left running.")
        raise typer.Exit(130) from None


def _run(company: Company, choices: Choices, addresses: Addresses) -> Summary:
    load(company, addresses)
    job = MainJob(choices.folder, addresses)
    with Meter(job.pids) as meter:
        job.run()
    return summarise(job, meter, choices)


def _tell(summary: Summary, json_file: Path | None) -> None:
    render(summary, out)
    if json_file:
        json_file.write_text(exact_text(summary.as_json()) + "\n")


def _tell_addresses(addresses: Addresses) -> None:
    out.print("\nEverything is left running:")
    out.print(f"  Flower      {addresses.flower}  (sign in with {addresses.flower_sign_in})", highlight=False)
    out.print(f"  Webhooks    {addresses.console}/hooks/crm  (keys are in {FOLDER}/settings.env)", highlight=False)
    out.print(f"  Salesforce  {addresses.salesforce}/_twin/", highlight=False)
    out.print(f"  NetSuite    {addresses.netsuite}/_twin/", highlight=False)
    own = sys.argv[0] if Path(sys.argv[0]).name == "isthmus" else "isthmus"
    out.print(f"Look around with: {own} status · {own} dead-letters list · {own} trace ID", highlight=False)
    out.print(f"Stop it with: make down  (or: {own} down)", highlight=False)


def down() -> None:
    """Stop a demo that was left running."""
    pid = running_pid(FOLDER)
    if pid is None:
        out.print("No demo is running.")
        return
    end(pid)
    out.print("Stopped.")
