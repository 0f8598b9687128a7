"""What does `serve` run? Checks what was asked for before anything starts, then one twin alone or both."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.netsuite import serve as netsuite
from sandbox.processes import TWINS, Plan, run_both
from sandbox.salesforce import serve as salesforce
from sandbox.twin.holding import holding
from sandbox.twin.latency import PROFILES
from sandbox.twin.server import MorePorts


class ServeRefused(Exception):
    """What was asked for cannot be served; the message is for the person at the keyboard."""


@dataclass(frozen=True)
class Wish:
    """The options of `serve`; a port of 0 takes a free one."""

    salesforce_port: int
    netsuite_port: int
    tls: bool
    slots: int
    latency: str
    strict: bool
    wsdl: Path | None
    state: Path
    env_file: Path | None
    host: str
    only: str | None
    salesforce_tls_port: int
    netsuite_tls_port: int
    proxy_port: int
    pubsub_port: int
    seed: str


def serve(wish: Wish) -> int:
    """Serve until a signal; returns the exit status, or raises ServeRefused, ListenRefused or StateHeld."""
    _check(wish)
    common: Any = {"latency": wish.latency, "seed": wish.seed}
    if wish.only == "salesforce":
        more = MorePorts(wish.salesforce_tls_port if wish.tls else None, wish.pubsub_port)
        salesforce.run(wish.host, wish.salesforce_port, wish.state, **common, more=more)
    elif wish.only == "netsuite":
        more = MorePorts(wish.netsuite_tls_port if wish.tls else None)
        manner = netsuite.Manner(wish.slots, wish.strict, wish.wsdl)
        netsuite.run(wish.host, wish.netsuite_port, wish.state, **common, manner=manner, more=more)
    else:
        return run_both(_plan(wish))
    return 0


def _plan(wish: Wish) -> Plan:
    ports = {name: getattr(wish, f"{name.replace('-', '_')}_port") for twin in TWINS for name in (twin, f"{twin}-tls")}
    ports["pubsub"] = wish.pubsub_port
    options = ["--slots", str(wish.slots), "--latency", wish.latency, "--state", str(wish.state)]
    options += ["--seed-credentials", wish.seed, *(["--strict"] if wish.strict else [])]
    options += ["--wsdl", str(wish.wsdl)] if wish.wsdl else []
    own = (wish.proxy_port, wish.slots, wish.tls, wish.state, wish.seed, wish.env_file)
    return Plan(wish.host, ports, *own, options=tuple(options))


def _check(wish: Wish) -> None:
    if wish.latency not in PROFILES or wish.only not in {None, *TWINS}:
        raise ServeRefused(f"--latency takes {', '.join(PROFILES)}; --only takes {' or '.join(TWINS)}")
    if wish.only and wish.env_file:
        raise ServeRefused("--env-file tells of both twins; leave out --only")
    if wish.slots < 1:
        raise ServeRefused("--slots is a number from 1: an account without any answers nobody")
    if wish.wsdl and not any(wish.wsdl.rglob("*.wsdl")):
        raise ServeRefused(f"--wsdl {wish.wsdl}: no such folder, or no .wsdl file in it")
    _make_writable(wish.state, "--state")
    for name in TWINS if wish.only is None else (wish.only,):
        with holding(wish.state, name):
            pass  # each twin's process takes it for itself; here it is said once, before anything starts
    if wish.env_file:
        _make_writable(wish.env_file.parent, "--env-file")
        _forget(wish.env_file)


def _make_writable(folder: Path, option: str) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ServeRefused(f"{option}: cannot write to {folder}: {error.strerror}") from error


def _forget(path: Path) -> None:
    """Remove an older run's file: whoever waits for it shall find this run's ports."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ServeRefused(f"--env-file {path}: {error.strerror}") from error
