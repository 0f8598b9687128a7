"""Does Bulk API 1.0 speak as the real one, in XML, JSON and CSV, to the clients that still use it?"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from lxml import etree
from simple_salesforce import Salesforce

from tests.sandbox.salesforce_api import Twin, in_process, redirected

NS = "{http://www.force.com/2009/06/asyncapi/dataload}"
KEY = "NetSuite_Internal_ID__c"
XML, JSON, CSV = "application/xml", "application/json", "text/csv"
# the order of a recorded real answer
JOB = """id operation object createdById createdDate systemModstamp state externalIdFieldName concurrencyMode contentType
numberBatchesQueued numberBatchesInProgress numberBatchesCompleted numberBatchesFailed numberBatchesTotal
numberRecordsProcessed numberRetries apiVersion numberRecordsFailed totalProcessingTime apiActiveProcessingTime
apexProcessingTime"""
BATCH = """id jobId state createdDate systemModstamp numberRecordsProcessed numberRecordsFailed totalProcessingTime
apiActiveProcessingTime apexProcessingTime"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    return running


def call(
    twin: Twin, method: str, path: str, body: str | bytes | None = None, kind: str = XML, **headers: str
) -> requests.Response:
    token = str(twin.session.headers["Authorization"]).removeprefix("Bearer ")
    sent = {"X-SFDC-Session": token, "Content-Type": f"{kind}; charset=UTF-8"} | headers
    data = body.encode() if isinstance(body, str) else body
    return requests.request(method, f"{twin.url}/services/async/59.0/{path}", data=data, headers=sent, timeout=30)


def read(answer: requests.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    if answer.headers["Content-Type"] == JSON:
        found: dict[str, Any] = answer.json()
        return found
    assert answer.headers["Content-Type"] == XML
    return {etree.QName(one).localname: one.text for one in etree.fromstring(answer.content)}


def job(twin: Twin, operation: str, kind: str = "CSV", thing: str = "Account", more: str = "", **headers: str) -> str:
    text = (
        f'<jobInfo xmlns="{NS[1:-1]}"><operation>{operation}</operation><object>{thing}</object>{more}'
        f"<concurrencyMode>Parallel</concurrencyMode><contentType>{kind}</contentType></jobInfo>"
    )
    return str(read(call(twin, "POST", "job", text, **headers), 201)["id"])


def batch(twin: Twin, job_id: str, content: str, kind: str = CSV) -> dict[str, Any]:
    made = read(call(twin, "POST", f"job/{job_id}/batch", content, kind), 201)
    return finished(twin, job_id, made["id"])


def finished(twin: Twin, job_id: str, batch_id: str) -> dict[str, Any]:
    for _ in range(300):
        told = read(call(twin, "GET", f"job/{job_id}/batch/{batch_id}"))
        if told["state"] not in {"Queued", "InProgress"}:
            return told
        threading.Event().wait(0.02)
    raise TimeoutError(told)


def result(twin: Twin, told: dict[str, Any], which: str = "") -> requests.Response:
    return call(twin, "GET", f"job/{told['jobId']}/batch/{told['id']}/result{which}")


def test_a_job_goes_as_it_was_recorded(twin: Twin) -> None:
    text = f"<externalIdFieldName>{KEY}</externalIdFieldName>"
    job_id = job(twin, "upsert", more=text)
    told = batch(twin, job_id, f'"Name","{KEY}"\r\n"A","1"\r\n"","2"\r\n')
    assert list(told) == BATCH.split()
    assert (told["state"], told["numberRecordsProcessed"], told["numberRecordsFailed"]) == ("Completed", "2", "1")
    answer = result(twin, told)
    assert answer.headers["Content-Type"] == CSV
    header, good, bad = csv.reader(io.StringIO(answer.text))
    assert (header, good[1:]) == (["Id", "Success", "Created", "Error"], ["true", "true", ""])
    assert bad == ["", "false", "false", "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --"]
    closed = read(call(twin, "POST", f"job/{job_id}", f'<jobInfo xmlns="{NS[1:-1]}"><state>Closed</state></jobInfo>'))
    assert list(closed) == JOB.split()
    assert (closed["state"], closed["numberBatchesCompleted"], closed["numberRecordsProcessed"]) == ("Closed", "1", "2")
    listed = etree.fromstring(call(twin, "GET", f"job/{job_id}/batch").content)
    assert [one.findtext(f"{NS}state") for one in listed.iter(f"{NS}batchInfo")] == ["Completed"]
    late = call(twin, "POST", f"job/{job_id}/batch", "Name\nB\n", CSV)
    assert (late.status_code, read(late, 400)["exceptionCode"]) == (400, "InvalidJobState")


def test_batches_follow_the_form_of_the_job_and_jobs_that_of_the_request(twin: Twin) -> None:
    wish = '{"operation": "insert", "object": "Account", "contentType": "CSV", "concurrencyMode": 1}'
    made = call(twin, "POST", "job", wish, JSON)
    assert (made.headers["Content-Type"], made.json()["state"], made.json()["concurrencyMode"]) == (
        JSON,
        "Open",
        "Serial",
    )
    assert call(twin, "POST", f"job/{made.json()['id']}/batch", "Name\nA\n", CSV).headers["Content-Type"] == XML
    other = job(twin, "insert", "JSON")
    assert call(twin, "POST", f"job/{other}/batch", '[{"Name": "A"}]', JSON).headers["Content-Type"] == JSON
    assert call(twin, "GET", f"job/{other}/batch").json()["batchInfo"][0]["jobId"] == other


def test_rows_come_as_json_and_as_xml(twin: Twin) -> None:
    twin.load(("Account", {"Name": "Mother", KEY: "1"}))
    told = batch(
        twin, job(twin, "insert", "JSON"), f'[{{"Name": "A", "Parent": {{"{KEY}": "1"}}}}, {{"Phone": "1"}}]', JSON
    )
    good, bad = result(twin, told).json()
    assert (good["success"], good["errors"], bad["id"]) == (True, [], None)
    assert bad["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert (bad["errors"][0]["message"], bad["errors"][0]["fields"]) == (
        "Required fields are missing: [Name]",
        ["Name"],
    )
    rows = f'<sObjects xmlns="{NS[1:-1]}"><sObject><Name>Ä &amp; B</Name></sObject><sObject><Phone>1</Phone></sObject></sObjects>'
    told = batch(twin, job(twin, "insert", "XML"), rows, XML)
    tree = etree.fromstring(result(twin, told).content)
    assert [one.findtext(f"{NS}success") for one in tree] == ["true", "false"]
    assert tree[1].findtext(f"{NS}errors/{NS}statusCode") == "REQUIRED_FIELD_MISSING"
    found = {one["Name"] for one in twin.found("SELECT Name FROM Account")}
    assert found == {"Mother", "A", "Ä & B"}


def test_a_query_gives_csv_json_with_milliseconds_and_xml(twin: Twin) -> None:
    twin.load(("Account", {"Name": "Mother"}), ("Account", {"Name": "Ä"}))
    text = "SELECT Id, Name, CreatedDate, CreatedBy.Name FROM Account WHERE Name = 'Ä'"
    told = batch(twin, job(twin, "query"), text)
    ids = [one.text for one in etree.fromstring(result(twin, told).content)]
    assert str(ids[0]).startswith("752")
    answer = result(twin, told, f"/{ids[0]}")
    assert answer.headers["Content-Type"] == CSV
    assert answer.content.decode().splitlines()[0] == '"Id","Name","CreatedDate","CreatedBy.Name"'
    told = batch(twin, job(twin, "queryAll", "JSON"), text, JSON)
    ids = result(twin, told).json()
    record = result(twin, told, f"/{ids[0]}").json()[0]
    assert record["attributes"]["type"] == "Account"
    assert datetime.fromtimestamp(record["CreatedDate"] / 1000, UTC).year == datetime.now(UTC).year
    told = batch(twin, job(twin, "query", "XML"), text, XML)
    ids = [one.text for one in etree.fromstring(result(twin, told).content)]
    tree = etree.fromstring(result(twin, told, f"/{ids[0]}").content)
    assert tree[0].findtext(f"{NS}Name") == "Ä"


def test_a_query_without_records_says_so(twin: Twin) -> None:
    told = batch(twin, job(twin, "query"), "SELECT Id FROM Account WHERE Name = 'nobody'")
    ids = [one.text for one in etree.fromstring(result(twin, told).content)]
    assert result(twin, told, f"/{ids[0]}").text == "Records not found for this query"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "SELECT Id FROM Contact",
            "INVALID_TYPE_FOR_OPERATION: The root entity of the requested query (Contact) does not",
        ),
        (
            "SELECT Nope FROM Account",
            "INVALID_FIELD: \nSELECT Nope FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Nope'",
        ),
        (
            "SELECT BillingAddress FROM Account",
            "FUNCTIONALITY_NOT_ENABLED: Selecting compound data not supported in Bulk Query",
        ),
        ("SELECT", "MALFORMED_QUERY: "),
    ],
)
def test_a_bad_query_fails_its_batch(twin: Twin, text: str, words: str) -> None:
    told = batch(twin, job(twin, "query"), text)
    assert told["state"] == "Failed"
    assert told["stateMessage"].startswith(f"InvalidBatch : Failed to process query: {words}")
    assert read(result(twin, told), 400) == {
        "exceptionCode": "InvalidBatch",
        "exceptionMessage": "Records not processed",
    }


def test_an_unknown_column_fails_its_batch(twin: Twin) -> None:
    told = batch(twin, job(twin, "insert"), "Name,Nope\nA,1\n")
    assert (told["state"], told["stateMessage"]) == ("Failed", "InvalidBatch : Field name not found : Nope")


def test_chunks_by_primary_key_cover_every_record_once(twin: Twin) -> None:
    twin.load(*(("Account", {"Name": f"N {number}"}) for number in range(25)))
    job_id = job(twin, "query", **{"Sforce-Enable-PKChunking": "chunkSize=10;"})
    first = batch(twin, job_id, "SELECT Id FROM Account")
    assert first["state"] == "NotProcessed"
    tree = etree.fromstring(call(twin, "GET", f"job/{job_id}/batch").content)
    seen: list[str] = []
    for batch_id in [one.findtext(f"{NS}id") for one in tree][1:]:
        told = finished(twin, job_id, str(batch_id))
        ids = [one.text for one in etree.fromstring(result(twin, told).content)]
        seen += result(twin, told, f"/{ids[0]}").text.splitlines()[1:]
    assert (len(seen), len(set(seen))) == (25, 25)


@pytest.mark.parametrize("kind", [XML, JSON])
def test_refusals_are_always_400_in_the_form_of_the_request(twin: Twin, kind: str) -> None:
    dead = read(call(twin, "GET", "job/750000000000000AAA", kind=kind, **{"X-SFDC-Session": "dead"}), 400)
    assert dead == {"exceptionCode": "InvalidSessionId", "exceptionMessage": "Invalid session id"}
    assert read(call(twin, "GET", "job/750000000000000AAA", kind=kind), 400)["exceptionCode"] == "InvalidJob"
    address = f"{twin.url}/services/async/30.0/job"
    old = requests.post(address, headers={"Content-Type": kind}, timeout=10)
    assert read(old, 400)["exceptionCode"] == "InvalidVersion"


@pytest.mark.parametrize(
    "wish", ["<a", "[]", '{"operation": "dance", "object": "Account"}', '{"operation": "insert", "object": "X"}']
)
def test_a_senseless_job_is_refused(twin: Twin, wish: str) -> None:
    assert read(call(twin, "POST", "job", wish, JSON), 400)["exceptionCode"] == "InvalidJob"


def test_an_aborted_job_leaves_its_batches_unprocessed(twin: Twin) -> None:
    job_id = job(twin, "insert")
    made = read(call(twin, "POST", f"job/{job_id}/batch", "Name\n" + "A\n" * 5000, CSV), 201)
    read(call(twin, "POST", f"job/{job_id}", '{"state": "Aborted"}', JSON))
    assert finished(twin, job_id, made["id"])["state"] == "NotProcessed"


def test_simple_salesforce_loads_and_reads(twin: Twin) -> None:
    client = Salesforce(
        session_id=twin.sign_in(), instance="a.my.salesforce.com", session=redirected(twin), version="59.0"
    )
    rows = [{"Name": f"N {number}", KEY: str(number)} for number in range(3)]
    done = client.bulk.Account.insert(rows)
    assert [one["success"] for one in done] == [True, True, True]
    done = client.bulk.Account.upsert([*rows, {"Phone": "1", KEY: "9"}], KEY)
    assert [one["success"] for one in done] == [True, True, True, False]
    found = client.bulk.Account.query("SELECT Name, LastModifiedDate FROM Account ORDER BY Name")
    assert [one["Name"] for one in found] == ["N 0", "N 1", "N 2"]
    assert isinstance(found[0]["LastModifiedDate"], int)
