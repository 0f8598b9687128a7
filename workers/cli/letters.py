"""How does a person mend dead letters? List, look at, replay and dismiss them."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.replay import replay as replay_letters
from workers.bell import CeleryBell
from workers.cli.desk import Desk
from workers.cli.show import AsJson, CommandFault, confirm_or_stop, out, show, show_json

app = typer.Typer(help="Deliveries that wait for a person.", no_args_is_help=True)
Flow = Annotated[str | None, typer.Option("--flow", help="Only this flow's.")]
Code = Annotated[str | None, typer.Option("--code", help="Only this cause, e.g. INVALID_SKU.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
COLUMNS = {
    "id": "id",
    "flow": "flow",
    "source_id": "record",
    "code": "cause",
    "field": "field",
    "value": "value",
    "candidates": "nearest",
    "amount": "worth",
    "currency": "",
    "owner": "owner",
}


@app.command("list")
def list_letters(
    flow: Flow = None,
    code: Code = None,
    limit: Annotated[int, typer.Option(help="How many.")] = 50,
    *,
    as_json: AsJson = False,
) -> None:
    """List dead letters, and how many there are of each cause.

    Example:  isthmus dead-letters list --code INVALID_SKU
    """
    reports = Desk().ledger.reports
    letters = reports.dead_letters(flow, code, limit)
    if as_json:
        show(letters, {}, as_json=True)
        return
    show(letters, COLUMNS, as_json=False, empty="No dead letters. Nothing waits for a person.")
    if letters:
        show(reports.dead_by_code(flow), {"code": "cause", "count": "how many", "values": "worth"}, as_json=False)


@app.command("show")
def show_letter(
    letter: Annotated[int, typer.Argument(help="Its id, from the list.")], *, as_json: AsJson = False
) -> None:
    """Show one dead letter whole: what was wrong, the candidates, and what to do."""
    found = Desk().ledger.reports.delivery(letter)
    if found is None:
        raise CommandFault(f"there is no delivery {letter}; see: isthmus dead-letters list")
    if as_json:
        show_json(found)
        return
    for name in (
        "id",
        "flow",
        "source_id",
        "version",
        "state",
        "code",
        "field",
        "value",
        "candidates",
        "message",
        "hint",
        "amount",
        "currency",
        "owner",
    ):
        out.print(f"[bold]{name:<11}[/] {getattr(found, name)}", highlight=False)


@app.command()
def replay(
    letters: Annotated[list[int] | None, typer.Argument(help="Ids; or choose with --flow and --code.")] = None,
    flow: Flow = None,
    code: Code = None,
    yes: Yes = False,
) -> None:
    """Send dead letters once more, after what was wrong has been mended.

    Examples:  isthmus dead-letters replay 17 18  ·  isthmus dead-letters replay --code INVALID_SKU
    """
    desk = Desk()
    chosen = _chosen(desk, letters, flow, code)
    if letters is None and not code:
        confirm_or_stop(f"Replay all {len(chosen)} dead letters?", yes=yes)
    revived = replay_letters(chosen, desk.who, desk.ledger.queue, CeleryBell(desk.app), desk.now)
    out.print(f"{revived} dead letter(s) go once more. Follow them with: isthmus status")


@app.command()
def dismiss(
    letters: Annotated[list[int] | None, typer.Argument(help="Ids; or choose with --flow and --code.")] = None,
    reason: Annotated[str, typer.Option(prompt=True, help="Why; it stays in the audit.")] = "",
    flow: Flow = None,
    code: Code = None,
    yes: Yes = False,
) -> None:
    """Take dead letters off the list for good, with a reason.

    Example:  isthmus dead-letters dismiss 17 --reason "test deal"
    """
    desk = Desk()
    chosen = _chosen(desk, letters, flow, code)
    confirm_or_stop(f"Dismiss {len(chosen)} dead letter(s)?", yes=yes)
    dismissed = desk.ledger.queue.dismiss(chosen, desk.now, desk.who, reason)
    out.print(f"{dismissed} dead letter(s) dismissed.")


def _chosen(desk: Desk, letters: list[int] | None, flow: str | None, code: str | None) -> list[int]:
    if letters:
        return letters
    found = [letter.id for letter in desk.ledger.reports.dead_letters(flow, code, limit=None)]
    if not found:
        raise CommandFault("no dead letter fits; see: isthmus dead-letters list")
    return found
