"""Where do SOAP's names and values differ from the neutral ones, which are REST's (netsuite.md 4.1, 4.2)?"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent
SALES = "urn:sales_{}.transactions.webservices.netsuite.com"
RELATIONSHIPS = "urn:relationships_{}.lists.webservices.netsuite.com"
RECORDS = {  # neutral object: (namespace of its SOAP type, that type's name)
    "salesOrder": (SALES, "SalesOrder"),
    "estimate": (SALES, "Estimate"),
    "opportunity": (SALES, "Opportunity"),
    "customer": (RELATIONSHIPS, "Customer"),
    "contact": (RELATIONSHIPS, "Contact"),
}
RENAMED: dict[str, dict[str, str]] = {
    "SalesOrder": {"subtotal": "subTotal", "item": "itemList"},
    "Estimate": {"subtotal": "subTotal", "item": "itemList"},
    "Opportunity": {"item": "itemList"},
    "Contact": {"addressBook": "addressbookList"},
    "ContactAddressbook": {"addressBookAddress": "addressbookAddress", "line": "internalId"},
    "SalesOrderItem": {
        "inventorylocation": "inventoryLocation",
        "inventorysubsidiary": "inventorySubsidiary",
        "vsoeSOPGroup": "vsoeSopGroup",
    },
    "Customer": {
        "addressBook": "addressbookList",
        "prefCcProcessor": "prefCCProcessor",
        "thirdPartyZipCode": "thirdPartyZipcode",
    },
    "CustomerAddressbook": {"addressBookAddress": "addressbookAddress", "line": "internalId"},
}
SPOKEN: dict[str, dict[str, str]] = {
    "orderStatus": {
        "A": "_pendingApproval",
        "B": "_pendingFulfillment",
        "C": "_cancelled",
        "D": "_partiallyFulfilled",
        "E": "_pendingBillingPartFulfilled",
        "F": "_pendingBilling",
        "G": "_fullyBilled",
        "H": "_closed",
    },
    "creditHoldOverride": {"AUTO": "_auto", "ON": "_on", "OFF": "_off"},
}
STATUSES = {  # the words for a Sales Order's status, SOAP's `status`
    "Pending Approval": "A",
    "Pending Fulfillment": "B",
    "Cancelled": "C",
    "Partially Fulfilled": "D",
    "Pending Billing/Partially Fulfilled": "E",
    "Pending Billing": "F",
    "Billed": "G",
    "Closed": "H",
}


def neutral_name(kind: str, element: str) -> str:
    """Return what the mappings call an element of the SOAP type `kind`."""
    return _backwards(kind).get(element, element)


def spoken(element: str) -> dict[str, str] | None:
    """Return SOAP's words for the neutral values of an element, None where the value crosses as it is."""
    return countries() if element == "country" else SPOKEN.get(element)


def meant(element: str, word: str) -> str:
    """Return the neutral value of a word that SOAP says in an element; unknown words stay as they are."""
    words = spoken(element) or {}
    return next((value for value, said in words.items() if said == word), word)


@cache
def countries() -> dict[str, str]:
    """Return ISO 3166 code -> SOAP's name of the country."""
    table: dict[str, str] = yaml.safe_load((FOLDER / "countries.yaml").read_text("utf-8"))
    return table


@cache
def _backwards(kind: str) -> dict[str, str]:
    return {element: name for name, element in RENAMED.get(kind, {}).items()}
