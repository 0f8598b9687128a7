"""Which records does a search look through, and what do its words for types and statuses mean?"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from sandbox.netsuite.criteria import Condition, Either, Every, Node
from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.transactions.kinds import transaction_kinds

_GROUPS = {"transaction": "transaction", "item": "item", "entity": "entity"}
_STATUS_WORDS = {
    "customerPayment": "payment",
    "journalEntry": "journal",
    "vendorBill": "bill",
    "vendorPayment": "billPayment",
}
_TYPE_WORDS = {"journalEntry": "_journal"}
_ITEM_TYPES = {
    "inventoryItem": "_inventoryItem", "lotNumberedInventoryItem": "_inventoryItem",
    "serializedInventoryItem": "_inventoryItem", "assemblyItem": "_assembly", "kitItem": "_kit",
    "nonInventorySaleItem": "_nonInventoryItem", "nonInventoryResaleItem": "_nonInventoryItem",
    "nonInventoryPurchaseItem": "_nonInventoryItem", "serviceSaleItem": "_service", "serviceResaleItem": "_service",
    "servicePurchaseItem": "_service", "otherChargeSaleItem": "_otherCharge", "otherChargeResaleItem": "_otherCharge",
    "otherChargePurchaseItem": "_otherCharge", "discountItem": "_discount", "markupItem": "_markup",
    "subtotalItem": "_subtotal", "descriptionItem": "_description", "paymentItem": "_payment",
    "itemGroup": "_itemGroup", "downloadItem": "_downloadItem", "giftCertificateItem": "_giftCertificateItem",
}  # fmt: skip
_SUBTYPES = (("ResaleItem", "_forResale"), ("SaleItem", "_forSale"), ("PurchaseItem", "_forPurchase"))


@dataclass(frozen=True)
class Searched:
    """What one search looks through: a group, or some types of it."""

    family: str
    kinds: tuple[RecordType, ...] = ()


@cache
def meanings(name: str) -> dict[str, str]:
    """Give what a search's own names mean in its records; `joins` gives the joins of all."""
    text = resources.files(__package__).joinpath("meanings.yaml").read_text("utf-8")
    table: dict[str, dict[str, str]] = yaml.load(text, yaml.CBaseLoader)  # noqa: S506 — this loader makes nothing but text
    return table.get(name, {}) if name == "joins" else table["every"] | table.get(name, {})


@cache
def searched(name: str) -> Searched | None:
    """Give what a search type (`transaction`, `customer`) looks through; None when nothing of it is kept here."""
    if name in _GROUPS:
        return Searched(_GROUPS[name])
    kind = record_types().get(name.lower())
    return Searched(kind.family, (kind,)) if kind else None


def type_word(record_type: str) -> str:
    """Give a search's word for a record type (`_salesOrder`, `_service`)."""
    return _ITEM_TYPES.get(record_type) or _TYPE_WORDS.get(record_type, f"_{record_type}")


def subtype_word(record_type: str) -> str:
    """Give a search's word for what an item is for; empty when it is for nothing in particular."""
    return next((word for ending, word in _SUBTYPES if record_type.endswith(ending)), "")


def camel(words: str) -> str:
    """Write words as one (`Pending Billing/Partially Fulfilled` is `PendingBillingPartiallyFulfilled`)."""
    return "".join(f"{one[0].upper()}{one[1:]}" for one in re.findall(r"\w+", words))


def by_type(name: str, words: list[str]) -> Node:
    """Say that a record is of one of the types that a search names (`_salesOrder`, or an item's subtype)."""
    spelt = subtype_word if name == "subType" else type_word
    names = [kind.name for kind in record_types().values() if spelt(kind.name) in words and kind.element]
    return Condition("recordType", "anyOf", tuple(names))


def by_status(words: list[str]) -> Node:
    """Say that a transaction stands in one of the statuses that a search names (`_salesOrderPendingApproval`)."""
    found = [
        Every((Condition("recordType", "is", (kind.name,)), Condition("status", "is", (letter,))))
        for kind in transaction_kinds().values()
        for letter, told in kind.statuses.items()
        if f"_{_STATUS_WORDS.get(kind.name, kind.name)}{camel(told)}" in words
    ]
    return Either(tuple(found))
