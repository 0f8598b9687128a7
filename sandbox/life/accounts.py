"""Who buys? New accounts as sales people enter them, with what they get wrong, and what they change later."""

from __future__ import annotations

from typing import Any

from sandbox.company.dirt import dirt_of, drawn
from sandbox.company.generated import FIRST, PLACES, SECOND, SUBSIDIARIES, TERMS
from sandbox.company.records import without_empty
from sandbox.life.calendar import Span
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm, Record

DEALS_PER_NEW_ACCOUNT = 40
CURRENCIES = (*("USD",) * 6, *("EUR",) * 3, "GBP")
ACCOUNTS = (
    "SELECT Id, Name, CurrencyIsoCode, NetSuite_Subsidiary__c, Payment_Terms__c, Phone, BillingCity "
    "FROM Account ORDER BY Id"
)


class Accounts:
    """The accounts' side of a stretch."""

    def __init__(self, crm: Crm, chance: Chance, span: Span) -> None:
        self._crm = crm
        self._chance = chance
        self._span = span

    def live(self) -> None:
        """Enter new accounts, and change some that are there."""
        numbers = self._span.of_stretch(max(self._span.opportunities // DEALS_PER_NEW_ACCOUNT, 1))
        self._crm.create("accounts created", "Account", [self._account(number) for number in numbers])
        changed = [change for one in self.known() if (change := self._change(one))]
        self._crm.change("accounts changed", "Account", changed)

    def known(self) -> list[Record]:
        """Return all accounts."""
        return list(self._crm.ask(ACCOUNTS))

    def _account(self, number: int) -> Record:
        key = f"account/{number}"
        currency = self._chance.one_of(f"{key}/currency", CURRENCIES)
        country, region, city = self._chance.one_of(f"{key}/place", PLACES[currency])
        name = f"{self._chance.one_of(f'{key}/a', FIRST)} {self._chance.one_of(f'{key}/b', SECOND)} New {number}"
        address = {"Street": f"{number} High Road", "City": city, "State": region, "Country": country}
        record: dict[str, Any] = {
            "Name": name,
            "CurrencyIsoCode": currency,
            "NetSuite_Subsidiary__c": SUBSIDIARIES[currency],
            "Payment_Terms__c": self._chance.one_of(f"{key}/terms", TERMS),
            **{f"{use}{part}": text for use in ("Billing", "Shipping") for part, text in address.items()},
        }
        dirt = dirt_of(self._chance.seed, "Account", key)
        if dirt:
            dirt.spoil(record, drawn(self._chance.seed, f"draw/{key}"))
        return without_empty(record)

    def _change(self, account: Record) -> Record | None:
        key = f"{account['Id']}/{self._span.first}"
        if not self._chance.happens(f"change/{key}", 0.15 * self._span.days / self._span.year_days):
            return None
        number = self._chance.whole(f"phone/{key}", 1000, 9999)
        if number % 2:
            return {"Id": account["Id"], "Phone": f"+1 555 0{number}"}
        return {"Id": account["Id"], "BillingCity": "Springfield", "BillingPostalCode": f"6{number}"}
