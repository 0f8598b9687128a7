"""Can an order be led to its money over REST: transformed, fulfilled, billed, paid; and a contact attached?"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _box(quantity: int) -> dict[str, Any]:
    return {"item": {"id": "8"}, "quantity": quantity, "rate": 10, "price": {"id": "-1"}}


def _order(twin: Twin, key: str, *lines: dict[str, Any]) -> str:
    body = order(*lines, orderStatus={"id": "B"}, location={"id": "1"})
    assert twin.record("PUT", f"salesOrder/eid:{key}", body).status_code == 204
    return str(twin.record("GET", f"salesOrder/eid:{key}").json()["id"])


def _made(answer: requests.Response) -> str:
    assert answer.status_code == 204, answer.text
    return answer.headers["Location"].rpartition("/v1/")[2]


def _status(twin: Twin, place: str) -> str:
    return str(twin.record("GET", place).json()["status"]["refName"])


def test_an_order_is_fulfilled_in_parts_billed_and_paid(twin: Twin) -> None:
    number = _order(twin, "SF-A1", _box(3), _box(1))
    lines = {"item": {"items": [{"orderLine": 1, "quantity": 2}, {"orderLine": 2, "itemreceive": False}]}}
    first = _made(twin.record("POST", f"salesOrder/{number}/!transform/itemFulfillment", lines))
    read = twin.record("GET", f"{first}?expandSubResources=true").json()
    assert (read["createdFrom"]["id"], [row["quantity"] for row in read["item"]["items"]]) == (number, [2])
    assert _status(twin, f"salesOrder/{number}") == "Pending Billing/Partially Fulfilled"
    _made(twin.record("POST", f"salesOrder/{number}/!transform/itemfulfillment", {}))
    assert _status(twin, f"salesOrder/{number}") == "Pending Billing"
    invoice = _made(twin.record("POST", f"salesOrder/{number}/!transform/invoice", {"externalId": "SF-INV-1"}))
    assert (_status(twin, f"salesOrder/{number}"), _status(twin, invoice)) == ("Billed", "Open")
    again = twin.record("POST", f"salesOrder/{number}/!transform/invoice")
    assert (again.status_code, again.json()["o:errorDetails"][0]["o:errorCode"]) == (400, "USER_ERROR")
    payment = _made(twin.record("POST", f"{invoice}/!transform/customerPayment", {}))
    assert _status(twin, invoice) == "Paid In Full"
    applied = twin.record("GET", f"{payment}/apply").json()["items"]
    assert [str(row["doc"]) if not isinstance(row["doc"], dict) else row["doc"]["id"] for row in applied] == [
        invoice.rpartition("/")[2]
    ]


def test_an_order_cannot_become_what_it_cannot_become(twin: Twin) -> None:
    number = _order(twin, "SF-A2", _box(1))
    assert twin.record("POST", f"salesOrder/{number}/!transform/customerRefund").status_code == 400
    assert twin.record("POST", f"salesOrder/{number}/!transform/nothing").status_code == 404
    assert twin.record("POST", f"salesOrder/{number}/!explode/invoice").status_code == 404
    assert twin.record("GET", f"salesOrder/{number}/!transform/invoice").status_code == 405


def test_a_customer_begins_an_order(twin: Twin) -> None:
    body = {"item": {"items": [_box(1)]}}
    place = _made(twin.record("POST", "customer/eid:SF-ACC-1/!transform/salesOrder", body))
    assert twin.record("GET", place).json()["entity"]["id"] == "501"


def test_a_contact_is_attached_in_a_role_and_detached(twin: Twin) -> None:
    body = {"firstName": "Ada", "lastName": "L", "company": {"id": "501"}, "subsidiary": {"id": "1"}}
    contact = _made(twin.record("POST", "contact", {**body, "externalId": "SF-CON-1"}))
    number = contact.rpartition("/")[2]
    assert twin.record("POST", f"customer/501/!attach/contact/{number}", {"role": {"id": "-10"}}).status_code == 204
    assert twin.record("POST", "customer/501/!detach/contact/eid:SF-CON-1").status_code == 204
    assert twin.record("POST", f"customer/501/!detach/contact/{number}").status_code == 404


def test_an_id_of_another_type_is_told_apart(twin: Twin) -> None:
    number = _order(twin, "SF-A3", _box(1))
    detail = twin.record("GET", f"invoice/{number}").json()["o:errorDetails"][0]
    assert detail["detail"] == "Error while accessing a resource. Transaction type specified is incorrect."
    missing = twin.record("GET", "salesOrder/999999")
    assert (missing.status_code, missing.json()["o:errorDetails"][0]["detail"]) == (
        404,
        "The record instance does not exist. Provide a valid record instance ID.",
    )
