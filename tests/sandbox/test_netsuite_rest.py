"""Does the NetSuite twin's REST face behave as the vendor's?"""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _key() -> str:
    return f"SF-{uuid.uuid4().hex}"


def _expanded(twin: Twin, key: str) -> Any:
    return twin.record("GET", f"salesOrder/eid:{key}?expandSubResources=True").json()


def test_an_order_is_created_read_changed_and_deleted(twin: Twin) -> None:
    created = twin.record(
        "POST", "salesorder", order(externalId=(key := _key()), otherRefNum="PO-1", custbody_note="hi")
    )
    assert created.status_code == 204
    number = created.headers["Location"].rsplit("/", 1)[1]
    assert created.headers["Location"].startswith(twin.url)
    read = twin.record("GET", f"salesOrder/{number}").json()
    assert (read["id"], read["total"], read["custbody_note"]) == (number, 25.25, "hi")
    assert read["status"] == {"id": "A", "refName": "Pending Approval"}
    assert read["entity"]["refName"].endswith("Acme")
    assert read["links"][0]["href"] == f"{twin.url}/services/rest/record/v1/salesOrder/{number}"
    assert twin.record("PATCH", f"salesOrder/eid:{key.upper()}", {"memo": "new"}).status_code == 204
    changed = _expanded(twin, key)
    assert (changed["memo"], changed["externalId"]) == ("new", key)
    assert twin.record("DELETE", f"salesOrder/{number}").status_code == 204
    assert twin.record("GET", f"salesOrder/{number}").json()["o:errorDetails"][0]["o:errorCode"] == "NONEXISTENT_ID"


def test_a_repeated_put_doubles_the_lines_unless_they_are_replaced(twin: Twin) -> None:
    path = f"salesOrder/eid:{(key := _key())}"
    for query, count in (("", 1), ("", 2), ("?replace=item", 1)):
        assert twin.record("PUT", path + query, order()).status_code == 204
        assert _expanded(twin, key)["item"]["totalResults"] == count


def test_a_line_is_merged_by_its_number_and_keeps_its_lasting_key(twin: Twin) -> None:
    path = f"salesOrder/eid:{(key := _key())}"
    twin.record("PUT", path, order())
    before = _expanded(twin, key)["item"]["items"][0]
    twin.record("PUT", path, {"item": {"items": [{"line": 1, "quantity": 3}]}})
    after = _expanded(twin, key)["item"]["items"][0]
    assert (after["line"], after["lineUniqueKey"]) == (1, before["lineUniqueKey"])
    assert after["amount"] == 30.30


def test_a_rate_stands_only_under_the_custom_price_level(twin: Twin) -> None:
    line = {"item": {"id": "8"}, "quantity": 1, "rate": 5}
    twin.record("PUT", f"salesOrder/eid:{(key := _key())}", order(line, {**line, "price": {"id": "-1"}}))
    assert [row["rate"] for row in _expanded(twin, key)["item"]["items"]] == [9.99, 5]


def test_amounts_are_rounded_to_the_currency(twin: Twin) -> None:
    line = {"item": {"id": "7"}, "quantity": 1.5, "rate": "10.33", "price": {"id": "-1"}}
    for currency, total in (("1", 15.5), ("5", 15)):
        twin.record("PUT", f"salesOrder/eid:{(key := _key())}", order(line, currency={"id": currency}))
        assert _expanded(twin, key)["total"] == total


@pytest.mark.parametrize(
    ("body", "words", "path"),
    [
        (order(entity={"id": "99"}), "Invalid Field Value 99 for the following field: entity", "entity"),
        (order({"item": {"id": "9"}}), "Invalid Field Value 9 for the following field: item", "item.items[0].item"),
        (order(memo="x" * 1000), "The field memo contained more than the maximum number ( 999 )", "memo"),
        ({"entity": {"id": "501"}}, "at least one line item", "item"),
        ({"item": {"items": [{"item": {"id": "7"}}]}}, "Please enter value(s) for: Customer", "entity"),
        (order(orderStatus={"id": "G"}), "Invalid Field Value G for the following field: orderStatus", "orderStatus"),
    ],
)
def test_a_wrong_order_is_refused_in_the_vendors_words(twin: Twin, body: Any, words: str, path: str) -> None:
    answer = twin.record("PUT", f"salesOrder/eid:{_key()}", body)
    detail = answer.json()["o:errorDetails"][0]
    assert (answer.status_code, detail["o:errorCode"], detail["o:errorPath"]) == (400, "USER_ERROR", path)
    assert words in detail["detail"]
    assert answer.headers["content-type"].startswith("application/vnd.oracle.resource+json; type=error")


def test_external_ids_are_one_space_for_all_entities_and_unique(twin: Twin) -> None:
    body = {"companyName": "Other", "subsidiary": {"id": "2"}, "externalId": "sf-acc-1"}
    assert "already exists" in twin.record("POST", "customer", body).json()["o:errorDetails"][0]["detail"]
    employee = {"entityId": "E1", "firstName": "A"}
    assert twin.record("PUT", "employee/eid:SF-ACC-1", employee).status_code == 400


def test_a_name_given_twice_is_refused(twin: Twin) -> None:
    body = {"companyName": "Twice", "entityId": f"N-{_key()}", "subsidiary": {"id": "1"}}
    assert twin.record("POST", "customer", body).status_code == 204
    answer = twin.record("POST", "customer", body).json()["o:errorDetails"][0]
    assert "This entity already exists." in answer["detail"]


def test_a_company_name_ends_at_83_characters(twin: Twin) -> None:
    for length, status in ((83, 204), (84, 400)):
        body = {"companyName": "x" * length, "subsidiary": {"id": "1"}}
        assert twin.record("POST", "customer", body).status_code == status


@pytest.mark.parametrize(("strictness", "status"), [("Error", 400), ("Warning", 204), ("Ignore", 204)])
def test_an_unknown_property_is_treated_as_the_header_says(twin: Twin, strictness: str, status: int) -> None:
    header = {"X_NetSuite_PropertyNameValidation": strictness}
    answer = twin.record("POST", "salesOrder", order(otherRefNumm="PO"), **header)
    assert answer.status_code == status
    assert ("otherRefNumm" in answer.headers.get("X-NetSuite-PropertyNameValidation", "")) == (strictness == "Warning")
    if status == 400:
        assert answer.json()["o:errorDetails"][0]["o:errorCode"] == "NONEXISTENT_FIELD"


def test_query_parameters_are_part_of_the_signature(twin: Twin) -> None:
    assert twin.record("GET", "customer?limit=1&offset=0").json()["count"] == 1
    signed = requests.Request(
        "GET", f"{twin.url}/services/rest/record/v1/customer?limit=2", auth=twin.oauth()
    ).prepare()
    signed.url = signed.url.replace("limit=2", "limit=3") if signed.url else None
    assert requests.Session().send(signed).status_code == 401


def test_a_request_sent_twice_is_refused_for_its_nonce_and_the_trail_says_why(twin: Twin) -> None:
    signed = requests.Request("GET", f"{twin.url}/services/rest/record/v1/customer/501", auth=twin.oauth()).prepare()
    session = requests.Session()
    assert [session.send(signed).status_code for _ in range(2)] == [200, 401]
    assert twin.control("GET", "audit")[-1]["result"] == "nonce_used"


def test_the_forwarded_host_is_the_one_that_was_signed(twin: Twin) -> None:
    address = "https://acme.example/services/rest/record/v1/customer/501"
    signed = requests.Request("GET", address, auth=twin.oauth()).prepare()
    headers = {**signed.headers, "X-Forwarded-Proto": "https", "X-Forwarded-Host": "acme.example"}
    wire = {name: value if isinstance(value, str) else value.decode() for name, value in headers.items()}
    answer = requests.get(f"{twin.url}/services/rest/record/v1/customer/501", headers=wire, timeout=10)
    assert answer.json()["links"][0]["href"] == address


def test_a_signed_assertion_gives_a_bearer_token_that_opens_the_account(twin: Twin) -> None:
    address = f"{twin.url}/services/rest/auth/oauth2/v1/token"
    now = int(time.time())
    claims = {"iss": twin.keys.client_id, "scope": ["rest_webservices"], "aud": address, "iat": now, "exp": now + 3600}
    headers = {"kid": twin.keys.certificate_id}
    assertion = jwt.encode(claims, twin.key_file.read_bytes(), "ES256", headers)
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    token = requests.post(address, data=form, timeout=10).json()["access_token"]
    path = f"{twin.url}/services/rest/record/v1/customer/501"
    for bearer, status in ((token, 200), (f"{token}x", 401)):
        assert requests.get(path, headers={"Authorization": f"Bearer {bearer}"}, timeout=10).status_code == status
    form["client_assertion"] = assertion[:-8] + "AAAAAAAA"
    assert requests.post(address, data=form, timeout=10).status_code == 400


def test_five_wrong_signatures_lock_the_token_for_everybody(tmp_path: Path) -> None:
    with running(tmp_path) as twin:
        right = twin.keys
        twin.keys = type(right)(**{**right.__dict__, "token_secret": "wrong"})
        assert {twin.record("GET", "customer/501").status_code for _ in range(5)} == {401}
        twin.keys = right
        assert twin.record("GET", "customer/501").status_code == 401
        assert twin.control("GET", "audit")[-1]["result"] == "temporary_locked"
        twin.control("POST", "reset")
        assert twin.record("GET", "customer/1").status_code == 404
