"""What can be sold in a new org? A few products, priced in the standard price book, so that a client can sell at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.salesforce.ids import make_id

# Above the numbers that companies of our own making use, as the account's sample items are.
PRODUCTS = {
    9001: ("Installation", "SAMPLE-SERVICE-1", "150.00"), 9002: ("Training Day", "SAMPLE-SERVICE-2", "900.00"),
    9003: ("Field Sensor", "SAMPLE-STOCK-1", "49.90"), 9004: ("Gateway", "SAMPLE-STOCK-2", "349.00"),
    9005: ("Licence, one year", "SAMPLE-OTHER-1", "1200.00"), 9006: ("Shipping Crate", "SAMPLE-OTHER-2", "15.00"),
}  # fmt: skip
CURRENCIES = ("USD", "EUR", "GBP")


def samples(book: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the products and their entries in a price book, one for each currency."""
    for number, (name, code, price) in PRODUCTS.items():
        product = make_id("01t", number)
        sold = {"Name": name, "ProductCode": code, "IsActive": "true"}
        yield "Product2", {"Id": product, "CurrencyIsoCode": "USD", "IsArchived": "false", **sold}
        for place, currency in enumerate(CURRENCIES):
            entry = {"Id": make_id("01u", number * 10 + place), "Pricebook2Id": book, "Product2Id": product}
            flags = {"UseStandardPrice": "false", "IsArchived": "false", "CurrencyIsoCode": currency}
            yield "PricebookEntry", entry | flags | {"UnitPrice": price, **sold}
