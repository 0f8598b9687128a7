"""Are all records, their links, their history and what is derived of them there for SuiteQL?"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.netsuite.store import Store
from sandbox.netsuite.suiteql.query import paged, prepare
from sandbox.netsuite.suiteql.translate import translate
from sandbox.twin.state import open_state
from tests.sandbox.netsuite_twin import Twin, order, running

LICENCE = {
    "item": {"id": "7"}, "quantity": 1, "rate": 1200, "price": {"id": "-1"}, "custcol_sf_line_id": "L-1",
    "revRecStartDate": "2026-01-01", "revRecEndDate": "2026-12-31",
}  # fmt: skip


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        one.control("POST", "clock", {"now": "2026-01-15T12:00:00Z", "frozen": True})
        body = order(LICENCE, orderStatus={"id": "B"}, tranDate="2026-01-10", custbody_auto_renew=True)
        assert one.record("PUT", "salesOrder/eid:SF-T1", body).status_code == 204
        made = one.record("POST", "salesOrder/eid:SF-T1/!transform/invoice", {"tranDate": "2026-01-15"})
        assert made.status_code == 204, made.text
        one.record("PUT", "salesOrder/eid:SF-GONE", order())
        one.record("DELETE", "salesOrder/eid:SF-GONE")
        one.record("PATCH", "customer/501", {"phone": "555-1234"})
        yield one


def _rows(twin: Twin, query: str, *params: str) -> Any:
    answer = twin.ask(query, *params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_transactions_of_every_type_are_in_one_table_with_their_codes(twin: Twin) -> None:
    rows = _rows(
        twin,
        "SELECT type, BUILTIN.DF(type) AS t, status, BUILTIN.DF(status) AS s, posting FROM transaction ORDER BY id",
    )
    assert rows == [
        {"type": "SalesOrd", "t": "Sales Order", "status": "G", "s": "Sales Order : Billed", "posting": "F"},
        {"type": "CustInvc", "t": "Invoice", "status": "A", "s": "Invoice : Open", "posting": "T"},
    ]


def test_a_transaction_is_linked_with_what_it_came_from(twin: Twin) -> None:
    query = (
        "SELECT l.previoustype, l.nexttype, l.linktype, n.tranid FROM nexttransactionlink l "
        "JOIN transaction n ON n.id = l.nextdoc JOIN transaction p ON p.id = l.previousdoc WHERE p.externalid = ?"
    )
    rows = _rows(twin, query, "SF-T1")
    assert [(row["previoustype"], row["nexttype"], row["linktype"]) for row in rows] == [
        ("SalesOrd", "CustInvc", "OrdBill")
    ]


def test_deletions_and_changes_are_remembered(twin: Twin) -> None:
    gone = _rows(twin, "SELECT type, externalid, deleteddate FROM deletedrecord")
    assert gone == [{"type": "salesOrder", "externalid": "SF-GONE", "deleteddate": "1/15/2026"}]
    notes = _rows(twin, "SELECT field, newvalue FROM systemnote WHERE recordid = 501 AND field = 'PHONE'")
    assert notes == [{"field": "PHONE", "newvalue": "555-1234"}]


def test_revenue_follows_the_order_and_is_read_month_by_month(twin: Twin) -> None:
    query = (
        "SELECT a.tranid, e.salesamount, p.status, COUNT(*) AS n, SUM(m.amount) AS s FROM revenuearrangement a "
        "JOIN transaction t ON t.id = a.source JOIN revenueelement e ON e.revenuearrangement = a.id "
        "JOIN revenueplan p ON p.revenueelement = e.id JOIN revenueplanplannedrevenue m ON m.revenueplan = p.id "
        "WHERE t.externalid = 'SF-T1' GROUP BY a.tranid, e.salesamount, p.status"
    )
    row = _rows(twin, query)[0]
    assert (row["salesamount"], row["n"], row["s"]) == ("1200", "12", "1200")


def test_a_script_reads_and_holds_what_no_api_exposes(twin: Twin) -> None:
    place = "/app/site/hosting/restlet.nl?script=customscript_isthmus_revenue&deploy=customdeploy_isthmus_revenue"
    number = twin.record("GET", "salesOrder/eid:SF-T1").json()["id"]
    plan = twin.call("GET", f"{place}&order={number}").json()["plans"][0]
    assert len(plan["plannedRevenue"]) == 12
    assert twin.call("PUT", place, {"id": plan["id"], "status": "ONHOLD"}).json()["success"] is True
    assert _rows(twin, "SELECT status FROM revenueplan WHERE id = ?", plan["id"]) == [{"status": "ONHOLD"}]
    assert twin.call("PUT", place, {"id": 999, "status": "ONHOLD"}).json()["error"]["code"] == "RCRD_DSNT_EXIST"


def test_custom_fields_and_records_have_their_columns(twin: Twin) -> None:
    rows = _rows(
        twin, "SELECT t.custbody_auto_renew AS a, l.custcol_sf_line_id AS i FROM transaction t JOIN transactionline l "
        "ON l.transaction = t.id AND l.mainline = 'F' WHERE t.externalid = 'SF-T1'"
    )  # fmt: skip
    assert rows == [{"a": "T", "i": "L-1"}]
    note = {"name": "n1", "custrecord_sync_key": "K1", "externalId": "NOTE-1"}
    assert twin.record("POST", "customrecord_sync_note", note).status_code == 204
    assert _rows(twin, "SELECT name, custrecord_sync_key AS k FROM customrecord_sync_note") == [
        {"name": "n1", "k": "K1"}
    ]


MONTH = "startdate <= '1/15/2026' AND enddate >= '1/15/2026' AND isquarter = 'F' AND isyear = 'F'"


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("SELECT symbol, currencyprecision FROM currency WHERE symbol = 'EUR'", {"currencyprecision": "2"}),
        ("SELECT name, daysuntilnetdue FROM term WHERE name = 'Net 30'", {"daysuntilnetdue": "30"}),
        (f"SELECT periodname, isquarter FROM accountingperiod WHERE {MONTH}", {"isquarter": "F"}),
        ("SELECT BUILTIN.DF(subsidiary) AS s FROM customersubsidiaryrelationship", {"s": "Parent Company"}),
        ("SELECT acctname, accttype FROM account WHERE acctnumber = '1100'", {"accttype": "AcctRec"}),
        ("SELECT entityid, companyname FROM customer WHERE externalid = 'SF-ACC-1'", {"companyname": "Acme"}),
        ("SELECT type, entitytitle FROM entity WHERE id = 501", {"type": "CustJob"}),
        ("SELECT name FROM pricelevel WHERE id = -1", {"name": "Custom"}),
        ("SELECT BUILTIN.DF(isinactive) AS i, BUILTIN.DF(stage) AS s FROM customer", {"i": "No", "s": "Customer"}),
        ("SELECT name FROM department ORDER BY id FETCH FIRST 1 ROWS ONLY", {"name": "Sales"}),
        ("SELECT SUM(amount) AS s FROM transactionaccountingline", {"s": "0"}),
    ],
)
def test_lists_are_tables_of_their_own(twin: Twin, query: str, row: dict[str, str]) -> None:
    found = _rows(twin, query)[0]
    assert {name: found.get(name) for name in row} == row


def test_an_order_is_listed_by_a_text_of_its_moment_without_losing_the_index(twin: Twin) -> None:
    stamp = "TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate"
    rows = _rows(twin, f"SELECT id, {stamp} FROM transaction WHERE type = 'SalesOrd' ORDER BY lastmodifieddate, id")
    assert rows[0]["lastmodifieddate"] == "2026-01-15 12:00:00"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT id FROM transaction WHERE id > 5 ORDER BY id", "INTEGER PRIMARY KEY (rowid>?)"),
        ("SELECT id FROM transaction WHERE externalid IN (?, ?) AND type = 'SalesOrd'", "INDEX ns_transaction_as_sent"),
        (
            (
                "SELECT id, TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS lastmodifieddate FROM transaction "
                "WHERE lastmodifieddate >= TO_DATE('2026-01-01', 'YYYY-MM-DD') ORDER BY lastmodifieddate, id"
            ),
            "INDEX ns_transaction_modified",
        ),
        ("SELECT id FROM transaction WHERE entity = 501", "INDEX ns_transaction_party"),
        ("SELECT id FROM transaction WHERE tranid = ?", "INDEX ns_transaction_name"),
        ("SELECT id FROM customer WHERE entityid IN ('A', 'B')", "INDEX ns_entity_name"),
        ("SELECT l.id FROM transaction t JOIN transactionline l ON l.transaction = t.id WHERE t.id = 5", "(rowid=?)"),
    ],
)
def test_a_question_of_a_million_orders_reaches_its_index(query: str, index: str) -> None:
    store = Store(open_state(None))
    prepare(store, lambda: datetime(2026, 1, 1, tzinfo=UTC))
    bound = {"p1": "a", "p2": "b", "page": 1000, "skip": 0}
    plan = [row[3] for row in store.connection.execute(f"EXPLAIN QUERY PLAN {paged(translate(query))}", bound)]
    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN r") for step in plan), plan
    assert "ORDER BY" not in query or not any("TEMP B-TREE" in step for step in plan), plan
