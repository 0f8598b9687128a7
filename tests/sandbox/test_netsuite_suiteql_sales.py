"""Does SuiteQL show an order, its fulfilment, invoice, payment and credit as the vendor does: signs, lines, links?"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.netsuite_twin import Twin, order, running

GOODS = {"item": {"id": "8"}, "quantity": 4, "rate": 10, "price": {"id": "-1"}, "custcol_sf_line_id": "L-1"}
HELP = {"item": {"id": "7"}, "quantity": 1, "rate": 5.5, "price": {"id": "-1"}, "description": "Help"}


def _made(twin: Twin, path: str, body: dict[str, Any]) -> str:
    answer = twin.record("POST", path, body)
    assert answer.status_code == 204, answer.text
    return answer.headers["Location"].rpartition("/")[2]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Give an account with one order that was shipped in part, billed, paid in part and credited in part."""
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        one.control("POST", "clock", {"now": "2026-03-15T12:00:00Z", "frozen": True})
        loaded = one.load(
            [
                {"type": "discountItem", "record": {"id": "12", "itemId": "OFF", "rate": "-10%"}},
                {"type": "salesTaxItem", "record": {"id": "2020", "itemId": "VAT", "rate": "10%"}},
            ]
        )
        assert loaded.ok, loaded.text
        whole = order(GOODS, HELP, orderStatus={"id": "B"}, tranDate="2026-01-10", terms={"id": "2"}, shippingCost=3,
                      otherRefNum="PO-9", discountItem={"id": "12"}, discountRate="-10%", externalId="S-SO")  # fmt: skip
        sold = _made(one, "salesOrder", whole)
        parcel = {"items": [{"packageWeight": 1, "packageTrackingNumber": "1Z9"}, {"packageTrackingNumber": "1Z8"}]}
        sent = {"externalId": "S-IF", "item": {"items": [{"orderLine": 1, "quantity": 3}]}, "package": parcel}
        _made(one, f"salesOrder/{sold}/!transform/itemFulfillment", sent)
        billed = _made(one, f"salesOrder/{sold}/!transform/invoice", {"externalId": "S-INV", "tranDate": "2026-01-11"})
        _made(one, f"invoice/{billed}/!transform/customerPayment", {"externalId": "S-PAY", "payment": 20})
        back = {"externalId": "S-CM", "item": {"items": [{"orderLine": 2, "quantity": 1}]}}
        _made(one, f"invoice/{billed}/!transform/creditMemo?replace=item", back)
        yield one


def _rows(twin: Twin, query: str, *params: str) -> Any:
    answer = twin.ask(query, *params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


LINES = (
    "SELECT l.id, l.memo, l.linesequencenumber, l.itemtype, l.item, l.quantity, l.rate, l.foreignamount, l.taxline, l.mainline, "
    "l.transactiondiscount, l.uniquekey, l.quantityshiprecv, l.quantitybilled, l.custcol_sf_line_id FROM transactionline l "
    "JOIN transaction t ON t.id = l.transaction WHERE t.externalid = ? ORDER BY l.id"
)


def test_a_sales_lines_are_negative_and_its_main_line_positive(twin: Twin) -> None:
    rows = _rows(twin, LINES, "S-SO")
    assert [(row["mainline"], row.get("quantity"), row["foreignamount"]) for row in rows] == [
        ("T", None, "43.95"), ("F", "-4", "-40"), ("F", "-1", "-5.5"), ("F", None, "4.55"), ("F", None, "-3"),
    ]  # fmt: skip
    assert [row["itemtype"] for row in rows[1:]] == ["InvtPart", "Service", "Discount", "ShipItem"]
    assert [row.get("memo") for row in rows] == [None, None, "Help", "Discount", "Shipping"]
    assert [row["transactiondiscount"] for row in rows] == ["F", "F", "F", "T", "F"]
    assert (rows[1]["rate"], rows[1]["quantityshiprecv"], rows[1]["quantitybilled"]) == ("10", "3", "4")
    assert (rows[1]["custcol_sf_line_id"], rows[3]["item"]) == ("L-1", "12")
    assert len({row["uniquekey"] for row in rows}) == len(rows)


@pytest.mark.parametrize("key", ["S-SO", "S-INV", "S-CM"])
def test_every_transaction_adds_up_to_nought(twin: Twin, key: str) -> None:
    joined = "transactionline l JOIN transaction t ON t.id = l.transaction"
    query = f"SELECT SUM(l.netamount) AS s FROM {joined} WHERE t.externalid = ?"
    assert _rows(twin, query, key) == [{"s": "0"}]


def test_tax_is_a_line_of_its_own(twin: Twin) -> None:
    body = order({**GOODS, "isTaxable": True}, taxItem={"id": "2020"}, isTaxable=True)
    answer = twin.record("PUT", "salesOrder/eid:S-TAX", body)
    assert answer.status_code == 204, answer.text
    taxes = (
        "SELECT t.taxtotal, (SELECT SUM(l.foreignamount * -1) FROM transactionline l WHERE l.transaction = t.id "
        "AND l.taxline = 'T') AS x "
        "FROM transaction t WHERE t.externalid = 'S-TAX'"
    )
    assert _rows(twin, taxes) == [{"taxtotal": "4", "x": "4"}]
    assert float(_rows(twin, LINES, "S-TAX")[-1]["foreignamount"]) == -4


def test_what_is_credited_and_received_has_its_sign(twin: Twin) -> None:
    query = (
        "SELECT externalid, type, foreigntotal, foreignamountunpaid, foreignpaymentamountunused FROM transaction "
        "WHERE externalid IN ('S-INV', 'S-PAY', 'S-CM') ORDER BY id"
    )
    bill, paid, credit = _rows(twin, query)
    assert (bill["type"], bill["foreigntotal"]) == ("CustInvc", "43.95")
    assert (paid["foreigntotal"], paid["foreignpaymentamountunused"]) == ("20", "0")
    assert float(credit["foreigntotal"]) < 0
    lines = _rows(twin, LINES, "S-CM")
    assert [(row["mainline"], row.get("quantity")) for row in lines][:2] == [("T", None), ("F", "1")]
    assert float(lines[1]["foreignamount"]) > 0
    assert (_rows(twin, LINES, "S-IF")[1]["quantity"], _rows(twin, LINES, "S-PAY")[0]["foreignamount"]) == ("-3", "20")


LINKS = (
    "SELECT l.previousline, l.nextline, l.linktype, l.quantity, l.foreignamount, n.externalid AS after FROM {} l "
    "JOIN transaction p ON p.id = l.previousdoc JOIN transaction n ON n.id = l.nextdoc WHERE p.externalid = ? "
    "ORDER BY n.id, l.nextline"
)


@pytest.mark.parametrize("table", ["nexttransactionlinelink", "previoustransactionlinelink"])
def test_lines_are_linked_with_the_lines_they_came_from(twin: Twin, table: str) -> None:
    rows = _rows(twin, LINKS.format(table), "S-SO")
    assert [(row["after"], row["linktype"], row["previousline"], row["quantity"]) for row in rows] == [
        ("S-IF", "ShipRcpt", "1", "3"), ("S-INV", "OrdBill", "1", "4"), ("S-INV", "OrdBill", "2", "1"),
    ]  # fmt: skip
    assert [row.get("foreignamount") for row in rows] == [None, "40", "5.5"]


def test_a_payment_s_link_holds_what_was_applied(twin: Twin) -> None:
    rows = _rows(twin, LINKS.format("nexttransactionlinelink"), "S-INV")
    paid = next(row for row in rows if row["after"] == "S-PAY")
    assert (paid["linktype"], paid["previousline"], paid["nextline"], paid["foreignamount"]) == (
        "Payment",
        "0",
        "0",
        "20",
    )
    applied = sum(float(row["foreignamount"]) for row in rows if row["linktype"] == "Payment")
    bill = _rows(twin, "SELECT foreignamountpaid FROM transaction WHERE externalid = 'S-INV'")[0]
    assert applied == float(bill["foreignamountpaid"])


def test_an_application_that_is_taken_back_is_no_link(twin: Twin) -> None:
    sold = _made(twin, "invoice", order(HELP, externalId="S-INV2"))
    paid = _made(twin, f"invoice/{sold}/!transform/customerPayment", {"externalId": "S-PAY2"})
    assert len(_rows(twin, LINKS.format("nexttransactionlinelink"), "S-INV2")) == 1
    answer = twin.record("PATCH", f"customerPayment/{paid}?replace=apply", {"apply": {"items": []}})
    assert answer.status_code == 204, answer.text
    assert _rows(twin, LINKS.format("nexttransactionlinelink"), "S-INV2") == []
    assert twin.record("DELETE", f"invoice/{sold}").status_code == 204
    assert twin.record("DELETE", f"customerPayment/{paid}").status_code == 204


def test_tracking_numbers_are_found_by_their_fulfilment(twin: Twin) -> None:
    query = (
        "SELECT n.trackingnumber FROM trackingnumbermap m JOIN trackingnumber n ON n.id = m.trackingnumber "
        "JOIN transaction t ON t.id = m.transaction WHERE t.externalid = 'S-IF' ORDER BY n.id"
    )
    assert [row["trackingnumber"] for row in _rows(twin, query)] == ["1Z9", "1Z8"]
    again = {"package": {"items": [{"packageTrackingNumber": "1Z7"}]}}
    assert twin.record("PATCH", "itemFulfillment/eid:S-IF?replace=package", again).status_code == 204
    assert [row["trackingnumber"] for row in _rows(twin, query)] == ["1Z7"]


def test_a_customer_shows_what_is_owed(twin: Twin) -> None:
    columns = "balancesearch, overduebalancesearch, daysoverduesearch, depositbalancesearch"
    (row,) = _rows(twin, f"SELECT {columns} FROM customer WHERE id = 501")
    (open_,) = _rows(
        twin, "SELECT SUM(foreignamountunpaid) AS s FROM transaction WHERE type = 'CustInvc' AND entity = 501"
    )
    assert row["balancesearch"] == open_["s"] == row["overduebalancesearch"]
    assert int(row["daysoverduesearch"]) > 0


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT t.createdfrom FROM transaction t", "createdfrom"),
        ("SELECT createdfrom FROM transaction", "createdfrom"),
        ("SELECT balance FROM customer", "balance"),
    ],
)
def test_what_the_vendor_does_not_expose_is_refused(twin: Twin, query: str, word: str) -> None:
    answer = twin.ask(query)
    assert (answer.status_code, word in answer.text) == (400, True)


def test_a_line_names_what_its_transaction_came_from(twin: Twin) -> None:
    query = (
        "SELECT DISTINCT s.externalid FROM transactionline l JOIN transaction t ON t.id = l.transaction "
        "JOIN transaction s ON s.id = l.createdfrom WHERE t.externalid = 'S-INV'"
    )
    assert _rows(twin, query) == [{"externalid": "S-SO"}]


def test_a_status_has_its_name_in_a_table(twin: Twin) -> None:
    query = (
        "SELECT s.name, s.fullname FROM transaction t JOIN transactionstatus s ON s.trantype = t.type AND s.id = t.status "
        "WHERE t.externalid = 'S-INV'"
    )
    assert _rows(twin, query) == [{"name": "Open", "fullname": "Invoice : Open"}]


def test_debits_and_credits_have_columns_of_their_own(twin: Twin) -> None:
    columns = "SUM(l.debitforeignamount) AS d, SUM(l.creditforeignamount) AS c"
    query = f"SELECT {columns} FROM transactionline l JOIN transaction t ON t.id = l.transaction WHERE t.externalid = 'S-INV'"
    (row,) = _rows(twin, query)
    assert row["d"] == row["c"] == "48.5"


def test_members_addresses_and_a_customer_s_own_prices_are_tables(twin: Twin) -> None:
    member = {"items": [{"item": {"id": "8"}, "quantity": 2}]}
    address = {"addr1": "Main St 1", "city": "Bern"}
    book = {"items": [{"defaultBilling": True, "label": "Home", "addressBookAddress": address}]}
    own = {"items": [{"item": {"id": "8"}, "price": 9.5}]}
    loaded = twin.load([
        {"type": "kitItem", "record": {"id": "78", "itemId": "KIT", "basePrice": 25, "member": member}},
        {"type": "customer", "record": {"id": "502", "companyName": "Beta", "subsidiary": {"id": "1"}, "itemPricing": own,
                                        "addressBook": book}},
    ])  # fmt: skip
    assert loaded.ok, loaded.text
    assert _rows(twin, "SELECT item, quantity FROM itemmember WHERE parentitem = 78") == [
        {"item": "8", "quantity": "2"}
    ]
    assert _rows(twin, "SELECT item, price FROM customeritempricing WHERE customer = 502") == [
        {"item": "8", "price": "9.5"}
    ]
    joined = "customeraddressbook b JOIN entityaddress a ON a.nkey = b.addressbookaddress"
    assert _rows(twin, f"SELECT a.addr1, a.city FROM {joined} WHERE b.entity = 502") == [
        {"addr1": "Main St 1", "city": "Bern"}
    ]


def test_a_transaction_s_address_is_its_own(twin: Twin) -> None:
    made = order(HELP, externalId="S-ADDR", shippingAddress={"addr1": "Dock 4", "city": "Basel"})
    _made(twin, "salesOrder", made)
    joined = "transaction t JOIN transactionshippingaddress a ON a.nkey = t.shippingaddress"
    rows = _rows(twin, f"SELECT a.addr1, a.city FROM {joined} WHERE t.externalid = 'S-ADDR'")
    assert rows == [{"addr1": "Dock 4", "city": "Basel"}]


def test_prices_and_subsidiaries_of_an_item_have_their_tables(twin: Twin) -> None:
    level = {"priceLevel": {"id": "1"}, "currency": {"id": "1"}, "quantity": 0, "price": 12.5}
    twin.load(
        [
            {
                "type": "serviceSaleItem",
                "record": {
                    "id": "77",
                    "itemId": "P-1",
                    "price": {"items": [level]},
                    "subsidiaryList": {"items": [{"id": "1"}]},
                },
            }
        ]
    )
    assert _rows(twin, "SELECT pricelevel, currency, unitprice FROM pricing WHERE item = 77") == [
        {"pricelevel": "1", "currency": "1", "unitprice": "12.5"}
    ]
    assert _rows(twin, "SELECT unitprice FROM pricing WHERE item = 8") == [{"unitprice": "9.99"}]
    assert _rows(twin, "SELECT subsidiary FROM itemsubsidiarymap WHERE item = 77") == [{"subsidiary": "1"}]
