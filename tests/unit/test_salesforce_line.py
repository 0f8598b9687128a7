"""Does one call keep to the budget, sign in as often as needed and no oftener, and repeat only what may be repeated?"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.salesforce.auth import SignIn
from connectors.salesforce.connection import Connection
from connectors.salesforce.line import Budgets, Line
from flows.errors import IsthmusError, Misconfigured, Throttled, Transient, Unreachable, Unsettled
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


@pytest.fixture
def peer() -> Iterator[Peer]:
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


def test_a_call_is_budgeted_signed_and_named(peer: Peer) -> None:
    books = Books()
    peer.answers = [(200, {"size": 1.10})]
    assert line(peer, books).get("limits", Priority.BATCH) == {"size": Decimal("1.1")}
    ((method, path, headers, _),) = peer.calls
    assert (method, path) == ("GET", "/services/data/v62.0/limits")
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["Sforce-Call-Options"] == "client=isthmus"
    assert headers["User-Agent"].startswith("isthmus/")
    assert "X-PrettyPrint" not in headers
    usage = "api-usage=18/15000"
    assert books.entries == ["admit batch", "slot batch 5", usage, usage, "back"]


def test_one_token_serves_many_calls(peer: Peer) -> None:
    peer.answers = [(200, {"a": 1})] * 3
    calls = line(peer)
    for _ in range(3):
        calls.get("limits", NOW)
    assert peer.sign_ins == 1


def test_an_ended_session_is_renewed_once_even_for_a_write(peer: Peer) -> None:
    peer.answers = [EXPIRED, (200, [{"id": "1", "success": True}])]
    assert line(peer).change("PATCH", "composite/sobjects", {"records": []}, NOW) == [{"id": "1", "success": True}]
    assert [headers["Authorization"] for _, _, headers, _ in peer.calls] == ["Bearer token-1", "Bearer token-2"]
    assert peer.calls[0][3] == peer.calls[1][3]
    assert peer.calls[1][2]["Sforce-Call-Options"] == "client=isthmus"


def test_a_session_that_is_refused_again_stops_everything(peer: Peer) -> None:
    peer.answers = [EXPIRED] * 9
    assert isinstance(failure(lambda: line(peer).get("limits", NOW)), Misconfigured)
    assert peer.sign_ins == 2
    assert len(peer.calls) == 2


def test_a_wrong_secret_is_told_in_the_vendors_words(peer: Peer) -> None:
    peer.sign_in = (400, {"error": "invalid_client", "error_description": "invalid client credentials"})
    error = failure(lambda: line(peer).get("limits", NOW))
    assert isinstance(error, Misconfigured)
    assert error.code == "SALESFORCE_SIGN_IN"
    assert "invalid client credentials" in error.message
    assert "secret is wrong" in error.hint
    assert peer.sign_ins == 1


def test_a_sign_in_desk_that_is_down_is_no_wrong_secret(peer: Peer) -> None:
    peer.sign_in = (503, "<html>We are setting things up</html>")
    assert type(failure(lambda: line(peer).change("PATCH", "x", {}, NOW))) is Unreachable


def test_a_read_goes_again_up_to_three_times(peer: Peer) -> None:
    peer.answers = [(500, ""), (0, ""), (200, {"ok": True})]
    assert line(peer).get("limits", NOW) == {"ok": True}
    peer.answers = [(500, "")] * 9
    assert type(failure(lambda: line(peer).get("limits", NOW))) is Transient
    assert len(peer.answers) == 6


@pytest.mark.parametrize("answer", [(500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]), (0, ""), (200, "<")])
def test_a_write_of_unknown_outcome_is_never_repeated(peer: Peer, answer: Answer) -> None:
    peer.answers = [answer] * 3
    assert type(failure(lambda: line(peer).change("PATCH", "composite/sobjects", {}, NOW))) is Unsettled
    assert len(peer.calls) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [("TotalRequests Limit exceeded.", "spent"), ("ConcurrentPerOrgLongTxn Limit exceeded.", "refused")],
)
def test_a_refusal_for_a_limit_is_told_to_its_budget(peer: Peer, words: str, told: str) -> None:
    books = Books()
    peer.answers = [(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": words}])] * 3
    assert isinstance(failure(lambda: line(peer, books).get("limits", NOW)), Throttled)
    assert [entry for entry in books.entries if entry in {"spent", "refused"}] == [told]
    assert len(peer.calls) == 1


def test_numbers_reach_the_wire_with_their_digits(peer: Peer) -> None:
    peer.answers = [(200, {"ok": True})]
    line(peer).change("PATCH", "x", {"Amount": Decimal("12345678901234567.10")}, NOW)
    assert b'{"Amount":12345678901234567.10}' in peer.calls[0][3]


def test_raw_answers_are_judged_like_the_others(peer: Peer) -> None:
    peer.answers = [EXPIRED, (200, "A,B\n"), (400, [{"errorCode": "INVALID_FIELD", "message": "x"}])]
    calls = line(peer)
    assert calls.raw("GET", "jobs/query/1/results", None, NOW).content == b"A,B\n"
    assert isinstance(failure(lambda: calls.raw("POST", "jobs/query", {}, NOW)), Misconfigured)


def test_the_assertion_is_signed_for_the_login_host_and_three_minutes(peer: Peer) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    connection = Connection(peer.url, "key", username="me@x", private_key=key.private_bytes(*forms).decode())
    calls = Line(connection, Budgets(Books(), Books()), clock=lambda: 1_900_000_000.0)
    peer.answers = [(200, {"a": 1})]
    calls.get("limits", NOW)
    form = {name: values[0] for name, values in parse_qs(peer.asked[0][3].decode()).items()}
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    host = "https://login.salesforce.com"
    claims = jwt.decode(form["assertion"], key.public_key(), ["RS256"], audience=host, options={"verify_exp": False})
    assert claims == {"iss": "key", "sub": "me@x", "aud": host, "exp": 1_900_000_180}


def test_a_key_that_is_none_is_refused_without_being_shown(peer: Peer) -> None:
    connection = Connection(peer.url, "key", username="me", private_key="-----BEGIN NONSENSE")
    error = failure(lambda: Line(connection, Budgets(Books(), Books())).get("limits", NOW))
    assert error.code == "SALESFORCE_SIGN_IN"
    assert "NONSENSE" not in str(error)


def test_a_token_is_renewed_before_it_ends(peer: Peer) -> None:
    time = [0.0]
    calls = Line(Connection(peer.url, "key", "secret"), Budgets(Books(), Books()), clock=lambda: time[0])
    peer.answers = [(200, {"a": 1})] * 3
    for moment in (0.0, 2900.0, 2950.0):
        time[0] = moment
        calls.get("limits", NOW)
    assert peer.sign_ins == 2


def test_many_threads_sign_in_once(peer: Peer) -> None:
    peer.answers = [(200, {"a": 1})] * 8
    calls = line(peer)
    threads = [threading.Thread(target=calls.get, args=("limits", NOW)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(peer.calls) == 8
    assert peer.sign_ins == 1


def test_a_token_renewed_by_another_thread_is_kept(peer: Peer) -> None:
    import requests  # noqa: PLC0415 — only this test speaks without a line

    with requests.Session() as calls:
        desk = SignIn(Connection(peer.url, "key", "secret"), calls, lambda: 0.0)
        old = desk.token()
        desk.forget(old)
        new = desk.token()
        desk.forget(old)
        assert desk.token() is new
    assert peer.sign_ins == 2
