"""What is written to a customer besides the deal? Quotes for open deals, orders without a deal, contracts and renewals."""

from __future__ import annotations

from datetime import timedelta

from sandbox.life.book import Book
from sandbox.life.calendar import Span, day_of
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm, Record

QUOTED, CONTRACTED, DEALS_PER_ORDER, TERM = 0.3, 0.08, 30, 12
BOOKS = "SELECT Id FROM Pricebook2 WHERE IsStandard = true"
LINES = "(SELECT PricebookEntryId, Quantity, UnitPrice, Discount FROM OpportunityLineItems)"
OPEN = f"SELECT Id, Name, Pricebook2Id, LastStageChangeDate, {LINES} FROM Opportunity WHERE StageName = 'Negotiation/Review'"  # noqa: S608 — constants
WON = (
    f"SELECT Id, Name, AccountId, CurrencyIsoCode, NetSuite_Subsidiary__c, Amount, LastStageChangeDate, {LINES} "  # noqa: S608 — constants
    "FROM Opportunity WHERE IsWon = true AND Type != 'Renewal' AND LastStageChangeDate >= {since} ORDER BY Id"
)
QUOTES = "SELECT Id, CreatedDate FROM Quote WHERE Status = 'Draft' ORDER BY Id"


class Papers:
    """The quotes', orders' and contracts' side of a stretch."""

    def __init__(self, crm: Crm, chance: Chance, span: Span, book: Book) -> None:
        self._crm = crm
        self._chance = chance
        self._span = span
        self._book = book

    def live(self, accounts: list[Record]) -> None:
        """Present the quotes that are there, write new ones, take orders, and renew contracts."""
        standard = str(next(iter(self._crm.ask(BOOKS)))["Id"])
        presented = [{"Id": quote["Id"], "Status": "Presented"} for quote in self._crm.ask(QUOTES)]
        self._crm.change("quotes presented", "Quote", presented)
        self._quote(standard)
        self._order(accounts, standard)
        self._renew()

    def _quote(self, book: str) -> None:
        deals = [deal for deal in self._crm.ask(OPEN) if self._chance.happens(f"quote/{deal['Id']}", QUOTED)]
        new = [deal for deal in deals if deal["LastStageChangeDate"] and self._is_new(str(deal["LastStageChangeDate"]))]
        until = (self._span.last + timedelta(days=30)).isoformat()
        quotes = [
            {
                "OpportunityId": deal["Id"],
                "Name": str(deal["Name"])[:200],
                "ExpirationDate": until,
                "Pricebook2Id": book,
            }
            for deal in new
        ]
        ids = self._crm.create("quotes written", "Quote", quotes)
        lines = [
            {"QuoteId": key, **line} for key, deal in zip(ids, new, strict=True) if key for line in _lines_of(deal)
        ]
        self._crm.create("quote lines written", "QuoteLineItem", lines)

    def _is_new(self, stamp: str) -> bool:
        return self._span.holds(day_of(stamp))

    def _order(self, accounts: list[Record], book: str) -> None:
        numbers = self._span.of_stretch(max(self._span.opportunities // DEALS_PER_ORDER, 1))
        chosen = {number: self._chance.one_of(f"order/{number}", accounts) for number in numbers}
        orders = [
            {"AccountId": one["Id"], "EffectiveDate": self._span.last.isoformat(), "Status": "Draft",
             "CurrencyIsoCode": one["CurrencyIsoCode"], "Pricebook2Id": book, "Description": f"By telephone, {number}"}
            for number, one in chosen.items()
        ]  # fmt: skip
        ids = self._crm.create("orders taken", "Order", orders)
        lines = [
            {"OrderId": key, **line}
            for (number, one), key in zip(chosen.items(), ids, strict=True)
            if key
            for line in self._order_lines(number, str(one["CurrencyIsoCode"]))
        ]
        self._crm.create("order lines taken", "OrderItem", lines)
        self._crm.change("orders activated", "Order", [{"Id": key, "Status": "Activated"} for key in ids if key])

    def _order_lines(self, number: int, currency: str) -> list[Record]:
        found = []
        for position in range(self._chance.whole(f"order/{number}/lines", 1, 3)):
            key = f"order/{number}/{position}"
            sold = self._book.choose(self._chance, key, currency)
            many = str(self._chance.whole(f"{key}/many", 1, 9))
            found += [{"PricebookEntryId": sold.entry, "Quantity": many, "UnitPrice": sold.price}] if sold else []
        return found

    def _renew(self) -> None:
        """Sign a contract for some of the deals that were won lately, and open its renewal with the deal's lines."""
        since = f"{self._span.first - timedelta(days=self._span.days)}T00:00:00Z"
        signed = [deal for deal in self._crm.ask(WON.format(since=since)) if self._signs(deal)]
        begins = self._span.first.replace(day=1)
        contracts = [
            {"AccountId": deal["AccountId"], "StartDate": begins.isoformat(), "ContractTerm": TERM, "Status": "Draft",
             "CurrencyIsoCode": deal["CurrencyIsoCode"]}
            for deal in signed
        ]  # fmt: skip
        keys = self._crm.create("contracts signed", "Contract", contracts)
        self._crm.change("contracts activated", "Contract", [{"Id": key, "Status": "Activated"} for key in keys if key])
        pairs = [(deal, key) for deal, key in zip(signed, keys, strict=True) if key]
        renewals = self._crm.create("renewals opened", "Opportunity", [self._renewal(*pair) for pair in pairs])
        lines = [
            {"OpportunityId": key, **line}
            for (deal, _), key in zip(pairs, renewals, strict=True)
            if key
            for line in _lines_of(deal)
        ]
        self._crm.create("renewal lines entered", "OpportunityLineItem", lines)

    def _signs(self, deal: Record) -> bool:
        day = day_of(str(deal["LastStageChangeDate"])) + timedelta(days=self._span.days)
        return (
            bool(deal["AccountId"]) and self._span.holds(day) and self._chance.happens(f"sign/{deal['Id']}", CONTRACTED)
        )

    def _renewal(self, deal: Record, contract: str) -> Record:
        return {
            "Name": f"{str(deal['Name'])[:100]} renewal",
            "AccountId": deal["AccountId"],
            "Type": "Renewal",
            "StageName": "Renewal",
            "CloseDate": self._span.last.isoformat(),
            "CurrencyIsoCode": deal["CurrencyIsoCode"],
            "NetSuite_Subsidiary__c": deal["NetSuite_Subsidiary__c"] or "Parent Company",
            "ContractId": contract,
        }


def _lines_of(deal: Record) -> list[Record]:
    """Return the deal's lines as those of another paper."""
    names = ("PricebookEntryId", "Quantity", "UnitPrice", "Discount")
    lines = (deal["OpportunityLineItems"] or {"records": []})["records"]
    return [{name: str(line[name]) for name in names if line[name] is not None} for line in lines]
