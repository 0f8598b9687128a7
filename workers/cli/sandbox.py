"""How are the twins reached from here? `isthmus sandbox` hands over to the sandbox's own command line."""

from __future__ import annotations

import subprocess
import sys

import typer

from workers.settings import ROOT, environment

app = typer.Typer(help="A Salesforce and a NetSuite as small servers: try everything before you go live.")
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def _hand_over(verb: str, words: list[str]) -> None:
    """Run the sandbox as a process of its own: the twins share no code with the rest, so they share no mistakes."""
    done = subprocess.run(  # noqa: S603 — our own module, no shell
        [sys.executable, "-m", "sandbox", verb, *words],
        check=False,
        env=environment() | {"PYTHONPATH": str(ROOT)},
    )
    raise typer.Exit(done.returncode)


@app.command(context_settings=PASS_ON)
def serve(context: typer.Context) -> None:
    """Run both twins; options: isthmus sandbox serve --help."""
    _hand_over("serve", context.args)


@app.command(context_settings=PASS_ON)
def load(context: typer.Context) -> None:
    """Load a company into running twins; options: isthmus sandbox load --help."""
    _hand_over("load", context.args)


@app.command(context_settings=PASS_ON)
def reset(context: typer.Context) -> None:
    """Empty running twins; options: isthmus sandbox reset --help."""
    _hand_over("reset", context.args)
