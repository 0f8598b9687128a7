"""How are the twins run and filled from a shell? `serve`, `load` and `reset`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from sandbox.company.csv_folder import FolderFault, read_company
from sandbox.company.generated import generate
from sandbox.company.push import PushFault, push
from sandbox.company.push import reset as reset_twins
from sandbox.company.records import Company
from sandbox.netsuite import serve as netsuite
from sandbox.processes import Plan, run_both
from sandbox.salesforce import serve as salesforce
from sandbox.twin.latency import PROFILES

app = typer.Typer(
    help="A Salesforce org and a NetSuite account on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
out, err = Console(), Console(stderr=True)
Salesforce = Annotated[str, typer.Option(help="The Salesforce twin's address.")]
NetSuite = Annotated[str, typer.Option(help="The NetSuite twin's address.")]


@app.command()
def serve(  # noqa: PLR0913, PLR0917 — each option is one choice of the person at the keyboard
    salesforce_port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8001,
    netsuite_port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8002,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    only: Annotated[str | None, typer.Option(help="salesforce or netsuite: run that one alone.")] = None,
    slots: Annotated[int, typer.Option(help="How many calls at once the NetSuite account allows.")] = 5,
    latency: Annotated[str, typer.Option(help="off, demo (real time by fifty) or real.")] = "demo",
    state: Annotated[Path, typer.Option(help="The folder that keeps their state.")] = Path(".isthmus/twins"),
    env_file: Annotated[
        Path | None, typer.Option(help="Write addresses and credentials here, for a shell to source.")
    ] = None,
    seed_credentials: Annotated[str, typer.Option(help="Credentials are derived from this.")] = "isthmus",
) -> None:
    """Run the twins until Ctrl-C.

    Examples:  python -m sandbox serve  ·  python -m sandbox serve --latency off --env-file twins.env
    """
    if latency not in PROFILES or only not in {None, "salesforce", "netsuite"}:
        _give_up(f"--latency takes {', '.join(PROFILES)}; --only takes salesforce or netsuite")
    if only and env_file:
        _give_up("--env-file tells of both twins; leave out --only")
    state.mkdir(parents=True, exist_ok=True)
    if only == "salesforce":
        salesforce.run(host, salesforce_port, state, latency=latency, seed=seed_credentials)
    elif only == "netsuite":
        netsuite.run(host, netsuite_port, state, latency=latency, seed=seed_credentials, slots=slots)
    else:
        run_both(Plan(host, salesforce_port, netsuite_port, slots, latency, state, env_file, seed_credentials))


@app.command()
def load(  # noqa: PLR0913, PLR0917 — each option is one choice of the person at the keyboard
    data: Annotated[
        Path | None, typer.Option(help="A folder of CSV files in the shape of CRM Sales Opportunities.")
    ] = None,
    opportunities: Annotated[int, typer.Option(help="How many to generate when no folder is given.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 7,
    salesforce: Salesforce = "http://127.0.0.1:8001",
    netsuite: NetSuite = "http://127.0.0.1:8002",
    countries: Annotated[Path | None, typer.Option(help="A YAML table whose `values` are names of countries.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,  # noqa: FBT002 — typer's flag
) -> None:
    """Load a company into running twins; a folder with a fault loads nothing.

    Examples:  python -m sandbox load --opportunities 5000 --seed 1  ·  python -m sandbox load --data ./crm
    """
    try:
        company = _company(data, opportunities, seed, countries)
        loaded = push(company, salesforce.rstrip("/"), netsuite.rstrip("/"), quiet=as_json)
    except (FolderFault, PushFault) as fault:
        _give_up(f"nothing was loaded:\n{fault}")
    if as_json:
        out.print_json(json.dumps(loaded))
    else:
        out.print("Loaded " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(loaded.items())), highlight=False)


@app.command()
def reset(salesforce: Salesforce = "http://127.0.0.1:8001", netsuite: NetSuite = "http://127.0.0.1:8002") -> None:
    """Empty running twins.

    Example:  python -m sandbox reset
    """
    reset_twins(salesforce.rstrip("/"), netsuite.rstrip("/"))
    out.print("Both twins are empty.")


def _company(data: Path | None, opportunities: int, seed: int, countries: Path | None) -> Company:
    if data is None:
        return generate(opportunities, seed)
    if not data.is_dir():
        raise FolderFault(f"{data}: no such folder")
    names = _country_names(countries)
    return read_company(data, lambda place: place.strip().casefold() in names)


def _country_names(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    table: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # noqa: S506 — it makes nothing but text
    return frozenset(name.strip().casefold() for name in table["values"])


def _give_up(message: str) -> None:
    err.print(f"[bold red]sandbox:[/] {message}", highlight=False)
    raise typer.Exit(1)
