"""How does a person decide? `isthmus bind` says which record it is, `isthmus dead-letters keep` whose value stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from flows.acquaint import NEW
from flows.decide import decide_clash, decide_identity
from flows.replay import replay
from workers.bell import CeleryBell
from workers.cli import letters
from workers.cli.desk import Desk
from workers.cli.show import CommandFault, out


class Side(StrEnum):
    """Whose value stands."""

    SOURCE = "source"
    TARGET = "target"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(bind)
    letters.app.command()(keep)


def bind(
    flow: Annotated[str, typer.Argument(help="The flow's name; see: isthmus flows")],
    record: Annotated[str, typer.Argument(help="The source record's id.")],
    target: Annotated[str, typer.Argument(help="The id of the record at the target that it is; or `new`: none yet.")],
) -> None:
    """Say which record at the target a source record is, where only names are alike; what was held goes on.

    Examples:  isthmus bind account_to_customer 001Ws0000000001IAA 105  ·  isthmus bind account_to_customer 001Ws0000000001IAA new
    """
    desk = Desk()
    if flow not in desk.flows:
        raise CommandFault(f"no flow is called '{flow}'; there are: {', '.join(sorted(desk.flows))}")
    decide_identity(flow, record, target, desk.ledger.memory, (desk.who, desk.now))
    held = [one.id for one in desk.ledger.reports.dead_letters(flow, None, None) if one.source_id == record]
    replay(held, desk.who, desk.ledger.queue, CeleryBell(desk.app), desk.now)
    told = "is a new record" if target == NEW else f"is {target}"
    out.print(f"{flow}: {record} {told}. {len(held)} dead letter(s) go once more.")


def keep(
    letter: Annotated[int, typer.Argument(help="The dead letter's id, from the list.")],
    side: Annotated[Side, typer.Argument(help="Whose values stand.")],
) -> None:
    """Say whose values stand where both sides have changed a record (CONFLICT), and let it go on.

    Example:  isthmus dead-letters keep 17 target
    """
    desk = Desk()
    found = desk.ledger.reports.delivery(letter)
    if found is None or found.code != "CONFLICT":
        raise CommandFault(f"delivery {letter} is no conflict; see: isthmus dead-letters list --code CONFLICT")
    record = (found.source_id, found.version)
    decide_clash(found.flow, record, side.value, desk.ledger.memory, (desk.who, desk.now))
    replay([letter], desk.who, desk.ledger.queue, CeleryBell(desk.app), desk.now)
    out.print(f"{found.flow} {found.source_id}: the {side.value}'s values stand. It goes once more.")
