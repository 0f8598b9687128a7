"""What does a company look like that nobody has? A generated one, realistic and dirty in known shares, the same for a seed."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sandbox.company.records import PRICEBOOK_NUMBER, Company, Entry, without_empty
from sandbox.company.richer import Spoiler
from sandbox.salesforce.ids import make_id

SUBSIDIARIES = {"USD": "Parent Company", "EUR": "Isthmus Europe", "GBP": "Isthmus UK"}
PLACES = {
    "USD": [
        ("United States", "California", "San Diego"),
        ("United States", "New York", "Buffalo"),
        ("USA", "TX", "Austin"),
    ],
    "EUR": [("Germany", "", "Köln"), ("France", "", "Orléans"), ("Netherlands", "", "Utrecht")],
    "GBP": [("United Kingdom", "", "Leeds"), ("England", "", "York")],
}
FIRST = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fjord",
    "Gorse",
    "Hazel",
    "Iris",
    "Juniper",
    "Kestrel",
    "Lärche",
    "Maple",
)
SECOND = (
    "Analytics",
    "Brewing",
    "Clinics",
    "Dynamics",
    "Energy",
    "Foods",
    "Glass",
    "Holdings",
    "Instruments",
    "Käse",
    "Labs",
)
SERIES = ("Widget", "Gasket", "Sensor", "Pump", "Valve", "Relay", "Module", "Licence")
STAGES = ("Prospecting", "Qualification", "Negotiation/Review", "Closed Won", "Closed Won", "Closed Won", "Closed Lost")
TERMS = ("Net 15", "Net 30", "Net 60")
DIRT = {
    "INVALID_SKU": 0.02,
    "INACTIVE_SKU": 0.01,
    "MISSING_CURRENCY_CODE": 0.01,
    "NO_LINES": 0.01,
    "QUANTITY_NOT_POSITIVE": 0.01,
}
PRODUCTS, DEALS_PER_ACCOUNT, LONGEST_NAME = 40, 12, 83
BEGIN = date(2026, 1, 1)


class _Account(NamedTuple):
    """What a deal needs to know of its account: a company of a million deals has eighty thousand."""

    id: str
    currency: str
    name: str
    subsidiary: str
    terms: str


class _Maker:
    """Draws everything from one seeded source, in one order."""

    def __init__(self, opportunities: int, seed: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 — a company, not a secret
        self._opportunities = opportunities
        self._products = [
            f"{SERIES[number % len(SERIES)]} {chr(65 + number // len(SERIES))}-{100 + number}"
            for number in range(PRODUCTS)
        ]
        self._retired = f"{SERIES[0]} Z-999"
        self._names = [*self._products, self._retired, *(_misspelt(name) for name in self._products)]
        self._ids = {name: make_id("01t", number) for number, name in enumerate(self._names, start=1)}

    def netsuite(self) -> Iterator[Entry]:
        for number, name in enumerate([*self._products, self._retired]):
            inactive = {"isInactive": True} if name == self._retired else {}
            yield (
                "nonInventorySaleItem",
                {"itemId": name, "displayName": name, "basePrice": f"{50 + 25 * number}.00"} | inactive,
            )

    def salesforce(self) -> Iterator[Entry]:
        yield "Pricebook2", {"Id": make_id("01s", PRICEBOOK_NUMBER), "Name": "Standard Price Book", "IsActive": True}
        for name, product in self._ids.items():
            yield "Product2", {"Id": product, "Name": name, "ProductCode": name, "IsActive": True}
        accounts: list[_Account] = []
        for record in self._accounts():
            accounts.append(_remembered(record))
            yield "Account", record
        line = 0
        for number in range(1, self._opportunities + 1):
            for entry in self._deal(number, self._draw.choice(accounts), line):
                line += entry[0] == "OpportunityLineItem"
                yield entry

    def _accounts(self) -> Iterator[dict[str, Any]]:
        peers: dict[str, list[str]] = {currency: [] for currency in SUBSIDIARIES}
        for number in range(1, max(self._opportunities // DEALS_PER_ACCOUNT, 3) + 1):
            currency = self._draw.choices(list(SUBSIDIARIES), weights=(6, 3, 1))[0]
            known = peers[currency]
            parent = self._draw.choice(known) if known and self._draw.random() < 0.1 else None  # noqa: PLR2004 — one in ten has a parent
            record = self._account(number, currency, parent)
            known.append(record["Id"])
            yield record

    def _account(self, number: int, currency: str, parent: str | None) -> dict[str, Any]:
        country, region, city = self._draw.choice(PLACES[currency])
        name = f"{self._draw.choice(FIRST)} {self._draw.choice(SECOND)} {number}"
        if self._draw.random() < 0.005:  # noqa: PLR2004 — one in two hundred is too long for NetSuite
            name = f"{name} {'and Associates ' * 7}"[:120].strip()
        address = {
            "Street": f"{number} Mill Lane\nBuilding {number % 9}",
            "City": city,
            "State": region,
            "PostalCode": f"{10000 + number}",
            "Country": country,
        }
        record = {
            "Id": make_id("001", number),
            "Name": name,
            "ParentId": parent,
            "CurrencyIsoCode": currency,
            "NetSuite_Subsidiary__c": SUBSIDIARIES[currency],
            "Payment_Terms__c": self._draw.choice(TERMS),
            **{f"Billing{part}": text for part, text in address.items()},
            **{f"Shipping{part}": text for part, text in address.items()},
        }
        return without_empty(record)

    def _deal(self, number: int, account: _Account, line: int) -> Iterator[Entry]:
        dirt = self._dirt()
        deal = make_id("006", number)
        yield "Opportunity", without_empty({
            "Id": deal,
            "Name": f"{account.name[:90]} deal {number}",
            "AccountId": account.id,
            "StageName": self._draw.choice(STAGES),
            "CloseDate": (BEGIN + timedelta(days=self._draw.randrange(300))).isoformat(),
            "CurrencyIsoCode": None if dirt == "MISSING_CURRENCY_CODE" else account.currency,
            "PO_Number__c": f"PO-{number:06d}" if number % 3 else None,
            "Payment_Terms__c": account.terms if number % 4 else None,
            "NetSuite_Subsidiary__c": account.subsidiary,
        })  # fmt: skip
        for position in range(0 if dirt == "NO_LINES" else self._draw.randint(1, 5)):
            line += 1
            yield "OpportunityLineItem", self._line(line, deal, dirt if position == 0 else "")

    def _line(self, number: int, deal: str, dirt: str) -> dict[str, Any]:
        name = self._draw.choice(self._products)
        name = {"INVALID_SKU": _misspelt(name), "INACTIVE_SKU": self._retired}.get(dirt, name)
        cents = self._draw.randrange(100, 500_000)
        return {
            "Id": make_id("00k", number),
            "OpportunityId": deal,
            "Product2Id": self._ids[name],
            "Quantity": "-1" if dirt == "QUANTITY_NOT_POSITIVE" else str(self._draw.randint(1, 20)),
            "UnitPrice": f"{cents // 100}.{cents % 100:02d}",
        }

    def _dirt(self) -> str:
        return self._draw.choices([*DIRT, ""], weights=[*DIRT.values(), 1 - sum(DIRT.values())])[0]


def _misspelt(name: str) -> str:
    return name.replace(" ", "").lower()


def _remembered(record: dict[str, Any]) -> _Account:
    names = ("Id", "CurrencyIsoCode", "Name", "NetSuite_Subsidiary__c", "Payment_Terms__c")
    return _Account(*(sys.intern(str(record[name])) for name in names))


def generate(opportunities: int, seed: int, *, richer: bool = False) -> Company:
    """Return a company of so many opportunities, with every kind of dirt when `richer`; made while it is loaded."""
    clean = _Maker(opportunities, seed).salesforce()
    return Company(
        f"generated ({seed})",
        Spoiler(seed).spoil(clean) if richer else clean,
        _Maker(opportunities, seed).netsuite(),
        opportunities,
    )
