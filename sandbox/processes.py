"""How do two twins run as one command? A process each; signals go to both, and both die with their parent."""

from __future__ import annotations

import ctypes
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from sandbox.twin import credentials

DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass(frozen=True)
class Plan:
    """What to run, and where."""

    host: str
    salesforce_port: int
    netsuite_port: int
    slots: int
    latency: str
    state: Path
    env_file: Path | None
    seed: str


def run_both(plan: Plan) -> None:
    """Run both twins until a signal ends them, or one of them dies; then the other is ended too."""
    children: list[subprocess.Popen[str]] = []

    def end(_signal: int = 0, _frame: FrameType | None = None) -> None:
        for child in children:
            child.terminate()

    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, end)
    children += [_start(plan, "salesforce", plan.salesforce_port), _start(plan, "netsuite", plan.netsuite_port)]
    addresses = [_address(child) for child in children]
    if plan.env_file and all(addresses):
        write_env(plan, *addresses)
    children[0].wait() if not all(addresses) else _wait_for_any(children)
    end()
    raise SystemExit(max(child.wait() for child in children) > 0)


def _start(plan: Plan, name: str, port: int) -> subprocess.Popen[str]:
    options = {
        "--only": name, "--host": plan.host, f"--{name}-port": str(port), "--slots": str(plan.slots),
        "--latency": plan.latency, "--state": str(plan.state), "--seed-credentials": plan.seed,
    }  # fmt: skip
    words = [word for pair in options.items() for word in pair]
    return subprocess.Popen(  # noqa: S603 — our own module, no shell
        [sys.executable, "-m", "sandbox", "serve", *words], stdout=subprocess.PIPE, text=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 — one prctl call, before any thread of the child exists
    )  # fmt: skip


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGTERM)


def _address(child: subprocess.Popen[str]) -> str:
    """Return the address that a child announces, and show the line."""
    announced: IO[str] | None = child.stdout
    line = announced.readline() if announced else ""
    sys.stdout.write(line)
    sys.stdout.flush()
    return line.strip().rpartition(" ")[2]


def _wait_for_any(children: list[subprocess.Popen[str]]) -> None:
    while all(child.poll() is None for child in children):
        try:
            children[0].wait(0.5)
        except subprocess.TimeoutExpired:
            continue


def write_env(plan: Plan, salesforce_url: str, netsuite_url: str) -> None:
    """Write addresses and credentials as shell assignments, readable by the owner alone."""
    fresh = Path(f"{plan.env_file}.new")
    fresh.touch(mode=0o600)
    values = assignments(plan, salesforce_url, netsuite_url)
    fresh.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))
    fresh.replace(str(plan.env_file))


def assignments(plan: Plan, salesforce_url: str, netsuite_url: str) -> dict[str, str]:
    """Return what a client needs to know of both twins, by the names of the env file."""
    org, account = credentials.salesforce(plan.seed, plan.state), credentials.netsuite(plan.seed, plan.state)
    return {
        "SF_URL": salesforce_url,
        "SF_USERNAME": org.username,
        "SF_PASSWORD": org.password,
        "SF_SECURITY_TOKEN": org.security_token,
        "SF_CLIENT_ID": org.client_id,
        "SF_CLIENT_SECRET": org.client_secret,
        "SF_REFRESH_TOKEN": org.refresh_token,
        "SF_API_VERSION": "62.0",
        "SF_EXT_FIELD": "NetSuite_Internal_ID__c",
        "SF_JWT_KEY_FILE": str(credentials.salesforce_key_file(plan.state).resolve()),
        "SF_FAULT_URL": f"{salesforce_url}/_twin/faults",
        "NS_URL": netsuite_url,
        "NS_ACCOUNT": account.account,
        "NS_CONSUMER_KEY": account.consumer_key,
        "NS_CONSUMER_SECRET": account.consumer_secret,
        "NS_TOKEN_ID": account.token_id,
        "NS_TOKEN_SECRET": account.token_secret,
        "NS_CLIENT_ID": account.client_id,
        "NS_CERTIFICATE_ID": account.certificate_id,
        "NS_KEY_FILE": str(credentials.netsuite_key_file(plan.state).resolve()),
        "NS_SOAP_VERSION": "2025_2",
        "NS_SUBSIDIARY": "1",
        "NS_ITEM_IDS": "",
        "NS_CONCURRENCY_LIMIT": str(plan.slots),
        "NS_FAULT_URL": f"{netsuite_url}/_twin/faults",
    }
