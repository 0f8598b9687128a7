"""What is a price book entry called, and when may there be one (salesforce.md 4)?"""

from __future__ import annotations

from sandbox.salesforce.ids import STANDARD_BOOK
from sandbox.salesforce.model import objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import HOME, Saving


def name(saving: Saving) -> None:
    """Fill name and code from the product."""
    product = saving.find("product2", "Product2Id")
    saving.values |= {"Name": product.get("Name"), "ProductCode": product.get("ProductCode")}


def guard(saving: Saving) -> None:
    """Refuse a second entry for product, book and currency, and one before there is a standard price."""
    if not saving.creating:
        return
    rivals = saving.store.where(objects()["pricebookentry"], "Product2Id", saving.values["Product2Id"])
    currency = saving.values.get("CurrencyIsoCode") or HOME
    rivals = [entry for entry in rivals if (entry["CurrencyIsoCode"] or HOME) == currency]
    book = saving.values["Pricebook2Id"]
    if any(entry["Pricebook2Id"] == book for entry in rivals):
        raise Refused("DUPLICATE_VALUE", "This price definition already exists in this price book", fields=[])
    standard = next((entry for entry in rivals if entry["Pricebook2Id"] == STANDARD_BOOK), None)
    if book != STANDARD_BOOK and standard is None:
        raise Refused("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product", fields=[])
    if standard is not None and saving.values.get("UseStandardPrice") == "true":
        saving.values["UnitPrice"] = standard["UnitPrice"]
