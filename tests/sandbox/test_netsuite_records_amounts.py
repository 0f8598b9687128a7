"""Are amounts NetSuite's: prices by level, currency and quantity, discounts, taxes, exchange rates, rounding?"""

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.netsuite_books import Books, line

D = Decimal


@pytest.fixture
def books() -> Books:
    return Books()


def _totals(order: Any) -> list[Decimal]:
    return [order.doc[name] for name in ("subtotal", "discountTotal", "taxTotal", "total")]


def test_a_discount_line_takes_off_the_line_above_it_and_a_subtotal_adds_up(books: Books) -> None:
    books.add("discountItem", 20, itemId="TEN-OFF", rate="-10.0%")
    books.add("subtotalItem", 21, itemId="SUM")
    books.add("descriptionItem", 22, itemId="TEXT")
    off, total, words = ({"item": {"id": key}} for key in ("20", "21", "22"))
    order = books.order(line(quantity=3), off, line("7", 2), total, off, words)
    amounts = [row["amount"] for row in order.doc["item"]]
    assert amounts == [D("29.97"), D("-3.00"), D("200.00"), D("226.97"), D("-22.70"), D("0.00")]
    assert _totals(order) == [D("204.27"), 0, 0, D("204.27")]


@pytest.mark.parametrize(("rate", "off"), [("-10%", D("-9.99")), (D("-5.5"), D("-5.50"))])
def test_the_header_discounts_in_per_cent_or_as_an_amount(books: Books, rate: Any, off: Decimal) -> None:
    order = books.order(discountRate=rate, shippingCost=D("4.5"), handlingCost=D("1.005"))
    assert _totals(order) == [D("99.90"), off, 0, D("99.90") + off + D("5.51")]


def test_the_discount_items_own_rate_is_taken_when_none_is_said(books: Books) -> None:
    books.add("discountItem", 20, itemId="TEN-OFF", rate="-10.0%")
    assert books.order(discountItem={"id": "20"}).doc["discountTotal"] == D("-9.99")


def test_tax_codes_tax_lines_and_a_group_taxes_the_taxable_ones(books: Books) -> None:
    by_line = books.order(line(quantity=3, taxCode={"id": "5"}), line("7"))
    assert _totals(by_line) == [D("129.97"), 0, D("5.99"), D("135.96")]
    assert (by_line.doc["item"][0]["taxRate1"], by_line.doc["item"][0]["grossAmt"]) == (20, D("35.96"))
    group = books.order(line("7", 2, isTaxable=True), line("7"), taxItem={"id": "20"}, isTaxable=True)
    assert (group.doc["taxRate"], group.doc["taxTotal"]) == (D("8.50"), D("17.00"))


def test_prices_follow_level_currency_and_quantity(books: Books) -> None:
    steps = [{"value": D(9), "quantity": D(0)}, {"value": D(7), "quantity": D(10)}]
    euro = {"currency": {"id": "4"}, "priceLevel": {"id": "1"}, "priceList": steps}
    dollar = {"currency": {"id": "1"}, "priceLevel": {"id": "1"}, "price": D(10)}
    special = {"currency": {"id": "1"}, "priceLevel": {"id": "3"}, "price": D("8.25")}
    books.add("kitItem", 30, itemId="KIT", price=[euro, dollar, special], member=[{"item": {"id": "8"}}])
    rates = [
        books.order(line("30", quantity, price=level), currency={"id": currency}).doc["item"][0]["rate"]
        for quantity, currency, level in (
            (1, "1", None), (1, "1", {"id": "2"}), (1, "1", {"id": "3"}), (9, "4", None), (10, "4", None),
        )
    ]  # fmt: skip
    assert rates == [D(10), D("9.50"), D("8.25"), D(9), D(7)]


def test_a_customers_level_is_the_lines_unless_said(books: Books) -> None:
    books.add("customer", 502, companyName="Often", subsidiary={"id": "1"}, priceLevel={"id": "3"})
    rows = books.order(line("7"), line("7", price={"id": "1"}), entity={"id": "502"}).doc["item"]
    assert [row["rate"] for row in rows] == [D(90), D(100)]


def test_amounts_are_rounded_to_the_currencys_places(books: Books) -> None:
    row = line("7", "1.5", rate=D("10.33"), price={"id": "-1"})
    totals = [books.order(row, currency={"id": currency}).doc["total"] for currency in ("1", "5")]
    assert totals == [D("15.50"), D(15)]


def test_the_exchange_rate_is_that_of_the_day_and_stays_as_told(books: Books) -> None:
    pair = {"baseCurrency": {"id": "1"}, "transactionCurrency": {"id": "4"}}
    for day, rate in (("2026-01-01", D("1.05")), ("2026-03-01", D("1.10"))):
        books.add("currencyRate", None, effectiveDate=day, exchangeRate=rate, **pair)
    euro = {"currency": {"id": "4"}}
    rates = [
        books.order(tranDate=day, **euro).doc["exchangeRate"] for day in ("2025-12-31", "2026-02-28", "2026-03-01")
    ]
    assert rates == [D("1.08"), D("1.05"), D("1.10")]
    told = books.order(exchangeRate=D("1.2"), **euro)
    assert books.change(told, memo="x").doc["exchangeRate"] == D("1.2")
    moved = books.change(books.order(tranDate="2026-02-28", **euro), tranDate="2026-03-02")
    assert moved.doc["exchangeRate"] == D("1.10")
