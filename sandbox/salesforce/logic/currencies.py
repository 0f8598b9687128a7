"""In which currency is a record, and to how many places are its amounts kept (salesforce.md 1.4, 4)?"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sandbox.salesforce.model import objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import HOME, Saving

PARENTS = {
    "OpportunityLineItem": "OpportunityId",
    "OpportunityContactRole": "OpportunityId",
    "OrderItem": "OrderId",
    "Quote": "OpportunityId",
    "QuoteLineItem": "QuoteId",
    "NetSuite_Invoice_Line__c": "Invoice__c",
    "NetSuite_Fulfillment_Line__c": "Fulfillment__c",
}  # the field by which a record has its currency from another one


def inherit(saving: Saving) -> None:
    """Take the parent's currency, or the org's."""
    if "currencyisocode" not in saving.owner.fields:
        return
    link = PARENTS.get(saving.owner.name)
    found = saving.find(saving.owner.fields[link.lower()].to, link) if link else None
    if found and "CurrencyIsoCode" not in saving.given:
        saving.values["CurrencyIsoCode"] = found["CurrencyIsoCode"]
    if saving.creating or "CurrencyIsoCode" in saving.given:
        saving.values["CurrencyIsoCode"] = saving.values.get("CurrencyIsoCode") or HOME


def guard(saving: Saving) -> None:
    """Refuse a currency that the org does not deal in."""
    for name in ("CurrencyIsoCode", "DefaultCurrencyIsoCode"):
        code = saving.given.get(name)
        if code and saving.changes(name) and _places(saving, code) is None:
            label = saving.owner.fields[name.lower()].label
            words = f"{label}: bad value for restricted picklist field: {code}"
            raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, fields=[name])


def cut(saving: Saving) -> None:
    """Round amounts to the places of the record's currency: a yen has no cents."""
    code = saving.values.get("CurrencyIsoCode")
    amounts = [one for one in saving.owner.fields.values() if one.type == "currency" and saving.given.get(one.name)]
    places = _places(saving, code) if code and amounts else None
    for found in amounts:
        if places is not None and places < found.scale:
            kept = Decimal(saving.values[found.name]).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
            saving.values[found.name] = format(kept, "f")


def _places(saving: Saving, code: str) -> int | None:
    known = saving.store.where(objects()["currencytype"], "IsoCode", code)
    return int(known[0]["DecimalPlaces"] or 0) if known and known[0]["IsActive"] == "true" else None
