"""Does an order go its way to the money: approved, shipped, billed, paid, each step seen in the ones before it?"""

from decimal import Decimal

import pytest

from sandbox.netsuite.fields import record_type
from sandbox.netsuite.refusals import Refused
from tests.sandbox.netsuite_books import Books, line


@pytest.fixture
def books() -> Books:
    return Books()


def test_an_order_is_shipped_billed_and_paid_in_two_steps(books: Books) -> None:
    order = books.order()
    assert order.status == "B"
    first = books.made(order, "itemFulfillment", item=[{"orderLine": 1, "quantity": Decimal(4)}])
    assert (books.again(order).status, first.status) == ("E", "C")
    bill = books.made(books.again(order), "invoice", item=[{"orderLine": 1, "quantity": Decimal(4)}])
    assert (books.again(order).status, bill.doc["total"]) == ("D", Decimal("39.96"))
    books.made(books.again(order), "itemFulfillment")
    assert books.again(order).status == "F"
    rest = books.made(books.again(order), "invoice")
    assert (books.again(order).status, rest.doc["item"][0]["quantity"]) == ("G", Decimal(6))
    paid = books.made(rest, "customerPayment", payment=Decimal(50))
    assert (paid.doc["applied"], paid.doc["unapplied"], books.again(rest).doc["amountRemaining"]) == (
        50,
        0,
        Decimal("9.94"),
    )


def test_what_is_paid_shows_on_the_invoice_and_the_customer(books: Books) -> None:
    bill = books.made(books.order(), "invoice")
    assert (bill.status, bill.doc["amountRemaining"]) == ("A", Decimal("99.90"))
    assert books.account.store.by_id("entity", 501).doc["balance"] == Decimal("99.90")  # type: ignore[union-attr]
    payment = books.made(bill, "customerPayment")
    settled = books.again(bill)
    assert (settled.status, settled.doc["amountPaid"], settled.doc["amountRemaining"]) == ("B", Decimal("99.90"), 0)
    assert books.account.store.by_id("entity", 501).doc["balance"] == 0  # type: ignore[union-attr]
    books.delete(payment)
    assert (books.again(bill).status, books.again(bill).doc["amountRemaining"]) == ("A", Decimal("99.90"))


def test_an_order_that_waits_for_approval_or_is_billed_gives_nothing_more(books: Books) -> None:
    waiting = books.order(orderStatus="A")
    for kind in ("invoice", "itemFulfillment"):
        with pytest.raises(Refused, match="already billed or closed") as refused:
            books.account.initialize(record_type(kind), waiting)
        assert refused.value.code == "INVALID_INITIALIZE_REF"
    done = books.order()
    books.made(done, "invoice")
    with pytest.raises(Refused, match="already billed"):
        books.made(books.again(done), "invoice")


def test_more_than_is_left_is_refused_and_leaves_no_trace(books: Books) -> None:
    order = books.order()
    with pytest.raises(Refused) as refused:
        books.made(order, "itemFulfillment", item=[{"orderLine": 1, "quantity": Decimal(11)}])
    assert refused.value.code == "OVER_FULFILL_DISALLWD"
    assert books.account.store.count("transaction", "itemFulfillment") == 0
    assert books.again(order).doc["item"][0].get("quantityFulfilled") is None


def test_a_line_in_use_is_not_dropped_and_a_source_not_deleted(books: Books) -> None:
    order = books.order()
    books.made(order, "itemFulfillment")
    with pytest.raises(Refused) as refused:
        books.change(order, replaced=("item",), item=[line("7")])
    assert refused.value.code == "CANT_DELETE_TRAN_LINE"
    with pytest.raises(Refused) as refused:
        books.delete(order)
    assert refused.value.code == "CANT_DELETE_RCRD"


def test_a_line_keeps_what_it_has_shipped(books: Books) -> None:
    order = books.order()
    books.made(order, "itemFulfillment", item=[{"orderLine": 1, "quantity": Decimal(4)}])
    with pytest.raises(Refused) as refused:
        books.change(books.again(order), item=[{"line": 1, "quantity": Decimal(3)}])
    assert (refused.value.code, refused.value.path) == ("OVER_FULFILL_DISALLWD", "item.items[0].quantity")
    assert books.change(books.again(order), item=[{"line": 1, "quantity": Decimal(4)}]).status == "F"


def test_what_is_referred_to_stays(books: Books) -> None:
    books.order(terms={"id": "2"})
    for kind, number in (("inventoryItem", 8), ("customer", 501), ("term", 2), ("currency", 1)):
        with pytest.raises(Refused) as refused:
            books.delete(books.account.get(record_type(kind), str(number), None))
        assert refused.value.code == "CANT_DELETE_RCRD"
    for kind, number in (("serviceSaleItem", 7), ("term", 1)):
        books.delete(books.account.get(record_type(kind), str(number), None))


def test_what_is_initialized_is_whole_has_no_number_and_leaves_no_trace(books: Books) -> None:
    order = books.order(line(quantity=2), line("7"))
    drawn = books.account.initialize(record_type("invoice"), order, {"memo": "mine"})
    assert (drawn["total"], drawn["tranId"], drawn["memo"]) == (Decimal("119.98"), "To Be Generated", "mine")
    assert [row["orderLine"] for row in drawn["item"]] == [1, 2]
    assert not any("lineUniqueKey" in row for row in drawn["item"])
    saved = books.add("invoice", None, **{name: value for name, value in drawn.items() if name != "status"})
    assert (saved.name, books.again(order).status) == ("INV10001", "G")
    other = books.made(books.order(), "invoice")
    rows = books.account.initialize(record_type("customerPayment"), saved)["apply"]
    assert [(row["doc"], row["apply"], row["due"]) for row in rows] == [
        (saved.id, True, 0), (other.id, False, Decimal("99.90")),
    ]  # fmt: skip


def test_part_of_an_invoice_is_credited(books: Books) -> None:
    bill = books.made(books.order(), "invoice")
    memo = books.made(bill, "creditMemo", item=[{"orderLine": 1, "quantity": Decimal(1)}])
    assert (memo.doc["total"], memo.doc["applied"], memo.status) == (Decimal("9.99"), Decimal("9.99"), "B")
    assert books.again(bill).doc["amountRemaining"] == Decimal("89.91")
