"""How do tests reach a Salesforce twin? One in this process or one of its own, on a free port, signed in."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
import requests
import uvicorn
from requests.adapters import HTTPAdapter

from sandbox.salesforce.app import SalesforceConfig, build
from sandbox.twin import credentials
from sandbox.twin.server import listen

ROOT = Path(__file__).resolve().parent.parent.parent
SERVE = """
import sys
from pathlib import Path
from sandbox.salesforce.serve import run
run("127.0.0.1", 0, Path(sys.argv[1]), latency="off", seed="test")
"""
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Twin:
    """A running org: its address, what signs in, and calls of one signed-in session."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.session = requests.Session()

    @cached_property
    def known(self) -> credentials.SalesforceCredentials:
        return credentials.salesforce("test", self.folder)

    def grant(self, **form: str) -> requests.Response:
        return requests.post(f"{self.url}/services/oauth2/token", data=form, timeout=10)

    def sign_in(self) -> str:
        own = {"client_id": self.known.client_id, "client_secret": self.known.client_secret}
        token = str(self.grant(grant_type="client_credentials", **own).json()["access_token"])
        self.session.headers["Authorization"] = f"Bearer {token}"
        return token

    def assertion(self, left: int = 180, **changes: Any) -> str:
        claims = {"iss": self.known.client_id, "sub": self.known.username, "exp": str(int(time.time()) + left)}
        key = credentials.salesforce_key_file(self.folder).read_text()
        return jwt.encode({"aud": "https://login.salesforce.com"} | claims | changes, key, algorithm="RS256")

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/services/data/v62.0/{path}", timeout=30, **more)

    def found(self, text: str) -> list[dict[str, Any]]:
        answer = self.call("GET", "query", params={"q": text})
        assert answer.ok, answer.text
        return [{name: one[name] for name in one if name != "attributes"} for one in answer.json()["records"]]

    def load(self, *records: tuple[str, dict[str, Any]]) -> None:
        lines = "\n".join(json.dumps({"type": kind, "record": record}) for kind, record in records)
        answer = requests.post(f"{self.url}/_twin/load", data=lines.encode(), timeout=30)
        assert answer.ok, answer.text

    def reset(self) -> None:
        requests.post(f"{self.url}/_twin/reset", timeout=10)


class ToTwin(HTTPAdapter):
    """Sends any https to the twin and keeps the host that was meant (salesforce.md 5.1, second way)."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        meant = str(request.url)
        host, slash, rest = meant.removeprefix("https://").partition("/")
        request.headers["Host"] = host
        request.url = self._url + slash + rest
        answer = super().send(request, *args, **more)
        request.url = answer.url = meant
        return answer


def redirected(twin: Twin) -> requests.Session:
    session = requests.Session()
    session.mount("https://", ToTwin(twin.url))
    return session


@contextmanager
def in_process(folder: Path, **config: Any) -> Iterator[Twin]:
    """Run a twin in a thread of this process."""
    known = credentials.salesforce("test", folder)
    settings: dict[str, Any] = {"state": folder / "salesforce.sqlite", "latency": "off", **config}
    app = build(SalesforceConfig(known, **settings))
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    twin = Twin(f"http://127.0.0.1:{listener.getsockname()[1]}", folder)
    _until_ready(twin)
    twin.sign_in()
    yield twin
    server.should_exit = True
    thread.join(10)


class OwnProcess:
    """A twin in a process of its own, which can be killed and started again on the same state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.twin = self.start()

    def start(self) -> Twin:
        command = [sys.executable, "-c", SERVE, str(self.folder)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.twin = Twin(self.process.stdout.readline().split()[-1], self.folder)
        return self.twin

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


def _until_ready(twin: Twin) -> None:
    for _ in range(100):
        try:
            requests.get(f"{twin.url}/_twin/health", timeout=1)
        except requests.ConnectionError:
            threading.Event().wait(0.05)
        else:
            return
    raise TimeoutError(twin.url)
