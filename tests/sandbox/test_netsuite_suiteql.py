"""Does the NetSuite twin answer SuiteQL as the vendor does?"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.netsuite_twin import Twin, order, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        for number in range(1, 6):
            line = {
                "item": {"id": "7"},
                "quantity": number,
                "rate": 0.1,
                "price": {"id": "-1"},
                "custcol_sf": f"L{number}",
            }
            body = order(line, memo=f"m{number}", tranDate=f"2026-01-0{number}", custbody_src={"id": str(number)})
            one.record("PUT", f"salesOrder/eid:SF-{number}", body)
        yield one


def _items(twin: Twin, query: str, *params: str) -> Any:
    answer = twin.ask(query, *params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_all_values_are_text_and_nulls_are_left_out(twin: Twin) -> None:
    rows = _items(
        twin, "SELECT id, tranid, externalId, foreigntotal, otherrefnum FROM transaction WHERE externalid = 'SF-1'"
    )
    assert rows == [{"id": "101", "tranid": "SO10001", "externalid": "SF-1", "foreigntotal": "0.1"}]


def test_ids_are_found_by_external_ids_in_a_list_and_by_parameters(twin: Twin) -> None:
    wanted = "t.type = 'SalesOrd' AND t.externalid IN (?, ?, 'SF-3')"
    query = f"SELECT t.externalid AS e, t.status FROM transaction t WHERE {wanted} ORDER BY t.id"
    assert _items(twin, query, "SF-1", "SF-2") == [{"e": f"SF-{n}", "status": "A"} for n in (1, 2, 3)]


def test_names_come_by_display_functions(twin: Twin) -> None:
    names = "BUILTIN.DF(t.currency) c, BUILTIN.DF(t.status) AS s, BUILTIN.DF(entity)"
    query = f"SELECT {names} FROM transaction t WHERE id = 101"
    row = _items(twin, query)[0]
    assert (row["c"], row["s"]) == ("US Dollar", "Sales Order : Pending Approval")
    assert row["expr3"].endswith("Acme")


def test_sums_are_exact_and_lines_join_their_orders(twin: Twin) -> None:
    query = (
        "SELECT c.companyname, SUM(tl.foreignamount) AS total, COUNT(*) AS n FROM transaction t "
        "JOIN transactionline tl ON tl.transaction = t.id AND tl.mainline = 'F' JOIN customer c ON c.id = t.entity "
        "WHERE t.externalid <> 'SF-5' GROUP BY c.companyname HAVING COUNT(*) > 1"
    )
    assert _items(twin, query) == [{"companyname": "Acme", "total": "-1", "n": "4"}]
    assert _items(twin, "SELECT SUM(foreigntotal) AS s FROM transaction WHERE externalid IN ('SF-1', 'SF-2')") == [
        {"s": "0.3"}
    ]


def test_moments_are_written_read_and_compared(twin: Twin) -> None:
    query = (
        "SELECT TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS m, trandate FROM transaction "
        "WHERE externalid = 'SF-2' "
        "AND lastmodifieddate >= TO_TIMESTAMP('2020-01-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS') "
        "AND trandate < TO_DATE('2026-01-03', 'YYYY-MM-DD')"
    )
    row = _items(twin, query)[0]
    assert len(row["m"]) == 19
    assert row["trandate"] == "1/2/2026"


def test_custom_fields_are_columns(twin: Twin) -> None:
    query = (
        "SELECT t.custbody_src, tl.custcol_sf, tl.linesequencenumber AS n FROM transaction t, transactionline tl "
        "WHERE tl.transaction = t.id AND tl.custcol_sf = 'L4'"
    )
    assert _items(twin, query) == [{"custbody_src": "4", "custcol_sf": "L4", "n": "1"}]


def test_answers_come_in_pages(twin: Twin) -> None:
    body = twin.ask("SELECT id FROM transaction ORDER BY id", page="?limit=2&offset=2").json()
    assert [row["id"] for row in body["items"]] == ["103", "104"]
    assert (body["count"], body["hasMore"], body["totalResults"]) == (2, True, 5)
    links = {link["rel"]: link["href"].rpartition("?")[2] for link in body["links"]}
    assert (links["self"], links["next"]) == ("limit=2&offset=2", "limit=2&offset=4")
    assert twin.ask("SELECT id FROM transaction", page="?limit=2&offset=6").json()["totalResults"] == 5


@pytest.mark.parametrize(
    "query",
    [
        "SELECT nope FROM transaction",
        "SELECT id FROM nowhere",
        "DELETE FROM transaction",
        "SELEC id",
        "SELECT id FROM ns_item",
    ],
)
def test_a_bad_query_is_refused(twin: Twin, query: str) -> None:
    answer = twin.ask(query)
    assert answer.status_code == 400
    assert answer.json()["o:errorDetails"][0]["detail"].startswith("Invalid search query. ")


def test_the_transient_preference_is_required(twin: Twin) -> None:
    assert twin.call("POST", "/services/rest/query/v1/suiteql", {"q": "SELECT id FROM item"}).status_code == 400


def test_items_say_whether_they_are_inactive(twin: Twin) -> None:
    rows = _items(twin, "SELECT itemid, itemtype, isinactive FROM item WHERE isinactive = 'T'")
    assert rows == [{"itemid": "OLD-1", "itemtype": "NonInvtPart", "isinactive": "T"}]
