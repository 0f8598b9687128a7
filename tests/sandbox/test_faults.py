"""Does every kind of fault strike on every channel where it means something, once, and leave behind what it says?

Each case is first tried without the fault and behaves; then with it; then it behaves again.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from sandbox.twin.faults import EVENTS, KINDS
from tests.sandbox import netsuite_twin, salesforce_api
from tests.sandbox.fault_doors import ACCOUNTS, BY_NAME, DOORS, Door, Outcome, seen, status

Check = Callable[[Outcome], bool]
NETSUITE = ("SOAP", "REST", "REST batch", "SuiteQL")
READABLE_500 = {  # the shape of a 500, by channel
    "SOAP": "platformFaults:unexpectedErrorFault",
    "REST": "UNEXPECTED_ERROR",
    "REST batch": "UNEXPECTED_ERROR",
    "SuiteQL": "UNEXPECTED_ERROR",
    "RESTlet": "UNEXPECTED_ERROR",
    "Bulk 1.0": '"exceptionCode":"UnknownException"',
    "token": "error_description",
    "SOAP login": "<sf:exceptionCode>UNKNOWN_EXCEPTION</sf:exceptionCode>",
}
TOO_MANY = {
    "SOAP": "WS_REQUEST_BLOCKED",
    "REST": "CONCURRENCY_LIMIT_EXCEEDED",
    "REST batch": "CONCURRENCY_LIMIT_EXCEEDED",
    "SuiteQL": "CONCURRENCY_LIMIT_EXCEEDED",
    "RESTlet": "SSS_REQUEST_LIMIT_EXCEEDED",
    "Bulk 1.0": '"exceptionCode":"RequestLimitExceeded"',
    "token": "error_description",
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with ExitStack() as stack:
        account = stack.enter_context(netsuite_twin.running(tmp_path_factory.mktemp("netsuite")))
        org = stack.enter_context(salesforce_api.in_process(tmp_path_factory.mktemp("salesforce")))
        org.load(*(("Account", {"Id": number, "Name": f"Known {number}"}) for number in ACCOUNTS))
        yield {"netsuite": account, "salesforce": org}


def arm(place: Any, **fault: Any) -> None:
    answer = requests.post(f"{place.url}/_twin/faults", json=fault, timeout=5)
    assert answer.status_code == 201, answer.text


def fired(place: Any) -> list[int]:
    return [fault["fired"] for fault in requests.get(f"{place.url}/_twin/faults", timeout=5).json()]


def try_case(place: Any, door: Door, check: Check, left: int | None, **fault: Any) -> None:
    """Use the door without the fault, with it, and again without."""
    for armed in (False, True, False):
        requests.delete(f"{place.url}/_twin/faults", timeout=5)
        if door.side == "salesforce":
            place.sign_in()
        if armed:
            arm(place, match=door.match, **fault)
        key = f"K{uuid.uuid4().hex[:12]}"
        outcome = door.call(place, key)
        assert check(outcome) if armed else door.good(outcome), (door.name, fault, outcome)
        if armed:
            assert fired(place) == [1], (door.name, fault, outcome)
        if door.written and left is not None:
            assert door.written(place, key) == (left if armed else door.full), (door.name, fault, outcome)


def cut(outcome: Outcome) -> bool:
    return outcome.status == 0


def held(outcome: Outcome) -> bool:
    return outcome.status == 0 and outcome.seconds >= 0.25


def broken(outcome: Outcome) -> bool:
    return outcome.status in {200, 201, 202} and not outcome.is_readable


def late(door: Door) -> Check:
    return lambda outcome: door.good(outcome) and (outcome.seconds >= 0.25 or outcome.seconds == 0)


def page(outcome: Outcome) -> bool:
    return outcome.status == 503 and "html" in outcome.kind and "maintenance" in outcome.text


def too_many(door: Door) -> Check:
    def check(outcome: Outcome) -> bool:
        words = TOO_MANY.get(door.name, "REQUEST_LIMIT_EXCEEDED")
        return status(429, words)(outcome) and ("retry-after", "7") in outcome.headers

    return check


def general(door: Door) -> list[tuple[dict[str, Any], Check, int]]:
    """Return the kinds that every channel has: what is armed, what is seen, and how many records are left."""
    error = READABLE_500.get(door.name, "UNKNOWN_EXCEPTION")
    return [
        ({"kind": "status", "retry_after": 7}, too_many(door), 0),
        ({"status": 503}, lambda outcome: outcome.status == 503 and "html" in outcome.kind, 0),
        ({"status": 500}, status(500, error), 0),
        ({"kind": "drop_before"}, cut, 0),
        ({"kind": "timeout", "seconds": 0.3}, held, 0),
        ({"kind": "drop"}, cut, door.full),
        ({"kind": "commit_then_500"}, status(500, error), door.full),
        ({"kind": "slow", "seconds": 0.3}, late(door), door.full),
        ({"kind": "garbage"}, broken, door.full),
        ({"kind": "maintenance"}, page, 0),
    ]


GENERAL = [
    pytest.param(door, fault, check, left, id=f"{door.name}-{'-'.join(str(one) for one in fault.values())}")
    for door in DOORS
    for fault, check, left in general(door)
]


@pytest.mark.parametrize(("door", "fault", "check", "left"), GENERAL)
def test_a_fault_that_every_channel_has(
    places: dict[str, Any], door: Door, fault: dict[str, Any], check: Check, left: int
) -> None:
    try_case(places[door.side], door, check, left, **fault)


def rows(good: int, bad: int, *words: str) -> Check:
    """Expect a list of so many good and bad rows, with words in the bad ones."""

    def check(outcome: Outcome) -> bool:
        text = outcome.text.replace('": ', '":')
        told = [text.count(f'isSuccess="{flag}"') or text.count(f'"success":{flag}') for flag in ("true", "false")]
        told[0] -= "writeResponseList" in text
        return outcome.status == 200 and told == [good, bad] and all(word in text for word in words)

    return check


def job_failed(outcome: Outcome) -> bool:
    return '"progress": "failed"' in outcome.text


OWN: list[tuple[str, str, Check, int | None]] = [
    ("busy", "SOAP", status(500, "WS_REQUEST_BLOCKED"), 0),
    ("busy", "REST", status(429, "CONCURRENCY_LIMIT_EXCEEDED"), 0),
    ("busy", "REST batch", status(429, "CONCURRENCY_LIMIT_EXCEEDED"), 0),
    ("busy", "SuiteQL", status(429, "CONCURRENCY_LIMIT_EXCEEDED"), None),
    ("busy", "RESTlet", status(400, "SSS_REQUEST_LIMIT_EXCEEDED"), 0),
    ("busy", "ingest", status(403, "REQUEST_LIMIT_EXCEEDED"), 0),
    ("busy", "Bulk 1.0", lambda outcome: outcome.status == 400 and "exceptionCode" in outcome.text, None),
    ("busy", "create", status(403, "ConcurrentPerOrgLongTxn Limit exceeded."), 0),
    ("busy", "collection", status(403, "REQUEST_LIMIT_EXCEEDED"), 0),
    ("busy", "query", status(403, "REQUEST_LIMIT_EXCEEDED"), None),
    ("busy", "bulk results", status(403, "REQUEST_LIMIT_EXCEEDED"), None),
    ("expire", "SOAP", status(500, "SESSION_TIMED_OUT"), 0),
    ("expire", "REST", status(401, "INVALID_LOGIN"), 0),
    ("expire", "SuiteQL", status(401, "INVALID_LOGIN"), None),
    ("expire", "REST batch", status(401, "INVALID_LOGIN"), 0),
    ("expire", "RESTlet", status(401, "INVALID_LOGIN_ATTEMPT"), 0),
    ("expire", "ingest", status(401, "INVALID_SESSION_ID"), 0),
    ("expire", "Bulk 1.0", status(400, "InvalidSessionId"), None),
    ("expire", "create", status(401, "INVALID_SESSION_ID"), 0),
    ("expire", "collection", status(401, "INVALID_SESSION_ID"), 0),
    ("expire", "query", status(401, "INVALID_SESSION_ID"), None),
    ("expire", "bulk results", status(401, "INVALID_SESSION_ID"), None),
    ("daily_limit", "REST", status(429, "SSS_REQUEST_LIMIT_EXCEEDED"), 0),
    ("daily_limit", "SuiteQL", status(429, "SSS_REQUEST_LIMIT_EXCEEDED"), None),
    ("daily_limit", "SOAP", status(500, "exceeded"), 0),
    ("daily_limit", "RESTlet", status(400, "SSS_USAGE_LIMIT_EXCEEDED"), 0),
    ("daily_limit", "ingest", status(403, "TotalRequests Limit exceeded."), 0),
    ("daily_limit", "Bulk 1.0", status(400, "exceptionCode"), None),
    ("daily_limit", "create", status(403, "TotalRequests Limit exceeded."), 0),
    ("daily_limit", "collection", status(403, "TotalRequests Limit exceeded."), 0),
    ("daily_limit", "query", status(403, "TotalRequests Limit exceeded."), None),
    ("daily_limit", "bulk results", status(403, "TotalRequests Limit exceeded."), None),
    ("partial", "SOAP", rows(2, 2, "Status unknown", "Not processed"), 3),
    ("partial", "REST batch", job_failed, 3),
    ("partial", "ingest", lambda outcome: outcome.text.count("UNABLE_TO_LOCK_ROW") == 2, 2),
    ("partial", "collection", rows(2, 2, "UNABLE_TO_LOCK_ROW"), 2),
    ("after_submit_failed", "SOAP", rows(0, 4, "afterSubmitFailed"), 4),
    ("after_submit_failed", "REST", status(400, "afterSubmit"), 1),
    ("after_submit_failed", "RESTlet", status(400, "afterSubmit"), 1),
    ("after_submit_failed", "REST batch", job_failed, 4),
    ("lock", "REST batch", job_failed, 0),
    ("changed", "REST batch", job_failed, 0),
    ("closed_period", "REST batch", job_failed, 0),
    ("lock", "SOAP", rows(0, 4, "RCRD_LOCKED_BY_WF"), 0),
    ("lock", "RESTlet", status(400, "LOCKED"), 0),
    ("lock", "REST", status(400, "locked"), 0),
    ("lock", "create", status(400, "UNABLE_TO_LOCK_ROW"), 0),
    ("lock", "change", status(400, "UNABLE_TO_LOCK_ROW"), 0),
    ("lock", "collection", status(400, "UNABLE_TO_LOCK_ROW"), 0),
    ("changed", "SOAP", rows(0, 4, "RCRD_HAS_BEEN_CHANGED"), 0),
    ("changed", "RESTlet", status(400, "CHANGED"), 0),
    ("changed", "ingest", lambda outcome: outcome.text.count("ENTITY_IS_LOCKED") == 4, 0),
    ("changed", "REST", status(400, "Record has been changed"), 0),
    ("changed", "change", status(400, "ENTITY_IS_LOCKED"), 0),
    ("changed", "collection", rows(0, 4, "ENTITY_IS_LOCKED"), 0),
    ("closed_period", "SOAP", rows(0, 4, "TRAN_PERIOD_CLOSED"), 0),
    ("closed_period", "RESTlet", status(400, "PERIOD"), 0),
    ("closed_period", "REST", status(400, "closed accounting period"), 0),
]


@pytest.mark.parametrize(("kind", "name", "check", "left"), OWN, ids=[f"{kind}-{name}" for kind, name, _, _ in OWN])
def test_a_fault_of_the_channel_s_own(
    places: dict[str, Any], kind: str, name: str, check: Check, left: int | None
) -> None:
    door = BY_NAME[name]
    try_case(places[door.side], door, check, left, kind=kind)


def test_every_kind_of_fault_is_in_the_table() -> None:
    general_kinds = {fault.get("kind", "status") for fault, _, _ in general(DOORS[0])}
    assert general_kinds | {kind for kind, _, _, _ in OWN} == set(KINDS) - EVENTS


def test_a_conditional_change_of_a_record_that_was_changed_fails_its_condition(places: dict[str, Any]) -> None:
    org = places["salesforce"]
    requests.delete(f"{org.url}/_twin/faults", timeout=5)
    path, condition = f"sobjects/Account/{ACCOUNTS[1]}", {"If-Unmodified-Since": "Tue, 10 Aug 2100 00:00:00 GMT"}

    def send() -> requests.Response:
        answer: requests.Response = org.call("PATCH", path, json={"Site": "here"}, headers=condition)
        return answer

    assert seen(send).status == 204
    arm(org, kind="changed", match="PATCH .*Account")
    assert status(412, "PRECONDITION_FAILED")(seen(send))
    assert seen(send).status == 204


def calls(place: Any, count: int) -> str:
    """Use the SuiteQL door so often; a letter for each: g good, x struck."""
    door = BY_NAME["SuiteQL"]
    return "".join("g" if door.good(door.call(place, "")) else "x" for _ in range(count))


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, "xggggggg"),
        ({"times": 3}, "xxxggggg"),
        ({"times": None}, "xxxxxxxx"),
        ({"nth": 3}, "ggxggggg"),
        ({"nth": 2, "times": None}, "gxgggggg"),
        ({"rate": 1.0}, "xxxxxxxx"),
        ({"rate": 0.0}, "gggggggg"),
        ({"rate": 1.0, "times": 2}, "xxgggggg"),
    ],
)
def test_a_fault_strikes_when_it_was_told_to(places: dict[str, Any], when: dict[str, Any], struck: str) -> None:
    account = places["netsuite"]
    requests.delete(f"{account.url}/_twin/faults", timeout=5)
    arm(account, match="suiteql", **when)
    assert calls(account, 8) == struck
    assert fired(account) == [struck.count("x")]
    requests.delete(f"{account.url}/_twin/faults", timeout=5)
    assert calls(account, 1) == "g"


def test_a_rate_is_a_share(places: dict[str, Any]) -> None:
    account = places["netsuite"]
    requests.delete(f"{account.url}/_twin/faults", timeout=5)
    arm(account, match="suiteql", rate=0.5)
    assert 10 <= calls(account, 60).count("x") <= 50
    requests.delete(f"{account.url}/_twin/faults", timeout=5)


def test_a_fault_passes_by_what_it_cannot_mean(places: dict[str, Any]) -> None:
    account = places["netsuite"]
    requests.delete(f"{account.url}/_twin/faults", timeout=5)
    arm(account, kind="partial")
    assert calls(account, 2) == "gg"
    assert fired(account) == [0]
    assert not BY_NAME["SOAP"].good(Outcome(0))
    assert re.search("Status unknown", BY_NAME["SOAP"].call(account, "PASS-BY").text)
    assert fired(account) == [1]
    requests.delete(f"{account.url}/_twin/faults", timeout=5)
