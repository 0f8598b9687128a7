"""Does a deal become an order, and does everything that may happen to either side afterwards end as it must?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.flows_live.house import House, opened

CUSTOMERS, DEALS, ORDERS = "account_to_customer", "opportunity_to_sales_order", "order_to_sales_order"


@pytest.fixture(scope="module", params=["soap", "rest"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house"), request.param) as one:
        yield one


def deal(house: House, name: str, **fields: object) -> str:
    """Make an account with a won deal of two lines, one at a discount, worth 1,290.00."""
    (account,) = house.make("Account", {"Name": f"{name} Ltd", "CurrencyIsoCode": "USD", "BillingCountry": "Germany"})
    book = house.crm("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE")[0]["Id"]
    plain = {"Name": name, "StageName": "Closed Won", "CloseDate": "2026-11-20", "AccountId": account}
    (one,) = house.make("Opportunity", plain | {"Pricebook2Id": book, "CurrencyIsoCode": "USD"} | fields)
    entries = priced(house)
    house.make("OpportunityLineItem", sold(one, entries["SAMPLE-OTHER-1"], 1, "1200.00"))
    house.make("OpportunityLineItem", sold(one, entries["SAMPLE-STOCK-1"], 2, "50.00", Discount=10))
    return one


def priced(house: House) -> dict[str, str]:
    rows = house.crm(
        "SELECT Id, Product2.ProductCode FROM PricebookEntry WHERE IsActive = TRUE AND CurrencyIsoCode = 'USD'"
    )
    return {row["Product2"]["ProductCode"]: row["Id"] for row in rows}


def sold(of: str, entry: str, quantity: int, price: str, **more: object) -> dict[str, object]:
    return {"OpportunityId": of, "PricebookEntryId": entry, "Quantity": quantity, "UnitPrice": Decimal(price), **more}


def test_a_deal_with_a_discount_is_ordered_to_the_cent(house: House) -> None:
    one = deal(house, "Discounted")
    house.run(CUSTOMERS, DEALS)
    order = house.record("salesOrder", house.bound(DEALS, one))
    assert Decimal(str(order["subtotal"])) == Decimal("1290.00")
    lines = order["item"]["items"]
    assert [Decimal(str(line["amount"])) for line in lines] in (
        [Decimal(1200), Decimal(100), Decimal(-10)],
        [Decimal(100), Decimal(-10), Decimal(1200)],
    )


def test_an_edit_touches_what_sales_changed_and_keeps_what_finance_changed(house: House) -> None:
    one = deal(house, "Edited")
    house.run(CUSTOMERS, DEALS)
    at = house.bound(DEALS, one)
    house.change("salesOrder", at, {"memo": "By finance", "item": {"items": [freight()]}})
    house.edit("Opportunity", one, PO_Number__c="PO-1")
    (line,) = house.crm(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{one}' AND Discount = null")
    house.edit("OpportunityLineItem", line["Id"], Quantity=2)
    house.run(DEALS)
    order = house.record("salesOrder", at)
    assert (order["memo"], order["otherRefNum"]) == ("By finance", "PO-1")
    assert sorted(Decimal(str(line["amount"])) for line in order["item"]["items"]) == [-10, 15, 100, 2400]
    assert one not in [letter.source_id for letter in house.letters(DEALS)]


def freight() -> dict[str, object]:
    return {"item": {"id": "9006"}, "quantity": 1, "price": {"id": "-1"}, "rate": 15}


def test_a_dropped_line_is_dropped_and_the_others_keep_their_numbers(house: House) -> None:
    one = deal(house, "Dropped")
    house.run(CUSTOMERS, DEALS)
    at = house.bound(DEALS, one)
    (line,) = house.crm(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{one}' AND Discount != null")
    house.delete(line["Id"])
    house.run(DEALS)
    order = house.record("salesOrder", at)
    assert [Decimal(str(one["amount"])) for one in order["item"]["items"]] == [Decimal(1200)]


def test_what_both_changed_waits_for_a_person(house: House) -> None:
    one = deal(house, "Contested")
    house.run(CUSTOMERS, DEALS)
    at = house.bound(DEALS, one)
    house.change("salesOrder", at, {"memo": "By finance"})
    house.edit("Opportunity", one, Name="By sales")
    house.run(DEALS)
    held = [letter for letter in house.letters(DEALS) if letter.source_id == one]
    assert [(letter.code, letter.field, letter.value, letter.candidates) for letter in held] == [
        ("CONFLICT", "memo", "By sales", ("By finance",))
    ]


def test_an_approved_order_is_left_alone(house: House) -> None:
    one = deal(house, "Approved")
    house.run(CUSTOMERS, DEALS)
    at = house.bound(DEALS, one)
    house.change("salesOrder", at, {"orderStatus": {"id": "B"}})
    house.edit("Opportunity", one, PO_Number__c="PO-2")
    house.run(DEALS)
    assert "CHANGE_ORDER_NEEDED" in {letter.code for letter in house.letters(DEALS) if letter.source_id == one}
    assert "otherRefNum" not in house.record("salesOrder", at)


@pytest.mark.parametrize("how", ["lost", "deleted"])
def test_a_deal_that_is_no_more_closes_its_order(house: House, how: str) -> None:
    one = deal(house, f"No more {how}")
    house.run(CUSTOMERS, DEALS)
    at = house.bound(DEALS, one)
    if how == "lost":
        house.edit("Opportunity", one, StageName="Closed Lost")
    else:
        house.delete(one)
    house.run(DEALS)
    order = house.record("salesOrder", at)
    assert all(line["isClosed"] for line in order["item"]["items"]), house.letters(DEALS)


def test_a_lost_deal_that_is_won_again_opens_its_order(house: House) -> None:
    one = deal(house, "Back again")
    house.run(CUSTOMERS, DEALS)
    at = house.bound(DEALS, one)
    house.edit("Opportunity", one, StageName="Closed Lost")
    house.run(DEALS)
    house.edit("Opportunity", one, StageName="Closed Won")
    house.run(DEALS)
    order = house.record("salesOrder", at)
    assert not any(line["isClosed"] for line in order["item"]["items"]), house.letters(DEALS)


def test_an_order_without_an_opportunity_is_ordered(house: House) -> None:
    (account,) = house.make("Account", {"Name": "Shop Ltd", "CurrencyIsoCode": "USD"})
    book = house.crm("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE")[0]["Id"]
    plain = {"AccountId": account, "EffectiveDate": "2026-11-20", "Status": "Draft", "Pricebook2Id": book}
    (one,) = house.make("Order", plain | {"PoNumber": "PO-9", "CurrencyIsoCode": "USD"})
    entry = priced(house)["SAMPLE-OTHER-1"]
    house.make("OrderItem", {"OrderId": one, "PricebookEntryId": entry, "Quantity": 3, "UnitPrice": Decimal("1000.00")})
    house.edit("Order", one, Status="Activated")
    house.run(CUSTOMERS, ORDERS)
    order = house.record("salesOrder", house.bound(ORDERS, one))
    assert (Decimal(str(order["subtotal"])), order["otherRefNum"]) == (Decimal(3000), "PO-9")
