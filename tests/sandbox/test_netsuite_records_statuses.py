"""Does each transaction go through its statuses as NetSuite's do, and refuse the ways it has not?"""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.enumerations import soap_word
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.transactions.kinds import status_in_words, transaction_kinds
from tests.sandbox.netsuite_books import Books, line

D = Decimal


@pytest.fixture
def books() -> Books:
    return Books()


def test_an_order_is_approved_taken_back_cancelled_and_opened_again(books: Books) -> None:
    order = books.order(orderStatus=None)
    seen = [order.status]
    for word in ("_pendingFulfillment", "A", "_cancelled", "B"):
        order = books.change(order, orderStatus=word)
        seen.append(order.status)
    assert seen == ["A", "B", "A", "C", "B"]
    assert order.doc["orderStatus"] == "B"


def test_an_order_that_has_begun_is_neither_taken_back_nor_cancelled(books: Books) -> None:
    order = books.order()
    books.made(order, "itemFulfillment", item=[{"orderLine": 1, "quantity": D(1)}])
    for word in ("A", "C"):
        with pytest.raises(Refused) as refused:
            books.change(books.again(order), orderStatus=word)
        assert refused.value.code == "INVALID_ORD_STATUS"
    assert books.change(books.again(order), orderStatus="_closed").status == "H"


def test_closed_lines_close_the_order_and_open_ones_open_it(books: Books) -> None:
    order = books.order(line(quantity=2), line(quantity=3))
    half = books.change(order, item=[{"line": 1, "isClosed": True}])
    assert half.status == "B"
    books.made(half, "itemFulfillment")
    assert books.again(order).status == "F"  # what is closed is not waited for
    other = books.order(line(), line())
    closed = books.change(other, item=[{"line": number, "isClosed": True} for number in (1, 2)])
    assert closed.status == "H"
    with pytest.raises(Refused):
        books.account.initialize(record_type("invoice"), closed)
    assert books.change(closed, item=[{"line": 2, "isClosed": False}]).status == "B"


@pytest.mark.parametrize(
    ("kind", "flag", "status"),
    [("serviceSaleItem", None, "F"), ("serviceSaleItem", True, "B"), ("nonInventorySaleItem", None, "B"),
     ("nonInventorySaleItem", False, "F"), ("inventoryItem", None, "B"), ("otherChargeSaleItem", None, "F")],
)  # fmt: skip
def test_only_what_is_shipped_is_waited_for(books: Books, kind: str, flag: Any, status: str) -> None:
    told = {} if flag is None else {"isFulfillable": flag}
    books.add(kind, 70, itemId=f"X-{kind}", basePrice=D(5), **told)
    assert books.order(line("70")).status == status


def test_deleting_a_step_takes_the_order_back(books: Books) -> None:
    order = books.order()
    shipped = books.made(order, "itemFulfillment")
    bill = books.made(books.again(order), "invoice")
    assert books.again(order).status == "G"
    books.delete(bill)
    assert books.again(order).status == "F"
    books.delete(shipped)
    assert books.again(order).status == "B"
    assert books.again(order).doc["item"][0]["quantityFulfilled"] == 0


def test_a_fulfilment_follows_picking_and_may_be_edited(books: Books) -> None:
    order = books.order()
    picked = books.made(order, "itemFulfillment", shipStatus="_picked")
    assert (picked.status, books.change(picked, shipStatus="_shipped").status) == ("A", "C")
    books.change(books.again(picked), item=[{"orderLine": 1, "quantity": D(3)}])
    assert books.again(order).doc["item"][0]["quantityFulfilled"] == 3
    unwanted = [{"orderLine": 1, "itemreceive": False}]
    with pytest.raises(Refused):
        books.made(books.again(order), "itemFulfillment", item=unwanted)


def test_an_opportunity_becomes_an_estimate_and_an_order(books: Books) -> None:
    chance = books.add(
        "opportunity", None, entity={"id": "501"}, entityStatus={"id": "11"}, item=[line("7", 2)], title="Deal"
    )
    assert (chance.status, chance.doc["probability"], chance.doc["projectedTotal"]) == ("A", 75, D("200.00"))
    offer = books.made(chance, "estimate")
    assert (books.again(chance).status, offer.status) == ("B", "A")
    order = books.made(offer, "salesOrder")
    assert (books.again(offer).status, order.doc["total"], order.doc["createdFrom"]) == (
        "B", D("200.00"), {"id": str(offer.id)},
    )  # fmt: skip
    bare = books.add("opportunity", None, entity={"id": "501"}, projectedTotal=D(500))
    assert bare.doc["projectedTotal"] == 500


def test_an_approval_holds_an_invoice_open(books: Books) -> None:
    bill = books.made(books.order(), "invoice", approvalStatus={"id": "1"})
    assert (bill.status, books.change(bill, approvalStatus={"id": "2"}).status) == ("D", "A")
    assert bill.doc["dueDate"] == "2026-03-16"
    later = books.made(books.order(), "invoice", terms={"id": "2"})
    assert later.doc["dueDate"] == "2026-04-15"


def test_journals_balance_and_bills_add_up_their_expenses(books: Books) -> None:
    rows = [{"account": {"id": "1"}, "debit": D(5)}, {"account": {"id": "10"}, "credit": D(5)}]
    assert books.add("journalEntry", None, subsidiary={"id": "1"}, line=rows).status == "B"
    with pytest.raises(Refused) as refused:
        books.add("journalEntry", None, subsidiary={"id": "1"}, line=rows[:1])
    assert refused.value.code == "TRANS_UNBALNCD"
    books.add("vendor", 701, companyName="Parts")
    bill = books.add(
        "vendorBill", None, entity={"id": "701"}, expense=[{"account": {"id": "13"}, "amount": D("7.5")}], item=[line()]
    )
    assert (bill.doc["total"], bill.status) == (D("17.49"), "A")
    books.made(bill, "vendorPayment")
    assert books.again(bill).status == "B"


def test_every_letter_has_words_and_the_orders_have_the_contracts() -> None:
    for kind in transaction_kinds().values():
        assert kind.first in kind.statuses
        assert record_type(kind.name).family == "transaction"
    words: dict[str, Any] = {letter: soap_word("SalesOrderOrderStatus", letter) for letter in "ABCDEFGH"}
    assert words["E"] == "_pendingBillingPartFulfilled"
    assert status_in_words("salesOrder", "G") == "Billed"
