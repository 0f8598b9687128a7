"""Does NetSuite's price list stand in Salesforce, and is what was there before taken over instead of doubled?"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.flows_live.house import House, opened

FLOW = "item_to_product"
PRICES = [
    {"priceLevel": {"id": "1"}, "currency": {"id": "1"}, "price": 12.5},
    {"priceLevel": {"id": "1"}, "currency": {"id": "4"}, "price": 11},
    {"priceLevel": {"id": "3"}, "currency": {"id": "1"}, "price": 10.25},
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as one:
        yield one


def item(house: House, code: str) -> str:
    return house.found("serviceSaleItem", {"itemId": code, "displayName": f"The {code}", "price": {"items": PRICES}})


def entries(house: House, code: str) -> dict[tuple[str, str], tuple[Decimal, bool]]:
    rows = house.crm(
        "SELECT Pricebook2.Name, CurrencyIsoCode, UnitPrice, IsActive FROM PricebookEntry "
        f"WHERE Product2.ProductCode = '{code}'"
    )
    return {(one["Pricebook2"]["Name"], one["CurrencyIsoCode"]): (one["UnitPrice"], one["IsActive"]) for one in rows}


def test_an_item_has_a_price_in_each_book_and_currency_standard_first(house: House) -> None:
    level = house.books("SELECT name FROM pricelevel WHERE id = 3")[0]["name"]
    house.make("Pricebook2", {"Name": level, "IsActive": True})
    key = item(house, "NEW-1")
    house.run(FLOW)
    assert [(one.code, one.message) for one in house.letters()] == []
    (product,) = house.crm(f"SELECT Name, ProductCode, IsActive FROM Product2 WHERE NetSuite_Internal_ID__c = '{key}'")
    assert (product["Name"], product["ProductCode"], product["IsActive"]) == ("The NEW-1", "NEW-1", True)
    assert entries(house, "NEW-1") == {
        ("Standard Price Book", "USD"): (Decimal("12.5"), True),
        ("Standard Price Book", "EUR"): (Decimal(11), True),
        (level, "USD"): (Decimal("10.25"), True),
    }


def test_an_inactive_item_s_prices_are_out_of_use_and_not_deleted(house: House) -> None:
    key = item(house, "OLD-2")
    house.run(FLOW)
    house.change("serviceSaleItem", key, {"isInactive": True})
    house.run(FLOW)
    assert [(one.code, one.message) for one in house.letters()] == []
    assert {active for _, active in entries(house, "OLD-2").values()} == {False}
    (product,) = house.crm("SELECT IsActive FROM Product2 WHERE ProductCode = 'OLD-2'")
    assert product["IsActive"] is False


def test_a_product_that_carries_the_code_is_the_item_and_its_prices_are_the_item_s(house: House) -> None:
    (product,) = house.make("Product2", {"Name": "By hand", "ProductCode": "HAND-1", "IsActive": True})
    book = house.crm("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE")[0]["Id"]
    by_hand = {
        "Pricebook2Id": book,
        "Product2Id": product,
        "UnitPrice": Decimal(1),
        "IsActive": True,
        "CurrencyIsoCode": "USD",
    }
    (entry,) = house.make("PricebookEntry", by_hand)
    key = item(house, "HAND-1")
    house.run(FLOW)
    assert [(one.code, one.message) for one in house.letters()] == []
    assert house.bound(FLOW, key) == product
    (found,) = house.crm(f"SELECT UnitPrice, NetSuite_Internal_ID__c FROM PricebookEntry WHERE Id = '{entry}'")
    assert found["UnitPrice"] == Decimal("12.5")
    assert found["NetSuite_Internal_ID__c"]
