"""Who might buy? Leads come in, some are converted to accounts, contacts and deals; known accounts get people of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.company.generated import FIRST, PLACES, SECOND
from sandbox.company.records import without_empty
from sandbox.life.accounts import CURRENCIES
from sandbox.life.calendar import Span, day_of
from sandbox.life.chance import Chance
from sandbox.life.crm import Crm, Record

DEALS_PER_LEAD, DEALS_PER_CONTACT = 10, 12
UNCONVERTED = "SELECT Id, CreatedDate FROM Lead WHERE IsConverted = false ORDER BY Id"
CONVERTED_SHARE, LOST_SHARE = 0.5, 0.6
STATUS = "Closed - Converted"
NAMES = ("Ada", "Björn", "Chloé", "Dmitri", "Esi", "Fatima", "Gil", "Hana", "Ivo", "Jun")
SURNAMES = ("O'Neill", "Müller", "García", "Ito", "van Dijk", "Sørensen", "Novák", "Okafor", "Smith", "Lee")


class Leads:
    """The leads' and contacts' side of a stretch."""

    def __init__(self, crm: Crm, chance: Chance, span: Span) -> None:
        self._crm = crm
        self._chance = chance
        self._span = span

    def live(self, accounts: list[Record]) -> None:
        """Take leads in, work on those that are there, and enter contacts."""
        span = self._span
        self._work()
        leads = [self._lead(number) for number in span.of_stretch(max(span.opportunities // DEALS_PER_LEAD, 1))]
        self._crm.create("leads taken in", "Lead", leads)
        numbers = span.of_stretch(max(span.opportunities // DEALS_PER_CONTACT, 1))
        self._crm.create("contacts entered", "Contact", [self._contact(number, accounts) for number in numbers])

    def _lead(self, number: int) -> Record:
        key = f"lead/{number}"
        currency = self._chance.one_of(f"{key}/currency", CURRENCIES)
        country, region, city = self._chance.one_of(f"{key}/place", PLACES[currency])
        company = f"{self._chance.one_of(f'{key}/a', FIRST)} {self._chance.one_of(f'{key}/b', SECOND)} Lead {number}"
        address = {"Street": f"{number} Station Road", "City": city, "State": region, "Country": country}
        return without_empty({**self._person(key), "Company": company, "CurrencyIsoCode": currency, **address})

    def _contact(self, number: int, accounts: list[Record]) -> Record:
        key = f"contact/{number}"
        person = self._person(key) | {"Title": "Buyer", "LastName": f"{self._person(key)['LastName']} {number}"}
        return {**person, "AccountId": self._chance.one_of(f"{key}/account", accounts)["Id"]}

    def _person(self, key: str) -> dict[str, Any]:
        number = key.replace("/", ".")
        return {
            "FirstName": self._chance.one_of(f"{key}/first", NAMES),
            "LastName": self._chance.one_of(f"{key}/last", SURNAMES),
            "Email": f"{number}@example.com",
            "Phone": f"+1 555 1{self._chance.whole(f'{key}/phone', 100, 999)}",
        }

    def _work(self) -> None:
        """Convert the leads whose day has come, or lay them aside."""
        aside: list[Record] = []
        for lead in self._crm.ask(UNCONVERTED):
            key = str(lead["Id"])
            day = day_of(str(lead["CreatedDate"])) + timedelta(days=self._chance.whole(f"work/{key}", 3, 50))
            if not self._span.holds(day):
                continue
            place = self._chance.share(f"convert/{key}")
            if place < CONVERTED_SHARE:
                self._crm.convert("leads converted", key, STATUS)
            elif place < LOST_SHARE:
                aside.append({"Id": key, "Status": "Closed - Not Converted"})
        self._crm.change("leads laid aside", "Lead", aside)
