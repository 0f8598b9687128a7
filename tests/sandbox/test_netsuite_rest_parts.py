"""Can the parts of a record be read and written by their own addresses?"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _lines(twin: Twin, key: str) -> list[Any]:
    rows: list[Any] = twin.record("GET", f"salesOrder/{key}/item").json()["items"]
    return rows


def test_lines_are_added_read_changed_and_deleted(twin: Twin) -> None:
    twin.record("PUT", f"salesOrder/{(key := 'eid:SF-P1')}", order())
    line = {"item": {"id": "8"}, "quantity": 2, "rate": 3, "price": {"id": "-1"}}
    assert twin.record("POST", f"salesOrder/{key}/item", line).status_code == 204
    assert [row["line"] for row in _lines(twin, key)] == [1, 2]
    assert twin.record("PATCH", f"salesOrder/{key}/item/2", {"quantity": 4}).status_code == 204
    read = twin.record("GET", f"salesOrder/{key}/item/2").json()
    assert (read["quantity"], read["amount"], read["item"]["id"]) == (4, 12, "8")
    assert read["links"][0]["href"].endswith("/item/2")
    assert twin.record("DELETE", f"salesOrder/{key}/item/1").status_code == 204
    assert [row["line"] for row in _lines(twin, key)] == [2]
    assert twin.record("GET", f"salesOrder/{key}/item/1").status_code == 404
    assert twin.record("GET", f"salesOrder/{key}/nothing").status_code == 404


def test_an_address_is_reached_through_its_book(twin: Twin) -> None:
    address = {"addr1": "1 Main St", "city": "Austin", "country": {"id": "US"}}
    book = {"items": [{"label": "Home", "addressBookAddress": address}]}
    twin.record("PATCH", "customer/501", {"addressBook": book})
    row = twin.record("GET", "customer/501/addressBook").json()["items"][0]
    place = row["links"][0]["href"].rpartition("/v1/")[2]
    assert twin.record("PATCH", f"{place}/addressBookAddress", {"city": "Dallas"}).status_code == 204
    read = twin.record("GET", f"{place}/addressBookAddress").json()
    assert (read["city"], read["country"]["id"]) == ("Dallas", "US")
    assert row["id"] == row["addressId"] == row["internalId"] == place.rpartition("/")[2]
    for name in ("id", "addressId", "internalId"):
        twin.record("PATCH", "customer/501", {"addressBook": {"items": [{name: row["id"], "label": name}]}})
        rows = twin.record("GET", "customer/501/addressBook").json()["items"]
        assert [one["label"] for one in rows] == [name]
    assert twin.record("DELETE", place).status_code == 204
    assert twin.record("GET", "customer/501/addressBook").json()["totalResults"] == 0


def test_a_list_is_replaced_only_where_it_is_named(twin: Twin) -> None:
    twin.record("PUT", "salesOrder/eid:SF-P2", order(memo="kept", otherRefNum="PO"))
    twin.record("PATCH", "salesOrder/eid:SF-P2?replace=item", order())
    assert len(_lines(twin, "eid:SF-P2")) == 1
    twin.record("PATCH", "salesOrder/eid:SF-P2?replace=memo&replaceSelectedFields=true", {})
    read = twin.record("GET", "salesOrder/eid:SF-P2?fields=memo,otherRefNum").json()
    assert ("memo" in read, read["otherRefNum"]) == (False, "PO")
    assert set(read) == {"links", "id", "otherRefNum"}


def test_a_record_is_reached_through_the_field_that_refers_to_it(twin: Twin) -> None:
    twin.record("PUT", "salesOrder/eid:SF-P4", order())
    referred = twin.record("GET", "salesOrder/eid:SF-P4/entity").json()
    assert (referred["id"], referred["companyName"]) == ("501", "Acme")
    assert twin.record("GET", "salesOrder/eid:SF-P4/salesRep").status_code == 404
    assert twin.record("PATCH", "salesOrder/eid:SF-P4/entity", {}).status_code == 404


def test_null_clears_a_field_and_leaves_the_others(twin: Twin) -> None:
    twin.record("PUT", "salesOrder/eid:SF-P5", order(memo="m", otherRefNum="PO", custbody_sf_version="1"))
    twin.record("PATCH", "salesOrder/eid:SF-P5", {"memo": None, "custbody_sf_version": None})
    read = twin.record("GET", "salesOrder/eid:SF-P5").json()
    assert (read.get("memo"), read.get("custbody_sf_version"), read["otherRefNum"]) == (None, None, "PO")


def test_enumerations_are_objects_unless_they_are_wanted_simple(twin: Twin) -> None:
    twin.record("PUT", "salesOrder/eid:SF-P3", order())
    read = [
        twin.record("GET", f"salesOrder/eid:SF-P3{query}").json()["orderStatus"]
        for query in ("", "?simpleEnumFormat=true")
    ]
    assert read == [{"id": "A", "refName": "Pending Approval"}, "A"]


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ({"id": "501"}, 204),
        ({"externalId": "sf-acc-1"}, 204),
        ({"id": "eid:SF-ACC-1"}, 204),
        ({"refName": "Acme"}, 400),
    ],
)
def test_a_reference_is_an_id_of_either_kind_and_never_a_name(twin: Twin, reference: Any, status: int) -> None:
    assert twin.record("POST", "salesOrder", order(entity=reference)).status_code == status


@pytest.mark.parametrize(("strictness", "status"), [("Error", 400), ("Warning", 204), ("Ignore", 204)])
def test_an_unfit_value_is_treated_as_the_header_says(twin: Twin, strictness: str, status: int) -> None:
    header = {"X_NetSuite_PropertyValueValidation": strictness}
    answer = twin.record("POST", "salesOrder", order(tranDate="yesterday"), **header)
    assert answer.status_code == status
    assert ("tranDate" in answer.headers.get("X-NetSuite-PropertyValueValidation", "")) == (strictness == "Warning")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "salesOrder", "{bad", 400),
        ("POST", "salesOrder", "[1]", 400),
        ("POST", "salesOrder", '{"entity":{"id":"501"},"item":{"items":[{"item":{"id":"7"},"quantity":1e400}]}}', 400),
        ("POST", "salesOrder", '{"entity":{"id":"501"},"item":{"items":[{"item":{"id":"7"},"quantity":NaN}]}}', 400),
        ("POST", "salesOrder", '{"entity":{"id":"501"},"item":{"items":[5]}}', 400),
        ("GET", "customer/99999999999999999999999", None, 404),
        ("GET", "customer?q=" + "(" * 3000, None, 400),
    ],
)
def test_nonsense_is_refused_and_never_a_fault(twin: Twin, method: str, path: str, body: Any, status: int) -> None:
    place = f"{twin.url}/services/rest/record/v1/{path}"
    headers = {"Content-Type": "application/json"}
    answer = requests.request(method, place, data=body, headers=headers, auth=twin.oauth(), timeout=10)
    assert (answer.status_code, "o:errorDetails" in answer.json()) == (status, True)
