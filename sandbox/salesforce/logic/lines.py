"""What is sold on a line, for how much? Lines of opportunities, quotes and orders (salesforce.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.salesforce.model import objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import HOME, Saving, money

PARENTS = {
    "OpportunityLineItem": ("OpportunityId", "opportunity"),
    "QuoteLineItem": ("QuoteId", "quote"),
    "OrderItem": ("OrderId", "order"),
}


def price(saving: Saving) -> None:
    """Fill the total from quantity, price and discount; or the price from the total, when that is what was given."""
    values, quantity = saving.values, saving.amount("Quantity")
    by_total = saving.given.get("TotalPrice") is not None and saving.given.get("UnitPrice") is None
    if by_total and quantity:
        kept = (100 - saving.amount("Discount")) / 100
        values["UnitPrice"] = money(saving.amount("TotalPrice") / quantity / kept) if kept else values.get("UnitPrice")
    elif values.get("UnitPrice"):
        values["TotalPrice"] = money(quantity * saving.amount("UnitPrice") * (100 - saving.amount("Discount")) / 100)
    if saving.owner.name == "QuoteLineItem" and values.get("UnitPrice"):
        values["Subtotal"] = money(quantity * saving.amount("UnitPrice"))


def sell(saving: Saving) -> None:
    """Fill product, name, code and list price from the price book entry, which must fit the parent; new lines only."""
    if not saving.creating:
        return
    link, kind = PARENTS[saving.owner.name]
    parent = saving.find(kind, link)
    entry = _entry(saving, parent)
    _fit(entry, parent, kind)
    product = saving.store.get(objects()["product2"], entry["Product2Id"]) or {}
    known = {"PricebookEntryId": entry["Id"], "Product2Id": entry["Product2Id"], "ListPrice": entry["UnitPrice"],
             "ProductCode": product.get("ProductCode")}  # fmt: skip
    if saving.owner.name == "OpportunityLineItem":
        known["Name"] = f"{parent.get('Name')} {product.get('Name')}"
    saving.values |= {name: value for name, value in known.items() if name.lower() in saving.owner.fields}
    if not saving.values.get("UnitPrice"):
        saving.values["UnitPrice"] = entry["UnitPrice"]
        price(saving)


def _entry(saving: Saving, parent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the line's price book entry: the one it names, or the one for its product in the parent's book."""
    if saving.values.get("PricebookEntryId"):
        return saving.find("pricebookentry", "PricebookEntryId")
    product = saving.values.get("Product2Id")
    if not product:
        words = "Required fields are missing: [PricebookEntryId]"
        raise Refused("REQUIRED_FIELD_MISSING", words, fields=["PricebookEntryId"])
    for entry in saving.store.where(objects()["pricebookentry"], "Product2Id", product):
        fits_book = parent.get("Pricebook2Id") in {None, entry["Pricebook2Id"]}
        if fits_book and _currency(entry) == _currency(parent):
            return entry
    words = "field integrity exception: unknown (no price book entry for the product in this price book and currency)"
    raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=["Product2Id"])


def _fit(entry: Mapping[str, Any], parent: Mapping[str, Any], kind: str) -> None:
    wrong = ""
    if parent.get("Pricebook2Id") not in {None, entry["Pricebook2Id"]}:
        wrong = f"pricebook entry is in a different pricebook than the one assigned to the {kind}"
    elif _currency(entry) != _currency(parent):
        wrong = f"pricebook entry currency code does not match {kind} currency code"
    elif entry["IsActive"] != "true":
        wrong = "pricebook entry is inactive"
    if wrong:
        words = f"field integrity exception: PricebookEntryId ({wrong})"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=["PricebookEntryId"])


def _currency(record: Mapping[str, Any]) -> str:
    return str(record.get("CurrencyIsoCode") or HOME)


def guard_sold(saving: Saving) -> None:
    """Refuse a price and a total that contradict each other: one of them says it all."""
    given = saving.given
    if given.get("TotalPrice") is None or given.get("UnitPrice") is None:
        return
    if money(Decimal(given["TotalPrice"])) != money(Decimal(saving.values["TotalPrice"])):
        words = "field integrity exception: TotalPrice (only one of unit price or total price can be specified)"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=["TotalPrice"])
