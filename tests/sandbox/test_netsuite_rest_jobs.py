"""Are REST jobs taken in, carried out once, and still there after a kill?"""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.twin import credentials
from tests.sandbox.netsuite_twin import ITEMS, Twin, order, running

BATCH = "application/vnd.oracle.resource+json; type=collection"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


@contextmanager
def process(folder: Path, latency: str) -> Iterator[tuple[Twin, "subprocess.Popen[str]"]]:
    """Run a twin in a process of its own, which may be killed."""
    code = (
        "import sys; from pathlib import Path; from sandbox.netsuite.serve import run; "
        "run('127.0.0.1', 0, Path(sys.argv[1]), latency=sys.argv[2], seed='tests')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder), latency], stdout=subprocess.PIPE, text=True
    ) as running_process:
        assert running_process.stdout
        address = running_process.stdout.readline().split()[-1]
        try:
            yield Twin(address, credentials.netsuite("tests", folder), folder), running_process
        finally:
            running_process.kill()


def _asked(twin: Twin, place: str) -> Any:
    return twin.call("GET", place).json()


def _done(twin: Twin, place: str) -> Any:
    until = time.monotonic() + 10
    while not (job := _asked(twin, place))["completed"]:
        assert time.monotonic() < until, job
    return job


def _key() -> str:
    return f"SF-{uuid.uuid4().hex}"


def _found(twin: Twin, *names: str) -> list[str]:
    wanted = ", ".join("?" * len(names))
    rows = twin.ask(f"SELECT externalid FROM transaction WHERE externalid IN ({wanted})", *names).json()["items"]
    return [row["externalid"] for row in rows]


def test_a_call_is_done_later_and_its_answer_kept(twin: Twin) -> None:
    taken = twin.record("PUT", f"salesOrder/eid:{(key := _key())}", order(), Prefer="respond-async")
    assert (taken.status_code, taken.headers["Preference-Applied"], taken.content) == (202, "respond-async", b"")
    job = _done(twin, taken.headers["Location"])
    assert (job["progress"], job["id"]) == ("succeeded", taken.headers["Location"].rsplit("/", 1)[1])
    tasks = requests.get(job["task"]["links"][0]["href"], auth=twin.oauth(), timeout=10).json()
    task = requests.get(tasks["items"][0]["links"][0]["href"], auth=twin.oauth(), timeout=10).json()
    assert (task["completed"], task["progress"]) == (True, "succeeded")
    assert task["startTime"] <= task["endTime"]
    related = next(link["href"] for link in task["links"] if link["rel"] == "related")
    result = requests.get(related, auth=twin.oauth(), timeout=10)
    assert result.status_code == 204
    assert twin.record("GET", f"salesOrder/eid:{key}").json()["id"] == result.headers["Location"].rsplit("/", 1)[1]


def test_a_refused_call_fails_its_job_and_says_why(twin: Twin) -> None:
    taken = twin.record("POST", "salesOrder", order(entity={"id": "99"}), Prefer="respond-async")
    assert _done(twin, taken.headers["Location"])["progress"] == "failed"
    result = twin.call("GET", f"{taken.headers['Location']}/task/1/result")
    assert result.status_code == 400
    assert result.json()["o:errorDetails"][0]["o:errorPath"] == "entity"


def test_a_key_is_used_once_and_leads_to_its_first_job(twin: Twin) -> None:
    headers = {"Prefer": "respond-async", "X_NetSuite_Idempotency_Key": str(uuid.uuid4())}
    first, second = (twin.record("POST", "salesOrder", order(memo="once"), **headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 400)
    assert second.headers["Location"] == first.headers["Location"]
    body = second.json()
    assert (body["title"], body["o:errorDetails"][0]["o:errorCode"]) == ("Conflict", "IDEMPOTENCY_ERROR")
    _done(twin, first.headers["Location"])
    assert len(twin.ask("SELECT id FROM transaction WHERE memo = 'once'").json()["items"]) == 1


def test_the_key_means_nothing_to_a_call_that_is_done_at_once(twin: Twin) -> None:
    headers = {"X_NetSuite_Idempotency_Key": str(uuid.uuid4())}
    assert [twin.record("POST", "salesOrder", order(), **headers).status_code for _ in range(2)] == [204, 204]


def test_a_batch_writes_each_record_for_itself(twin: Twin) -> None:
    good, other = _key(), _key()
    items = [order(externalId=good), order(entity={"id": "99"}), order(externalId=other)]
    headers = {"Prefer": "respond-async", "Content_Type": BATCH}
    taken = twin.record("PUT", "salesOrder?replace=item", {"items": items}, **headers)
    assert taken.status_code == 202
    assert _done(twin, taken.headers["Location"])["progress"] == "failed"
    states = [_asked(twin, f"{taken.headers['Location']}/task/{number}")["progress"] for number in (1, 2, 3)]
    assert states == ["succeeded", "failed", "succeeded"]
    assert sorted(_found(twin, good, other)) == sorted([good, other])


@pytest.mark.parametrize(
    ("count", "headers", "status"),
    [
        (101, {"Prefer": "respond-async", "Content_Type": BATCH}, 400),
        (1, {"Content_Type": BATCH}, 400),
        (1, {"Prefer": "respond-async"}, 202),
    ],
)
def test_a_batch_has_its_limits(twin: Twin, count: int, headers: dict[str, str], status: int) -> None:
    taken = twin.record("POST", "salesOrder", {"items": [order()] * count}, **headers)
    assert taken.status_code == status
    if status == 202:  # no batch but one record that makes no sense
        assert _done(twin, taken.headers["Location"])["progress"] == "failed"


def test_many_are_read_and_deleted_by_their_ids(twin: Twin) -> None:
    names = [_key(), _key()]
    for name in names:
        twin.record("PUT", f"salesOrder/eid:{name}", order(memo="gone"))
    ids = ",".join(f"eid:{name}" for name in names)
    read = twin.record("GET", f"salesOrder?ids={ids}&expandRecords=true").json()
    assert [row["memo"] for row in read["items"]] == ["gone", "gone"]
    assert twin.record("DELETE", f"salesOrder?ids={ids}").status_code == 400
    taken = twin.record("DELETE", f"salesOrder?ids={ids}", Prefer="respond-async")
    assert _done(twin, taken.headers["Location"])["progress"] == "succeeded"
    assert _found(twin, *names) == []


def test_a_torn_batch_is_done_then_unknown_then_untouched(twin: Twin) -> None:
    names = [_key() for _ in range(4)]
    twin.control("POST", "faults", {"match": "PUT .*salesOrder", "kind": "partial"})
    headers = {"Prefer": "respond-async", "Content_Type": BATCH}
    taken = twin.record("PUT", "salesOrder", {"items": [order(externalId=name) for name in names]}, **headers)
    _done(twin, taken.headers["Location"])
    results = [twin.call("GET", f"{taken.headers['Location']}/task/{n}/result") for n in (1, 2, 3, 4)]
    assert [result.status_code for result in results] == [204, 204, 500, 500]
    words = [result.json()["o:errorDetails"][0]["detail"] for result in results[2:]]
    assert "Status unknown" in words[0]
    assert "Not processed" in words[1]
    assert sorted(_found(twin, *names)) == sorted(names[:3])


def test_a_job_of_an_account_that_was_set_back_is_carried_out_in_its_own_time(tmp_path: Path) -> None:
    with running(tmp_path) as twin:
        twin.control("POST", "latency", {"profile": "real"})
        place = twin.record("POST", "salesOrder", order(memo="early"), Prefer="respond-async").headers["Location"]
        twin.control("POST", "snapshots", {"name": "pending"})
        twin.control("POST", "reset")
        assert twin.call("GET", place).status_code == 404
        twin.control("POST", "latency", {"profile": "off"})
        twin.control("POST", "snapshots/pending/restore")
        assert _done(twin, place)["progress"] == "succeeded"
        assert len(twin.ask("SELECT id FROM transaction WHERE memo = 'early'").json()["items"]) == 1


def test_a_job_that_was_pending_at_a_kill_is_carried_out_once(tmp_path: Path) -> None:
    with process(tmp_path, "off") as (twin, _):
        assert twin.load(ITEMS).status_code == 200
        twin.control("POST", "latency", {"profile": "real"})
        headers = {"Prefer": "respond-async", "X_NetSuite_Idempotency_Key": str(uuid.uuid4())}
        place = twin.record("POST", "salesOrder", order(memo="killed"), **headers).headers["Location"]
        assert _asked(twin, place)["completed"] is False
    with process(tmp_path, "off") as (twin, _):
        assert _done(twin, place)["progress"] == "succeeded"
        assert len(twin.ask("SELECT id FROM transaction WHERE memo = 'killed'").json()["items"]) == 1
        again = twin.record("POST", "salesOrder", order(memo="killed"), **headers)
        assert (again.status_code, again.headers["Location"]) == (400, place)
