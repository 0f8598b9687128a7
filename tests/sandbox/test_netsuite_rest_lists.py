"""Are the records of a type listed, filtered and paged as the vendor does?"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        one.control("POST", "clock", {"now": "2026-03-15T12:00:00Z", "frozen": True})
        for number in range(1, 6):
            line = {"item": {"id": "7"}, "quantity": number, "rate": 10, "price": {"id": "-1"}}
            fields: dict[str, Any] = {
                "memo": f"m{number}",
                "tranDate": f"2026-0{number}-15",
                "custbody_kind": f"k{number}",
            }
            fields |= {"custbody_contract_value": number * 10, "custbody_contract_signed": f"2026-0{number}-02"}
            fields["custbody_auto_renew"] = number == 3
            if number == 5:
                fields["otherRefNum"] = 'PO "5" + 50% & more'
            one.record("PUT", f"salesOrder/eid:SF-{number}", order(line, **fields))
        yield one


def _asked(twin: Twin, query: str, kind: str = "salesorder") -> requests.Response:
    return twin.record("GET", f"{kind}?q={quote(query, safe='')}")


def _memos(twin: Twin, query: str) -> str:
    answer = _asked(twin, query)
    assert answer.status_code == 200, answer.text
    places = [item["links"][0]["href"] for item in answer.json()["items"]]
    return " ".join(requests.get(place, auth=twin.oauth(), timeout=10).json()["memo"] for place in places)


@pytest.mark.parametrize(
    ("query", "memos"),
    [
        ('memo IS "m2"', "m2"),
        ("memo is m2", "m2"),
        ('MEMO IS_NOT "m2"', "m1 m3 m4 m5"),
        ('memo START_WITH "m" AND total GREATER 30', "m4 m5"),
        ("memo END_WITH 3 OR memo CONTAIN 4", "m3 m4"),
        ("(memo IS m1 OR memo IS m2) AND total LESS_OR_EQUAL 10", "m1"),
        ("total BETWEEN [20, 30]", "m2 m3"),
        ("total EQUAL 20.00", "m2"),
        ("id ANY_OF [101, 103]", "m1 m3"),
        ("id ANY_OF_NOT [101, 103]", "m2 m4 m5"),
        ("entity ANY_OF [501] AND memo ANY_OF [m4]", "m4"),
        ('externalId IS "SF-4"', "m4"),
        ("otherRefNum EMPTY", "m1 m2 m3 m4"),
        ("otherRefNum EMPTY_NOT", "m5"),
        ('otherRefNum IS "PO \\"5\\" + 50% & more"', "m5"),
        ('tranDate ON "3/15/2026"', "m3"),
        ('tranDate ON_OR_AFTER "3/15/2026" AND tranDate BEFORE "05/15/2026"', "m3 m4"),
        ('tranDate AFTER "3/15/2026"', "m4 m5"),
        ('tranDate ON_OR_BEFORE "2/15/2026"', "m1 m2"),
        ('lastModifiedDate AFTER "03/15/2026" AND lastModifiedDate BEFORE "03/16/2026"', "m1 m2 m3 m4 m5"),
        ('lastModifiedDate AFTER "03/16/2026"', ""),
        ('custbody_kind IS "k2"', "m2"),
        ("custbody_auto_renew IS true", "m3"),
        ("custbody_contract_value GREATER 30", "m4 m5"),
        ('custbody_contract_signed AFTER "4/1/2026"', "m4 m5"),
    ],
)
def test_a_query_finds_its_records(twin: Twin, query: str, memos: str) -> None:
    assert _memos(twin, query) == memos


@pytest.mark.parametrize(
    "query",
    [
        "memo",
        "memo IS",
        "nope IS 1",
        "memo WHAT 1",
        "(memo IS m1",
        "memo IS m1 memo IS m2",
        "total CONTAIN 1",
        "total EQUAL x",
    ],
)
def test_a_query_that_cannot_be_read_is_refused(twin: Twin, query: str) -> None:
    answer = _asked(twin, query)
    detail = answer.json()["o:errorDetails"][0]
    assert (answer.status_code, detail["o:errorCode"], detail["o:errorQueryParam"]) == (400, "INVALID_PARAMETER", "q")
    assert detail["detail"].startswith("Invalid search query. ")


@pytest.mark.parametrize("text", ["2026-03-15", "15/03/2026", "3/15/2026 10:00"])
def test_a_date_in_another_format_is_refused_in_the_words_that_clients_wait_for(twin: Twin, text: str) -> None:
    detail = _asked(twin, f'lastModifiedDate AFTER "{text}"').json()["o:errorDetails"][0]
    assert (detail["o:errorCode"], "failed with date format" in detail["detail"]) == ("INVALID_PARAMETER", True)


def _links(body: Any) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in body["links"]}


def test_pages_are_linked_and_keep_the_query(twin: Twin) -> None:
    first = twin.record("GET", f"salesOrder?limit=2&q={quote('memo START_WITH m')}").json()
    assert (first["count"], first["hasMore"], first["offset"], first["totalResults"]) == (2, True, 0, 5)
    second = requests.get(_links(first)["next"], auth=twin.oauth(), timeout=10).json()
    assert [item["id"] for item in second["items"]] == ["103", "104"]
    last = requests.get(_links(second)["last"], auth=twin.oauth(), timeout=10).json()
    assert ([item["id"] for item in last["items"]], last["hasMore"]) == (["105"], False)
    assert set(_links(first)) == {"self", "next", "last"}
    assert set(_links(second)) == {"self", "next", "last", "first", "previous"}
    assert set(_links(last)) == {"self", "first", "previous"}


def test_types_that_are_not_there_and_methods_that_are_not_taken(twin: Twin) -> None:
    unknown = twin.record("GET", "bad-path")
    assert (unknown.status_code, unknown.json()["o:errorDetails"][0]["detail"]) == (
        404,
        "Record type 'bad-path' does not exist.",
    )
    refused = twin.record("POST", "salesOrder/101", {})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "DELETE, GET, PATCH, PUT")
    assert twin.call("GET", "/services/rest/nothing").status_code == 404
    assert twin.record("GET", "customer/x1").json()["o:errorDetails"][0]["o:errorCode"] == "INVALID_ID"


def test_a_body_of_another_kind_is_refused(twin: Twin) -> None:
    for media, status in (("text/plain", 415), ("application/json; charset=utf-8", 204)):
        body = {"companyName": "Other", "subsidiary": {"id": "1"}}
        assert twin.record("POST", "customer", body, Content_Type=media).status_code == status


def test_anybody_is_told_where_an_account_lives(twin: Twin) -> None:
    answer = requests.get(f"{twin.url}/rest/datacenterurls?account=1234567_SB1", timeout=10)
    assert answer.json() == dict.fromkeys(("restDomain", "webservicesDomain", "systemDomain"), twin.url)
