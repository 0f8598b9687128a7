"""What does Isthmus do, shown on one machine? Starts everything, runs the main job on a company, and tells what came of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event
from time import monotonic

from sqlalchemy.engine import make_url

from workers.settings import ROOT, environment
from workers.stack import STATE_FILE, Addresses, Choices
from workers.supervisor import die_with_parent

FOLDER = Path(".isthmus/demo")
CUSTOMERS, ORDERS, FEEDBACK = "account_to_customer", "opportunity_to_sales_order", "sales_order_to_opportunity"
PAUSE = Event()  # waiting on it is how this process lets time pass


class DemoFault(Exception):
    """The demo cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Company:
    """Where the demo's records come from: a folder of CSV files, or the generator."""

    folder: Path | None = None
    opportunities: int = 2000
    seed: int = 7


@contextmanager
def running(choices: Choices, *, keep: bool) -> Iterator[Addresses]:
    """Run the stack beside this process; it ends with the block, unless it is kept and nothing went wrong."""
    prepare(choices.folder)
    with (choices.folder / "stack.log").open("ab") as log:  # a kept stack must not hold on to this process's output
        stack = subprocess.Popen(
            [sys.executable, "-m", "workers.stack"],
            start_new_session=True,
            env=environment() | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=None if keep else die_with_parent,  # noqa: PLW1509 — one prctl call, before any thread of the child exists
        )
    stays = False
    try:
        _tell(stack, choices)
        yield _wait(choices.folder, stack)
        stays = keep
    finally:
        if not stays:
            end(stack.pid)
            stack.wait(30)


def prepare(folder: Path) -> None:
    """Make the folder empty; refuse while another demo runs in it."""
    if running_pid(folder):
        raise DemoFault("a demo is running already; stop it with: isthmus down")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def fresh_ledger(url: str) -> str:
    """Return the address of an empty ledger at `url`: on PostgreSQL a schema of the demo's own, which is made anew."""
    if not url.startswith("postgresql"):
        _refuse_existing(url)
        return url
    import psycopg  # noqa: PLC0415 — only where the ledger is PostgreSQL

    parsed = make_url(url).set(drivername="postgresql")
    schema = f"isthmus_demo_{sha256(str(FOLDER.resolve()).encode()).hexdigest()[:8]}"  # two demos do not meet
    with psycopg.connect(parsed.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {schema}")
    own = parsed.set(drivername="postgresql+psycopg").update_query_dict({"options": f"-csearch_path={schema}"})
    return own.render_as_string(hide_password=False)


def _refuse_existing(url: str) -> None:
    path = Path(make_url(url).database or "")
    if path.exists():
        raise DemoFault(f"{path} exists; the demo wants a ledger of its own, so name a file that does not exist")


def _tell(stack: subprocess.Popen[bytes], choices: Choices) -> None:
    """Tell the stack its choices through its input: an address may hold a password."""
    options = {name: str(value) for name, value in vars(choices).items() if value}
    if stack.stdin:
        with stack.stdin as pipe:
            pipe.write(json.dumps(options).encode())


def _wait(folder: Path, stack: subprocess.Popen[bytes]) -> Addresses:
    while not (folder / STATE_FILE).exists():
        if stack.poll() is not None:
            raise DemoFault(f"the stack ended with exit code {stack.returncode}; see {folder}/stack.log")
        PAUSE.wait(0.1)
    state = json.loads((folder / STATE_FILE).read_text())
    if "failure" in state:
        raise DemoFault(state["failure"])
    return Addresses(**state["addresses"])


def running_pid(folder: Path) -> int | None:
    """Return the process id of the stack that runs in the folder, if one does."""
    try:
        pid = int(json.loads((folder / "pids.json").read_text())["supervisor"])
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    return pid


def end(pid: int, patience: float = 20.0) -> None:
    """Stop a stack and wait until it has gone."""
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = monotonic() + patience
        while monotonic() < deadline and _alive(pid):
            PAUSE.wait(0.05)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    try:
        reaped, _ = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        os.kill(pid, 0)
        return True
    return reaped == 0


def load(company: Company, addresses: Addresses) -> None:
    """Load the company into both twins, with the loader's own progress bar."""
    origin = (
        ["--data", str(company.folder)]
        if company.folder
        else ["--opportunities", str(company.opportunities), "--seed", str(company.seed)]
    )
    command = [sys.executable, "-m", "sandbox", "load", *origin]
    command += ["--salesforce", addresses.salesforce, "--netsuite", addresses.netsuite]
    command += ["--countries", str(ROOT / "mappings/tables/country.yaml")]
    done = subprocess.run(command, check=False, env=environment() | {"PYTHONPATH": str(ROOT)})  # noqa: S603 — our own module
    if done.returncode:
        raise DemoFault("the company could not be loaded; nothing was synchronised")
