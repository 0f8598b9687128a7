"""Which processes make up Isthmus on one machine, with twins for both systems? This one runs them for the demo."""

from __future__ import annotations

import json
import secrets
import shlex
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import FrameType

import redis
import requests

from flows.model import Priority
from ledger.migrate import migrate
from workers.embedded import server_command
from workers.queues import ANSWER, BACKFILL, CAPTURE, CONTROL, ENQUEUE, backfill_lanes, lanes_of
from workers.settings import PREFIX, ROOT, environment
from workers.stack_front import front_child, front_settings
from workers.supervisor import Child, NotStarted, Supervisor

STATE_FILE = "state.json"
SETTINGS_FILE = "settings.env"
FLOWER_COLUMNS = "name,args,state,received,runtime,worker"  # a task is known by its flow and record, not by its number


@dataclass(frozen=True)
class Choices:
    """What a demo is made of; an empty broker or ledger means the embedded one."""

    folder: Path
    broker: str = ""
    ledger: str = ""
    transport: str = "soap"
    latency: str = "demo"
    slots: int = 5


@dataclass(frozen=True)
class Addresses:
    """Where the running parts are reached."""

    salesforce: str
    netsuite: str
    flower: str
    flower_sign_in: str
    console: str
    broker: str
    ledger: str


def run(choices: Choices) -> None:
    """Start everything, say so in `state.json`, restart what dies, and stop all on SIGTERM or SIGINT."""
    supervisor = Supervisor(choices.folder, environment())
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, partial(_end, supervisor))
    try:
        _announce(choices.folder, addresses=asdict(_start(choices, supervisor)))
        supervisor.watch()
    except (NotStarted, OSError) as fault:
        _announce(choices.folder, failure=str(fault))
        raise SystemExit(1) from fault
    finally:
        supervisor.stop()


def _end(supervisor: Supervisor, _signal: int, _frame: FrameType | None) -> None:
    supervisor.stop()
    raise SystemExit(0)


def _announce(folder: Path, **what: object) -> None:
    fresh = folder / f"{STATE_FILE}.new"
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(what))
    fresh.replace(folder / STATE_FILE)


def _start(choices: Choices, supervisor: Supervisor) -> Addresses:
    budget = "" if choices.broker.startswith("redis") else _start_broker(choices.folder, supervisor)
    twins = _start_twins(choices, supervisor)
    broker = choices.broker or budget
    settings = _settings(choices, twins, broker, budget or broker)
    _write_settings(choices.folder / SETTINGS_FILE, settings)
    migrate(settings[f"{PREFIX}LEDGER_URL"])
    flower_port, sign_in, console_port = free_port(5555), f"isthmus:{secrets.token_urlsafe(9)}", free_port()
    for child in _celery_children(choices.folder, settings, flower_port, sign_in):
        supervisor.start(child)
    supervisor.start(front_child(settings, console_port, _answers))
    for name in ("flower", "console"):
        supervisor.wait_ready(name)
    return Addresses(
        salesforce=twins["SF_URL"],
        netsuite=twins["NS_URL"],
        flower=f"http://127.0.0.1:{flower_port}",
        flower_sign_in=sign_in,
        console=f"http://127.0.0.1:{console_port}",
        broker=broker,
        ledger=settings[f"{PREFIX}LEDGER_URL"],
    )


def _start_broker(folder: Path, supervisor: Supervisor) -> str:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    supervisor.start(Child("broker", server_command(folder / "broker", port), ready=partial(_answers_ping, url)))
    supervisor.wait_ready("broker")
    return url


def _start_twins(choices: Choices, supervisor: Supervisor) -> Mapping[str, str]:
    env_file = choices.folder / "twins.env"
    options = {
        "--salesforce-port": str(free_port()),
        "--netsuite-port": str(free_port()),
        "--slots": str(choices.slots),
        "--latency": choices.latency,
        "--state": str(choices.folder / "twins"),
        "--env-file": str(env_file),
    }
    words = [word for pair in options.items() for word in pair]
    command = (sys.executable, "-m", "sandbox", "serve", *words)
    supervisor.start(Child("twins", command, {"PYTHONPATH": str(ROOT)}, ready=partial(_twins_answer, env_file)))
    supervisor.wait_ready("twins")
    return read_assignments(env_file)


def _settings(choices: Choices, twins: Mapping[str, str], broker: str, budget: str) -> dict[str, str]:
    values = {
        "BROKER_URL": broker,
        "BUDGET_URL": budget,
        "LEDGER_URL": choices.ledger or f"sqlite:///{(choices.folder / 'ledger.sqlite').resolve()}",
        "SALESFORCE__URL": twins["SF_URL"],
        "SALESFORCE__CLIENT_ID": twins["SF_CLIENT_ID"],
        "SALESFORCE__CLIENT_SECRET": twins["SF_CLIENT_SECRET"],
        "SALESFORCE__PUBSUB_ADDRESS": twins["SF_PUBSUB"],
        "NETSUITE__URL": twins["NS_URL"],
        "NETSUITE__ACCOUNT": twins["NS_ACCOUNT"],
        "NETSUITE__CONSUMER_KEY": twins["NS_CONSUMER_KEY"],
        "NETSUITE__CONSUMER_SECRET": twins["NS_CONSUMER_SECRET"],
        "NETSUITE__TOKEN_ID": twins["NS_TOKEN_ID"],
        "NETSUITE__TOKEN_SECRET": twins["NS_TOKEN_SECRET"],
        "NETSUITE__SLOTS": str(choices.slots),
        "NETSUITE__TRANSPORT": choices.transport,
    }
    return {PREFIX + name: value for name, value in (values | front_settings()).items()}


def _write_settings(path: Path, settings: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()))


def _celery_children(folder: Path, settings: Mapping[str, str], flower_port: int, sign_in: str) -> Iterator[Child]:
    celery = (sys.executable, "-m", "celery", "-A", "workers.worker")
    own = dict(settings) | {"PYTHONPATH": str(ROOT)}
    slots = int(settings[f"{PREFIX}NETSUITE__SLOTS"])
    urgent = ",".join(
        (ANSWER, ENQUEUE, *lanes_of("netsuite", Priority.REALTIME), *lanes_of("salesforce", Priority.REALTIME))
    )
    housekeeping = ",".join((CONTROL, CAPTURE, *lanes_of("salesforce", Priority.BATCH)))
    yield Child("realtime", _worker(celery, "realtime", slots + 2, urgent), own)
    yield Child("deliver", _worker(celery, "deliver", slots + 2, ",".join(lanes_of("netsuite", Priority.BATCH))), own)
    spare = ",".join((BACKFILL, *backfill_lanes()))
    yield Child("backfill", _worker(celery, "backfill", max(slots - 1, 2), spare), own)
    yield Child("control", _worker(celery, "control", 4, housekeeping), own)
    yield Child("beat", (*celery, "beat", "--schedule", str(folder / "beat"), "--pidfile", ""), own)
    yield Child("listen", (sys.executable, "-m", "workers.cli", "listen"), own)
    flower = f"http://127.0.0.1:{flower_port}/healthcheck"
    yield Child(
        "flower",
        (
            *celery,
            "flower",
            "--address=127.0.0.1",
            f"--port={flower_port}",
            f"--tasks-columns={FLOWER_COLUMNS}",
        ),
        own | {"FLOWER_BASIC_AUTH": sign_in},
        ready=partial(_answers, flower),
    )


def _worker(celery: tuple[str, ...], name: str, threads: int, queues: str) -> tuple[str, ...]:
    return (
        *celery,
        "worker",
        "-n",
        f"{name}@isthmus",
        "-P",
        "threads",
        "-c",
        str(threads),
        "-Q",
        queues,
        "-l",
        "WARNING",
    )


def read_assignments(path: Path) -> dict[str, str]:
    """Return the shell assignments of an env file as names and values."""
    words = shlex.split(path.read_text(), comments=True)
    return dict(word.removeprefix("export ").split("=", 1) for word in words if "=" in word)


def free_port(wished: int = 0) -> int:
    """Return a free loopback port, the wished one if it is free."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _answers_ping(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.RedisError:
        return False


def _twins_answer(env_file: Path) -> bool:
    if not env_file.exists():
        return False
    urls = read_assignments(env_file)
    return all(_answers(f"{urls[name]}/_twin/health") for name in ("SF_URL", "NS_URL") if name in urls)


if __name__ == "__main__":
    given = json.load(sys.stdin)  # an address may hold a password, and every user can read a process's arguments
    run(Choices(**{**given, "folder": Path(given["folder"]), "slots": int(given.get("slots", 5))}))
