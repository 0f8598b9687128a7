"""What can be said after `isthmus`?"""

from __future__ import annotations

import sys

import typer

from workers.cli import backfill, decide, demo, front, letters, listen, operate, sandbox, send, tables, work, year
from workers.cli.show import clear_faults
from workers.telemetry import set_up_logging

app = typer.Typer(
    help="Isthmus keeps Salesforce and NetSuite in step.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (operate, send, decide, front, work, listen, demo, year):
    module.add_to(app)
app.add_typer(letters.app, name="dead-letters")
app.add_typer(backfill.app, name="backfill")
app.add_typer(tables.app, name="tables")
app.add_typer(sandbox.app, name="sandbox")


def main() -> None:
    """Run the command line; faults that a person can mend become one message and exit code 1."""
    set_up_logging("WARNING")
    try:
        with clear_faults():
            app()
    except typer.Exit as ending:
        sys.exit(ending.exit_code)
