"""Does the NetSuite twin's SOAP face hold to the published contract? Asked through zeep, checked by its schemas."""

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree
from zeep.exceptions import Fault

from sandbox.netsuite.rest.oauth import Seen, base_string
from sandbox.netsuite.signin import signature
from tests.sandbox.netsuite_contract import needs_contract, violations
from tests.sandbox.netsuite_twin import Twin, order, running
from tests.sandbox.soap_calls import CORE, ENVELOPE, V, ask, client, made, order_xml, ref, send


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def sales_order(key: str, customer: str = "SF-ACC-1", **fields: Any) -> Any:
    line = made(
        "sales", "SalesOrderItem", item=ref(internalId="7"), quantity=2.5, price=ref(internalId="-1"), rate="10.10"
    )
    lines = made("sales", "SalesOrderItemList", item=[line])
    return made("sales", "SalesOrder", externalId=key, entity=ref(externalId=customer), itemList=lines, **fields)


@needs_contract
def test_zeep_upserts_a_customer_and_its_order_in_one_list_and_reads_them_back(twin: Twin) -> None:
    subsidiary = ref(internalId="2")
    customer = made("rel", "Customer", externalId="SF-NEW", companyName="New & Co", subsidiary=subsidiary)
    lost = sales_order("SF-LOST", customer="SF-NOBODY")
    answer = ask(twin, "upsertList", [customer, sales_order("SF-O1", "sf-new", memo="ä<"), lost])
    results = answer.writeResponseList.writeResponse
    assert [one.status.isSuccess for one in results] == [True, True, False]
    assert results[2].status.statusDetail[0].message == "Invalid entity reference key SF-NOBODY."
    assert results[1].baseRef.externalId == "SF-O1"

    reference = ref(externalId="sf-o1", type="salesOrder")
    record = ask(twin, "get", reference).readResponse.record
    assert (record.memo, record.status, record.orderStatus) == ("ä<", "Pending Approval", "_pendingApproval")
    assert (record.total, record.currency.name) == (25.25, "Euro")
    assert (record.itemList.item[0].line, record.itemList.item[0].rate) == (1, "10.10")


@needs_contract
def test_every_answer_is_valid_against_the_published_schemas(twin: Twin) -> None:
    twin.record(
        "PUT", "salesOrder/eid:SF-VALID", order(custbody_a="x", custbody_b=True, custbody_c={"id": "3"}, memo="m")
    )
    address = {"country": {"id": "DE"}, "addr1": "Weg 1", "city": "Ulm"}
    book = {"items": [{"label": "Main", "defaultBilling": True, "addressBookAddress": address}]}
    twin.record("PATCH", "customer/501", {"addressBook": book})
    kinds = ("customer:501", "serviceSaleItem:7", "inventoryItem:8", "currency:1", "subsidiary:2", "term:1")
    references = "".join(
        f'<baseRef xsi:type="core:RecordRef" type="{k}" internalId="{i}"/>'
        for k, i in (one.split(":") for one in kinds)
    )
    bodies = [
        f"<upsertList>{order_xml('SF-V1')}{order_xml('SF-V2', item='99')}</upsertList>",
        f"<upsert>{order_xml('SF-V1')}</upsert>",
        f'<getList>{references}<baseRef xsi:type="core:RecordRef" type="term" internalId="9"/></getList>',
        '<get><baseRef xsi:type="core:RecordRef" type="salesOrder" externalId="SF-VALID"/></get>',
        "<getServerTime/>",
        "<getDataCenterUrls><account>1234567_SB1</account></getDataCenterUrls>",
    ]
    for body in bodies:
        assert send(twin, body).status_code == 200
    assert violations(twin.url) == []


def test_the_answer_speaks_the_version_of_the_question(twin: Twin) -> None:
    answer = send(twin, "<getServerTime/>", version="2025_2")
    assert b"urn:core_2025_2.platform.webservices.netsuite.com" in answer.content


def test_a_list_of_a_hundred_is_taken_and_one_more_refused(twin: Twin) -> None:
    many = [order_xml(f"SF-M{number}", lines=3) for number in range(101)]
    began = time.process_time()
    assert send(twin, f"<upsertList>{''.join(many[:100])}</upsertList>").text.count('type="salesOrder"') == 100
    assert time.process_time() - began < 0.5
    refused = send(twin, f"<upsertList>{''.join(many)}</upsertList>")
    assert refused.status_code == 500
    assert "exceededRecordCountFault" in refused.text


def test_lines_are_replaced_unless_the_list_says_merge(twin: Twin) -> None:
    send(twin, f"<upsert>{order_xml('SF-R', lines=2)}</upsert>")
    send(twin, f"<upsert>{order_xml('SF-R', lines=1)}</upsert>")

    def count() -> Any:
        return twin.record("GET", "salesOrder/eid:SF-R?expandSubResources=true").json()["item"]["count"]

    assert count() == 1
    merged = order_xml("SF-R", lines=1).replace("<sales:itemList>", '<sales:itemList replaceAll="false">')
    send(twin, f"<upsert>{merged}</upsert>")
    assert count() == 2


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"account": "1234567-sb1"}, "account_rejected"),
        ({"consumerKey": "x"}, "consumer_key_unknown"),
        ({"timestamp": "1508242306"}, "InvalidTimestamp"),
        ({"nonce": "short"}, "nonce_rejected"),
    ],
)
def test_every_failed_sign_in_reads_the_same_and_the_trail_tells_it(
    twin: Twin, other: dict[str, str], reason: str
) -> None:
    answer = send(twin, "<getServerTime/>", **other)
    assert answer.status_code == 500
    assert "<faultstring>Invalid login attempt.</faultstring>" in answer.text
    assert "invalidCredentialsFault" in answer.text
    assert twin.control("GET", "audit")[-1]["result"] == reason
    assert send(twin, "<getServerTime/>").status_code == 200


def test_a_nonce_is_good_for_one_call(twin: Twin) -> None:
    nonce, stamp = uuid.uuid4().hex, str(int(time.time()))
    answers = [send(twin, "<getServerTime/>", nonce=nonce, timestamp=stamp).status_code for _ in range(2)]
    assert answers == [200, 500]


def test_the_published_signatures_come_out() -> None:
    consumer_secret = "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5"
    token_secret = "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"
    consumer = "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"
    token = "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"
    nonce, stamp = "fjaLirsIcCGVZWzBX0pg", "1508242306"
    soap = signature(f"123456&{consumer}&{token}&{nonce}&{stamp}", consumer_secret, token_secret)
    assert soap == "tIcC5zyKUmycB5Ml/cNxOHDusw03Y5KPQiXVNUHHp4U="
    parts = {"oauth_consumer_key": consumer, "oauth_token": token, "oauth_nonce": nonce, "oauth_timestamp": stamp}
    parts |= {"oauth_signature_method": "HMAC-SHA256", "oauth_version": "1.0"}
    host, place = "123456.suitetalk.api.netsuite.com", "/services/rest/record/v1/employee/40"
    rest = base_string(Seen("GET", "https", host, place), parts)
    assert signature(rest, consumer_secret, token_secret) == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="
    query = "script=6&deploy=1&customParam=someValue&testParam=someOtherValue"
    seen = Seen("POST", "https", "123456.restlets.api.netsuite.com", "/app/site/hosting/restlet.nl", query)
    restlet = signature(base_string(seen, parts), consumer_secret, token_secret)
    assert restlet == "+KK4SKNgz4ZiILGLwOMtfYlgcXSy1eis8ldE9X90azQ="


def test_a_document_type_is_refused(twin: Twin) -> None:
    text = f'<!DOCTYPE x [<!ENTITY a "b">]><e:Envelope xmlns:e="{ENVELOPE}"><e:Body><x>&a;</x></e:Body></e:Envelope>'
    answer = requests.post(f"{twin.url}/services/NetSuitePort_{V}", data=text, timeout=10)
    assert answer.status_code == 500
    assert "document type" in answer.text


@needs_contract
def test_data_centres_are_told_without_a_sign_in(twin: Twin) -> None:
    name = f"{{urn:platform_{V}.webservices.netsuite.com}}NetSuiteBinding"
    service = client().create_service(name, f"{twin.url}/services/NetSuitePort_{V}")
    assert service.getDataCenterUrls("1234567_SB1").body.getDataCenterUrlsResult.dataCenterUrls.restDomain == twin.url


@needs_contract
def test_read_only_fields_are_refused_unless_the_caller_ignores_them(twin: Twin) -> None:
    record = sales_order("SF-RO", total=1.0)
    refused = ask(twin, "upsert", record).writeResponse.status
    assert refused.statusDetail[0].code == "INSUFFICIENT_PERMISSION"
    kept = ask(twin, "upsert", record, preferences={"ignoreReadOnlyFields": True}).writeResponse
    assert kept.status.isSuccess


@needs_contract
def test_the_refusal_of_a_busy_account_can_be_read_by_zeep(twin: Twin) -> None:
    twin.control("POST", "faults", {"match": "getServerTime", "kind": "busy"})
    with pytest.raises(Fault, match=r"SuiteTalk concurrent request limit exceeded\. Request blocked\."):
        ask(twin, "getServerTime")


def test_one_pool_of_slots_serves_both_faces(tmp_path: Path) -> None:
    with running(tmp_path, slots=1) as twin:
        twin.control("POST", "latency", {"profile": "real"})
        slow = threading.Thread(target=lambda: send(twin, f"<upsert>{order_xml('SF-SLOW')}</upsert>"))
        slow.start()
        while not twin.control("GET", "usage")["records_written"]:
            slow.join(0.02)
        rest, soap = twin.record("GET", "customer/501"), send(twin, "<getServerTime/>")
        slow.join()
        assert rest.status_code == 429
        assert rest.json()["o:errorDetails"][0]["o:errorCode"] == "CONCURRENCY_LIMIT_EXCEEDED"
        assert "Retry-After" not in rest.headers
        assert "WS_REQUEST_BLOCKED" in soap.text
        assert twin.record("GET", "customer/501").status_code == 200
        assert twin.control("GET", "usage")["refused"] == 2


def test_a_call_that_was_cut_off_had_been_committed(twin: Twin) -> None:
    twin.control("POST", "faults", {"match": "upsert", "kind": "drop"})
    with pytest.raises(requests.ConnectionError):
        send(twin, f"<upsert>{order_xml('SF-CUT')}</upsert>")
    assert twin.record("GET", "salesOrder/eid:SF-CUT").status_code == 200


def test_a_list_out_of_time_is_done_unknown_and_not_processed(twin: Twin) -> None:
    twin.control("POST", "faults", {"match": "upsertList", "kind": "partial"})
    names = [f"SF-T{number}" for number in range(5)]
    answer = send(twin, f"<upsertList>{''.join(order_xml(name) for name in names)}</upsertList>")
    told = [one.get("isSuccess") for one in etree.fromstring(answer.content).iter(f"{{{CORE}}}status")][1:]
    assert told == ["true", "true", "false", "false", "false"]
    there = [twin.record("GET", f"salesOrder/eid:{name}").status_code for name in names]
    assert there == [200, 200, 200, 404, 404]


def test_a_script_that_failed_after_the_save_leaves_the_record(twin: Twin) -> None:
    twin.control("POST", "faults", {"match": "upsert", "kind": "after_submit_failed"})
    answer = send(twin, f"<upsert>{order_xml('SF-AFTER')}</upsert>").text
    assert "<platformCore:afterSubmitFailed>true</platformCore:afterSubmitFailed>" in answer
    assert 'internalId="' in answer
    assert twin.record("GET", "salesOrder/eid:SF-AFTER").status_code == 200


def test_what_was_written_outlives_the_process_and_totals_are_exact(tmp_path: Path) -> None:
    state = tmp_path / "account.sqlite"
    with running(tmp_path, state=state) as twin:
        send(twin, f"<upsertList>{''.join(order_xml(f'SF-K{n}', lines=3) for n in range(4))}</upsertList>")
    with running(tmp_path, state=state) as twin:
        assert twin.control("GET", "totals/salesOrder") == {"count": 4, "totals": {"USD": "30.00"}}
        assert twin.control("GET", "records/salesOrder?q=sf-k2")["records"][0]["externalId"] == "SF-K2"


def test_a_bad_line_undoes_the_whole_load(twin: Twin) -> None:
    good = {"type": "serviceSaleItem", "record": {"itemId": "GONE", "externalId": "GONE"}}
    bad = {"type": "salesOrder", "record": order(entity={"id": "77"})}
    answer = twin.load([good, bad])
    assert (answer.status_code, answer.json()["line"]) == (400, 2)
    assert twin.ask("SELECT id FROM item WHERE itemid = 'GONE'").json()["items"] == []
