"""How are people set to work from a shell? `live` plays a stretch of days in both twins."""

from __future__ import annotations

import json
import shlex
from datetime import datetime
from pathlib import Path
from typing import Annotated

import requests
import typer
from rich.console import Console

from sandbox.company.push import PushFault, push
from sandbox.life.beginning import company_before
from sandbox.life.calendar import Span
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm, CrmFault
from sandbox.life.erp import Erp, ErpFault, Keys
from sandbox.life.living import LifeFault, World, set_clocks
from sandbox.life.living import live as live_stretch
from sandbox.life.tally import Tally

out, err = Console(), Console(stderr=True)


def live(  # noqa: PLR0913, PLR0917 — each option is one choice of the person at the keyboard
    env_file: Annotated[Path, typer.Option(help="The file that `serve --env-file` wrote.")],
    begin: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day of the year.")],
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day to live; `--begin` without it."),
    ] = None,
    days: Annotated[int, typer.Option(min=0, help="How many days to live; 0 only makes what was there before.")] = 30,
    year: Annotated[int, typer.Option(min=1, help="How many days the year has.")] = 365,
    opportunities: Annotated[int, typer.Option(min=1, help="How many deals there are in the whole year.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,  # noqa: FBT002 — typer's flag
) -> None:
    """Let people live some days of a year in both twins; what they did before they ask the twins.

    Examples:  isthmus sandbox live --env-file twins.env --begin 2027-01-01 --days 0
               isthmus sandbox live --env-file twins.env --begin 2027-01-01 --from 2027-02-01 --days 28
    """
    told = _told(env_file, Span(begin.date(), year, (first or begin).date(), days, opportunities), seed)
    if as_json:
        out.print_json(json.dumps(told))
    else:
        for kind, counts in told.items():
            out.print(f"[bold]{kind}[/]: " + (", ".join(f"{n:,} {name}" for name, n in counts.items()) or "nothing"))


def _told(env_file: Path, span: Span, seed: int) -> dict[str, dict[str, int]]:
    try:
        return _lived(env_file, span, seed)
    except (CrmFault, ErpFault, LifeFault, PushFault, requests.RequestException) as fault:
        err.print(f"[bold red]sandbox:[/] {fault}", highlight=False)
        raise typer.Exit(1) from fault


def _lived(env_file: Path, span: Span, seed: int) -> dict[str, dict[str, int]]:
    known = _assignments(env_file)
    twins = (known["SF_URL"], known["NS_URL"])
    if not span.days:
        set_clocks(span.first, *twins, time="00:00:00+00:00")
        return {"loaded": push(company_before(span.opportunities, seed), *twins, quiet=True)}
    tally = Tally()
    crm = Crm(known["SF_URL"], known["SF_CLIENT_ID"], known["SF_CLIENT_SECRET"], tally)
    names = ("ACCOUNT", "CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET")
    erp = Erp(known["NS_URL"], Keys(*(known[f"NS_{name}"] for name in names)), tally)
    with err.status("living") as status:
        world = World(crm, erp, Chance(seed), span)
        live_stretch(world, lambda day: set_clocks(day, *twins), lambda words: status.update(f"living: {words}"))
    return {name: dict(counts) for name, counts in tally.as_json().items()}


def _assignments(path: Path) -> dict[str, str]:
    try:
        words = shlex.split(path.read_text(), comments=True)
    except OSError as error:
        raise LifeFault(
            f"{path}: {error.strerror}; start the twins with: isthmus sandbox serve --env-file {path}"
        ) from error
    return dict(word.removeprefix("export ").split("=", 1) for word in words if "=" in word)
