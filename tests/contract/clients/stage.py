"""How is a journey played? Twins are served as a person would serve them, and a real client runs beside them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.netsuite_contract import hold_to_the_contract, violations

ROOT = Path(__file__).resolve().parents[3]
JOURNEYS = Path(__file__).parent / "journeys"
SERVE = (sys.executable, "-m", "sandbox", "serve", "--salesforce-port", "0", "--netsuite-port", "0", "--latency", "off")
HARD_CODED = (
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
)
PATIENCE = 150


@dataclass(frozen=True)
class Stage:
    """Running twins, and what their env file says."""

    known: Mapping[str, str]
    folder: Path
    tokens: list[str] = field(default_factory=list)

    def play(
        self, program: Sequence[str], journey: str, *words: str, proxied: bool = False, **more: str
    ) -> dict[str, Any]:
        """Run a journey to its end and return what it tells: one line of JSON, its last."""
        done = subprocess.run(
            [*program, str(JOURNEYS / journey), *words],
            cwd=self.folder,
            env=self.environment(proxied=proxied) | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, f"{journey}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return told

    def environment(self, *, proxied: bool) -> dict[str, str]:
        """Return what a client finds around it: the env file, and with a proxy the names that real hosts need."""
        around = {name: value for name, value in os.environ.items() if name not in HARD_CODED}  # noqa: TID251 — the test sets the scene
        authority = self.known["TWIN_CA_FILE"]
        trust = dict.fromkeys(
            ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"), authority
        )
        led = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self.known["TWIN_PROXY"]) | {"NODE_USE_ENV_PROXY": "1"}
        return around | dict(self.known) | trust | (led if proxied else {}) | {"PYTHONWARNINGS": "ignore"}

    @property
    def refresh_token(self) -> str:
        """Return the refresh token that is good now: each is good once, and the client that used it tells the next."""
        return self.tokens[-1] if self.tokens else self.known["SF_REFRESH_TOKEN"]

    def load(self, side: str, records: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Load records into a twin (SF or NS) as they are."""
        lines = "\n".join(json.dumps({"type": kind, "record": record}) for kind, record in records)
        answer = requests.post(f"{self.known[f'{side}_URL']}/_twin/load", data=lines.encode(), timeout=60)
        assert answer.ok, answer.text

    def books(self, side: str, kind: str, query: str = "") -> list[dict[str, Any]]:
        """Return what a twin's own books hold of a kind, found by a text."""
        asked = {"q": query, "limit": "1000"}
        found = requests.get(f"{self.known[f'{side}_URL']}/_twin/records/{kind}", params=asked, timeout=30).json()
        records: list[dict[str, Any]] = found["records"]
        return records

    def arm(self, side: str, **fault: Any) -> None:
        """Arm a fault."""
        requests.post(self.known[f"{side}_FAULT_URL"], json=fault, timeout=10).raise_for_status()


@contextmanager
def staged(folder: Path, *words: str) -> Iterator[Stage]:
    """Serve twins with TLS and proxy for as long as the stage stands."""
    options = ("--tls", "--slots", "20", "--state", str(folder / "state"), "--env-file", str(folder / "env"))
    with subprocess.Popen([*SERVE, *options, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready ")
        pairs = (line.partition("=") for line in (folder / "env").read_text().splitlines())
        try:
            found = Stage({name: "".join(shlex.split(value)) for name, _, value in pairs}, folder)
            hold_to_the_contract(found.known["NS_URL"])
            yield found
            # What foreign clients ask is theirs; what they are answered must hold to the published contract.
            told = [one for one in violations(found.known["NS_URL"]) if one["side"] == "answer"]
            assert not told, told
        finally:
            process.terminate()
