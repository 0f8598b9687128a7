"""Do Outbound Messages reach an endpoint, again and again until it says the exact word?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from sandbox.twin import tls
from tests.sandbox.events_twin import ORGANIZATION, Twin, start, stop

OUT = "{http://soap.sforce.com/2005/09/outbound}"
SF = "{urn:sobject.enterprise.soap.sforce.com}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
ACK = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse>
</soapenv:Body></soapenv:Envelope>"""
BOMB = """<!DOCTYPE x [<!ENTITY yes "true">]>""" + ACK.replace("<Ack>true", "<Ack>&yes;")


@dataclass
class Endpoint:
    """A receiver; answers are given in turn, the last one for ever."""

    server: ThreadingHTTPServer
    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, ACK)])
    messages: queue.Queue[etree._Element] = field(default_factory=queue.Queue)

    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}/inbox/secret"

    def take(self, body: bytes) -> tuple[int, str]:
        self.messages.put(etree.fromstring(body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def message(self) -> etree._Element:
        return self.messages.get(timeout=10)

    def nothing_comes(self) -> bool:
        try:
            self.messages.get(timeout=0.7)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert (self.path, self.headers["Content-Type"]) == ("/inbox/secret", "text/xml; charset=utf-8")
            status, body = made.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_words: Any) -> None:
            """Keep quiet."""

    made = Endpoint(ThreadingHTTPServer(("127.0.0.1", 0), Door))
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    yield twin
    stop(twin)


@pytest.fixture
def twin(running: Twin) -> Twin:
    for path in ("outbound", "faults"):
        running.control("DELETE", path)
    running.control("POST", "clock", json={})
    running.control("POST", "events", json={"outbound_retry": 0.1})
    return running


def rule(twin: Twin, endpoint: Endpoint, **more: Any) -> dict[str, Any]:
    wish = {"object": "Opportunity", "fields": ["StageName", "Amount", "CloseDate", "Description"], "url": endpoint.url,
            "when": {"StageName": "Closed Won"}}  # fmt: skip
    found: dict[str, Any] = twin.control("POST", "outbound", json=wish | more)
    return found


def opportunity(twin: Twin, name: str = "O", stage: str = "Closed Won") -> str:
    return twin.create("Opportunity", Name=name, StageName=stage, CloseDate="2026-03-04", Amount=12.5)


def ids(message: etree._Element) -> list[str | None]:
    return [one.findtext(f"{OUT}sObject/{SF}Id") for one in message.iter(f"{OUT}Notification")]


def until(twin: Twin, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(300):
        shown: dict[str, Any] = twin.control("GET", "outbound")
        if reached(shown):
            return shown
        threading.Event().wait(0.02)
    raise AssertionError(shown)


def waiting(twin: Twin, count: int) -> dict[str, Any]:
    return until(twin, lambda shown: bool(shown["waiting"] == count))


def test_a_change_that_meets_the_condition_is_told(twin: Twin, endpoint: Endpoint) -> None:
    made = rule(twin, endpoint)
    opportunity(twin, stage="Prospecting")
    record = opportunity(twin)
    message = endpoint.message()
    told = message.find(f".//{OUT}notifications")
    assert told is not None
    assert [told.findtext(OUT + name) for name in ("OrganizationId", "ActionId")] == [ORGANIZATION, made["id"]]
    assert made["id"].startswith("04k")
    assert told.findtext(f"{OUT}EnterpriseUrl") == f"{twin.url}/services/Soap/c/62.0/{ORGANIZATION[:15]}"
    session = told.find(f"{OUT}SessionId")
    assert session is not None
    assert session.get(NIL) == "true"
    (one,) = told.findall(f"{OUT}Notification")
    assert (one.findtext(f"{OUT}Id") or "").startswith("04l")
    fields = [(str(child.tag).removeprefix(SF), child.text) for child in one.iterfind(f"{OUT}sObject/*")]
    assert [name for name, _ in fields] == ["Id", "StageName", "Amount", "CloseDate"]
    assert dict(fields) | {"Amount": ""} == {
        "Id": record, "StageName": "Closed Won", "CloseDate": "2026-03-04", "Amount": "",
    }  # fmt: skip
    assert waiting(twin, 0)["counts"]["acknowledged"] >= 1
    assert endpoint.nothing_comes()


@pytest.mark.parametrize(
    "answer",
    [(500, ACK), (200, ""), (200, "OK"), (200, ACK.replace("true", "false")), (200, ACK.replace("<Ack>", "<Ack> ")),
     (202, ACK), (200, BOMB), (200, ACK.replace("notificationsResponse", "response")), (200, ACK.replace("2005/09", "2004/09"))],
)  # fmt: skip
def test_nothing_but_the_exact_word_will_do(twin: Twin, endpoint: Endpoint, answer: tuple[int, str]) -> None:
    endpoint.answers = [answer, (200, ACK)]
    rule(twin, endpoint)
    record = opportunity(twin)
    first, second = endpoint.message(), endpoint.message()
    assert ids(first) == ids(second) == [record]
    assert first.findtext(f".//{OUT}Notification/{OUT}Id") == second.findtext(f".//{OUT}Notification/{OUT}Id")
    waiting(twin, 0)


def test_many_changes_share_a_message(twin: Twin, endpoint: Endpoint) -> None:
    rule(twin, endpoint)
    records = [{"attributes": {"type": "Opportunity"}, "Name": str(at), "StageName": "Closed Won",
                "CloseDate": "2026-03-04"} for at in range(130)]  # fmt: skip
    twin.call("POST", "composite/sobjects", json={"records": records})
    sizes = [len(ids(endpoint.message())), len(ids(endpoint.message()))]
    assert sizes == [100, 30]


def test_the_record_is_told_as_it_is_when_it_is_told(twin: Twin, endpoint: Endpoint) -> None:
    endpoint.answers = [(500, ""), (200, ACK)]
    twin.control("POST", "events", json={"outbound_retry": 0.5})
    rule(twin, endpoint, becoming=True)
    record = opportunity(twin, name="told late")
    assert endpoint.message().findtext(f".//{SF}Amount") is not None
    twin.change("Opportunity", record, CloseDate="2027-01-01")
    assert endpoint.message().findtext(f".//{SF}CloseDate") == "2027-01-01"


def test_what_xml_cannot_say_is_left_out(twin: Twin, endpoint: Endpoint) -> None:
    rule(twin, endpoint)
    twin.create(
        "Opportunity", Name="O", StageName="Closed Won", CloseDate="2026-03-04", Description="a\x01<&\n\ud83d\ude00"
    )
    assert endpoint.message().findtext(f".//{SF}Description") == "a<&\n\U0001f600"


def test_a_deleted_record_is_told_without_its_data(twin: Twin, endpoint: Endpoint) -> None:
    endpoint.answers = [(500, ""), (200, ACK)]
    twin.control("POST", "events", json={"outbound_retry": 0.5})
    rule(twin, endpoint)
    record = opportunity(twin)
    assert ids(endpoint.message()) == [record]
    twin.call("DELETE", f"sobjects/Opportunity/{record}")
    assert ids(endpoint.message()) == [None]


def test_only_what_becomes_true_is_told_when_asked(twin: Twin, endpoint: Endpoint) -> None:
    rule(twin, endpoint, becoming=True)
    record = opportunity(twin, stage="Prospecting")
    twin.change("Opportunity", record, StageName="Closed Won")
    assert ids(endpoint.message()) == [record]
    twin.change("Opportunity", record, Description="again")
    assert endpoint.nothing_comes()


def test_a_notification_is_given_up_after_a_day(twin: Twin, endpoint: Endpoint) -> None:
    endpoint.answers = [(500, "")]
    twin.control("POST", "events", json={"outbound_retry": 3600})
    rule(twin, endpoint)
    opportunity(twin)
    endpoint.message()
    until(twin, lambda shown: [(one["tries"], one["failure"]) for one in shown["queue"]] == [(1, "HTTP 500")])
    twin.control("POST", "clock", json={"advance": 3601})
    endpoint.message()
    twin.control("POST", "clock", json={"advance": 24 * 3600})
    assert waiting(twin, 0)["counts"]["dropped"] >= 1
    assert endpoint.nothing_comes()


def test_what_waits_outlives_a_kill(endpoint: Endpoint, tmp_path: Any) -> None:
    endpoint.answers = [(500, "")]
    first = start(tmp_path)
    rule(first, endpoint)
    record = opportunity(first)
    number = endpoint.message().findtext(f".//{OUT}Notification/{OUT}Id")
    stop(first)  # with SIGKILL
    endpoint.answers = [(200, ACK)]
    second = start(tmp_path)
    try:
        second.control("POST", "clock", json={"advance": 3600})
        message = endpoint.message()
        assert (ids(message), message.findtext(f".//{OUT}Notification/{OUT}Id")) == ([record], number)
        waiting(second, 0)
    finally:
        stop(second)


def test_a_notification_comes_twice_on_request(twin: Twin, endpoint: Endpoint) -> None:
    twin.fault(kind="duplicate", match="EVENT outbound/Opportunity CREATE")
    rule(twin, endpoint)
    opportunity(twin)
    first, second = endpoint.message(), endpoint.message()
    assert etree.tostring(first) == etree.tostring(second)
    assert endpoint.nothing_comes()


def test_notifications_change_places_on_request(twin: Twin, endpoint: Endpoint) -> None:
    twin.fault(kind="reorder", match="EVENT outbound/Opportunity", nth=1)
    rule(twin, endpoint)
    records = [{"attributes": {"type": "Opportunity"}, "Name": str(at), "StageName": "Closed Won",
                "CloseDate": "2026-03-04"} for at in range(3)]  # fmt: skip
    made = [one["id"] for one in twin.call("POST", "composite/sobjects", json={"records": records}).json()]
    assert ids(endpoint.message()) == [made[1], made[0], made[2]]


@pytest.mark.parametrize(
    "wish",
    [{"object": "Nothing"}, {"fields": ["Nothing"]}, {"url": "ftp://x"}, {"when": "Nothing = 1"}, {"when": "Name ="},
     {"unknown": 1}],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(twin: Twin, wish: dict[str, Any]) -> None:
    good = {"object": "Opportunity", "url": "http://127.0.0.1:9/x", "fields": ["Name"]}
    answer = twin.session.post(f"{twin.url}/_twin/outbound", json=good | wish, timeout=10)
    assert answer.status_code == 400
    assert not twin.control("GET", "outbound")["rules"]


def test_a_session_goes_to_an_endpoint_with_tls_alone(endpoint: Endpoint, tmp_path: Path) -> None:
    proof = tls.identity(tmp_path)
    twin = start(tmp_path, SSL_CERT_FILE=str(proof.authority))
    try:
        rule(twin, endpoint, session=True)
        opportunity(twin)
        assert endpoint.message().findtext(f".//{OUT}SessionId") == ""
        twin.control("DELETE", "outbound")
        endpoint.server.socket = proof.context().wrap_socket(endpoint.server.socket, server_side=True)
        endpoint.scheme = "https"
        rule(twin, endpoint, session=True)
        opportunity(twin)
        session = endpoint.message().findtext(f".//{OUT}SessionId")
        answer = requests.get(
            f"{twin.url}/services/data/v62.0/limits", headers={"Authorization": f"OAuth {session}"}, timeout=9
        )
        assert answer.ok
    finally:
        stop(twin)
