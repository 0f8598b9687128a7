"""Do jobs of Bulk API 2.0 go the way of the real ones, also through a kill?"""

from __future__ import annotations

import csv
import gzip
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce

from tests.sandbox.salesforce_api import OwnProcess, Twin, in_process, redirected

KEY = "NetSuite_Internal_ID__c"
OVER = {"JobComplete", "Failed", "Aborted"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    return running


def job(twin: Twin, operation: str = "insert", kind: str = "Account", **more: Any) -> str:
    answer = twin.call("POST", "jobs/ingest", json={"operation": operation, "object": kind, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def put(twin: Twin, job_id: str, content: str | bytes, **headers: str) -> requests.Response:
    body = content.encode() if isinstance(content, str) else content
    return twin.call("PUT", f"jobs/ingest/{job_id}/batches", data=body, headers={"Content-Type": "text/csv"} | headers)


def move(twin: Twin, job_id: str, state: str, kind: str = "ingest") -> requests.Response:
    return twin.call("PATCH", f"jobs/{kind}/{job_id}", json={"state": state})


def finished(twin: Twin, job_id: str, kind: str = "ingest") -> dict[str, Any]:
    for _ in range(600):
        told: dict[str, Any] = twin.call("GET", f"jobs/{kind}/{job_id}").json()
        if told["state"] in OVER:
            return told
        threading.Event().wait(0.02)
    raise TimeoutError(told)


def loaded(twin: Twin, content: str, operation: str = "insert", kind: str = "Account", **more: Any) -> dict[str, Any]:
    job_id = job(twin, operation, kind, **more)
    assert put(twin, job_id, content).status_code == 201
    assert move(twin, job_id, "UploadComplete").json()["state"] == "UploadComplete"
    return finished(twin, job_id)


def rows(twin: Twin, job_id: str, name: str, delimiter: str = ",") -> list[list[str]]:
    answer = twin.call("GET", f"jobs/ingest/{job_id}/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode(), newline=""), delimiter=delimiter))


def test_an_ingest_job_goes_its_way(twin: Twin) -> None:
    made = twin.call(
        "POST", "jobs/ingest", json={"operation": "insert", "object": "account", "contentType": "CSV"}
    ).json()
    assert (made["state"], made["object"], made["apiVersion"], made["lineEnding"]) == ("Open", "Account", 62.0, "LF")
    assert made["contentUrl"] == f"services/data/v62.0/jobs/ingest/{made['id']}/batches"
    stored = put(twin, made["id"], "Name,Phone\nOne,1\n,2\n")
    assert (stored.status_code, stored.content) == (201, b"")
    assert "Found multiple contents for job" in put(twin, made["id"], "Name\nTwo\n").json()[0]["message"]
    closed = move(twin, made["id"], "UploadComplete").json()
    assert (closed["state"], "contentUrl" in closed) == ("UploadComplete", False)
    told = finished(twin, made["id"])
    assert (told["state"], told["numberRecordsProcessed"], told["numberRecordsFailed"]) == ("JobComplete", 2, 1)
    assert told["totalProcessingTime"] > 0
    header, good = rows(twin, made["id"], "successfulResults/")
    assert (header, good[1:]) == (["sf__Id", "sf__Created", "Name", "Phone"], ["true", "One", "1"])
    assert rows(twin, made["id"], "FAILEDRESULTS")[1] == [
        "", "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --", "", "2"
    ]  # fmt: skip
    assert rows(twin, made["id"], "unprocessedRecords") == [["Name", "Phone"]]
    assert "Aborting already Completed Job" in move(twin, made["id"], "Aborted").json()[0]["message"]
    assert twin.call("DELETE", f"jobs/ingest/{made['id']}").status_code == 204
    assert twin.call("GET", f"jobs/ingest/{made['id']}").status_code == 404


def test_an_empty_cell_says_nothing_and_a_marked_one_says_null(twin: Twin) -> None:
    twin.load(("Account", {"Name": "A", KEY: "1", "Phone": "5", "Fax": "6"}))
    told = loaded(twin, f"{KEY},Phone,Fax\n1,,#N/A\n", "upsert", externalIdFieldName=KEY)
    assert told["externalIdFieldName"] == KEY
    assert rows(twin, told["id"], "successfulResults")[1][1:] == ["false", "1", "", "#N/A"]
    assert twin.found("SELECT Phone, Fax FROM Account") == [{"Phone": "5", "Fax": None}]


def test_a_parent_is_named_by_its_external_id(twin: Twin) -> None:
    twin.load(("Account", {"Name": "A", KEY: "1"}))
    told = loaded(twin, f"LastName,Account.{KEY}\nGood,1\nBad,2\n", kind="Contact")
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (2, 1)
    assert twin.found("SELECT LastName, Account.Name FROM Contact")[0]["Account"]["Name"] == "A"


@pytest.mark.parametrize(
    ("name", "mark"), [("PIPE", "|"), ("TAB", "\t"), ("SEMICOLON", ";"), ("CARET", "^"), ("BACKQUOTE", "`")]
)
def test_dialects_of_csv(twin: Twin, name: str, mark: str) -> None:
    text = f'Name{mark}Description\r\n"a{mark}b"{mark}"two\nlines ""quoted"", é"\r\n'
    told = loaded(twin, text, columnDelimiter=name, lineEnding="CRLF")
    assert told["state"] == "JobComplete", told
    assert rows(twin, told["id"], "successfulResults", mark)[1][2:] == [f"a{mark}b", 'two\nlines "quoted", é']
    assert twin.found("SELECT Name, Description FROM Account") == [
        {"Name": f"a{mark}b", "Description": 'two\nlines "quoted", é'}
    ]


def test_a_mark_of_byte_order_and_zipped_or_chunked_bodies_are_taken(twin: Twin) -> None:
    zipped, chunked = job(twin), job(twin)
    assert (
        put(twin, zipped, gzip.compress("\ufeffName\nÄ\n".encode()), **{"Content-Encoding": "gzip"}).status_code == 201
    )
    pieces = iter([b"Name\n", b"Chunk", b"ed\n"])
    sent = twin.call("PUT", f"jobs/ingest/{chunked}/batches", data=pieces, headers={"Content-Type": "text/csv"})
    assert sent.status_code == 201
    for one in (zipped, chunked):
        move(twin, one, "UploadComplete")
        assert finished(twin, one)["numberRecordsFailed"] == 0
    assert {one["Name"] for one in twin.found("SELECT Name FROM Account")} == {"Ä", "Chunked"}


ENDING = "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is "
UNESCAPED = "InvalidBatch : Failed to parse CSV. Found unescaped quote. A value with quote should be within a quote"


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        ("Name,Nonsense\nA,1\n", {}, "InvalidBatch : Field name not found : Nonsense"),
        ("Name,Nobody.Name\nA,1\n", {}, "InvalidBatch : Field name not found : Nobody.Name"),
        ("Name\r\nA\r\n", {}, f"{ENDING}LF"),
        ("Name\nA\n", {"lineEnding": "CRLF"}, f"{ENDING}CRLF"),
        ('Name\n"A"B\n', {}, UNESCAPED),
    ],
)
def test_a_file_that_makes_no_sense_fails_the_job(twin: Twin, content: str, more: dict[str, str], words: str) -> None:
    told = loaded(twin, content, **more)
    assert (told["state"], told["errorMessage"], told["numberRecordsProcessed"]) == ("Failed", words, 0)
    assert twin.found("SELECT Id FROM Account") == []


def test_records_are_changed_and_deleted_by_their_ids(twin: Twin) -> None:
    made = loaded(twin, "Name\nA\nB\n")
    ids = [row[0] for row in rows(twin, made["id"], "successfulResults")[1:]]
    assert loaded(twin, f"Id,Phone\n{ids[0]},9\n,8\n", "update")["numberRecordsFailed"] == 1
    assert twin.found("SELECT Phone FROM Account WHERE Name = 'A'") == [{"Phone": "9"}]
    assert loaded(twin, f"Id\n{ids[0]}\n{ids[0]}\n", "delete")["numberRecordsFailed"] == 1
    assert loaded(twin, f"Id\n{ids[1]}\n", "hardDelete")["numberRecordsFailed"] == 0
    gone = twin.call("GET", "queryAll", params={"q": "SELECT Name FROM Account"}).json()["records"]
    assert [one["Name"] for one in gone] == ["A"]


def test_a_key_twice_in_one_slice_fails_both_rows(twin: Twin) -> None:
    told = loaded(twin, f"{KEY},Name\n1,A\n1,B\n2,C\n", "upsert", externalIdFieldName=KEY)
    assert [row[1].split(":")[0] for row in rows(twin, told["id"], "failedResults")[1:]] == ["DUPLICATE_VALUE"] * 2
    assert twin.found("SELECT Name FROM Account") == [{"Name": "C"}]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"operation": "insert", "object": "Nobody"}, "INVALIDJOB"),
        ({"operation": "upsert", "object": "Account"}, "INVALIDJOB"),
        ({"operation": "upsert", "object": "Account", "externalIdFieldName": "Phone"}, "INVALIDJOB"),
        ({"operation": "dance", "object": "Account"}, "INVALIDOPERATION"),
        ({"operation": "insert", "object": "Account", "columnDelimiter": "DOT"}, "INVALIDJOB"),
    ],
)
def test_a_senseless_job_is_refused(twin: Twin, wish: dict[str, str], code: str) -> None:
    answer = twin.call("POST", "jobs/ingest", json=wish)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_a_job_comes_with_its_rows_in_one_request(twin: Twin) -> None:
    wish = json.dumps({"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "CRLF"})
    body = (
        f'\n--B\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="job"\r\n\r\n{wish}\r\n'
        '--B\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name="content"; filename="content"\r\n\r\n'
        "Name\r\nÖne\r\nTwo\r\n\r\n--B--\r\n"
    )
    kind = {"Content-Type": 'multipart/form-data; boundary="B"'}
    made = twin.call("POST", "jobs/ingest", data=body.encode(), headers=kind).json()
    assert made["state"] == "UploadComplete", made
    assert finished(twin, made["id"])["numberRecordsProcessed"] == 2
    assert {one["Name"] for one in twin.found("SELECT Name FROM Account")} == {"Öne", "Two"}


def test_other_calls_are_served_while_a_large_upload_is_written_and_an_abort_leaves_the_rest(twin: Twin) -> None:
    content = "Name\n" + "".join(f"Name {number}\n" for number in range(20_000))
    job_id = job(twin)
    put(twin, job_id, content)
    move(twin, job_id, "UploadComplete")
    seen: list[float] = []
    while len(seen) < 3 or twin.call("GET", f"jobs/ingest/{job_id}").json()["numberRecordsProcessed"] < 400:
        began = time.perf_counter()
        assert twin.call("GET", "limits").ok
        seen.append(time.perf_counter() - began)
    assert max(seen) < 2
    assert move(twin, job_id, "Aborted").json()["state"] == "Aborted"
    written, left = rows(twin, job_id, "successfulResults"), rows(twin, job_id, "unprocessedrecords")
    assert len(written) - 1 + len(left) - 1 == 20_000
    assert len(left) > 1
    assert (
        twin.call("GET", "query", params={"q": "SELECT COUNT() FROM Account"}).json()["totalSize"] == len(written) - 1
    )


def test_a_killed_job_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    server = OwnProcess(tmp_path)
    try:
        token = server.twin.sign_in()
        job_id = job(server.twin)
        put(server.twin, job_id, "Name\n" + "".join(f"Name {number}\n" for number in range(3000)))
        move(server.twin, job_id, "UploadComplete")
        while not server.twin.call("GET", f"jobs/ingest/{job_id}").json()["numberRecordsProcessed"]:
            pass
        server.kill()
        twin = server.start()
        while requests.get(f"{twin.url}/_twin/totals/Account", timeout=10).json()["count"] < 3000:
            threading.Event().wait(0.05)  # it goes on without being asked
        twin.session.headers["Authorization"] = f"Bearer {token}"
        told = finished(twin, job_id)
        assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (3000, 0)
        assert twin.call("GET", "query", params={"q": "SELECT COUNT() FROM Account"}).json()["totalSize"] == 3000
        assert len({row[0] for row in rows(twin, job_id, "successfulResults")}) == 3001
    finally:
        server.kill()


def ask(twin: Twin, text: str, **more: Any) -> dict[str, Any]:
    made = twin.call("POST", "jobs/query", json={"operation": "query", "query": text} | more)
    assert made.status_code == 200, made.text
    assert made.json()["state"] == "UploadComplete"
    return finished(twin, made.json()["id"], "query")


def test_a_query_job_is_read_page_by_page(twin: Twin) -> None:
    loaded(twin, "Name\n" + "".join(f"Name {number}\n" for number in range(5000)))
    told = ask(twin, "SELECT Id, Name, CreatedDate FROM Account", columnDelimiter="PIPE", lineEnding="CRLF")
    assert (told["state"], told["numberRecordsProcessed"], told["columnDelimiter"]) == ("JobComplete", 5000, "PIPE")
    path = f"jobs/query/{told['id']}/results"
    whole = twin.call("GET", path)
    assert (whole.headers["Sforce-Locator"], whole.headers["Sforce-NumberOfRecords"]) == ("null", "5000")
    assert whole.headers["Content-Encoding"] == "gzip"
    lines = whole.content.decode().split("\r\n")
    assert (lines[0], len(lines)) == ('"Id"|"Name"|"CreatedDate"', 5002)
    page = twin.call("GET", path, params={"maxRecords": "3000"})
    assert page.headers["Sforce-Locator"] == "MzAwMA"
    again = [twin.call("GET", path, params={"maxRecords": "3000", "locator": "MzAwMA"}) for _ in range(2)]
    assert again[0].content == again[1].content
    assert again[0].content.decode().split("\r\n") == [lines[0], *lines[3001:]]
    pages = twin.call("GET", f"jobs/query/{told['id']}/resultPages", params={"maxRecords": "2000"}).json()
    assert len(pages["resultPages"]) == 3
    last = twin.session.get(twin.url + pages["resultPages"][2]["resultUrl"], timeout=10)
    assert last.headers["Sforce-NumberOfRecords"] == "1000"
    other = twin.session.get(f"{twin.url}/services/data/v61.0/{path}", timeout=10)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "Aggregate Relationships not supported in Bulk Query"),
        ("SELECT COUNT(Id) FROM Account", "are not supported in Bulk Query"),
        ("SELECT Id, BillingAddress FROM Account", "Selecting compound data not supported in Bulk Query"),
        ("SELECT Nope FROM Account", "No such column 'Nope'"),
        ("SELECT Id FROM", "unexpected token"),
    ],
)
def test_a_query_that_bulk_cannot_do_is_refused_at_once(twin: Twin, text: str, words: str) -> None:
    answer = twin.call("POST", "jobs/query", json={"operation": "query", "query": text})
    assert (answer.status_code, words in answer.json()[0]["message"]) == (400, True), answer.text


def test_jobs_are_listed_aborted_and_deleted(twin: Twin) -> None:
    told = ask(twin, "SELECT Id FROM Account")
    listed = twin.call("GET", "jobs/query/").json()
    assert (listed["done"], listed["nextRecordsUrl"]) == (True, None)
    assert told["id"] in {one["id"] for one in listed["records"]}
    assert not twin.call("GET", "jobs/query", params={"jobType": "Classic"}).json()["records"]
    opened = job(twin)
    assert move(twin, opened, "Aborted").json()["state"] == "Aborted"
    assert move(twin, told["id"], "Aborted", "query").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert twin.call("GET", f"jobs/ingest/{told['id']}").status_code == 404
    assert twin.call("DELETE", f"jobs/query/{told['id']}").status_code == 204


def test_simple_salesforce_loads_and_reads(twin: Twin) -> None:
    client = Salesforce(
        session_id=twin.sign_in(), instance="a.my.salesforce.com", session=redirected(twin), version="62.0"
    )
    done = client.bulk2.Account.insert(
        records=[{"Name": f"N {number}", KEY: str(number)} for number in range(3)], wait=0.1
    )
    assert done[0]["numberRecordsFailed"] == 0
    assert client.bulk2.Account.get_successful_records(done[0]["job_id"]).count("true") == 3
    failed = client.bulk2.Account.upsert(records=[{KEY: "0", "Name": "N" * 300}], external_id_field=KEY, wait=0.1)
    assert "STRING_TOO_LONG" in client.bulk2.Account.get_failed_records(failed[0]["job_id"])
    assert "".join(client.bulk2.Account.query("SELECT Name FROM Account", wait=0.1)).count("N ") == 3


def test_a_fault_of_rows_strikes_the_rows_of_its_upload(twin: Twin) -> None:
    requests.post(f"{twin.url}/_twin/faults", json={"kind": "partial", "match": "PATCH .*jobs/ingest"}, timeout=10)
    told = loaded(twin, "Name\nA\nB\nC\nD\n")
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (4, 2)
    assert [row[1].split(":")[0] for row in rows(twin, told["id"], "failedResults")[1:]] == ["UNABLE_TO_LOCK_ROW"] * 2
    assert loaded(twin, "Name\nE\nF\n")["numberRecordsFailed"] == 0


def test_a_reset_forgets_the_jobs_and_those_under_way_write_no_more(twin: Twin) -> None:
    job_id = job(twin)
    put(twin, job_id, "Name\n" + "A\n" * 20_000)
    move(twin, job_id, "UploadComplete")
    twin.reset()
    assert twin.call("GET", f"jobs/ingest/{job_id}").status_code == 404
    assert twin.found("SELECT Id FROM Account") == []
    assert loaded(twin, "Name\nB\n")["id"] > job_id


def test_jobs_count_against_the_limits_of_the_day(twin: Twin) -> None:
    before = twin.call("GET", "limits").json()
    loaded(twin, "Name\nA\n")
    ask(twin, "SELECT Id FROM Account")
    after = twin.call("GET", "limits").json()
    for name in ("DailyBulkApiBatches", "DailyBulkV2QueryJobs"):
        assert after[name]["Remaining"] == before[name]["Remaining"] - 1


def test_numbers_are_doubles_and_large_ones_have_an_exponent(twin: Twin) -> None:
    twin.load(("Account", {"Name": "A", "AnnualRevenue": "90000000", "NumberOfEmployees": "12345678"}))
    told = ask(twin, "SELECT AnnualRevenue, NumberOfEmployees FROM Account")
    assert twin.call("GET", f"jobs/query/{told['id']}/results").text.splitlines()[1] == '"9.0E7","12345678"'
