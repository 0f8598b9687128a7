"""What does an order add up to, how is it numbered, and when is it closed to changes (salesforce.md 4)?"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.salesforce.ids import USER
from sandbox.salesforce.model import objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import Saving, money
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp

DIGITS, LINE_DIGITS = 8, 10
DRAFT, ACTIVATED = "Draft", "Activated"
LOCKED = ("AccountId", "ContractId", "Pricebook2Id", "CurrencyIsoCode", "EffectiveDate", "OriginalOrderId")


def number(saving: Saving) -> None:
    """Give a new order its number."""
    if saving.creating:
        saving.values["OrderNumber"] = str(saving.store.count_up("OrderNumber") + 99).zfill(DIGITS)


def number_line(saving: Saving) -> None:
    """Give a new line its number."""
    if saving.creating:
        saving.values["OrderItemNumber"] = str(saving.store.count_up("OrderItemNumber")).zfill(LINE_DIGITS)
        saving.values["AvailableQuantity"] = saving.values.get("Quantity")


def derive(saving: Saving) -> None:
    """Fill the status code and an empty order's total."""
    saving.values["StatusCode"] = ACTIVATED if saving.values.get("Status") == ACTIVATED else DRAFT
    saving.values["TotalAmount"] = saving.values.get("TotalAmount") or "0.00"


def guard(saving: Saving) -> None:
    """An order begins as a draft, is activated with lines, and then keeps what it was activated with."""
    active = saving.values["StatusCode"] == ACTIVATED
    if saving.creating and active:
        words = "Choose a valid order status and save your changes. Ask your admin for details."
        raise Refused("FAILED_ACTIVATION", words, fields=[])
    if saving.before.get("StatusCode") == ACTIVATED:
        closed = [name for name in LOCKED if saving.changes(name)]
        if active and closed:
            raise Refused(
                "FIELD_INTEGRITY_EXCEPTION", "You can't change this field on an activated order.", fields=closed
            )
    elif active:
        _activate(saving)


def _activate(saving: Saving) -> None:
    if not saving.store.where(objects()["orderitem"], "OrderId", saving.before["Id"]):
        raise Refused("FAILED_ACTIVATION", "An order must have at least one product.", fields=[])
    saving.values |= {"ActivatedDate": stamp(saving.store.now()), "ActivatedById": USER}


def guard_line(saving: Saving) -> None:
    """Refuse to touch the lines of an activated order; the org's own fields stay open to who may edit activated orders."""
    own = all(name.endswith("__c") for name in saving.given if saving.changes(name))
    if saving.creating or not own:
        refuse_activated(saving.store, saving.values)


def refuse_activated(store: Store, line: dict[str, Any]) -> None:
    """Refuse what would change an activated order's lines."""
    order = store.get(objects()["order"], line["OrderId"] or "") or {}
    if order.get("StatusCode") == ACTIVATED:
        words = "You can't add, edit or remove products of an activated order."
        raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=["OrderId"])


def summed_up(store: Store, order: dict[str, Any]) -> dict[str, Any]:
    """Return what an order's lines add up to."""
    lines = store.where(objects()["orderitem"], "OrderId", order["Id"])
    return {"TotalAmount": money(sum((Decimal(line["TotalPrice"] or 0) for line in lines), Decimal()))}
