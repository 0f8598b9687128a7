"""How are the twins reached from here? `isthmus sandbox` hands over to the sandbox's own command line."""

from __future__ import annotations

import os
import sys

import typer

from workers.settings import ROOT, environment

app = typer.Typer(help="A Salesforce and a NetSuite as small servers: try everything before you go live.")
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def _hand_over(verb: str, words: list[str]) -> None:
    """Become the sandbox: the twins share no code with the rest, so they share no mistakes; and signals reach them at once."""
    command = [sys.executable, "-m", "sandbox", verb, *words]
    os.execve(sys.executable, command, environment() | {"PYTHONPATH": str(ROOT)})  # noqa: S606 — our own module, no shell


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


@app.command(context_settings=PASS_ON)
def live(context: typer.Context) -> None:
    """Let people work some days in both twins; options: isthmus sandbox live --help."""
    _hand_over("live", context.args)
