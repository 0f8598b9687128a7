"""Does SOAP traffic go wrong on request, each fault in the channel's own words, and only when it is armed?"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from sandbox.netsuite.soap.contract.schemas import schemas_of
from tests.sandbox.netsuite_contract import CONTRACT, needs_contract
from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.soap_calls import bare, order_xml, passport, passport_xml, post, read, send, statuses, wrapped

TIME = "<getServerTime/>"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("lenient"), wsdl=None) as one:
        yield one


@pytest.fixture
def unchecked(lenient: Twin) -> Twin:
    """Give a twin without schemas that has forgotten who failed to sign in."""
    lenient.control("POST", "reset")
    return lenient


@pytest.fixture(autouse=True)
def nothing_armed(twin: Twin) -> Iterator[None]:
    yield
    twin.control("DELETE", "faults")


def arm(twin: Twin, match: str, kind: str, **more: Any) -> None:
    twin.control("POST", "faults", {"match": match, "kind": kind, **more})


def fired(twin: Twin) -> int:
    return sum(one["fired"] for one in twin.control("GET", "faults"))


def fault_of(answer: requests.Response) -> tuple[str, str, str]:
    """Give the fault's element, its code and its text; they stand in the detail and the text in the string too."""
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/xml")
    fault = bare(answer).find("Fault")
    assert fault is not None
    assert fault.findtext("faultcode") == "soapenv:Server.userException"
    assert fault.find("detail/hostname") is not None
    inner = next((one for one in fault.iterfind("detail/*") if str(one.tag).endswith("Fault")), None)
    if inner is None:
        return "", "", fault.findtext("faultstring") or ""
    assert inner.findtext("message") == fault.findtext("faultstring")
    return str(inner.tag), inner.findtext("code") or "", inner.findtext("message") or ""


@pytest.mark.parametrize(
    ("kind", "element", "code", "words"),
    [
        (
            "busy",
            "exceededConcurrentRequestLimitFault",
            "WS_REQUEST_BLOCKED",
            r"SuiteTalk concurrent request limit exceeded\. Request blocked\.",
        ),
        ("daily_limit", "exceededUsageLimitFault", "WS_REQUEST_BLOCKED", "daily usage limit"),
        ("expire", "invalidSessionFault", "SESSION_TIMED_OUT", "timed out"),
    ],
)
def test_a_whole_call_is_refused(twin: Twin, kind: str, element: str, code: str, words: str) -> None:
    assert send(twin, TIME).status_code == 200
    arm(twin, "getServerTime", kind)
    told = fault_of(send(twin, TIME))
    assert told[:2] == (element, code)
    assert re.search(words, told[2])
    assert fired(twin) == 1
    assert send(twin, TIME).status_code == 200


@pytest.mark.parametrize(
    ("kind", "code"),
    [("lock", "RCRD_LOCKED_BY_WF"), ("changed", "RCRD_HAS_BEEN_CHANGED"), ("closed_period", "TRAN_PERIOD_CLOSED")],
)
@pytest.mark.parametrize("operation", ["upsert", "upsertList"])
def test_a_record_is_refused_for_itself(twin: Twin, kind: str, code: str, operation: str) -> None:
    key = f"F-{kind}-{operation}"
    arm(twin, f"{operation}$", kind)
    assert statuses(read(twin, f"<{operation}>{order_xml(key)}</{operation}>")) == [code]
    assert twin.record("GET", f"salesOrder/eid:{key}").status_code == 404
    assert statuses(read(twin, f"<{operation}>{order_xml(key)}</{operation}>")) == ["ok"]
    assert fired(twin) == 1


def test_a_torn_list_is_done_unknown_and_not_processed(twin: Twin) -> None:
    names = [f"F-T{number}" for number in range(5)]
    body = f"<upsertList>{''.join(order_xml(name) for name in names)}</upsertList>"
    arm(twin, "upsertList", "partial")
    answer = read(twin, body)
    assert statuses(answer) == ["ok", "ok", *["UNEXPECTED_ERROR"] * 3]
    told = [one.text or "" for one in answer.iter("message")]
    assert ["unknown" in words for words in told] == [True, False, False]
    assert ["Not processed" in words for words in told] == [False, True, True]
    there = [twin.record("GET", f"salesOrder/eid:{name}").status_code for name in names]
    assert there == [200, 200, 200, 404, 404]
    assert statuses(read(twin, body)) == ["ok"] * 5


def test_a_script_that_failed_afterwards_leaves_the_record(twin: Twin) -> None:
    arm(twin, "add$", "after_submit_failed")
    answer = read(twin, f"<add>{order_xml('F-AFTER')}</add>")
    assert statuses(answer) == ["UNEXPECTED_ERROR"]
    assert answer.findtext(".//afterSubmitFailed") == "true"
    kept = answer.find(".//baseRef")
    assert kept is not None
    assert twin.record("GET", f"salesOrder/{kept.get('internalId')}").status_code == 200
    assert read(twin, f"<add>{order_xml('F-FINE')}</add>").find(".//afterSubmitFailed") is None


def test_broken_xml_is_xml_that_breaks_off(twin: Twin) -> None:
    arm(twin, "upsert$", "garbage")
    answer = send(twin, f"<upsert>{order_xml('F-TORN')}</upsert>")
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.startswith("<?xml")
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.content)
    assert twin.record("GET", "salesOrder/eid:F-TORN").status_code == 200
    etree.fromstring(send(twin, TIME).content)


@pytest.mark.parametrize(("kind", "there"), [("drop", 200), ("drop_before", 404)])
def test_a_cut_connection_may_have_done_its_work(twin: Twin, kind: str, there: int) -> None:
    arm(twin, "upsert$", kind)
    with pytest.raises(requests.ConnectionError):
        send(twin, f"<upsert>{order_xml(f'F-{kind}')}</upsert>")
    assert twin.record("GET", f"salesOrder/eid:F-{kind}").status_code == there


def test_a_server_error_after_the_commit_is_a_fault_and_the_record_is_there(twin: Twin) -> None:
    arm(twin, "upsert$", "commit_then_500")
    told = fault_of(send(twin, f"<upsert>{order_xml('F-500')}</upsert>"))
    assert told[:2] == ("unexpectedErrorFault", "UNEXPECTED_ERROR")
    assert twin.record("GET", "salesOrder/eid:F-500").status_code == 200


def test_maintenance_is_a_page_and_no_soap(twin: Twin) -> None:
    arm(twin, "getServerTime", "maintenance")
    answer = send(twin, TIME)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (503, "text/html")
    assert "maintenance" in answer.text
    assert send(twin, TIME).status_code == 200


def test_a_status_strikes_at_the_matching_call_alone(twin: Twin) -> None:
    arm(twin, "getServerTime", "status", status=429, nth=2)
    answers = [send(twin, TIME), send(twin, TIME), send(twin, TIME)]
    assert [one.status_code for one in answers] == [200, 429, 200]
    assert "WS_REQUEST_BLOCKED" in answers[1].text


@needs_contract
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_a_status_is_a_fault_that_holds_to_the_contract_in_the_callers_version(twin: Twin, status: int) -> None:
    arm(twin, "getServerTime", "status", status=status)
    answer = send(twin, TIME, "2024_1")
    assert answer.status_code == status
    assert b"urn:faults_2024_1.platform" in answer.content
    assert schemas_of(CONTRACT).violations(etree.fromstring(answer.content)) == []


def test_a_list_done_later_can_be_torn_too(twin: Twin) -> None:
    arm(twin, "asyncUpsertList", "partial")
    body = "".join(order_xml(f"F-L{number}") for number in range(3))
    job = read(twin, f"<asyncUpsertList>{body}</asyncUpsertList>").findtext(".//jobId")
    fetch = f"<getAsyncResult><jobId>{job}</jobId><pageIndex>1</pageIndex></getAsyncResult>"
    while (answer := send(twin, fetch)).status_code != 200:
        assert "JOB_NOT_COMPLETE" in answer.text
    assert statuses(bare(answer)) == ["ok", "UNEXPECTED_ERROR", "UNEXPECTED_ERROR"]
    assert [twin.record("GET", f"salesOrder/eid:F-L{number}").status_code for number in range(3)] == [200, 200, 404]


@pytest.mark.parametrize("operation", ["delete", "attach", "initialize"])
def test_a_lock_strikes_every_operation_that_touches_a_record(twin: Twin, operation: str) -> None:
    reference = 'xsi:type="core:RecordRef" type="customer" internalId="501"'
    attach = (
        f'<attachReference xsi:type="core:AttachContactReference"><core:attachTo {reference}/>'
        '<core:contact internalId="1"/></attachReference>'
    )
    wish = '<core:type>customerPayment</core:type><core:reference type="customer" internalId="501"/>'
    inner = {"delete": f"<baseRef {reference}/>", "attach": attach}
    body = inner.get(operation, f"<initializeRecord>{wish}</initializeRecord>")
    arm(twin, operation, "lock")
    assert statuses(read(twin, f"<{operation}>{body}</{operation}>")) == ["RCRD_LOCKED_BY_WF"]


def test_a_slow_answer_is_slow(twin: Twin) -> None:
    arm(twin, "getServerTime", "slow", seconds=0.4)
    took = [send(twin, TIME).elapsed.total_seconds() for _ in range(2)]
    assert took[0] > 0.4 > took[1]


Bad = Callable[[Twin], requests.Response]
BAD: list[tuple[Bad, str, str]] = [
    (lambda twin: post(twin, b"<broken"), "", ""),
    (lambda twin: post(twin, b"<a/>"), "", ""),
    (lambda twin: post(twin, wrapped(passport_xml(passport(twin)), "")), "", ""),
    (lambda twin: send(twin, "<noSuchThing/>"), "", ""),
    (lambda twin: send(twin, "<get/>"), "", ""),
    (
        lambda twin: send(twin, "<getDeleted><getDeletedFilter/><pageIndex>two</pageIndex></getDeleted>"),
        "",
        "",
    ),
    (lambda twin: post(twin, wrapped("", TIME)), "invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS"),
    (lambda twin: send(twin, TIME, nonce="x"), "invalidCredentialsFault", "INVALID_LOGIN_CREDENTIALS"),
    (
        lambda twin: post(twin, wrapped(2 * passport_xml(passport(twin)), TIME)),
        "invalidCredentialsFault",
        "USER_ERROR",
    ),
    (
        lambda twin: send(twin, TIME, header="<applicationInfo><applicationId>A</applicationId></applicationInfo>"),
        "invalidCredentialsFault",
        "USER_ERROR",
    ),
    (
        lambda twin: send(twin, TIME, header="<passport><email>a@b.example</email></passport>"),
        "invalidCredentialsFault",
        "USER_ERROR",
    ),
    (lambda twin: send(twin, TIME, "2019_7"), "invalidVersionFault", "INVALID_WS_VERSION"),
    (lambda twin: send(twin, TIME, "1999_1"), "invalidVersionFault", "INVALID_WS_VERSION"),
]


@pytest.mark.parametrize("place", range(len(BAD)))
def test_a_bad_call_is_a_fault_and_never_a_silence(unchecked: Twin, place: int) -> None:
    bad, element, code = BAD[place]
    assert fault_of(bad(unchecked))[:2] == (element, code)


def test_the_words_of_two_sign_ins_and_of_none_are_the_vendors(twin: Twin) -> None:
    assert fault_of(post(twin, wrapped(2 * passport_xml(passport(twin)), TIME)))[2] == "Ambiguous authentication"
    assert fault_of(post(twin, wrapped("", TIME)))[2] == "Invalid login attempt."


def test_five_failures_lock_the_token_for_half_an_hour(unchecked: Twin) -> None:
    for _ in range(5):
        send(unchecked, TIME, nonce="x")
    assert fault_of(send(unchecked, TIME))[1] == "INVALID_LOGIN_CREDENTIALS"
    assert unchecked.control("GET", "audit")[-1]["result"] == "temporary_locked"
    unchecked.control("POST", "reset")
    assert send(unchecked, TIME).status_code == 200


def test_a_request_of_more_than_a_hundred_megabytes_is_refused(unchecked: Twin) -> None:
    answer = post(unchecked, b" " * (100 * 2**20 + 1))
    assert fault_of(answer)[:2] == ("exceededRequestSizeFault", "USER_ERROR")


def test_a_fault_of_the_twins_own_is_told_as_an_unexpected_error(tmp_path: Path) -> None:
    state = tmp_path / "account.sqlite"
    with running(tmp_path, wsdl=None, state=state) as twin:
        with closing(sqlite3.connect(state)) as other:
            other.execute("DROP TABLE soap_search")
            other.commit()
        told = fault_of(send(twin, '<search><searchRecord xsi:type="common:TermSearchBasic"/></search>'))
        assert told[:2] == ("unexpectedErrorFault", "UNEXPECTED_ERROR")
        assert re.search(r"An unexpected error occurred\. Error ID: \w+", told[2])
