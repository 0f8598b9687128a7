"""How are the twins run and filled from a shell? `serve`, `load`, `live` and `reset`."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console

from sandbox.company.csv_folder import FolderFault, read_company
from sandbox.company.generated import generate
from sandbox.company.push import PushFault, break_off, push
from sandbox.company.push import reset as reset_twins
from sandbox.company.records import Company
from sandbox.life.cli import live
from sandbox.serving import ServeRefused, Wish
from sandbox.serving import serve as serving
from sandbox.twin.holding import StateHeld
from sandbox.twin.server import ListenRefused

app = typer.Typer(
    help="A Salesforce org and a NetSuite account on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(live)
out, err = Console(), Console(stderr=True)
Salesforce = Annotated[str, typer.Option(help="The Salesforce twin's address.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")]
TlsPort = Annotated[int, typer.Option(min=0, max=65_535, help="With --tls; 0 takes a free one.")]
Wsdl = Annotated[
    Path | None, typer.Option(envvar="SANDBOX_WSDL", help="A folder with a full WSDL and XSDs, to serve and check by.")
]
Tls = Annotated[bool, typer.Option("--tls", help="Also TLS ports, and a proxy for clients with fixed hosts.")]
NetSuite = Annotated[str, typer.Option(help="The NetSuite twin's address.")]


@app.command()
def serve(  # noqa: PLR0913, PLR0917 — each option is one choice of the person at the keyboard
    salesforce_port: Port = 8001,
    netsuite_port: Port = 8002,
    tls: Tls = False,  # noqa: FBT002 — typer's flag
    slots: Annotated[int, typer.Option(help="How many calls at once the NetSuite account allows.")] = 5,
    latency: Annotated[str, typer.Option(help="off, demo (real time by fifty) or real.")] = "demo",
    strict: Annotated[bool, typer.Option("--strict", help="Validate every SOAP request; a nonce once.")] = False,  # noqa: FBT002 — typer's flag
    wsdl: Wsdl = None,
    state: Annotated[Path, typer.Option(help="The folder that keeps their state.")] = Path(".isthmus/twins"),
    env_file: Annotated[Path | None, typer.Option(help="Write addresses and credentials here, for a shell.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    only: Annotated[str | None, typer.Option(help="salesforce or netsuite: run that one alone.")] = None,
    salesforce_tls_port: TlsPort = 0,
    netsuite_tls_port: TlsPort = 0,
    proxy_port: TlsPort = 0,
    pubsub_port: Port = 0,
    seed_credentials: Annotated[str, typer.Option(help="Credentials are derived from this.")] = "isthmus",
) -> None:
    """Run the twins until Ctrl-C.

    Examples:  isthmus sandbox serve  ·  isthmus sandbox serve --tls --latency off --env-file twins.env
    """
    behaviour = (tls, slots, latency, strict, wsdl, state, env_file)
    ports = (salesforce_tls_port, netsuite_tls_port, proxy_port, pubsub_port)
    wish = Wish(salesforce_port, netsuite_port, *behaviour, host, only, *ports, seed_credentials)
    try:
        raise typer.Exit(serving(wish))
    except (ServeRefused, ListenRefused, StateHeld) as refused:
        _give_up(str(refused))


@app.command()
def load(  # noqa: PLR0913, PLR0917 — each option is one choice of the person at the keyboard
    data: Annotated[
        Path | None, typer.Option(help="A folder of CSV files in the shape of CRM Sales Opportunities.")
    ] = None,
    opportunities: Annotated[int, typer.Option(help="How many to generate when no folder is given.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 7,
    dirt: Annotated[str, typer.Option(help="plain, or richer: every kind of dirt of a careless company.")] = "plain",
    salesforce: Salesforce = "http://127.0.0.1:8001",
    netsuite: NetSuite = "http://127.0.0.1:8002",
    countries: Annotated[Path | None, typer.Option(help="A YAML table whose `values` are names of countries.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,  # noqa: FBT002 — typer's flag
) -> None:
    """Load a company into running twins; a load that fails or is broken off leaves them as they were.

    Examples:  isthmus sandbox load --opportunities 5000 --seed 1 --dirt richer  ·  isthmus sandbox load --data ./crm
    """
    if dirt not in {"plain", "richer"} or opportunities < 1:
        _give_up("--dirt takes plain or richer; --opportunities takes a number from 1")
    for ending in (signal.SIGINT, signal.SIGTERM):  # a script's background job starts with SIGINT ignored
        signal.signal(ending, break_off)
    try:
        company = _company(data, countries) if data else generate(opportunities, seed, richer=dirt == "richer")
        loaded = push(company, salesforce.rstrip("/"), netsuite.rstrip("/"), quiet=as_json)
    except (FolderFault, PushFault) as fault:
        _give_up(f"the company was not loaded:\n{fault}")
    if as_json:
        out.print_json(json.dumps(loaded))
    else:
        out.print("Loaded " + ", ".join(f"{count:,} {kind}" for kind, count in sorted(loaded.items())), highlight=False)


@app.command()
def reset(
    salesforce: Salesforce = "http://127.0.0.1:8001",
    netsuite: NetSuite = "http://127.0.0.1:8002",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,  # noqa: FBT002 — typer's flag
) -> None:
    """Empty running twins.

    Example:  isthmus sandbox reset
    """
    silent = reset_twins(salesforce.rstrip("/"), netsuite.rstrip("/"))
    if silent:
        _give_up(f"no answer from {' and '.join(silent)}: is it served?")
    if as_json:
        out.print_json(json.dumps({"reset": [salesforce, netsuite]}))
    else:
        out.print("Both twins are empty.")


def _company(data: Path, countries: Path | None) -> Company:
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
