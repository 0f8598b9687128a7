"""Which rules must a record keep before any call? Named pure checks over the source record, each with a stable code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mappings.errors import Rejected
from mappings.paths import value_at
from mappings.revenue.preflight import revenue_can_be_planned
from mappings.revenue.renewing import CONTRACT, contract_is_active

LINES = "OpportunityLineItems"
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Check:
    """A check with the paths that it reads, so that they are selected; child paths are named by relationship."""

    run: Callable[[Mapping[str, Any]], None]
    own: tuple[str, ...] = ()
    children: Mapping[str, tuple[str, ...]] | None = None


def lines_present(record: Mapping[str, Any]) -> None:
    """An order without lines is none: {"OpportunityLineItems": None} is refused with NO_LINES."""
    if not _lines(record):
        raise Rejected(
            "NO_LINES",
            field=LINES,
            message="The opportunity has no products.",
            hint="Add its products in Salesforce; the change is picked up by itself.",
        )


def quantities_positive(record: Mapping[str, Any]) -> None:
    """Each line sells something: a quantity of 0 or -1 is refused with QUANTITY_NOT_POSITIVE."""
    for number, line in enumerate(_lines(record), start=1):
        quantity = line.get("Quantity")
        if quantity is not None and Decimal(str(quantity)) <= 0:
            raise Rejected(
                "QUANTITY_NOT_POSITIVE",
                field=f"{LINES}[{number}].Quantity",
                value=quantity,
                message=f"Line {number} has the quantity {quantity}.",
                hint="Correct the quantity in Salesforce; returns go as credit memos.",
            )


def lines_sum_to_amount(record: Mapping[str, Any]) -> None:
    """The lines add up to the amount: lines of 50 and 50 with the Amount 99 are refused with AMOUNT_MISMATCH."""
    amount = record.get("Amount")
    lines = _lines(record)
    if amount is None or not lines:
        return
    total = sum((_line_total(line) for line in lines), Decimal())
    if total != Decimal(str(amount)):
        raise Rejected(
            "AMOUNT_MISMATCH",
            field="Amount",
            value=amount,
            message=f"The lines add up to {total}, the opportunity says {amount}.",
            hint="Correct the lines or the amount in Salesforce; Isthmus orders what both agree on.",
        )


def _line_total(line: Mapping[str, Any]) -> Decimal:
    """Return quantity times unit price, rounded as Salesforce rounds a line's total."""
    exact = Decimal(str(line.get("Quantity") or 0)) * Decimal(str(line.get("UnitPrice") or 0))
    return exact.quantize(CENT, "ROUND_HALF_UP")


def _lines(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return value_at(record, f"{LINES}.records") or []


CHECKS: dict[str, Check] = {
    "revenue_can_be_planned": Check(revenue_can_be_planned),
    "contract_is_active": Check(contract_is_active, CONTRACT),
    "lines_present": Check(lines_present, children={LINES: ("Id",)}),
    "quantities_positive": Check(quantities_positive, children={LINES: ("Quantity",)}),
    "lines_sum_to_amount": Check(lines_sum_to_amount, ("Amount",), {LINES: ("Quantity", "UnitPrice")}),
}
