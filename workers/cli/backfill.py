"""How does a person read the past again? Start, list, watch, stop and resume backfills."""

from __future__ import annotations

from datetime import datetime
from threading import Event
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from flows.backfill import begin, take_up
from flows.catalogue import lane_of
from flows.model import Priority
from flows.past import Stretch
from ledger.past import BackfillReport
from workers.bell import CeleryBell
from workers.cli.desk import Desk
from workers.cli.show import AsJson, CommandFault, confirm_or_stop, err, out, show

app = typer.Typer(help="Read a flow's past again, below all other work.", no_args_is_help=True)
Id = Annotated[int, typer.Argument(help="Its id; see: isthmus backfill list")]
COLUMNS = {
    "run": "id",
    "flow": "flow",
    "state": "state",
    "done": "%",
    "since": "since",
    "until": "until",
    "moment": "has read to",
    "read": "read",
    "new": "new",
    "known": "known",
    "why": "why",
    "who": "who",
    "started_at": "started",
    "finished_at": "ended",
}
LOOK = 1.0  # seconds between two looks of `watch`
PAUSE = Event()  # waiting on it is how this process lets time pass


@app.command()
def start(
    flow: Annotated[str, typer.Argument(help="The flow's name; see: isthmus flows")],
    since: Annotated[str, typer.Option(help="From when on, in the company's zone: 2026-01-01 or 2026-01-01T08:00.")],
    until: Annotated[str | None, typer.Option(help="Before when; up to the present without it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay and show how far it is.")] = False,
) -> None:
    """Read every record of a flow that was changed since a date, whatever was read before.

    What is known and delivered makes no call. It can be stopped and resumed, and survives the death of any worker.

    Examples:  isthmus backfill start account_to_customer --since 2026-01-01  ·  … --until 2026-04-01 --yes --watch
    """
    desk = Desk()
    stretch = _stretch(desk, flow, since, until)
    _refuse_second(desk, flow)
    confirm_or_stop(f"Read every record of {flow} changed {_words(stretch)} again?", yes=yes)
    run = begin(flow, stretch, desk.who, (desk.ledger.past, CeleryBell(desk.app), lambda: desk.now))
    out.print(f"Backfill {run} of {flow} has begun. Follow it with: isthmus backfill watch {run}")
    if watch:
        _watch(desk, run)


@app.command("list")
def list_backfills(*, as_json: AsJson = False) -> None:
    """List backfills, newest first: how far each is, what it found, and why it rests or has ended."""
    desk = Desk()
    rows = [_row(report, desk.now) for report in desk.ledger.past.reports()]
    show(rows, COLUMNS, as_json=as_json, title="Backfills", empty="No backfills yet.")


@app.command()
def watch(run: Id) -> None:
    """Show how far a backfill is, until it has read all. Leaving (Ctrl-C) does not stop it."""
    _watch(Desk(), run)


@app.command()
def stop(run: Id) -> None:
    """Stop a backfill; what it has admitted is delivered all the same.

    Example:  isthmus backfill stop 17
    """
    desk = Desk()
    if not desk.ledger.past.stop(run, desk.who, desk.now):
        raise CommandFault(f"backfill {run} is not under way; see: isthmus backfill list")
    out.print(f"Backfill {run} has stopped. Go on from where it was with: isthmus backfill resume {run}")


@app.command()
def resume(run: Id) -> None:
    """Let a backfill that was stopped, or that failed, go on from where it was.

    Example:  isthmus backfill resume 17
    """
    desk = Desk()
    if not desk.ledger.past.resume(run, desk.who, desk.now):
        raise CommandFault(f"backfill {run} has neither been stopped nor failed; see: isthmus backfill list")
    take_up(desk.ledger.past, CeleryBell(desk.app), desk.now)
    out.print(f"Backfill {run} goes on. Follow it with: isthmus backfill watch {run}")


def _stretch(desk: Desk, flow: str, since: str, until: str | None) -> Stretch:
    if flow not in desk.flows:
        raise CommandFault(f"no flow is called '{flow}'; there are: {', '.join(sorted(desk.flows))}")
    begin_at, end_at = _moment(desk, "--since", since), _moment(desk, "--until", until) if until else None
    if begin_at > desk.now:
        raise CommandFault(f"--since {since} is still to come: there is nothing to read")
    if end_at and end_at <= begin_at:
        raise CommandFault(f"--until {until} is not after --since {since}: there is nothing to read")
    return Stretch(begin_at, end_at)


def _moment(desk: Desk, option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandFault(f"{option} {text}: not a date or time such as 2026-01-01 or 2026-01-01T08:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=desk.settings.zone)


def _refuse_second(desk: Desk, flow: str) -> None:
    for report in desk.ledger.past.reports():
        if report.flow == flow and report.finished_at is None:
            raise CommandFault(
                f"backfill {report.run} of {flow} is under way; stop it first: isthmus backfill stop {report.run}"
            )


def _words(stretch: Stretch) -> str:
    end = f" and before {stretch.until:%Y-%m-%d %H:%M}" if stretch.until else ""
    return f"since {stretch.since:%Y-%m-%d %H:%M}{end}"


def _row(report: BackfillReport, now: datetime) -> dict[str, Any]:
    known = {name: getattr(report, name) for name in BackfillReport.__dataclass_fields__}
    why = report.resting or report.failure
    return known | {"state": report.state, "done": round(100 * share(report, now)), "why": why}


def share(report: BackfillReport, now: datetime) -> float:
    """Return how much of its stretch of time a backfill has read, from 0 to 1."""
    if report.finished_at and report.failure is None:
        return 1.0
    whole = (report.until or report.finished_at or now) - report.since
    return min(max((report.moment - report.since) / whole, 0.0), 1.0) if whole else 0.0


def _watch(desk: Desk, run: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err) as progress:
        bar = progress.add_task("reading", total=1.0)
        while (report := _found(desk, run)).finished_at is None:
            progress.update(bar, completed=share(report, desk.now), description=_told(desk, report))
            PAUSE.wait(LOOK)
        progress.update(bar, completed=share(report, desk.now), description=_told(desk, report))
    if report.failure:
        raise CommandFault(f"backfill {run}: {report.failure}\nGo on with: isthmus backfill resume {run}")
    out.print(f"Backfill {run} has read all: {report.read:,} record(s), {report.new:,} new. See: isthmus status")


def _told(desk: Desk, report: BackfillReport) -> str:
    flow = desk.flows.get(report.flow)
    waiting = desk.ledger.past.under_way(lane_of(flow, Priority.BACKFILL)) if flow else 0
    return f"{report.flow}: {report.read:,} read, {waiting:,} on their way"


def _found(desk: Desk, run: int) -> BackfillReport:
    for report in desk.ledger.past.reports():
        if report.run == run:
            return report
    raise CommandFault(f"there is no backfill {run}; see: isthmus backfill list")
