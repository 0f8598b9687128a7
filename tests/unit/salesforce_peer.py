"""What is a small server that answers as a test says?"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.salesforce.connection import Connection
from connectors.salesforce.line import Budgets, Line
from flows.errors import IsthmusError
from flows.model import Priority

NOW = Priority.REALTIME
SIGN_IN = "/services/oauth2/token"
EXPIRED = (401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
Answer = tuple[int, Any]


@dataclass
class Peer:
    """A small server that gives the listed answers in turn and remembers what it was asked; sign-ins always succeed."""

    answers: list[Answer] = field(default_factory=list)
    sign_in: Answer | None = None
    asked: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def reply(self, path: str) -> Answer:
        if path != SIGN_IN:
            return self.answers.pop(0)
        return self.sign_in or (200, {"access_token": f"token-{self.sign_ins}", "instance_url": "https://elsewhere"})

    @property
    def sign_ins(self) -> int:
        return sum(path == SIGN_IN for _, path, _, _ in self.asked)

    @property
    def calls(self) -> list[tuple[str, str, Mapping[str, str], bytes]]:
        return [call for call in self.asked if call[1] != SIGN_IN]


@contextmanager
def answering() -> Iterator[Peer]:
    """Serve a peer on loopback."""
    made = Peer()

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.asked.append((self.command, self.path, dict(self.headers), body))
            status, content = made.reply(self.path)
            if status == 0:
                self.close_connection = True
                return
            text = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Sforce-Limit-Info", "api-usage=18/15000")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the library's own name
            """Keep quiet."""

    for verb in ("GET", "POST", "PATCH", "DELETE"):
        setattr(Desk, f"do_{verb}", Desk.serve)
    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
        thread.join()


@dataclass
class Books:
    """Both budgets, as a record of what they were told."""

    entries: list[str] = field(default_factory=list)

    @contextmanager
    def slot(self, priority: Priority, wait: float) -> Iterator[None]:
        self.entries.append(f"slot {priority.value} {wait:.0f}")
        yield
        self.entries.append("back")

    def refused(self) -> None:
        self.entries.append("refused")

    def admit(self, priority: Priority) -> None:
        self.entries.append(f"admit {priority.value}")

    def learn(self, limit_info: str) -> None:
        self.entries.append(limit_info)

    def spent(self) -> None:
        self.entries.append("spent")


def line(peer: Peer, books: Books | None = None) -> Line:
    told = books or Books()
    return Line(Connection(peer.url, "key", "secret", timeout=(1.0, 1.0)), Budgets(told, told))


def failure(act: Callable[[], object]) -> IsthmusError:
    with pytest.raises(IsthmusError) as caught:
        act()
    return caught.value
