"""Does every fault on request strike REST in its own way, and only where it was asked for?"""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


@pytest.fixture(autouse=True)
def _disarmed(twin: Twin) -> Iterator[None]:
    yield
    twin.control("DELETE", "faults")


def _arm(twin: Twin, kind: str, **more: Any) -> None:
    twin.control("POST", "faults", {"match": "salesOrder", "kind": kind, **more})


def _fired(twin: Twin) -> int:
    return sum(fault["fired"] for fault in twin.control("GET", "faults"))


def _key() -> str:
    return f"SF-{uuid.uuid4().hex}"


def _put(twin: Twin, key: str) -> requests.Response:
    return twin.record("PUT", f"salesOrder/eid:{key}?replace=item", order())


def _kept(twin: Twin, key: str) -> bool:
    rows = twin.ask("SELECT id FROM transaction WHERE externalid = ?", key).json()["items"]
    return len(rows) == 1


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("busy", 429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked."),
        ("daily_limit", 429, "SSS_REQUEST_LIMIT_EXCEEDED", "Request blocked."),
        ("lock", 400, "USER_ERROR", "This record has been locked by a user defined workflow."),
        ("changed", 400, "USER_ERROR", "Record has been changed."),
        ("closed_period", 400, "USER_ERROR", "closed"),
        ("expire", 401, "INVALID_LOGIN", "Invalid login attempt."),
        ("status", 503, "", ""),
        ("maintenance", 503, "", ""),
    ],
)
def test_a_fault_refuses_once_and_leaves_nothing_behind(
    twin: Twin, kind: str, status: int, code: str, words: str
) -> None:
    _arm(twin, kind, status=503)
    answer = _put(twin, key := _key())
    assert answer.status_code == status
    if code:
        detail = answer.json()["o:errorDetails"][0]
        assert (detail["o:errorCode"], words in detail["detail"]) == (code, True)
        assert answer.headers["content-type"].startswith("application/vnd.oracle.resource+json; type=error")
        assert "Retry-After" not in answer.headers
    assert (_fired(twin), _kept(twin, key)) == (1, False)
    assert _put(twin, key).status_code == 204


@pytest.mark.parametrize(("kind", "status"), [("commit_then_500", 500), ("after_submit_failed", 400)])
def test_a_fault_after_the_commit_leaves_the_record_behind(twin: Twin, kind: str, status: int) -> None:
    _arm(twin, kind)
    answer = _put(twin, key := _key())
    assert (answer.status_code, _fired(twin), _kept(twin, key)) == (status, 1, True)
    if status == 400:
        assert "afterSubmit" in answer.json()["o:errorDetails"][0]["detail"]


@pytest.mark.parametrize(("kind", "kept"), [("drop", True), ("drop_before", False)])
def test_a_cut_connection_may_or_may_not_have_written(twin: Twin, kind: str, kept: bool) -> None:  # noqa: FBT001 — a row of the table
    _arm(twin, kind)
    key = _key()
    with pytest.raises(requests.ConnectionError):
        _put(twin, key)
    assert (_fired(twin), _kept(twin, key)) == (1, kept)


def test_a_garbled_answer_cannot_be_read(twin: Twin) -> None:
    _put(twin, key := _key())
    _arm(twin, "garbage")
    answer = twin.record("GET", f"salesOrder/eid:{key}")
    with pytest.raises(ValueError, match=r"line 1"):
        answer.json()
    assert twin.record("GET", f"salesOrder/eid:{key}").json()["externalId"] == key


def test_a_slow_answer_comes_in_the_end(twin: Twin) -> None:
    _arm(twin, "slow", seconds=0.4)
    first, second = (_put(twin, _key()).elapsed.total_seconds() for _ in range(2))
    assert first > 0.4 > second


def test_a_locked_record_cannot_even_be_read(twin: Twin) -> None:
    _put(twin, key := _key())
    _arm(twin, "lock")
    locked, free = (twin.record("GET", f"salesOrder/eid:{key}") for _ in range(2))
    assert (locked.status_code, free.status_code) == (400, 200)


def test_more_calls_than_slots_are_refused_without_any_fault(tmp_path: Path) -> None:
    with running(tmp_path, slots=1) as twin:
        twin.control("POST", "latency", {"profile": "real"})
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: twin.record("GET", "currency/1").status_code, range(4)))
        assert set(answers) == {200, 429}
        assert twin.call("GET", "/services/rest/system/v1/governanceLimits").json()["accountConcurrencyLimit"] == 1


def test_a_refused_call_that_is_sent_again_as_it_was_is_no_longer_let_in(twin: Twin) -> None:
    _arm(twin, "busy")
    place = f"{twin.url}/services/rest/record/v1/salesOrder"
    signed = requests.Request("GET", place, auth=twin.oauth()).prepare()
    session = requests.Session()
    assert [session.send(signed, timeout=10).status_code for _ in range(2)] == [429, 401]
