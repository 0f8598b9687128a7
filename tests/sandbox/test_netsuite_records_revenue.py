"""Is revenue derived from an order's lines: which of them, over which months, to the cent, and never written?"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.netsuite.account import Account
from sandbox.netsuite.revenue.arranging import revenue_of
from sandbox.netsuite.revenue.spreading import EVEN, EXACT_DAYS, PERIOD_RATE, POINT_IN_TIME, PRORATED, months, spread
from sandbox.netsuite.store import Store, Stored
from tests.sandbox.netsuite_books import Books, line

D = Decimal


@pytest.fixture
def books() -> Books:
    made = Books()
    made.add("serviceSaleItem", 7, revenueRecognitionRule={"id": "1"})
    return made


def _amounts(books: Books, order: Stored) -> list[list[str]]:
    return [[month["amount"] for month in one["plan"]] for one in revenue_of(books.account.store.connection, order.id)]


def _count(books: Books, table: str) -> int:
    number: int = books.account.store.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return number


def test_an_approved_order_earns_evenly_over_its_months(books: Books) -> None:
    dates = {"revRecStartDate": "2026-01-15", "revRecEndDate": "2026-03-31"}
    waiting = books.order(line("7", **dates), line("8"), orderStatus="A")
    assert revenue_of(books.account.store.connection, waiting.id) == []
    order = books.change(waiting, orderStatus="B")
    told = revenue_of(books.account.store.connection, order.id)
    assert [(one["line"], one["amount"], one["rule"]) for one in told] == [
        (1, "100.00", "Straight-line by even periods")
    ]
    assert told[0]["plan"] == [
        {"from": "2026-01-15", "amount": "33.33"},
        {"from": "2026-02-01", "amount": "33.33"},
        {"from": "2026-03-01", "amount": "33.34"},
    ]


def test_it_follows_the_order_and_goes_with_it(books: Books) -> None:
    term: Any = {"revRecStartDate": "2026-02-01", "revRecTermInMonths": 2}
    order = books.order(line("7", **term), line("7", 2, **term))
    assert _amounts(books, order) == [["50.00", "50.00"], ["100.00", "100.00"]]
    before = revenue_of(books.account.store.connection, order.id)
    changed = books.change(order, replaced=("item",), item=[{"line": 2, "quantity": D(3)}])
    after = revenue_of(books.account.store.connection, changed.id)
    assert [(one["element"], one["amount"]) for one in after] == [(before[1]["element"], "300.00")]
    assert [_count(books, f"revenue_{name}") for name in ("arrangement", "element", "plan", "plan_line")] == [
        1,
        1,
        1,
        2,
    ]
    books.change(changed, orderStatus="C")
    assert _count(books, "revenue_arrangement") == 0
    again = books.order(line("7", **term))
    books.delete(again)
    assert [_count(books, f"revenue_{name}") for name in ("arrangement", "element", "plan", "plan_line")] == [
        0,
        0,
        0,
        0,
    ]


def test_the_first_order_that_earns_is_followed_after_others_that_do_not(books: Books) -> None:
    books.order(line("8"))
    earning = books.order(line("7", revRecStartDate="2026-01-01"))
    books.change(earning, orderStatus="C")
    assert _count(books, "revenue_arrangement") == 0


def test_it_follows_still_when_the_file_has_changed_underneath(books: Books) -> None:
    books.order(line("8"))
    other = Account(Store(books.account.store.connection))
    lines = [line("7", revRecStartDate="2026-01-01")]
    wish = books.wish("salesOrder", None, entity={"id": "501"}, item=lines, orderStatus="B")
    with other.store.call():
        number = other.add(wish).id
    assert _count(books, "revenue_arrangement") == 1
    books.account.store.forget()
    books.change(books.account.get(wish.type, str(number), None), orderStatus="C")
    assert _count(books, "revenue_arrangement") == 0


def test_discounts_are_taken_off_what_is_earned(books: Books) -> None:
    books.add("discountItem", 20, itemId="TEN-OFF", rate="-10.0%")
    order = books.order(line("7"), {"item": {"id": "20"}}, line("8", 10), discountRate="-50%", startDate="2026-03-01")
    earned = [one["amount"] for one in revenue_of(books.account.store.connection, order.id)]
    assert earned == ["45.00"]


def test_a_plan_waits_for_the_bill_when_its_item_says_so(books: Books) -> None:
    books.add("serviceSaleItem", 7, createRevenuePlansOn={"id": "-2"})
    order = books.order(line("7", 4, revRecStartDate="2026-01-01", revRecEndDate="2026-02-28"))
    assert (_count(books, "revenue_element"), _count(books, "revenue_plan")) == (1, 0)
    books.made(order, "invoice", item=[{"orderLine": 1, "quantity": D(1)}])
    assert _amounts(books, order) == [["50.00", "50.00"]]
    books.made(books.again(order), "invoice")
    assert _amounts(books, order) == [["200.00", "200.00"]]


def test_the_rules_share_as_they_say() -> None:
    start, end = date(2026, 1, 16), date(2026, 3, 10)
    shares = {
        method: [amount for _, amount in spread(method, D("1000.00"), start, end, 2)]
        for method in (EVEN, EXACT_DAYS, PRORATED, PERIOD_RATE, POINT_IN_TIME)
    }
    assert shares[EVEN] == [D("333.33"), D("333.33"), D("333.34")]
    assert shares[EXACT_DAYS] == [D("296.30"), D("518.52"), D("185.18")]
    assert shares[PRORATED] == [D("296.30"), D("518.51"), D("185.19")]
    assert shares[PERIOD_RATE] == [D("280.70"), D("543.86"), D("175.44")]
    assert shares[POINT_IN_TIME] == [D("1000.00")]


def test_a_prorated_first_and_last_month_are_the_vendors_own_figures() -> None:
    found = [part for _, part in spread(PRORATED, D("400.00"), date(2025, 8, 20), date(2025, 12, 19), 2)]
    assert found == [D("39.34"), D("99.45"), D("99.45"), D("99.46"), D("62.30")]


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from([EVEN, EXACT_DAYS, PRORATED, PERIOD_RATE, POINT_IN_TIME]),
    amount=st.decimals(-100_000, 1_000_000, places=2),
    start=st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    days=st.integers(0, 1500),
)
def test_the_months_add_up_to_the_amount(method: str, amount: Decimal, start: date, days: int) -> None:
    end = date.fromordinal(start.toordinal() + days)
    parts = spread(method, amount, start, end, 2)
    assert sum(part for _, part in parts) == amount
    if method != POINT_IN_TIME and days:
        spans = months(start, end)
        assert [span for span, _ in parts] == spans
        assert (spans[0][0], spans[-1][1]) == (start, end)
