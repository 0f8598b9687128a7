"""How is a worker started? `isthmus work ROLE` becomes the Celery worker that serves the role's queues."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from workers.cli.desk import Desk
from workers.cli.show import CommandFault
from workers.roles import ROLES, queues_of
from workers.settings import ROOT, environment


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(work)


def work(
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(ROLES)}.")],
    threads: Annotated[
        int | None, typer.Option(min=1, help="How many deliveries at once; each role has its own number.")
    ] = None,
    log_level: Annotated[str, typer.Option(help="How much the worker tells.")] = "INFO",
) -> None:
    """Run a worker: which queues it serves follows from its role and from the flow files.

    Examples:  isthmus work netsuite-realtime  ·  isthmus work backfill --threads 2
    """
    if role not in ROLES:
        raise CommandFault(f"no role is called '{role}'; there are: {', '.join(ROLES)}")
    part = ROLES[role]
    served = ",".join(queues_of(part, Desk().flows.values()))
    celery = [sys.executable, "-m", "celery", "-A", "workers.worker", "worker", "-n", f"{role}@%h", "-P", "threads"]
    command = [*celery, "-c", str(threads or part.threads), "-Q", served, "-l", log_level]
    os.execve(sys.executable, command, environment() | {"PYTHONPATH": str(ROOT)})  # noqa: S606 — our own module, no shell
