"""Which commands look, and change nothing? `flows`, `status`, `runs`, `trace`, `explain`, `doctor`; and `migrate`."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.catalogue import kinds
from flows.changes import Watch
from flows.explain import Explanation
from flows.explain import explain as explain_record
from flows.timetable import timing, upcoming
from ledger.stories import Stories
from workers.cli.desk import Desk
from workers.cli.show import AsJson, CommandFault, out, show, show_json
from workers.doctor import examine

RUN = {
    "id": "run",
    "flow": "flow",
    "reading": "reading",
    "occurrence": "for",
    "started_at": "started",
    "finished_at": "ended",
    "read": "read",
    "new": "new",
    "known": "known",
    "filtered": "filtered",
    "failure": "failure",
}
BINDING = {"flow": "flow", "source_id": "source", "target_id": "target", "version": "version"}
DELIVERY = {
    "id": "delivery",
    "flow": "flow",
    "source_id": "source",
    "state": "state",
    "attempts": "attempts",
    "code": "code",
    "message": "message",
    "created_at": "admitted",
    "settled_at": "settled",
}
ATTEMPT = {
    "delivery": "delivery",
    "number": "attempt",
    "started_at": "started",
    "finished_at": "ended",
    "outcome": "outcome",
    "code": "code",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (flows, status, runs, trace, explain, doctor, migrate):
        app.command()(command)


def flows(*, as_json: AsJson = False) -> None:
    """List the flows: what moves, where, when (the next run in the company's zone), and who is asked about it."""
    desk = Desk()
    rows = [
        {
            "flow": flow.flow,
            "source": f"{flow.source.system} {flow.source.object}",
            "target": f"{flow.target.system} {flow.target.object}",
            "when": timing(flow),
            "next": upcoming(flow, desk.now, desk.settings.zone),
            "owner": flow.owner,
            "revision": flow.revision,
        }
        for flow in desk.flows.values()
    ]
    show(rows, {name: name for name in rows[0]} if rows else {}, as_json=as_json, title="Flows")


def status(*, as_json: AsJson = False) -> None:
    """Tell where the deliveries of each flow stand, who listens to changes, and what rests."""
    desk = Desk()
    counts = desk.ledger.reports.counts()
    rows = [{"flow": name, **states, "all": sum(states.values())} for name, states in sorted(counts.items())]
    pauses, watches = list(desk.ledger.memory.pauses().values()), desk.ledger.queue.watches()
    if as_json:
        show_json({"flows": rows, "pauses": pauses, "listening": watches})
        return
    columns = {"flow": "flow"} | {state: state for row in rows for state in row if state != "flow"}
    show(rows, columns, as_json=False, title="Deliveries", empty="No deliveries yet.")
    for watch in watches:
        out.print(_listening(watch, desk.now), highlight=False)
    for pause in pauses:
        out.print(
            f"[bold yellow]{pause.name} rests until {pause.until:%H:%M:%S}[/]: {pause.reason.code}, {pause.reason.message}"
        )


def _listening(watch: Watch, now: datetime) -> str:
    heard = f"last heard at {watch.noted_at:%H:%M:%S}"
    if watch.holder and watch.until and watch.until > now:
        return f"{watch.name}: {watch.holder.rsplit(':', 1)[0]} listens, {heard}"
    return f"[bold yellow]{watch.name}: nobody listens[/], {heard}; start it with: isthmus listen"


def runs(limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20, *, as_json: AsJson = False) -> None:
    """List the newest runs: what each capture read and admitted."""
    show(Desk().ledger.reports.runs(limit), RUN, as_json=as_json, title="Runs", empty="No runs yet.")


def trace(
    key: Annotated[str, typer.Argument(help="A Salesforce id, a NetSuite id, or an order number.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell everything that ever happened to one record.

    Examples:  isthmus trace 006000000000001AAA  ·  isthmus trace SO10023
    """
    desk = Desk()
    story = Stories(desk.ledger.engine, kinds(desk.flows.values())).trace(key)
    if as_json:
        show_json(story)
        return
    if not story.deliveries and not story.bindings:
        raise CommandFault(f"nothing is known of '{key}'; give a Salesforce id, a NetSuite id, or an order number")
    for title, rows, columns in (
        ("Bindings", story.bindings, BINDING),
        ("Deliveries", story.deliveries, DELIVERY),
        ("Attempts", story.attempts, ATTEMPT),
    ):
        show(rows, columns, as_json=False, title=title)


def explain(
    flow: Annotated[str, typer.Argument(help="The flow's name.")],
    file: Annotated[Path, typer.Argument(help="A source record as JSON, as the source system gives it.")],
) -> None:
    """Show what a record would become, or why it would be refused. Nothing is sent.

    Example:  isthmus explain opportunity_to_sales_order opportunity.json
    """
    desk = Desk()
    if flow not in desk.flows:
        raise CommandFault(f"no flow is called '{flow}'; there are: {', '.join(sorted(desk.flows))}")
    explanation = explain_record(desk.flows[flow], _record(file), desk.services)
    show_json(explanation)
    if isinstance(explanation, Explanation) and explanation.refused:
        raise typer.Exit(1)


def _record(file: Path) -> dict[str, Any]:
    try:
        record = json.loads(file.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise CommandFault(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise CommandFault(f"{file}: not JSON: {error}") from error
    if not isinstance(record, dict):
        raise CommandFault(f"{file}: expected one JSON object, a record")
    return record


def doctor(*, as_json: AsJson = False) -> None:
    """Check that everything answers: broker, budget, ledger, both systems, and the clocks. Exit code 1 if not."""
    findings = examine(Desk())
    if as_json:
        show_json(findings)
    else:
        for finding in findings:
            mark = "[green]ok  [/]" if finding.well else "[bold red]ill [/]"
            out.print(f"{mark} {finding.part:<12} {finding.words}", highlight=False)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


def migrate() -> None:
    """Bring the ledger's schema up to date; harmless when it is."""
    from ledger.migrate import migrate as bring_up  # noqa: PLC0415 — alembic is needed by this command alone

    bring_up(Desk().settings.ledger_url)
    out.print("The ledger is up to date.")
