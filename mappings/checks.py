"""Which rules must a record keep before any call? Named pure checks over the source record, each with a stable code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from mappings.errors import Rejected
from mappings.paths import value_at
from mappings.revenue.preflight import revenue_can_be_planned
from mappings.revenue.renewing import CONTRACT, contract_is_active

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Check:
    """A check with the paths that it reads, so that they are selected; child paths are named by relationship."""

    run: Callable[[Mapping[str, Any]], None]
    own: tuple[str, ...] = ()
    children: Mapping[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What has lines: what people call it, the relationship of its lines, and where its own total stands."""

    what: str
    lines: str
    total: str

    def of(self, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the record's lines."""
        return value_at(record, f"{self.lines}.records") or []


def lines_present(sheet: Sheet, record: Mapping[str, Any]) -> None:
    """An order without lines is none: {"OpportunityLineItems": None} is refused with NO_LINES."""
    if not sheet.of(record):
        raise Rejected(
            "NO_LINES",
            field=sheet.lines,
            message=f"The {sheet.what} has no products.",
            hint="Add its products in Salesforce; the change is picked up by itself.",
        )


def quantities_positive(sheet: Sheet, record: Mapping[str, Any]) -> None:
    """Each line sells something: a quantity of 0 or -1 is refused with QUANTITY_NOT_POSITIVE."""
    for number, line in enumerate(sheet.of(record), start=1):
        quantity = line.get("Quantity")
        if quantity is not None and Decimal(str(quantity)) <= 0:
            raise Rejected(
                "QUANTITY_NOT_POSITIVE",
                field=f"{sheet.lines}[{number}].Quantity",
                value=quantity,
                message=f"Line {number} has the quantity {quantity}.",
                hint="Correct the quantity in Salesforce; returns go as credit memos.",
            )


def lines_sum_to_amount(sheet: Sheet, record: Mapping[str, Any]) -> None:
    """The lines add up to the amount: lines of 50 and 50 with the Amount 99 are refused with AMOUNT_MISMATCH."""
    amount = record.get(sheet.total)
    lines = sheet.of(record)
    if amount is None or not lines:
        return
    total = sum((_line_total(line) for line in lines), Decimal())
    if total != Decimal(str(amount)):
        raise Rejected(
            "AMOUNT_MISMATCH",
            field=sheet.total,
            value=amount,
            message=f"The lines add up to {total}, the {sheet.what} says {amount}.",
            hint="Correct the lines or the amount in Salesforce; Isthmus orders what both agree on.",
        )


def _line_total(line: Mapping[str, Any]) -> Decimal:
    """Return the line's own total; where it says none, quantity times unit price, rounded as Salesforce rounds."""
    if line.get("TotalPrice") is not None:
        return Decimal(str(line["TotalPrice"]))
    exact = Decimal(str(line.get("Quantity") or 0)) * Decimal(str(line.get("UnitPrice") or 0))
    return exact.quantize(CENT, "ROUND_HALF_UP")


def _of(sheet: Sheet, prefix: str) -> Iterator[tuple[str, Check]]:
    """Yield the three checks of something that has lines, under names that begin with what it is."""
    yield f"{prefix}lines_present", Check(partial(lines_present, sheet), children={sheet.lines: ("Id",)})
    yield (
        f"{prefix}quantities_positive",
        Check(partial(quantities_positive, sheet), children={sheet.lines: ("Quantity",)}),
    )
    yield (
        f"{prefix}lines_sum_to_amount",
        Check(
            partial(lines_sum_to_amount, sheet), (sheet.total,), {sheet.lines: ("Quantity", "UnitPrice", "TotalPrice")}
        ),
    )


CHECKS: dict[str, Check] = {
    "revenue_can_be_planned": Check(revenue_can_be_planned),
    "contract_is_active": Check(contract_is_active, CONTRACT),
    **dict(_of(Sheet("opportunity", "OpportunityLineItems", "Amount"), "")),
    **dict(_of(Sheet("quote", "QuoteLineItems", "TotalPrice"), "quote_")),
    **dict(_of(Sheet("order", "OrderItems", "TotalAmount"), "order_")),
}
