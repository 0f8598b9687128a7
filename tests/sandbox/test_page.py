"""Does a person see the books: lists, one order whole, where it came from; and is what a record holds only text?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import requests
from lxml import html

from sandbox.salesforce.ids import make_id
from tests.sandbox import netsuite_twin, salesforce_api
from tests.sandbox.netsuite_twin import Twin, order

SCRIPT = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
DEAL = make_id("006", 7)
RECORD = "/services/rest/record/v1/salesOrder"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    folder = tmp_path_factory.mktemp("netsuite")
    with netsuite_twin.running(folder, state=folder / "state.sqlite") as twin:
        lines = [
            {"item": {"id": "7"}, "quantity": 2.5, "rate": 1010.1, "price": {"id": "-1"}},
            {"item": {"id": "8"}, "quantity": 3, "rate": 7, "price": {"id": "-1"}},
        ]
        for number in range(60):
            key = f"{RECORD}/eid:SF-OPP-{make_id('006', number)}"
            assert twin.call("PUT", key, order(*lines, memo=SCRIPT, otherRefNum="PO-7")).ok
        assert twin.call("PATCH", f"{RECORD}/eid:SF-OPP-{DEAL}", {"orderStatus": {"id": "B"}, "memo": "later"}).ok
        assert twin.call("POST", f"{RECORD}/eid:SF-OPP-{DEAL}/!transform/invoice", {}).ok
        assert twin.record("PUT", "customer/eid:SF-ACC-2", {"companyName": SCRIPT, "subsidiary": {"id": "1"}}).ok
        yield twin


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[salesforce_api.Twin]:
    with salesforce_api.in_process(tmp_path_factory.mktemp("salesforce")) as twin:
        one, product, book, entry = make_id("001", 1), make_id("01t", 1), make_id("01s", 1), make_id("01u", 1)
        twin.load(
            ("Account", {"Id": one, "Name": f"Acme {SCRIPT}"}),
            ("Pricebook2", {"Id": book, "Name": "Standard"}),
            ("Product2", {"Id": product, "Name": "Widget", "ProductCode": "W-1"}),
            ("PricebookEntry", {"Id": entry, "Pricebook2Id": book, "Product2Id": product, "UnitPrice": "10"}),
            ("Opportunity", {"Id": DEAL, "Name": "Big deal", "AccountId": one, "StageName": "Closed Won",
                             "CloseDate": "2026-02-01", "CurrencyIsoCode": "USD"}),
            ("OpportunityLineItem", {"Id": make_id("00k", 1), "OpportunityId": DEAL, "Product2Id": product,
                                     "PricebookEntryId": entry, "Quantity": "3", "UnitPrice": "1250.50"}),
        )  # fmt: skip
        change = {"NetSuite_Internal_ID__c": "4711", "NetSuite_Order_Number__c": "SO10007"}
        assert twin.call("PATCH", f"sobjects/Opportunity/{DEAL}", json=change).ok
        yield twin


def page(twin: Any, path: str, status: int = 200) -> str:
    answer = requests.get(f"{twin.url}/_twin/{path}", timeout=10)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert not re.search(r"<img|onerror=(?!alert\(1\)&gt;)", answer.text)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", answer.text)
    return answer.text


def text_of(source: str) -> str:
    return " ".join(" ".join(str(one) for one in html.fromstring(source).itertext()).split())


def test_the_home_page_counts_and_adds_up(account: Twin) -> None:
    seen = text_of(page(account, ""))
    assert "NetSuite account 1234567_SB1" in seen
    assert "Sales Order USD 60 152,775.00" in seen
    assert "Invoice USD 1 2,546.25" in seen
    assert "0 of 5" in seen
    assert requests.get(f"{account.url}/_twin", timeout=5).status_code == 200


def test_one_order_is_seen_whole(account: Twin) -> None:
    source = page(account, f"record/salesOrder/SF-OPP-{DEAL}")
    seen = text_of(source)
    for words in (
        "Sales Order SO10008", "Billed", f"Came from Salesforce Opportunity {DEAL}", "Customer Acme", "PO number PO-7",
        "Currency USD", "1 SVC-1 2.5 1,010.10 2,525.25", "2 BOX-1 3 7.00 21.00", "Subtotal 2,546.25", "Discount 0.00", "Tax 0.00",
        "Total 2,546.25", "led to Invoice INV10001", "Created by REST PUT salesOrder", "Changed by REST PATCH salesOrder",
        "Pending Approval → Pending Fulfillment", "Billed 5.5 of 5.5 pieces", "Paid 0 of 2,546.25",
    ):  # fmt: skip
        assert words in seen, words
    assert SCRIPT in unescape(source)


def test_lists_are_searched_and_paged(account: Twin) -> None:
    first = page(account, "list/salesOrder")
    assert first.count("/_twin/record/salesOrder/") == 50
    assert "1\N{EN DASH}50 of 60" in text_of(first)
    after = re.search(r'rel="next" href="/_twin/([^"]+)"', first)
    assert after
    second = page(account, unescape(after.group(1)))
    assert second.count("/_twin/record/salesOrder/") == 10
    for query in ("SO10008", DEAL, "sf-opp-" + DEAL.lower(), DEAL[:15]):
        assert page(account, f"list/salesOrder?q={query}").count("/_twin/record/salesOrder/") == 1, query
    assert "Nothing is found" in page(account, "list/salesOrder?q=zzzz")
    assert page(account, "list/salesOrder?q=acme").count("/_twin/record/salesOrder/") == 50
    assert "SVC-1" in text_of(page(account, "list/item"))
    assert "Success" in page(account, "list/sign-ins")
    for kind in ("invoice", "customer", "inventoryItem", "currency", "subsidiary", "customerPayment"):
        page(account, f"list/{kind}")


def test_what_is_not_there_is_said_so(account: Twin) -> None:
    assert "There is no salesOrder 999999" in page(account, "record/salesOrder/999999", 404)
    assert "There is no list called" in page(account, "list/nothing", 404)
    assert requests.get(f"{account.url}/_twin/list/salesOrder?offset=x", timeout=5).status_code == 400


def test_levers_are_pulled_by_forms(account: Twin) -> None:
    def pull(lever: str, **form: str) -> str:
        answer = requests.post(f"{account.url}/_twin/do/{lever}", data=form, timeout=5)
        assert answer.status_code == 200
        return text_of(answer.text)

    assert "Armed: status on suiteql" in pull("arm", kind="status", match="suiteql", status="503", times="", rate="")
    assert account.ask("SELECT id FROM transaction").status_code == 503
    assert account.control("GET", "faults")[0]["fired"] == 1
    assert "Not done: match '(' is no regular expression" in pull("arm", kind="status", match="(")
    assert "All faults are cleared" in pull("disarm")
    assert account.control("GET", "faults") == []
    assert "Latency: demo" in pull("latency", profile="demo")
    assert "Latency: off" in pull("latency", profile="off")
    assert "Snapshot evening is taken" in pull("snapshot", name="evening")
    assert "again as it was in evening" in pull("restore", name="evening")
    assert "The twin's time is" in pull("clock", advance="86400")
    assert "The twin's time is" in pull("clock")
    assert "no such lever" in pull("control")
    crossed = requests.post(f"{account.url}/_twin/do/disarm", headers={"Origin": "https://evil.example"}, timeout=5)
    assert crossed.status_code == 403


def test_the_requests_are_seen_and_filtered(account: Twin) -> None:
    seen = text_of(page(account, "requests?operation=patch"))
    assert "PATCH salesOrder" in seen
    assert "PUT salesOrder" not in seen
    assert "No request is like that" in page(account, f"requests?q={SCRIPT}")


def test_an_opportunity_is_seen_whole_with_what_netsuite_made_of_it(org: salesforce_api.Twin) -> None:
    seen = text_of(page(org, f"record/Opportunity/{DEAL}"))
    for words in (
        "Opportunity Big deal", "Closed Won", "In NetSuite as SO10007 (internal id 4711)", "Widget 3 1,250.50", "3,751.50",
        "Changed by REST PATCH sobjects/Opportunity/{id}", "NetSuite_Internal_ID__c: nothing → 4711",
    ):  # fmt: skip
        assert words in seen, words


def test_the_org_s_lists_events_and_jobs(org: salesforce_api.Twin) -> None:
    assert "Closed Won USD 1 3,751.50" in text_of(page(org, ""))
    assert "Big deal" in page(org, "list/Opportunity?q=big")
    assert f"Acme {SCRIPT}" in unescape(page(org, "list/Account"))
    assert org.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id FROM Account"}).ok
    assert "SELECT Id FROM Account" in page(org, "list/jobs")
    assert "OpportunityChangeEvent" in page(org, "list/events")
    told = requests.get(f"{org.url}/_twin/records/Opportunity/{DEAL}", timeout=5).json()
    assert told["history"][-1]["changes"]
    assert told["tables"][0]["rows"]


def test_the_page_asks_a_browser_for_nothing_from_elsewhere(account: Twin) -> None:
    asked = set(re.findall(r'(?:src|href)="([^"#]+)"', page(account, "list/customer")))
    assert all(one.startswith("/_twin") for one in asked)
    assert requests.get(f"{account.url}/_twin/style.css", timeout=5).headers["content-type"].startswith("text/css")
