"""How is a year played? `year` lives one in both twins beside the flows, then says how many records agree."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from connectors.http import exact_text
from flows.balance import Balance
from workers.cli.show import CommandFault, err, out
from workers.demo import FOLDER, DemoFault, fresh_ledger, running
from workers.stack import Choices
from workers.year import Plan, Year


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(year)


def year(
    opportunities: Annotated[int, typer.Option(min=1, help="How many deals the company makes in the year.")] = 2000,
    days: Annotated[int, typer.Option(min=1, help="How many days the year has.")] = 365,
    stretch: Annotated[int, typer.Option(min=1, help="After how many days the flows run.")] = 14,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 7,
    transport: Annotated[str, typer.Option(help="soap or rest.")] = "soap",
    broker: Annotated[str, typer.Option(help="A broker's address; the embedded one without it.")] = "",
    ledger: Annotated[str, typer.Option(help="A ledger's address; embedded SQLite without it.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file as well.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running afterwards.")] = False,
) -> None:
    """Let people live a year in both twins while the flows run, then compare both sides record by record.

    The exit code is 1 if a record is neither the same on both sides nor held with a reason.

    Examples:  isthmus year --opportunities 500  ·  isthmus year --opportunities 20000 --stretch 7 --json year.json
    """
    if transport not in {"soap", "rest"}:
        raise CommandFault(f"--transport {transport}: expected soap or rest")
    plan = Plan(date(datetime.now(UTC).year + 1, 1, 1), days, stretch, opportunities, seed)
    try:
        choices = Choices(FOLDER, broker, fresh_ledger(ledger) if ledger else "", transport, latency="off")
        lived, balances = _live(plan, choices, keep=keep)
    except DemoFault as fault:
        raise CommandFault(str(fault)) from fault
    except KeyboardInterrupt:
        err.print("\nStopped; nothing is left running.")
        raise typer.Exit(130) from None
    _tell(lived, balances, json_file)


def _live(plan: Plan, choices: Choices, *, keep: bool) -> tuple[Year, list[Balance]]:
    with running(choices, keep=keep) as addresses, _progress(plan.days) as progress:
        bar = progress.tasks[0].id
        lived = Year(choices.folder, addresses, plan, lambda said, day: progress.update(bar, completed=day, said=said))
        lived.live()
        return lived, lived.balances()


def _progress(days: int) -> Progress:
    columns = (
        TextColumn("A year"),
        BarColumn(),
        TextColumn("day {task.completed:.0f}: {task.fields[said]}"),
        TimeElapsedColumn(),
    )
    progress = Progress(*columns, console=err)
    progress.add_task("year", total=days, said="")
    return progress


def _tell(lived: Year, balances: list[Balance], json_file: Path | None) -> None:
    if json_file:
        json_file.write_text(exact_text(figures(lived, balances)) + "\n")
    out.print(_table(balances))
    for one in balances:
        for finding in one.examples:
            out.print(f"[bold red]{one.flow}[/] {finding.source_id} {finding.code}: {finding.words}", highlight=False)
    unexplained = sum(one.unexplained for one in balances)
    out.print(f"{unexplained:,} records are unexplained.")
    if unexplained:
        raise typer.Exit(1)


def figures(lived: Year, balances: list[Balance]) -> dict[str, Any]:
    """Return what the year came to, for programs; amounts are exact."""
    return {
        "opportunities": lived.plan.opportunities,
        "days": lived.plan.days,
        "seed": lived.plan.seed,
        "seconds": {name: Decimal(count) / 1000 for name, count in lived.seconds.items()},
        "salesforce_calls": lived.calls,
        "acts": dict(sorted(lived.acts.items())),
        "refused": dict(sorted(lived.refused.items())),
        "unexplained": sum(one.unexplained for one in balances),
        "flows": {one.flow: one.as_json() for one in balances},
    }


def _table(balances: list[Balance]) -> Table:
    table = Table(title="After the year", title_justify="left", header_style="bold")
    for name in (
        "flow",
        "source",
        "agree",
        "worth at the source",
        "worth at the target",
        "held, by reason",
        "unexplained",
    ):
        table.add_column(name, justify="left" if name in {"flow", "held, by reason"} else "right", overflow="fold")
    for one in balances:
        held = one.dead_letters + one.waiting
        reasons = "\n".join(f"{count:,} {code}" for code, count in held.most_common())
        worths = (_money(one.source_total), _money(one.target_total))
        table.add_row(
            one.flow, f"{one.source_count:,}", f"{one.target_count:,}", *worths, reasons, f"{one.unexplained:,}"
        )
    return table


def _money(totals: dict[str, Decimal]) -> str:
    return "\n".join(f"{total:,.2f} {currency}" for currency, total in sorted(totals.items()))
