"""How do two twins run as one command? A process each and the proxy here; a signal ends all, and so does one twin's end."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import signal
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit
from urllib.request import urlopen

from sandbox import env_file
from sandbox.twin import tls
from sandbox.twin.proxy import Place, Proxy, Routes
from sandbox.twin.server import WILDCARDS, address_of, announce, listen, named

TWINS = ("salesforce", "netsuite")
DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
PATIENCE = 5.0  # seconds for a twin to end by itself


@dataclass(frozen=True)
class Plan:
    """What to run, and where; `options` go to both twins as they are."""

    host: str
    ports: Mapping[str, int]
    proxy_port: int
    slots: int
    tls: bool
    state: Path
    seed: str
    env_file: Path | None
    options: tuple[str, ...]


def run_both(plan: Plan) -> int:
    """Run both twins until a signal ends them, or one of them dies; returns the exit status."""
    return asyncio.run(_until_the_end(plan))


async def _until_the_end(plan: Plan) -> int:
    children: dict[str, Process] = {}
    running = asyncio.current_task()
    assert running is not None  # noqa: S101 — for the type checker: a coroutine runs in a task
    with _ended_by_signals(asyncio.get_running_loop(), running.cancel):
        try:
            return await _run(plan, children)
        except asyncio.CancelledError:
            return 0
        finally:
            await asyncio.shield(_end(children))


async def _run(plan: Plan, children: dict[str, Process]) -> int:
    if plan.tls:
        tls.identity(plan.state, *named(plan.host))  # before the twins, so that one alone makes it
    for name in TWINS:
        children[name] = await _start(plan, name)
    addresses: dict[str, str] = {}
    for child in children.values():
        addresses |= await _addresses(child)
    if not addresses.keys() >= set(TWINS):
        return 1  # the twin that did not come up has said why
    addresses |= await asyncio.to_thread(_of_events, addresses["salesforce"])
    proxy = await _proxy(plan, addresses) if plan.tls else None
    if plan.env_file:
        env_file.write(plan.env_file, env_file.Served(addresses, plan.seed, plan.state, plan.slots))
    for name in (*TWINS, *sorted(addresses.keys() - set(TWINS))):
        announce(name, addresses[name])
    status = await _first_end(children)
    if proxy:
        proxy.close()
    return status


async def _first_end(children: Mapping[str, Process]) -> int:
    ends = {asyncio.create_task(child.wait()): name for name, child in children.items()}
    done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        sys.stderr.write(f"sandbox: the {ends[task]} twin has ended with status {task.result()}\n")
    return 1


async def _start(plan: Plan, name: str) -> Process:
    words = ["--only", name, "--host", plan.host, f"--{name}-port", str(plan.ports[name]), *plan.options]
    words += ["--pubsub-port", str(plan.ports["pubsub"])] if name == "salesforce" else []
    if plan.tls:
        words += ["--tls", f"--{name}-tls-port", str(plan.ports[f"{name}-tls"])]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "serve", *words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        preexec_fn=_die_with_parent,  # one prctl call
        start_new_session=True,  # Ctrl-C reaches this process alone, which ends them in order
    )  # fmt: skip


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGTERM)


async def _addresses(child: Process) -> dict[str, str]:
    """Return what a twin announces, up to its own name; less when it ends before."""
    found: dict[str, str] = {}
    while child.stdout and not found.keys() & set(TWINS):
        line = (await child.stdout.readline()).decode()
        if not line:
            break
        _, name, address = line.split()
        found[name] = address
    return found


def _of_events(salesforce: str) -> dict[str, str]:
    """Return where the Salesforce twin serves the Pub/Sub API, as host:port by name."""
    with urlopen(f"{salesforce}/_twin/events", timeout=PATIENCE) as answer:  # noqa: S310 — our own twin's address
        found = json.load(answer)
    return {name: found[key] for name, key in (("pubsub", "pubsub"), ("pubsub-tls", "pubsub_tls")) if found.get(key)}


async def _proxy(plan: Plan, addresses: dict[str, str]) -> asyncio.Server:
    listener = listen(plan.host, plan.proxy_port)
    addresses["proxy"] = f"http://{address_of(listener)}"
    places = {name: Place(_host(plan), _port(addresses[name]), _port(addresses[f"{name}-tls"])) for name in TWINS}
    pubsub = (_host(plan), _port(f"//{addresses['pubsub-tls']}")) if "pubsub-tls" in addresses else None
    return await Proxy(Routes(places, pubsub)).start(listener)


def _host(plan: Plan) -> str:
    return WILDCARDS.get(plan.host, plan.host)


def _port(address: str) -> int:
    return urlsplit(address).port or 0


async def _end(children: Mapping[str, Process]) -> None:
    """End what runs: gently, then for good."""
    for child in children.values():
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    for child in children.values():
        try:
            await asyncio.wait_for(child.wait(), PATIENCE)
        except TimeoutError:
            child.kill()
            await child.wait()


@contextlib.contextmanager
def _ended_by_signals(loop: asyncio.AbstractEventLoop, end: Callable[[], object]) -> Iterator[None]:
    def ended(_signal: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end)

    before = {number: signal.signal(number, ended) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
