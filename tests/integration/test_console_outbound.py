"""Are Outbound Messages acknowledged when, and only when, the ledger has all that they tell?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from lxml import etree

from sandbox.salesforce.events.outbound.envelope import acknowledged
from tests.integration.console_stage import OLD_PATH, ORGANIZATION, PATH, Door, standing, until
from tests.sandbox.events_twin import Twin, start, stop
from tests.unit.core_stage import CUSTOMERS, ORDERS, deal

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}">'
FIELDS = "<sf:SystemModstamp>2026-11-23T11:00:00.500Z</sf:SystemModstamp><sf:StageName>Closed Won</sf:StageName>"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with standing(tmp_path_factory.mktemp("console")) as door:
        yield door


@pytest.fixture
def door(running: Door) -> Door:
    """Give each test an empty ledger's asks."""
    with running.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM asks")
    running.bell.captures.clear()
    return running


def notification(number: int = 1, kind: str = "Opportunity", fields: str = FIELDS) -> str:
    known = f"<sf:Id>{deal(number).id}</sf:Id>{fields}" if fields else ""
    return (
        f'<Notification><Id>04l{number:012d}AAA</Id><sObject xsi:type="sf:{kind}" '
        f'xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{known}</sObject></Notification>'
    )


def message(*notifications: str, organization: str = ORGANIZATION, head: str = HEAD) -> str:
    return (
        f'{head}<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><OrganizationId>{organization}</OrganizationId>'
        f'<ActionId>04k000000000001AAA</ActionId><SessionId xsi:nil="true"/>{"".join(notifications)}'
        "</notifications></soapenv:Body></soapenv:Envelope>"
    )


def send(door: Door, body: str, path: str = PATH) -> requests.Response:
    return door.post(f"/hooks/salesforce/{path}", body.encode(), **{"Content-Type": "text/xml; charset=utf-8"})


def faulted(answer: requests.Response) -> tuple[int, str]:
    """Return the status and the code of a SOAP fault."""
    assert not acknowledged(answer.content)
    words = etree.fromstring(answer.content).findtext(f"{{{SOAP}}}Body/{{{SOAP}}}Fault/faultstring")
    assert words
    return answer.status_code, words.partition(":")[0]


@pytest.mark.parametrize("organization", [ORGANIZATION, ORGANIZATION[:15]])
@pytest.mark.parametrize("path", [PATH, OLD_PATH])
def test_a_message_is_acknowledged_when_the_ledger_has_it(door: Door, path: str, organization: str) -> None:
    answer = send(door, message(notification(), organization=organization), path)
    assert answer.status_code == 200
    assert acknowledged(answer.content)
    (ask,) = door.asks().values()
    assert (ask.flow, ask.source_id, ask.version, ask.origin) == (
        ORDERS, deal().id, "2026-11-23T11:00:00.000Z", "outbound",
    )  # fmt: skip
    assert door.heard() == [(ORDERS, [deal().id])]


def test_a_hundred_notifications_are_taken_and_sending_them_again_changes_nothing(door: Door) -> None:
    whole = message(*(notification(number) for number in range(100)))
    for _ in range(2):
        assert acknowledged(send(door, whole).content)
    assert len(door.asks()) == 100
    assert faulted(send(door, message(*(notification(n) for n in range(101))))) == (422, "WRONG_MESSAGE")


def test_a_notification_without_data_asks_for_whatever_changed(door: Door) -> None:
    assert acknowledged(send(door, message(notification(), notification(2, fields=""))).content)
    assert set(door.asks()) == {(ORDERS, deal().id), (ORDERS, "*")}


def test_an_unknown_object_is_refused_with_the_nearest_name(door: Door) -> None:
    answer = send(door, message(notification(kind="Oportunity")))
    assert faulted(answer) == (422, "UNKNOWN_OBJECT")
    assert "Opportunity" in answer.text
    assert not door.asks()


@pytest.mark.parametrize("organization", ["", "00D000000000000AAA", ORGANIZATION[:14], ORGANIZATION.lower()])
def test_another_organization_is_refused(door: Door, organization: str) -> None:
    assert faulted(send(door, message(notification(), organization=organization))) == (403, "WRONG_ORGANIZATION")
    assert not door.asks()


@pytest.mark.parametrize("path", ["x", PATH[:-1], PATH + "x", PATH.upper(), "%C3%A9"])
def test_another_path_is_refused_without_a_look_at_the_message(door: Door, path: str) -> None:
    assert faulted(send(door, "nonsense", path)) == (404, "UNKNOWN_HOOK")


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "00D"><!ENTITY b "&a;&a;&a;">]>'
THEFT = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("prologue", [BOMB, THEFT, "<!DOCTYPE x>"])
def test_a_document_type_is_refused_and_no_entity_is_followed(door: Door, prologue: str) -> None:
    head = prologue + HEAD.partition("?>")[2]
    assert faulted(send(door, message(notification(), head=head))) == (422, "WRONG_MESSAGE")
    answer = send(door, message(notification(), organization="&a;", head=head))
    assert faulted(answer)[0] in {400, 403, 422}
    assert "root:" not in answer.text
    assert not door.asks()


@pytest.mark.parametrize(
    "body",
    ["", "{}", "<", "<a/>", HEAD + "</soapenv:Envelope>", message(), "<a>" * 5000, message("<Notification/>")],
)
def test_what_is_no_message_is_never_acknowledged(door: Door, body: str) -> None:
    assert faulted(send(door, body))[0] in {400, 422}
    assert not door.asks()


def test_a_message_whose_ids_are_none_is_refused_whole(door: Door) -> None:
    wrong = notification(2).replace(deal(2).id, "006&lt;script&gt;")
    answer = send(door, message(notification(), wrong))
    assert faulted(answer) == (422, "INVALID_ID")
    assert not door.asks()


def test_a_ledger_that_is_down_gives_no_acknowledgement(tmp_path: Path) -> None:
    with standing(tmp_path, patience=0.3) as door:
        with door.ledger.engine.begin() as connection:  # a writer that does not end
            assert faulted(send(door, message(notification()))) == (503, "LEDGER_DOWN")
            connection.rollback()
        assert acknowledged(send(door, message(notification())).content)


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    try:
        yield twin
    finally:
        stop(twin)


def test_an_org_tells_its_changes_doubled_and_out_of_order_and_each_is_asked_for(door: Door, org: Twin) -> None:
    rule = {"fields": ["SystemModstamp", "Name"], "url": f"{door.url}/hooks/salesforce/{PATH}"}
    for kind in ("Opportunity", "Account"):
        org.control("POST", "outbound", json=rule | {"object": kind})
    org.fault(kind="duplicate", match="EVENT outbound/Opportunity", times=2)
    org.fault(kind="reorder", match="EVENT outbound/Account", times=1)
    accounts = [org.create("Account", Name=f"Customer {number}") for number in range(3)]
    fields = {"StageName": "Prospecting", "CloseDate": "2026-11-30"}
    deals = [org.create("Opportunity", Name=f"Deal {number}", **fields) for number in range(3)]
    org.change("Opportunity", deals[0], StageName="Closed Won")
    until(lambda: org.control("GET", "outbound")["waiting"] == 0)
    assert set(door.asks()) == {(CUSTOMERS, one) for one in accounts} | {(ORDERS, one) for one in deals}
    stamp = org.call("GET", f"sobjects/Opportunity/{deals[0]}").json()["SystemModstamp"]
    assert door.asks()[ORDERS, deals[0]].version == stamp.replace("+0000", "Z")
    org.control("DELETE", "outbound")


def test_an_org_comes_again_until_the_ledger_answers(door: Door, org: Twin) -> None:
    org.control("POST", "events", json={"outbound_retry": 0.2})
    wrong = f"{door.url}/hooks/salesforce/not-our-path-at-all"
    org.control("POST", "outbound", json={"object": "Account", "fields": ["Name"], "url": wrong})
    org.create("Account", Name="Nobody heard of it")
    until(lambda: org.control("GET", "outbound")["queue"][0]["tries"] > 1)
    assert not door.asks()
    org.control("DELETE", "outbound")


def test_the_deletion_of_a_record_that_its_notification_cannot_name_any_more_asks_for_whatever_changed(
    door: Door, org: Twin
) -> None:
    org.control("POST", "outbound", json={
        "object": "Account", "fields": ["Name"], "url": f"{door.url}/hooks/salesforce/{PATH}",
    })  # fmt: skip
    org.fault(kind="gap", match="EVENT outbound/Account", times=1)
    org.create("Account", Name="Gone at once")
    until(lambda: (CUSTOMERS, "*") in door.asks())
    org.control("DELETE", "outbound")
