"""Do returns, credits, deposits and refunds move what they should, and undo it when they go?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.fields import record_type
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.store import Stored
from tests.sandbox.netsuite_books import Books, line

D = Decimal


@pytest.fixture
def books() -> Books:
    return Books()


def _customer(books: Books) -> Any:
    return books.account.get(record_type("customer"), "501", None).doc


def _bill(books: Books, quantity: int = 10) -> Stored:
    return books.made(books.order(line(quantity=quantity)), "invoice")


def test_a_return_is_received_and_credited(books: Books) -> None:
    order = books.order()
    books.made(order, "itemFulfillment")
    bill = books.made(books.again(order), "invoice")
    back = books.made(bill, "returnAuthorization", item=[{"orderLine": 1, "quantity": D(4)}], orderStatus="B")
    assert (back.status, back.doc["total"]) == ("B", D("39.96"))
    books.made(back, "itemReceipt", item=[{"orderLine": 1, "quantity": D(1)}])
    assert books.again(back).status == "E"
    books.made(books.again(back), "itemReceipt")
    assert books.again(back).status == "F"
    memo = books.made(books.again(back), "creditMemo")
    assert (books.again(back).status, memo.doc["amountRemaining"], memo.status) == ("G", D("39.96"), "A")
    assert _customer(books)["balance"] == D("59.94")


def test_a_credit_memo_pays_an_invoice(books: Books) -> None:
    bill = _bill(books)
    memo = books.made(bill, "creditMemo")
    assert (memo.doc["applied"], memo.doc["unapplied"], memo.status) == (D("99.90"), 0, "B")
    assert books.again(bill).status == "B"
    books.change(memo, replaced=("apply",), apply=[{"doc": bill.id, "apply": True, "amount": D(30)}])
    assert (books.again(bill).doc["amountRemaining"], books.again(memo).status) == (D("69.90"), "A")
    books.delete(books.again(memo))
    assert books.again(bill).doc["amountRemaining"] == D("99.90")


def test_a_payment_pays_the_oldest_first_when_it_may(books: Books) -> None:
    newer = books.made(books.order(line(quantity=1)), "invoice", tranDate="2026-03-02")
    older = books.made(books.order(line(quantity=2)), "invoice", tranDate="2026-02-01")
    paid = books.add("customerPayment", customer={"id": "501"}, payment=D(25), autoApply=True)
    rows = {row["doc"]: row["amount"] for row in paid.doc["apply"]}
    assert rows == {older.id: D("19.98"), newer.id: D("5.02")}
    assert [books.again(one).status for one in (older, newer)] == ["B", "A"]
    lines = [{"doc": newer.id, "apply": True}]
    with pytest.raises(Refused) as refused:
        books.add("customerPayment", customer={"id": "501"}, payment=D(5), autoApply=True, apply=lines)
    assert refused.value.code == "INVALID_AUTOAPPLY_VALUE"


def test_a_payment_does_not_pay_more_than_is_due_nor_another_customers(books: Books) -> None:
    bill = _bill(books)
    books.add("customer", 502, companyName="Beta", subsidiary={"id": "1"})
    for wish, code in (
        ({"apply": [{"doc": bill.id, "apply": True, "amount": D(100)}]}, "CANT_APPLY_PMT"),
        ({"apply": [{"doc": bill.id, "apply": True, "amount": D(50)}], "payment": D(40)}, "CANT_APPLY_PMT"),
        ({"apply": [{"doc": bill.id, "apply": True}], "customer": {"id": "502"}}, "INVALID_KEY_OR_REF"),
        ({"apply": [{"doc": bill.id, "apply": True}], "currency": {"id": "4"}}, "MISMATCHED_CURRENCY"),
        ({"apply": [{"doc": 99, "apply": True}]}, "INVALID_KEY_OR_REF"),
    ):
        with pytest.raises(Refused) as refused:
            books.add("customerPayment", None, **{"customer": {"id": "501"}, **wish})
        assert refused.value.code == code
    assert books.again(bill).doc["amountRemaining"] == D("99.90")


def test_a_deposit_is_held_applied_and_refunded(books: Books) -> None:
    held = books.add("customerDeposit", customer={"id": "501"}, payment=D(80))
    assert (held.status, _customer(books)["depositBalance"]) == ("B", 80)
    bill = _bill(books, 5)
    books.made(held, "depositApplication", apply=[{"doc": bill.id, "apply": True}])
    assert (books.again(bill).status, books.again(held).doc["amountRemaining"]) == ("B", D("30.05"))
    assert (_customer(books)["depositBalance"], _customer(books)["balance"]) == (D("30.05"), 0)
    books.made(books.again(held), "customerRefund")
    assert (books.again(held).status, books.again(held).doc["amountRemaining"]) == ("C", 0)
    assert (_customer(books)["depositBalance"], _customer(books)["balance"]) == (0, 0)


def test_a_void_is_final_and_gives_back_what_it_took(books: Books) -> None:
    bill = _bill(books)
    paid = books.made(bill, "customerPayment")
    with pytest.raises(Refused, match="dependent records"), books.account.store.call():
        books.account.void(record_type("invoice"), str(bill.id), None)
    with books.account.store.call():
        books.account.void(record_type("customerPayment"), str(paid.id), None)
    assert (books.again(paid).status, books.again(bill).doc["amountRemaining"]) == ("V", D("99.90"))
    assert _customer(books)["balance"] == D("99.90")
    with pytest.raises(Refused) as refused:
        books.change(books.again(paid), memo="x")
    assert refused.value.code == "CANT_MODIFY_VOID_TRANS"


def test_deletions_and_changes_are_remembered(books: Books) -> None:
    books.account.actor = "web services"
    order = books.change(books.order(), memo="second")
    story = books.account.store.history("transaction", order.id)
    assert [entry.what[0] for entry in story] == [("record", None, "created"), ("memo", None, "second")]
    assert {entry.who for entry in story} == {"web services"}
    books.delete(order)
    day = [datetime(2026, 3, number, tzinfo=UTC) for number in (16, 17, 18)]
    gone = books.account.deleted(day[0], day[1], ["salesOrder"])
    assert [(one.type, one.id, one.name, one.at) for one in gone] == [
        ("salesOrder", order.id, order.name, "2026-03-16 09:30:00")
    ]
    assert books.account.deleted(day[0], day[1], ["invoice"]) == books.account.deleted(day[1], day[2]) == []


def test_a_contact_is_attached_in_a_role_and_detached(books: Books) -> None:
    ann = books.add("contact", 601, firstName="Ann", lastName="Lee")
    acme = books.account.get(record_type("customer"), "501", None)
    with books.account.store.call():
        books.account.attach(ann, acme, "-10")
        assert books.account.store.journal.attached(501) == [(601, "-10")]
        books.account.detach(ann, acme)
        with pytest.raises(Refused):
            books.account.detach(ann, acme)
