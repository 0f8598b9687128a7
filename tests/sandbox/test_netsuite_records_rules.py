"""Does the account refuse what a real one refuses: wrong subsidiaries, inactive entries, closed periods, double names?"""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.fields import record_type
from sandbox.netsuite.refusals import Refused
from tests.sandbox.netsuite_books import Books, line


@pytest.fixture
def books() -> Books:
    return Books()


def _refusal(work: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.code, refused.value.path


def test_an_order_stays_in_its_customers_subsidiary_and_currencies(books: Books) -> None:
    assert _refusal(lambda: books.order(subsidiary={"id": "2"})) == ("INVALID_KEY_OR_REF", "subsidiary")
    books.add("customerSubsidiaryRelationship", entity={"id": "501"}, subsidiary={"id": "2"})
    assert books.order(subsidiary={"id": "2"}).doc["subsidiary"]["id"] == "2"
    books.add("customer", 501, currencyList=[{"currency": {"id": "4"}}])
    assert books.order(currency={"id": "4"}).doc["currency"]["id"] == "4"
    assert _refusal(lambda: books.order(currency={"id": "2"})) == ("INVALID_KEY_OR_REF", "currency")


@pytest.mark.parametrize(
    ("kind", "number", "wish"),
    [
        ("customer", 501, {}),
        ("inventoryItem", 8, {}),
        ("department", 1, {"department": {"id": "1"}}),
        ("term", 2, {"terms": {"id": "2"}}),
        ("subsidiary", 3, {"subsidiary": {"id": "3"}}),
    ],
)
def test_what_is_inactive_is_not_chosen_anew_but_stays(books: Books, kind: str, number: int, wish: Any) -> None:
    kept = books.order(**(wish if kind != "subsidiary" else {}))
    books.add(kind, number, isInactive=True)
    assert _refusal(lambda: books.order(**wish))[0] == "INVALID_KEY_OR_REF"
    assert books.change(kept, memo="still").doc["memo"] == "still"


def test_a_closed_or_locked_period_takes_and_gives_up_nothing(books: Books) -> None:
    march = books.made(books.order(), "invoice")
    assert (
        books.account.name_of(record_type("invoice").by_name["postingPeriod"], march.doc["postingPeriod"]) == "Mar 2026"
    )
    period = int(march.doc["postingPeriod"]["id"])
    books.add("accountingPeriod", period, arLocked=True)
    closed = "TRAN_PERIOD_CLOSED"
    assert _refusal(lambda: books.change(march, memo="x"))[0] == closed
    assert _refusal(lambda: books.change(march, tranDate="2026-04-01"))[0] == closed
    assert _refusal(lambda: books.delete(march))[0] == closed
    assert _refusal(lambda: books.made(books.order(), "invoice", tranDate="2026-03-31"))[0] == closed
    april = books.made(books.order(), "invoice", tranDate="2026-04-01")
    assert april.doc["postingPeriod"]["id"] == str(period + 2)  # Q2 stands between them
    assert books.made(books.order(), "itemFulfillment").status == "C"  # the lock is the receivables' alone
    books.add("accountingPeriod", period, closed=True)
    assert _refusal(lambda: books.made(books.order(), "itemFulfillment"))[0] == closed
    assert books.order().doc["tranDate"] == "2026-03-16"  # an order does not post
    assert _refusal(lambda: books.made(books.order(), "invoice", tranDate="1999-01-01"))[0] == "MISSING_ACCT_PRD"


def test_external_ids_are_shared_by_a_group_in_any_case_and_periods_have_none(books: Books) -> None:
    account = books.account
    with account.store.call():
        first = account.upsert(books.wish("salesOrder", "SF-1", entity={"id": "501"}, item=[line()]))
        same = account.upsert(books.wish("salesOrder", "sf-1", memo="x"))
        assert (first.id, same.created, same.external_id) == (same.id, False, "SF-1")
        invoice = books.wish("invoice", "SF-1", entity={"id": "501"}, item=[line()])
        assert _refusal(lambda: account.upsert(invoice))[0] == "DUP_RCRD"
        contact = books.wish("contact", "C-1", firstName="Ann", lastName="Lee", company={"id": "501"})
        account.upsert(contact)
        assert _refusal(lambda: account.add(books.wish("vendor", "c-1", companyName="V")))[0] == "DUP_RCRD"
        period = books.wish("accountingPeriod", "P-1", periodName="x")
        assert _refusal(lambda: account.upsert(period)) == ("USER_ERROR", "externalId")


def test_names_are_borne_once_where_it_matters(books: Books) -> None:
    books.add("customer", 502, companyName="Beta", subsidiary={"id": "1"}, entityId="B")
    books.add("contact", 601, firstName="Ann", lastName="Lee", company={"id": "501"})
    books.add("contact", 602, firstName="Ann", lastName="Lee", company={"id": "502"})
    again = {"firstName": "ann", "lastName": "LEE", "company": {"id": "501"}}
    assert _refusal(lambda: books.add("contact", None, **again)) == ("DUP_ENTITY", "entityId")
    assert _refusal(lambda: books.add("vendor", companyName="V", entityId="b")) == ("DUP_ENTITY", "entityId")
    assert _refusal(lambda: books.add("serviceSaleItem", itemId="box-1")) == ("DUP_ITEM", "itemId")
    assert books.add("serviceSaleItem", 9, itemId="BOX-1", parent={"id": "7"}).name == "BOX-1"


def test_stage_and_status_go_together(books: Books) -> None:
    lead = books.add("lead", None, companyName="Maybe", subsidiary={"id": "1"})
    assert (lead.type, lead.doc["stage"], lead.doc["entityStatus"]) == ("customer", "LEAD", {"id": "6"})
    won = books.change(lead, entityStatus={"id": "13"})
    assert won.doc["stage"] == "CUSTOMER"
    assert books.change(won, stage="_prospect").doc["entityStatus"] == {"id": "8"}


def test_credit_on_hold_stops_what_goes_beyond_it(books: Books) -> None:
    books.add("customer", 501, creditLimit=Decimal(150), creditHoldOverride="ON")
    books.made(books.order(), "invoice")
    assert _refusal(books.order)[0] == "BALANCE_EXCEEDS_CREDIT_LIMIT"
    books.add("customer", 501, creditHoldOverride="_off")
    assert books.order().status == "B"


@pytest.mark.parametrize(
    ("trouble", "code"), [("changed", "RCRD_HAS_BEEN_CHANGED"), ("closed_period", "TRAN_PERIOD_CLOSED")]
)
def test_a_fault_refuses_the_first_write_of_a_call(books: Books, trouble: str, code: str) -> None:
    books.account.trouble = trouble
    assert _refusal(books.order)[0] == code
    assert books.order().status == "B"


def test_a_customers_addresses_are_its_orders(books: Books) -> None:
    address = {"addr1": "1 Mill Lane", "city": "Leeds", "country": "GB"}
    book = [{"defaultBilling": True, "addressBookAddress": address}, {"label": "x", "addressBookAddress": {}}]
    books.add("customer", 501, addressBook=book)
    order = books.order()
    assert (order.doc["billingAddress"], order.doc.get("shippingAddress")) == (address, None)
