"""Can a twin be steered: set aside and taken up again, slowed, moved in time, looked through, and by whom?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running

RECORD = "/services/rest/record/v1/salesOrder"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    folder = tmp_path_factory.mktemp("control")
    with running(folder, state=folder / "state.sqlite") as twin:
        yield twin


@pytest.fixture
def twin(shared: Twin) -> Twin:
    shared.control("DELETE", "faults")
    shared.control("DELETE", "usage")
    shared.control("POST", "latency", {"profile": "off"})
    shared.control("POST", "clock", {})
    for kept in shared.control("GET", "snapshots"):
        shared.control("DELETE", f"snapshots/{kept['name']}")
    return shared


def put(twin: Twin, key: str, **fields: Any) -> None:
    assert twin.call("PUT", f"{RECORD}/eid:{key}", order(**fields)).status_code == 204


def ask(twin: Twin, method: str, path: str, **more: Any) -> requests.Response:
    return requests.request(method, f"{twin.url}/_twin/{path}", timeout=10, **more)


def test_a_snapshot_brings_back_records_numbers_and_the_clock(twin: Twin) -> None:
    put(twin, "SNAP-1", memo="before")
    before = twin.control("GET", "records/salesOrder/SNAP-1")
    twin.control("POST", "clock", {"now": "2026-03-01T00:00:00+00:00", "frozen": True})
    assert ask(twin, "POST", "snapshots", json={"name": "month-end"}).status_code == 201
    put(twin, "SNAP-1", memo="after")
    put(twin, "SNAP-2")
    twin.control("POST", "clock", {"advance": 86400})
    assert [one["name"] for one in twin.control("GET", "snapshots")] == ["month-end"]
    assert ask(twin, "POST", "snapshots/month-end/restore").status_code == 200
    assert twin.control("GET", "records/salesOrder/SNAP-1") == before
    assert ask(twin, "GET", "records/salesOrder/SNAP-2").status_code == 404
    assert twin.control("GET", "clock")["now"].startswith("2026-03-01T00:00:00")
    put(twin, "SNAP-3")
    assert ask(twin, "DELETE", "snapshots/month-end").status_code == 200
    assert twin.control("GET", "snapshots") == []


def test_a_snapshot_is_of_one_moment_while_orders_come_in(twin: Twin) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            put(twin, f"BUSY-{number}", memo="x")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        taken = [ask(twin, "POST", "snapshots", json={"name": f"busy{number}"}).status_code for number in range(5)]
        back = [ask(twin, "POST", f"snapshots/busy{number}/restore").status_code for number in (4, 0)]
    finally:
        stop.set()
        writer.join()
    assert taken == [201] * 5
    assert back == [200] * 2
    put(twin, "BUSY-AFTER")
    numbers = [one["tranId"] for one in twin.control("GET", "records/salesOrder?limit=1000")["records"]]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "snapshots", {"name": "../up"}, 400, "no name for a snapshot"),
        ("POST", "snapshots/none/restore", None, 404, "no snapshot is called 'none'"),
        ("POST", "latency", {"profile": "fast"}, 400, "off, demo, real"),
        ("POST", "latency", {"request": -1}, 400, "lies between"),
        ("POST", "latency", {}, 400, "unknown nothing"),
        ("POST", "latency", {"order": True}, 400, "is a number"),
        ("POST", "clock", {"now": "yesterday"}, 400, "ISO time"),
        ("POST", "faults", {"kind": "status", "status": "high"}, 400, "status is a whole number"),
        ("POST", "faults", {"rate": 2}, 400, "rate is a number from 0.0 to 1.0"),
        ("POST", "faults", {"times": 0}, 400, "times is a whole number from 1"),
        ("POST", "faults", {"nth": True}, 400, "nth is a whole number"),
        ("POST", "faults", {"match": 7}, 400, "no regular expression"),
        ("POST", "faults", [1], 400, "no JSON object"),
        ("DELETE", "faults/99", None, 404, "no fault 99"),
        ("GET", "records/salesOrder/NOBODY", None, 404, "no salesOrder NOBODY"),
        ("GET", "records/salesOrder?limit=many", None, 400, "limit is a whole number"),
        ("GET", "nowhere", None, 404, "no such path"),
        ("PUT", "faults", {}, 405, "DELETE"),
        ("DELETE", "health", None, 405, "GET"),
    ],
)
def test_a_wish_that_makes_no_sense_is_told_what_and_how(
    twin: Twin, method: str, path: str, body: Any, status: int, words: str
) -> None:
    answer = ask(twin, method, path, json=body)
    assert answer.status_code == status
    told = answer.json()
    assert words in told["error"]
    assert told["remedy"]


def test_what_is_no_json_is_said_to_be_none(twin: Twin) -> None:
    answer = ask(twin, "POST", "faults", data=b"{match:")
    assert (answer.status_code, "no JSON" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Host": "twin.evil.example:8002"}],
)
def test_a_page_from_elsewhere_steers_nothing(twin: Twin, headers: dict[str, str]) -> None:
    put(twin, "GUARD-1")
    answer = ask(twin, "POST", "reset", headers=headers)
    assert answer.status_code == 403
    assert twin.control("GET", "records/salesOrder/GUARD-1")["externalId"] == "GUARD-1"
    assert ask(twin, "GET", "health", headers={"Origin": twin.url}).status_code == 200


def test_the_log_tells_every_call_and_can_be_searched(twin: Twin) -> None:
    put(twin, "LOG-1")
    twin.control("POST", "faults", {"match": "GET .*salesOrder", "status": 503})
    assert twin.call("GET", f"{RECORD}/eid:LOG-1").status_code == 503
    assert twin.call("GET", f"{RECORD}/eid:LOG-1").status_code == 200
    newest = twin.control("GET", "log?limit=3")
    assert [(one["operation"], one["status"]) for one in newest] == [
        ("GET salesOrder", 200), ("GET salesOrder", 503), ("PUT salesOrder", 204),
    ]  # fmt: skip
    struck = twin.control("GET", "log?fault=any&limit=1")[0]
    assert (struck["fault"], struck["matched"], struck["channel"]) == ("status", "GET .*salesOrder", "REST")
    assert twin.control("GET", "log?status=5xx&limit=1")[0]["status"] == 503
    assert {one["operation"] for one in twin.control("GET", "log?operation=put&q=log-1")} == {"PUT salesOrder"}
    assert twin.control("GET", "log?q=no such text") == []


def test_usage_counts_by_operation_and_channel_and_shows_the_slots(twin: Twin) -> None:
    put(twin, "USE-1")
    twin.ask("SELECT id FROM transaction")
    usage = twin.control("GET", "usage")
    assert (usage["calls"], usage["records_written"]) == (2, 1)
    assert usage["by"] == {"PUT salesOrder": 1, "POST suiteql": 1}
    assert usage["by_channel"] == {"REST": 1, "SuiteQL": 1}
    twin.call("GET", "/services/rest/async/v1/job/4711")
    twin.call("GET", "/services/rest/async/v1/job/4712/task/1")
    assert {"GET job", "GET task"} <= set(twin.control("GET", "usage")["by"])
    assert (usage["slots"], usage["slots_taken"], usage["in_flight"]) == (5, 0, 0)
    assert usage["slots_peak"] >= 1


def test_a_model_of_ones_own_is_kept_to_the_call_and_the_order(twin: Twin) -> None:
    told = ask(twin, "POST", "latency", json={"request": 0.2, "order": 0.1}).json()
    assert told == {
        "profile": "own", "scale": 1.0, "request": 0.2, "order": 0.1, "line": 0, "record": 0, "spread": 0,
    }  # fmt: skip
    began = time.perf_counter()
    put(twin, "SLOW-1")
    writing = time.perf_counter() - began
    began = time.perf_counter()
    twin.call("GET", f"{RECORD}/eid:SLOW-1")
    reading = time.perf_counter() - began
    assert 0.3 <= writing < 0.6
    assert 0.2 <= reading < 0.29
    assert ask(twin, "POST", "latency", json={"profile": "real", "scale": 0.001}).json()["order"] == 1.5


def test_a_moved_clock_stands_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "clock.sqlite"
    with running(tmp_path, state=state) as first:
        first.control("POST", "clock", {"now": "2031-05-05T00:00:00+00:00"})
    with running(tmp_path, state=state) as second:
        assert second.control("GET", "clock")["now"].startswith("2031-05-05")
        second.control("POST", "clock", {})
    with running(tmp_path, state=state) as third:
        assert not third.control("GET", "clock")["now"].startswith("2031")


def test_records_are_found_by_number_external_id_salesforce_id_and_customer(twin: Twin) -> None:
    put(twin, "SF-OPP-006Ws000001AbCdIAK")
    made = twin.control("GET", "records/salesOrder/SF-OPP-006Ws000001AbCdIAK")
    for query in (made["tranId"], "sf-opp-006ws", "006Ws000001AbCd", "acme", made["id"]):
        found = twin.control("GET", f"records/salesOrder?q={query}&limit=1000")
        assert made["id"] in {one["id"] for one in found["records"]}, query
    assert twin.control("GET", "records/salesOrder?q=zzz-nothing") == {"count": 0, "records": []}
    assert twin.control("GET", "records/customer?q=acm")["count"] == 1


@pytest.mark.parametrize(
    "line",
    [b"{", b"[]", b"7", b'{"type": 5, "record": {}}', b'{"type": "customer", "record": []}', b'{"type": "customer"}',
     b"\xff\xfe", b'{"type": "customer", "record": {"companyName": {"x": [1]}}}', b'{"type": "no such", "record": {}}'],
)  # fmt: skip
def test_a_line_that_is_no_record_is_refused_by_its_number(twin: Twin, line: bytes) -> None:
    good = b'{"type": "customer", "record": {"companyName": "Half", "externalId": "HALF", "subsidiary": {"id": "1"}}}'
    answer = ask(twin, "POST", "load", data=good + b"\n\n" + line)
    assert (answer.status_code, answer.json()["line"]) == (400, 3), answer.text
    assert ask(twin, "GET", "records/customer/HALF").status_code == 404


def test_questions_that_are_none_are_answered_calmly(twin: Twin) -> None:
    put(twin, "CALM-1")
    for query in ("'", "%", "\x00", "\u2028", "9" * 40, "-1", "salesOrder; DROP TABLE ns_transaction", "🚀" * 500, "_"):
        assert ask(twin, "GET", "records/salesOrder", params={"q": query}).status_code == 200, query
        assert ask(twin, "GET", "list/salesOrder", params={"q": query}).status_code == 200, query
    for kind in ("'", '"', "ns_transaction", "../load", "sqlite_master"):
        assert ask(twin, "GET", f"records/{kind}").json().get("count", 0) == 0
    assert ask(twin, "GET", "records/salesOrder/CALM-1").status_code == 200
    assert ask(twin, "HEAD", "health").status_code == 200
