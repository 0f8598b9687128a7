"""How does the command line speak? Tables for people, JSON for programs, faults in one clear line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import typer
from kombu.exceptions import OperationalError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from flows.errors import IsthmusError
from workers.settings import SettingsFault

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
WIDE = 160  # columns where no terminal tells its own width, as in a pipe
out = Console(width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE)


class CommandFault(Exception):
    """What a person asked for cannot be done; the message says why and what to do."""


def show(
    rows: Sequence[Any], columns: Mapping[str, str], *, as_json: bool, title: str = "", empty: str = "Nothing."
) -> None:
    """Print rows (mappings or dataclasses): as a table with the named columns, or whole as JSON."""
    plain = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row) for row in rows]
    if as_json:
        show_json(plain)
    elif not plain:
        out.print(empty)
    else:
        out.print(_table(plain, columns, title))


def show_json(value: object) -> None:
    """Print a value as JSON; exact amounts and times as text."""
    print(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))  # noqa: T201 — this is the program's answer


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], title: str) -> Table:
    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name, heading in columns.items():
        numeric = all(isinstance(row.get(name), int | Decimal) for row in rows)
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    return table


def _cell(value: object) -> str:
    match value:
        case bool() | None:
            return {True: "yes", False: "no", None: ""}[value]
        case int() | Decimal():
            return f"{value:,}"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case list() | tuple():
            return ", ".join(str(part) for part in value)
        case Mapping():
            return ", ".join(f"{name} {_cell(part)}" for name, part in value.items())
        case _:
            return str(value)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | set | frozenset):
        return list(value)
    return str(value)


@contextmanager
def clear_faults() -> Iterator[None]:
    """Turn the faults that a person can mend into one message and exit code 1, instead of a traceback."""
    try:
        yield
    except (SettingsFault, CommandFault) as fault:
        _give_up(str(fault))
    except IsthmusError as fault:
        _give_up(f"{fault.code}: {fault.message}" + (f"\n{fault.hint}" if fault.hint else ""))
    except OperationalError as fault:
        _give_up(f"the broker does not answer: {fault}\nIs it running, and is ISTHMUS_BROKER_URL right?")
    except SQLAlchemyError as fault:
        _give_up(
            f"the ledger does not answer: {fault.args[0]}\nIs ISTHMUS_LEDGER_URL right? A new ledger wants: isthmus migrate"
        )


def _give_up(message: str) -> None:
    err.print(f"[bold red]isthmus:[/] {message}", highlight=False)
    raise typer.Exit(1)


def confirm_or_stop(question: str, *, yes: bool, ask: Callable[[str], bool] = typer.confirm) -> None:
    """Ask before an act that touches many records; `yes` answers beforehand."""
    if not yes and not ask(question):
        raise typer.Exit(1)
