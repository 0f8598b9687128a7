"""Are lists and searches done later as the contract says: as jobs, asked after, fetched, and outliving a restart?"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.soap_calls import bare, order_xml, read, send, statuses

TERM = '<baseRef xsi:type="core:RecordRef" type="term" internalId="1"/>'


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def begun(twin: Twin, body: str) -> str:
    answer = read(twin, body)
    assert answer.findtext(".//status") == "pending"
    job = answer.findtext(".//jobId") or ""
    assert job.startswith("ASYNCWEBSERVICES_")
    return job


def state(twin: Twin, job: str) -> str:
    return read(twin, f"<checkAsyncStatus><jobId>{job}</jobId></checkAsyncStatus>").findtext(".//status") or ""


def ended(twin: Twin, job: str) -> str:
    until = time.monotonic() + 10
    while (told := state(twin, job)) in {"pending", "processing"} and time.monotonic() < until:
        pass
    return told


def fetching(job: str, page: int = 1) -> str:
    return f"<getAsyncResult><jobId>{job}</jobId><pageIndex>{page}</pageIndex></getAsyncResult>"


def test_a_list_is_written_later_with_a_result_for_each_record(twin: Twin) -> None:
    job = begun(twin, f"<asyncUpsertList>{order_xml('L-1')}{order_xml('L-2', item='99')}</asyncUpsertList>")
    assert ended(twin, job) == "finishedWithErrors"
    result = read(twin, fetching(job))
    assert statuses(result) == ["ok", "INVALID_KEY_OR_REF"]
    assert result.find(".//asyncResult") is not None
    assert twin.record("GET", "salesOrder/eid:L-1").status_code == 200


@pytest.mark.parametrize(
    ("operation", "inner", "told"),
    [
        ("asyncAddList", order_xml("L-A"), ["ok"]),
        ("asyncUpdateList", order_xml("L-NONE"), ["RCRD_DSNT_EXIST"]),
        ("asyncDeleteList", TERM.replace('internalId="1"', 'internalId="999"'), ["RCRD_DSNT_EXIST"]),
        ("asyncGetList", TERM, ["ok"]),
        (
            "asyncInitializeList",
            (
                "<initializeRecord><core:type>customerPayment</core:type>"
                '<core:reference type="customer" internalId="501"/></initializeRecord>'
            ),
            ["ok"],
        ),
    ],
)
def test_every_list_can_be_done_later(twin: Twin, operation: str, inner: str, told: list[str]) -> None:
    job = begun(twin, f"<{operation}>{inner}</{operation}>")
    assert ended(twin, job) == ("finished" if told == ["ok"] else "finishedWithErrors")
    assert statuses(read(twin, fetching(job))) == told


def test_a_search_done_later_has_pages(twin: Twin) -> None:
    job = begun(twin, '<asyncSearch><searchRecord xsi:type="common:AccountingPeriodSearchBasic"/></asyncSearch>')
    assert ended(twin, job) == "finished"
    assert int(read(twin, fetching(job)).findtext(".//totalRecords") or 0) > 10
    assert read(twin, fetching(job, 2)).findtext(".//code") == "INVALID_SEARCH_PAGE_INDEX"


def test_a_result_is_fetched_twenty_times_and_then_no_more(twin: Twin) -> None:
    job = begun(twin, f"<asyncGetList>{TERM}</asyncGetList>")
    ended(twin, job)
    answers = [send(twin, fetching(job)).status_code for _ in range(21)]
    assert answers == [200] * 20 + [500]


def test_a_result_is_gone_after_thirty_days(twin: Twin) -> None:
    job = begun(twin, f"<asyncGetList>{TERM}</asyncGetList>")
    ended(twin, job)
    try:
        twin.control("POST", "clock", {"advance": 29 * 86400})
        assert send(twin, fetching(job)).status_code == 200
        twin.control("POST", "clock", {"advance": 2 * 86400})
        assert bare(send(twin, fetching(job))).findtext(".//asyncFault/code") == "INVALID_JOB_ID"
    finally:
        twin.control("POST", "clock", {})


@pytest.mark.parametrize("job", ["x", "ASYNCWEBSERVICES_1_0", "ASYNCWEBSERVICES_99999_0"])
def test_there_is_no_job_of_another_name(twin: Twin, job: str) -> None:
    for body in (fetching(job), f"<checkAsyncStatus><jobId>{job}</jobId></checkAsyncStatus>"):
        answer = send(twin, body)
        assert answer.status_code == 500
        assert bare(answer).findtext(".//asyncFault/code") == "INVALID_JOB_ID"


@pytest.mark.parametrize(
    ("operation", "inner", "limit"),
    [
        ("asyncAddList", order_xml("L-M", item="99"), 400),
        ("asyncUpdateList", order_xml("L-M"), 200),
        ("asyncUpsertList", order_xml("L-M", item="99"), 200),
        ("asyncDeleteList", TERM.replace('"1"', '"999"'), 400),
        ("asyncGetList", TERM, 2000),
    ],
)
def test_lists_done_later_may_be_twice_as_long(twin: Twin, operation: str, inner: str, limit: int) -> None:
    refused = send(twin, f"<{operation}>{inner * (limit + 1)}</{operation}>")
    assert "MAX_RCRDS_EXCEEDED" in refused.text
    job = begun(twin, f"<{operation}>{inner * limit}</{operation}>")
    ended(twin, job)
    assert len(statuses(read(twin, fetching(job)))) == limit


def test_a_job_that_is_at_work_has_no_result_yet_and_outlives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    with running(tmp_path, state=path) as twin:
        twin.control("POST", "latency", {"profile": "real"})
        job = begun(twin, f"<asyncUpsertList>{order_xml('L-R')}</asyncUpsertList>")
        answer = send(twin, fetching(job))
        assert bare(answer).findtext(".//asyncFault/code") == "JOB_NOT_COMPLETE"
        assert state(twin, job) == "processing"
    with running(tmp_path, state=path) as twin:
        assert ended(twin, job) == "finished"
        assert statuses(read(twin, fetching(job))) == ["ok"]
