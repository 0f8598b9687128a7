"""How does a deal go? Entered with its products, pushed along, won or lost; on each step somebody may be careless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from sandbox.company.dirt import LIST_PRICE, VARIANTS, dirt_of, drawn
from sandbox.company.records import without_empty
from sandbox.life.book import Book
from sandbox.life.calendar import Span, day_of
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm, Record

OPEN = (
    "SELECT Id, StageName, CreatedDate, LastStageChangeDate, CloseDate FROM Opportunity "
    "WHERE IsClosed = false AND StageName != 'Renewal' ORDER BY Id"
)
WON, LOST, HALFWAY = "Closed Won", "Closed Lost", "Negotiation/Review"
WON_SHARE, LOST_SHARE = 0.6, 0.85  # of those that come to an end; the rest is put off again and again
NO_LINES, NEGATIVE, RETIRED, UNKNOWN = 0.01, 0.005, 0.01, 0.02
ODD_DATES = {"OLD_PERIOD", "FAR_DATE"}


class Deals:
    """The deals' side of a stretch."""

    def __init__(self, crm: Crm, chance: Chance, span: Span, book: Book) -> None:
        self._crm = crm
        self._chance = chance
        self._span = span
        self._book = book

    def enter(self, day: date, accounts: Sequence[Record]) -> None:
        """Enter the deals of a day, then their lines."""
        numbers = self._span.of_day(day, self._span.opportunities)
        deals = [self._deal(number, day, accounts) for number in numbers]
        ids = self._crm.create("deals entered", "Opportunity", deals)
        lines = [
            line
            for number, deal, key in zip(numbers, deals, ids, strict=True)
            if key
            for line in self._lines(number, deal, key)
        ]
        self._crm.create("deal lines entered", "OpportunityLineItem", lines)

    def push(self) -> None:
        """Win, lose or push along the open deals that have come so far."""
        moved = [change for deal in self._crm.ask(OPEN) if (change := self._move(deal))]
        for stage, act in ((WON, "deals won"), (LOST, "deals lost"), (HALFWAY, "deals pushed along")):
            self._crm.change(act, "Opportunity", [change for change in moved if change["StageName"] == stage])

    def _deal(self, number: int, day: date, accounts: Sequence[Record]) -> Record:
        key = f"deal/{number}"
        account = self._chance.one_of(f"{key}/account", accounts)
        record: dict[str, Any] = {
            "Name": f"{str(account['Name'])[:80]} deal {number}",
            "AccountId": account["Id"],
            "StageName": "Prospecting",
            "CloseDate": (day + timedelta(days=self._chance.whole(f"{key}/hope", 10, 60))).isoformat(),
            "CurrencyIsoCode": account["CurrencyIsoCode"],
            "PO_Number__c": f"PO-{number:06d}" if number % 3 else None,
            "Payment_Terms__c": account["Payment_Terms__c"] if number % 4 else None,
            "NetSuite_Subsidiary__c": account["NetSuite_Subsidiary__c"],
        }
        dirt = dirt_of(self._chance.seed, "Opportunity", key)
        if dirt:
            dirt.spoil(record, drawn(self._chance.seed, f"draw/{key}"))
        return without_empty(record)

    def _lines(self, number: int, deal: Record, key: str) -> Iterator[Record]:
        if self._chance.happens(f"deal/{number}/none", NO_LINES):
            return
        for position in range(self._chance.whole(f"deal/{number}/lines", 1, 5)):
            line = self.line(f"deal/{number}/{position}", key, str(deal.get("CurrencyIsoCode") or "USD"))
            if line:
                yield line

    def line(self, name: str, deal: str, currency: str) -> Record | None:
        """Return a line for something that is sold in the deal's currency, perhaps spoilt."""
        sold = self._book.choose(self._chance, f"{name}/product", currency)
        if sold is None:
            return None
        quantity = (
            -1 if self._chance.happens(f"{name}/negative", NEGATIVE) else self._chance.whole(f"{name}/many", 1, 20)
        )
        record: dict[str, Any] = {"Quantity": str(quantity), "UnitPrice": sold.price, LIST_PRICE: sold.price}
        record["Product2Id"] = self._careless(name, sold.code)
        dirt = dirt_of(self._chance.seed, "OpportunityLineItem", name)
        if dirt:
            dirt.spoil(record, drawn(self._chance.seed, f"draw/{name}"))
        record.pop(LIST_PRICE)
        spelt = self._book.find(currency, _spelt(record.pop("Product2Id"))) or sold
        return {"OpportunityId": deal, "PricebookEntryId": spelt.entry} | record

    def _careless(self, name: str, code: str) -> str:
        place = self._chance.share(f"{name}/code")
        if place < UNKNOWN:
            return code.replace(" ", "").lower()
        return "Widget Z-999" if place < UNKNOWN + RETIRED else code

    def _move(self, deal: Record) -> Record | None:
        since = day_of(str(deal["LastStageChangeDate"] or deal["CreatedDate"]))
        key = f"{deal['Id']}/{since}"
        ends = since + timedelta(days=self._chance.whole(f"life/{key}", 2, 40))
        if ends > self._span.last:
            return None
        place = self._chance.share(f"end/{key}")
        stage = WON if place < WON_SHARE else LOST if place < LOST_SHARE else HALFWAY
        if stage == deal["StageName"]:
            return None
        closes = str(deal["CloseDate"])
        kept = abs((date.fromisoformat(closes) - self._span.last).days) > self._span.year_days  # somebody's odd date
        return {
            "Id": deal["Id"],
            "StageName": stage,
            "CloseDate": closes if kept else max(ends, self._span.first).isoformat(),
        }


def _spelt(code: str) -> str:
    """Return the code that a spoilt line names: the ending says in which way it is misspelt."""
    for ending, form in VARIANTS.items():
        if code.endswith(ending):
            return form(code.removesuffix(ending))
    return code
