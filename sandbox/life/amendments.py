"""What happens to a deal that is won? Quantities, prices and lines change, some are reopened, a few are deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from sandbox.life.calendar import Span, day_of
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm, Record
from sandbox.life.deals import Deals

MEMORY = timedelta(days=45)  # nobody touches an older deal any more
AMENDED = 0.18  # of the won deals are touched again


class Amendments:
    """What sales changes behind the signature."""

    def __init__(self, crm: Crm, chance: Chance, span: Span, deals: Deals) -> None:
        self._crm = crm
        self._chance = chance
        self._span = span
        self._deals = deals
        self._gathered: dict[tuple[str, str], list[Record]] = {}
        self._deleted: dict[str, list[str]] = {}

    def live(self) -> None:
        """Amend the won deals whose day has come."""
        for deal in self._crm.ask(self._recently_won()):
            self._amend(deal)
        for (act, kind), records in self._gathered.items():
            write = self._crm.create if act.endswith("added") else self._crm.change
            write(act, kind, records)
        for act, ids in self._deleted.items():
            self._crm.delete(act, ids)

    def _recently_won(self) -> str:
        since = f"{self._span.first - MEMORY}T00:00:00Z"
        return (
            "SELECT Id, Name, CurrencyIsoCode, LastStageChangeDate, "  # noqa: S608 — a date of our own
            "(SELECT Id, Quantity, UnitPrice FROM OpportunityLineItems) "
            f"FROM Opportunity WHERE IsWon = true AND LastStageChangeDate >= {since} ORDER BY Id"
        )

    def _amend(self, deal: Record) -> None:
        won = day_of(str(deal["LastStageChangeDate"]))
        key = f"{deal['Id']}/{won}"
        day = won + timedelta(days=self._chance.whole(f"amend/{key}", 1, MEMORY.days - 5))
        if not self._span.holds(day) or not self._chance.happens(f"amended/{key}", AMENDED):
            return
        lines = (deal["OpportunityLineItems"] or {"records": []})["records"]
        self._chance.one_of(f"how/{key}", self._ways())(deal, lines, key)

    def _ways(self) -> list[Callable[[Record, list[Record], str], None]]:
        often = [self._more, self._less, self._repriced, self._line_added, self._line_removed]
        return [*often, *often, *often, self._renamed, self._ordered_anew, self._reopened, self._dropped]

    def _more(self, _deal: Record, lines: list[Record], key: str) -> None:
        for line in lines[:1]:
            quantity = Decimal(str(line["Quantity"])) + self._chance.whole(f"more/{key}", 1, 5)
            self._change("quantities raised", "OpportunityLineItem", {"Id": line["Id"], "Quantity": str(quantity)})

    def _less(self, _deal: Record, lines: list[Record], _key: str) -> None:
        for line in lines[:1]:
            if Decimal(str(line["Quantity"])) > 1:
                fewer = {"Id": line["Id"], "Quantity": str(Decimal(str(line["Quantity"])) - 1)}
                self._change("quantities lowered", "OpportunityLineItem", fewer)

    def _repriced(self, _deal: Record, lines: list[Record], key: str) -> None:
        for line in lines[-1:]:
            price = Decimal(str(line["UnitPrice"])) + self._chance.whole(f"price/{key}", 1, 9)
            self._change("prices changed", "OpportunityLineItem", {"Id": line["Id"], "UnitPrice": str(price)})

    def _line_added(self, deal: Record, _lines: list[Record], key: str) -> None:
        line = self._deals.line(f"added/{key}", str(deal["Id"]), str(deal["CurrencyIsoCode"]))
        if line:
            self._change("lines added", "OpportunityLineItem", line)

    def _line_removed(self, _deal: Record, lines: list[Record], _key: str) -> None:
        if len(lines) > 1:
            self._deleted.setdefault("lines removed", []).append(str(lines[-1]["Id"]))

    def _renamed(self, deal: Record, _lines: list[Record], _key: str) -> None:
        name = f"{str(deal['Name'])[:100]} (amended)"
        self._change("deals renamed", "Opportunity", {"Id": deal["Id"], "Name": name})

    def _ordered_anew(self, deal: Record, _lines: list[Record], key: str) -> None:
        number = f"PO-{self._chance.whole(f'po/{key}', 100_000, 999_999)}-B"
        self._change("PO numbers corrected", "Opportunity", {"Id": deal["Id"], "PO_Number__c": number})

    def _reopened(self, deal: Record, _lines: list[Record], _key: str) -> None:
        self._change("deals reopened", "Opportunity", {"Id": deal["Id"], "StageName": "Negotiation/Review"})

    def _dropped(self, deal: Record, _lines: list[Record], _key: str) -> None:
        self._deleted.setdefault("deals deleted", []).append(str(deal["Id"]))

    def _change(self, act: str, kind: str, record: Record) -> None:
        self._gathered.setdefault((act, kind), []).append(record)
