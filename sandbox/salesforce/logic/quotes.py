"""What does a quote add up to, and how is it numbered (salesforce.md 4)?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.salesforce.model import objects
from sandbox.salesforce.saving import CENT, Saving, money
from sandbox.salesforce.store import Store

DIGITS = 8


def number(saving: Saving) -> None:
    """Give a new quote its number."""
    if saving.creating:
        saving.values["QuoteNumber"] = str(saving.store.count_up("QuoteNumber")).zfill(DIGITS)


def number_line(saving: Saving) -> None:
    """Give a new line its number."""
    if saving.creating:
        saving.values["LineNumber"] = str(saving.store.count_up("QuoteLineNumber")).zfill(DIGITS)


def inherit(saving: Saving) -> None:
    """Take account and price book from the opportunity."""
    deal = saving.find("opportunity", "OpportunityId")
    saving.values["AccountId"] = deal.get("AccountId")
    saving.values.setdefault("Pricebook2Id", deal.get("Pricebook2Id"))
    saving.values["CanCreateQuoteLineItems"] = "true"


def derive(saving: Saving) -> None:
    """Fill the grand total; a quote without lines adds up to nought."""
    values = saving.values
    for name in ("Subtotal", "TotalPrice", "Discount", "LineItemCount"):
        values[name] = values.get(name) or ("0" if name == "LineItemCount" else "0.00")
    values["GrandTotal"] = _grand(values)


def _grand(values: dict[str, Any]) -> str:
    return money(sum((Decimal(values.get(name) or 0) for name in ("TotalPrice", "Tax", "ShippingHandling")), Decimal()))


def summed_up(store: Store, quote: dict[str, Any]) -> dict[str, Any]:
    """Return what a quote's lines add up to; the discount is what was given away, in per cent of the subtotal."""
    lines = store.where(objects()["quotelineitem"], "QuoteId", quote["Id"])
    subtotal = sum((Decimal(line["Subtotal"] or 0) for line in lines), Decimal())
    total = sum((Decimal(line["TotalPrice"] or 0) for line in lines), Decimal())
    discount = (1 - total / subtotal) * 100 if subtotal else Decimal()
    sums = {"Subtotal": money(subtotal), "TotalPrice": money(total), "Discount": format(discount.quantize(CENT), "f"),
            "LineItemCount": str(len(lines))}  # fmt: skip
    return sums | {"GrandTotal": _grand(quote | sums)}
