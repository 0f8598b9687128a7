"""Are records read and written by the partner API as its clients expect?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from lxml import etree

from tests.sandbox.salesforce_api import Twin, in_process

P, S = "{urn:partner.soap.sforce.com}", "{urn:sobject.partner.soap.sforce.com}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TEXT = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com" '
    'xmlns:s="urn:sobject.partner.soap.sforce.com"><e:Header><p:SessionHeader><p:sessionId>{token}</p:sessionId>'
    "</p:SessionHeader>{header}</e:Header><e:Body><p:{operation}>{body}</p:{operation}></e:Body></e:Envelope>"
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    return running


def call(twin: Twin, operation: str, body: str = "", header: str = "", status: int = 200) -> etree._Element:
    token = str(twin.session.headers["Authorization"]).removeprefix("Bearer ")
    text = TEXT.format(token=token, operation=operation, body=body, header=header)
    address = f"{twin.url}/services/Soap/u/66.0/00DWs0000000001"
    answer = requests.post(address, text.encode(), headers={"Content-Type": "text/xml", "SOAPAction": '""'}, timeout=10)
    assert answer.status_code == status, answer.text
    return etree.fromstring(answer.content)


def results(tree: etree._Element) -> list[etree._Element]:
    return list(tree.iter(f"{P}result"))


def account(name: str, more: str = "") -> str:
    return f"<p:sObjects><s:type>Account</s:type><s:Name>{name}</s:Name>{more}</p:sObjects>"


def test_records_are_created_changed_read_and_deleted(twin: Twin) -> None:
    made = results(call(twin, "create", account("A &amp; B") + account("")))
    assert [one.findtext(f"{P}success") for one in made] == ["true", "false"]
    assert made[1].findtext(f"{P}errors/{P}statusCode") == "REQUIRED_FIELD_MISSING"
    record_id = made[0].findtext(f"{P}id")
    fields = f"<s:Id>{record_id}</s:Id><s:Phone>1</s:Phone><s:fieldsToNull>Fax</s:fieldsToNull>"
    change = f"<p:sObjects><s:type>Account</s:type>{fields}</p:sObjects>"
    assert results(call(twin, "update", change))[0].findtext(f"{P}success") == "true"
    wish = f"<p:fieldList>Id, Name,Phone</p:fieldList><p:sObjectType>Account</p:sObjectType><p:ids>{record_id}</p:ids>"
    read = results(call(twin, "retrieve", wish))[0]
    assert [read.findtext(f"{S}{name}") for name in ("type", "Id", "Name", "Phone")] == [
        "Account",
        record_id,
        "A & B",
        "1",
    ]
    gone = results(call(twin, "delete", f"<p:ids>{record_id}</p:ids>"))[0]
    assert gone.findtext(f"{P}success") == "true"
    assert twin.found("SELECT Id FROM Account") == []


def test_an_upsert_tells_what_it_created_and_all_or_none_undoes(twin: Twin) -> None:
    key = "NetSuite_Internal_ID__c"
    wish = f"<p:externalIDFieldName>{key}</p:externalIDFieldName>" + account("A", f"<s:{key}>1</s:{key}>")
    assert [results(call(twin, "upsert", wish))[0].findtext(f"{P}created") for _ in range(2)] == ["true", "false"]
    strict = "<p:AllOrNoneHeader><p:allOrNone>true</p:allOrNone></p:AllOrNoneHeader>"
    both = results(call(twin, "create", account("B") + account(""), strict))
    assert both[0].findtext(f"{P}errors/{P}statusCode") == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert len(twin.found("SELECT Id FROM Account")) == 1


def test_a_query_goes_page_by_page(twin: Twin) -> None:
    twin.load(*(("Account", {"Name": f"N {number}"}) for number in range(450)))
    size = "<p:QueryOptions><p:batchSize>200</p:batchSize></p:QueryOptions>"
    text = "<p:queryString>SELECT Id, Name, ParentId, CreatedDate FROM Account</p:queryString>"
    page = results(call(twin, "query", text, size))[0]
    seen = []
    while True:
        seen += [one.findtext(f"{S}Name") for one in page.iter(f"{P}records")]
        locator = page.find(f"{P}queryLocator")
        assert locator is not None
        if page.findtext(f"{P}done") == "true":
            break
        page = results(call(twin, "queryMore", f"<p:queryLocator>{locator.text}</p:queryLocator>"))[0]
    assert (len(seen), len(set(seen)), page.findtext(f"{P}size"), locator.get(NIL)) == (450, 450, "450", "true")
    record = next(page.iter(f"{P}records"))
    assert str(record.findtext(f"{S}CreatedDate")).endswith("Z")


def test_parents_and_children_stand_inside(twin: Twin) -> None:
    made = results(call(twin, "create", account("Mother")))[0].findtext(f"{P}id")
    child = (
        f"<p:sObjects><s:type>Contact</s:type><s:LastName>L</s:LastName><s:AccountId>{made}</s:AccountId></p:sObjects>"
    )
    call(twin, "create", child)
    text = "<p:queryString>SELECT Name, (SELECT LastName, Account.Name FROM Contacts) FROM Account</p:queryString>"
    record = next(results(call(twin, "query", text))[0].iter(f"{P}records"))
    assert record.findtext(f"{S}Contacts/{P}records/{S}Account/{S}Name") == "Mother"


def test_a_description_has_its_fields(twin: Twin) -> None:
    found = results(call(twin, "describeSObject", "<p:sObjectType>Account</p:sObjectType>"))[0]
    assert found.findtext(f"{P}keyPrefix") == "001"
    assert "Name" in {one.findtext(f"{P}name") for one in found.iter(f"{P}fields")}
    everything = results(call(twin, "describeGlobal"))[0]
    assert "Account" in {one.findtext(f"{P}name") for one in everything.iter(f"{P}sobjects")}


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("query", "<p:queryString>SELECT FROM</p:queryString>", "MALFORMED_QUERY"),
        ("query", "<p:queryString>SELECT Nope FROM Account</p:queryString>", "INVALID_FIELD"),
        ("queryMore", "<p:queryLocator>01gnope-200</p:queryLocator>", "INVALID_QUERY_LOCATOR"),
        ("dance", "", "INVALID_OPERATION"),
    ],
)
def test_a_wrong_call_is_a_fault(twin: Twin, operation: str, body: str, code: str) -> None:
    tree = call(twin, operation, body, status=500)
    assert tree.findtext(".//faultcode") == f"sf:{code}"


def test_faults_on_request_strike_soap_too(twin: Twin) -> None:
    requests.post(f"{twin.url}/_twin/faults", json={"kind": "expire", "match": "query"}, timeout=10)
    tree = call(twin, "query", "<p:queryString>SELECT Id FROM Account</p:queryString>", status=500)
    assert tree.findtext(".//faultcode") == "sf:INVALID_SESSION_ID"
    assert twin.call("GET", "limits").status_code == 401
    twin.sign_in()


def test_what_was_changed_and_deleted_is_told(twin: Twin) -> None:
    made = [str(one.findtext(f"{P}id")) for one in results(call(twin, "create", account("A") + account("B")))]
    call(twin, "delete", f"<p:ids>{made[1]}</p:ids>")
    now = datetime.now(UTC)
    span = "".join(
        f"<p:{name}>{(now + timedelta(minutes=by)).strftime('%Y-%m-%dT%H:%M:%SZ')}</p:{name}>"
        for name, by in (("startDate", -60), ("endDate", 60))
    )
    asked = f"<p:sObjectType>Account</p:sObjectType>{span}"
    assert results(call(twin, "getUpdated", asked))[0].findtext(f"{P}ids") == made[0]
    assert results(call(twin, "getDeleted", asked))[0].findtext(f"{P}deletedRecords/{P}id") == made[1]
