"""What does the org compute for an opportunity, and what does it refuse (salesforce.md 4)?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.salesforce.model import objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import CENT, Saving, money
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import QUARTER, stamp

WON, LOST = "Closed Won", "Closed Lost"
CHANCES = {
    "Prospecting": 10, "Qualification": 10, "Needs Analysis": 20, "Value Proposition": 50, "Id. Decision Makers": 60,
    "Perception Analysis": 70, "Proposal/Price Quote": 75, "Negotiation/Review": 90, WON: 100, LOST: 0,
}  # fmt: skip
FORECASTS = {WON: ("Closed", "Closed"), LOST: ("Omitted", "Omitted")}
OPEN = ("Pipeline", "Pipeline")
SUMMED = ("Amount", "TotalOpportunityQuantity")


def derive(saving: Saving) -> None:
    """Fill what follows from stage, amount and close date."""
    values, stage = saving.values, saving.values.get("StageName")
    values["IsWon"] = str(stage == WON).lower()
    values["IsClosed"] = str(stage in {WON, LOST}).lower()
    moved = saving.creating or saving.changes("StageName")
    if moved and saving.given.get("Probability") is None:
        values["Probability"] = str(CHANCES.get(str(stage), 0))
    if moved or "ForecastCategory" not in values:
        values["ForecastCategory"], name = FORECASTS.get(str(stage), OPEN)
        values["ForecastCategoryName"] = saving.given.get("ForecastCategoryName") or name
    if saving.changes("StageName") and not saving.creating:
        values["LastStageChangeDate"] = stamp(saving.store.now())
    values["ExpectedRevenue"] = expected(values)
    _file_by_date(values)


def expected(values: dict[str, Any]) -> str | None:
    """Return the amount weighed by its probability."""
    if values.get("Amount") is None:
        return None
    return money(Decimal(values["Amount"]) * Decimal(values.get("Probability") or 0) / 100)


def _file_by_date(values: dict[str, Any]) -> None:
    if values.get("CloseDate"):
        closes = date.fromisoformat(values["CloseDate"])
        quarter = (closes.month - 1) // QUARTER + 1
        values |= {"Fiscal": f"{closes.year} {quarter}", "FiscalYear": str(closes.year), "FiscalQuarter": str(quarter)}


def guard(saving: Saving) -> None:
    """Refuse to set by hand what the lines add up to, or to pull price book and currency from under them."""
    if saving.before.get("HasOpportunityLineItem") != "true":
        return
    summed = [name for name in SUMMED if saving.changes(name) and not _equal(saving.given[name], saving.before[name])]
    if summed:
        raise Refused(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(summed)}. The amount of an opportunity with products is their sum.",
            fields=summed,
        )
    for name in ("Pricebook2Id", "CurrencyIsoCode"):
        if saving.changes(name):
            words = f"field integrity exception: {name} (cannot be changed while the opportunity has line items)"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=[name])


def _equal(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and Decimal(one) == Decimal(other)


def summed_up(store: Store, deal: dict[str, Any]) -> dict[str, Any]:
    """Return what an opportunity's lines add up to; without lines it keeps its amount."""
    lines = store.where(objects()["opportunitylineitem"], "OpportunityId", deal["Id"])
    if not lines:
        return {"HasOpportunityLineItem": "false"}
    total = sum((Decimal(line["TotalPrice"] or 0) for line in lines), Decimal())
    count = sum((Decimal(line["Quantity"] or 0) for line in lines), Decimal())
    sums = {"Amount": money(total), "TotalOpportunityQuantity": format(count.quantize(CENT), "f")}
    return {"HasOpportunityLineItem": "true", **sums, "ExpectedRevenue": expected(deal | sums)}
