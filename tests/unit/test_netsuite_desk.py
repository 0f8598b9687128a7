"""A server on loopback that answers as a test says: how NetSuite's rare answers are brought about, one by one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, cast

import requests

from connectors.netsuite.connection import Connection, Line
from flows.model import Priority

V = "2025_2"
MESSAGES = f"urn:messages_{V}.platform.webservices.netsuite.com"
CORE = f"urn:core_{V}.platform.webservices.netsuite.com"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; status 0 cuts the connection instead."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    auth: str
    body: bytes


Script = Callable[[Asked], Answer]


class Desk(ThreadingHTTPServer):
    """Answers by its script and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Clerk)
        self.script = script
        self.asked: list[Asked] = []


class Clerk(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        desk = cast("Desk", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        asked = Asked(self.command, self.path, self.headers.get("Authorization", ""), body)
        desk.asked.append(asked)
        answer = desk.script(asked)
        if answer.status:
            self._give(answer)

    do_PUT = do_POST

    def _give(self, answer: Answer) -> None:
        self.send_response(answer.status)
        content = answer.body.encode()
        kind = "text/xml" if answer.body.startswith("<") else "application/json"
        given = {"Content-Type": kind, "Content-Length": str(len(content))} | answer.headers
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the name is the parent's
        """Say nothing."""


class Budget:
    """Counts refusals, and fails a test that holds one slot while it asks for the next."""

    def __init__(self) -> None:
        self.held = 0
        self.taken: list[Priority] = []
        self.refusals = 0

    @contextmanager
    def slot(self, priority: Priority, wait: float) -> Iterator[None]:
        assert self.held == 0, f"a slot was held across two calls ({wait})"
        self.held += 1
        self.taken.append(priority)
        try:
            yield
        finally:
            self.held -= 1

    def refused(self) -> None:
        self.refusals += 1


class Account(NamedTuple):
    desk: Desk
    line: Line
    budget: Budget


@contextmanager
def account(script: Script, **more: str) -> Iterator[Account]:
    """Open an account whose every answer comes from the script; `more` is for the Connection."""
    with Desk(script) as desk, requests.Session() as session:
        thread = threading.Thread(target=desk.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        budget = Budget()
        known = {"consumer_key": "a", "consumer_secret": "b", "token_id": "c", "token_secret": "d"} | more
        connection = Connection(f"http://127.0.0.1:{desk.server_port}", "1234567-sb1", **known)  # type: ignore[arg-type]  # texts only
        try:
            yield Account(desk, Line(connection, session, budget, time.time), budget)
        finally:
            desk.shutdown()
            thread.join()


def written(*results: str) -> Answer:
    """Return the answer to an upsertList with these results."""
    listed = "".join(f"<writeResponse>{result}</writeResponse>" for result in results)
    inner = f"<writeResponseList>{listed}</writeResponseList>"
    return Answer(200, envelope(f'<upsertListResponse xmlns="{MESSAGES}">{inner}</upsertListResponse>'))


def envelope(body: str) -> str:
    names = f'xmlns:e="{ENVELOPE}" xmlns:c="{CORE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    head = f'<documentInfo xmlns="{MESSAGES}"><nsId>WEBSERVICES_1</nsId></documentInfo>'
    return f"<e:Envelope {names}><e:Header>{head}</e:Header><e:Body>{body}</e:Body></e:Envelope>"


def saved(target: str) -> str:
    return f'<c:status isSuccess="true"/><baseRef internalId="{target}" type="salesOrder" xsi:type="c:RecordRef"/>'


def failed(code: str, message: str, *, target: str = "", after: bool = False) -> str:
    more = "<c:afterSubmitFailed>true</c:afterSubmitFailed>" if after else ""
    told = f"<c:code>{code}</c:code><c:message>{message}</c:message>{more}"
    key = f'internalId="{target}"' if target else ""
    status = f'<c:status isSuccess="false"><c:statusDetail type="ERROR">{told}</c:statusDetail></c:status>'
    return f'{status}<baseRef {key} xsi:type="c:RecordRef"/>'


def fault(element: str, code: str, message: str) -> Answer:
    told = f'<f:{element} xmlns:f="urn:faults"><f:code>{code}</f:code><f:message>{message}</f:message></f:{element}>'
    host = '<ns1:hostname xmlns:ns1="http://xml.apache.org/axis/">partners001</ns1:hostname>'
    text = f"<faultcode>e:Server.userException</faultcode><faultstring>{message}</faultstring>"
    return Answer(500, envelope(f"<e:Fault>{text}<detail>{told}{host}</detail></e:Fault>"))


def test_a_script_may_answer_or_cut_the_connection() -> None:
    with account(lambda asked: Answer(0 if asked.path == "/cut" else 200, "{}")) as (desk, line, _):
        assert line.session.post(f"{line.connection.url}/x", data=b"1").json() == {}
        try:
            line.session.post(f"{line.connection.url}/cut", data=b"2")
        except requests.ConnectionError:
            assert [asked.body for asked in desk.asked] == [b"1", b"2"]
        else:
            raise AssertionError
