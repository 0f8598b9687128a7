"""Does a reader learn what was deleted or voided? By SuiteQL and by getDeleted, with its time."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running
from tests.sandbox.soap_calls import read

GOODS = {"item": {"id": "8"}, "quantity": 4, "rate": 10, "price": {"id": "-1"}}


@pytest.fixture
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        one.control("POST", "clock", {"now": "2026-01-15T12:00:00Z", "frozen": True})
        yield one


def _rows(twin: Twin, query: str, *params: str) -> Any:
    answer = twin.ask(query, *params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def _made(twin: Twin, path: str, body: dict[str, Any]) -> str:
    answer = twin.record("POST", path, body)
    assert answer.status_code == 204, answer.text
    return answer.headers["Location"].rpartition("/")[2]


@pytest.fixture
def sold(twin: Twin) -> dict[str, str]:
    """Give the keys of an order that was shipped, billed and paid, and of a customer beside it."""
    whole = order(GOODS, orderStatus={"id": "B"}, externalId="SO-1")
    whose = _made(twin, "salesOrder", whole)
    shipped = _made(twin, f"salesOrder/{whose}/!transform/itemFulfillment", {"externalId": "IF-1"})
    billed = _made(twin, f"salesOrder/{whose}/!transform/invoice", {"externalId": "INV-1"})
    paid = _made(twin, f"invoice/{billed}/!transform/customerPayment", {"externalId": "PAY-1"})
    other = _made(twin, "customer", {"companyName": "Gone", "subsidiary": {"id": "1"}, "externalId": "ACC-2"})
    return {"customerPayment": paid, "invoice": billed, "itemFulfillment": shipped, "customer": other}


def test_what_was_deleted_is_told_in_the_order_of_its_time(twin: Twin, sold: dict[str, str]) -> None:
    for kind, key in sold.items():
        twin.control("POST", "clock", {"advance": 60})
        assert twin.record("DELETE", f"{kind}/{key}").status_code == 204
    query = (
        "SELECT recordid, recordtypeid, scriptid, externalid, iscustomrecord, "
        "TO_CHAR(deleteddate, 'YYYY-MM-DD HH24:MI:SS') AS deleteddate FROM deletedrecord "
        "WHERE deleteddate > TO_DATE('2026-01-15 12:00:30', 'YYYY-MM-DD HH24:MI:SS') ORDER BY deleteddate, recordid"
    )
    rows = _rows(twin, query)
    assert [(row["recordtypeid"], row["recordid"]) for row in rows] == list(sold.items())
    assert [row["deleteddate"][11:] for row in rows] == ["12:01:00", "12:02:00", "12:03:00", "12:04:00"]
    assert [row["externalid"] for row in rows] == ["PAY-1", "INV-1", "IF-1", "ACC-2"]
    assert {row["scriptid"] for row in rows} == {kind.lower() for kind in sold}
    since = "TO_DATE('2026-01-15 12:02:30', 'YYYY-MM-DD HH24:MI:SS')"
    assert len(_rows(twin, f"SELECT recordid FROM deletedrecord WHERE deleteddate >= {since}")) == 2


def test_the_same_deletions_are_told_by_soap(twin: Twin, sold: dict[str, str]) -> None:
    for kind, key in sold.items():
        assert twin.record("DELETE", f"{kind}/{key}").status_code == 204
    when = '<core:deletedDate operator="onOrAfter"><core:searchValue>2026-01-15T12:00:00Z</core:searchValue>'
    body = f"<getDeleted><getDeletedFilter>{when}</core:deletedDate></getDeletedFilter><pageIndex>1</pageIndex></getDeleted>"
    told = [(one.get("type"), one.get("internalId")) for one in read(twin, body).iter("record")]
    assert told == list(sold.items())


def test_what_a_deletion_gives_back_has_changed_too(twin: Twin, sold: dict[str, str]) -> None:
    twin.control("POST", "clock", {"advance": 60})
    twin.record("DELETE", f"customerPayment/{sold['customerPayment']}")
    changed = "SELECT externalid, foreignamountunpaid FROM transaction WHERE lastmodifieddate > TO_DATE(?, ?)"
    rows = _rows(twin, changed, "2026-01-15 12:00:30", "YYYY-MM-DD HH24:MI:SS")
    assert rows == [{"externalid": "INV-1", "foreignamountunpaid": "40"}]


def _voided(twin: Twin, wish: dict[str, Any]) -> requests.Response:
    return requests.post(f"{twin.url}/_twin/void", json=wish, timeout=10)


def test_what_was_voided_stays_and_says_so(twin: Twin, sold: dict[str, str]) -> None:
    twin.control("POST", "clock", {"advance": 60})
    refused = _voided(twin, {"type": "invoice", "externalId": "INV-1"})
    assert (refused.status_code, "dependent" in refused.json()["error"]) == (400, True)
    assert _voided(twin, {"type": "customerPayment", "id": sold["customerPayment"]}).status_code == 200
    assert _voided(twin, {"type": "invoice", "externalId": "INV-1"}).json()["status"] == "V"
    query = (
        "SELECT externalid, voided, status, BUILTIN.DF(status) AS words, foreigntotal, foreignamountunpaid FROM transaction "
        "WHERE voided = 'T' AND type = 'CustInvc' AND lastmodifieddate > TO_DATE('2026-01-15 12:00:30', 'YYYY-MM-DD HH24:MI:SS')"
    )
    assert _rows(twin, query) == [
        {"externalid": "INV-1", "voided": "T", "status": "V", "words": "Invoice : Voided", "foreigntotal": "0",
         "foreignamountunpaid": "0"}
    ]  # fmt: skip
    assert _rows(twin, "SELECT SUM(foreignamount) AS s FROM transactionline WHERE transaction = ?", sold["invoice"])[
        0
    ] == {"s": "0"}
    assert _rows(twin, "SELECT voided FROM transaction WHERE externalid = 'SO-1'") == [{"voided": "F"}]


@pytest.mark.parametrize(
    "wish", [{"type": "customer", "id": "501"}, {"type": "invoice"}, {"type": "nonsense", "id": 1}]
)
def test_a_void_of_nothing_is_refused_with_the_remedy(twin: Twin, wish: dict[str, Any]) -> None:
    answer = _voided(twin, wish)
    assert (answer.status_code, bool(answer.json()["remedy"])) == (400, True)
