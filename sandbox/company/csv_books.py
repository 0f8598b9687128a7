"""What do the lines of a CSV folder become in both systems' books?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

from sandbox.company.csv_lines import STAGES, Line, day_of
from sandbox.company.records import PRICEBOOK_NUMBER, Entry, without_empty
from sandbox.salesforce.ids import make_id

OPEN_DEAL = timedelta(days=90)
UNDATED = date(2017, 12, 31)


class Books:
    """Writes the lines as both systems' records; ids are given by order, so the same folder gives the same ids."""

    def __init__(self, files: Mapping[str, list[Line]], names_a_country: Callable[[str], bool]) -> None:
        self._accounts = files["accounts.csv"]
        self._products = files["products.csv"]
        self._deals = files["sales_pipeline.csv"]
        self._agents = files["sales_teams.csv"]
        self._names_a_country = names_a_country
        written = [line.cells["product"] for line in chain(self._products, self._deals)]
        self._account_ids = _numbered("001", [line.cells["account"] for line in self._accounts])
        self._product_ids = _numbered("01t", written)
        self._entry_ids = _numbered("01u", written)
        self._agent_ids = _numbered("005", [line.cells["sales_agent"] for line in self._agents])

    def netsuite(self) -> Iterator[Entry]:
        """Yield NetSuite's items."""
        for line in self._products:
            cells = line.cells
            yield (
                "nonInventorySaleItem",
                {"itemId": cells["product"], "displayName": cells["product"], "basePrice": cells["sales_price"] or "0"},
            )

    def salesforce(self) -> Iterator[Entry]:
        """Yield Salesforce's records, those that others point to first."""
        yield from (self._agent(name, user) for name, user in self._agent_ids.items())
        yield from (self._account(line) for line in self._accounts)
        yield "Pricebook2", {"Id": make_id("01s", PRICEBOOK_NUMBER), "Name": "Standard Price Book", "IsActive": True}
        for name, product in self._product_ids.items():
            yield "Product2", {"Id": product, "Name": name, "ProductCode": name, "IsActive": True}
            yield "PricebookEntry", self._entry(name, product)
        for number, line in enumerate(self._deals, start=1):
            yield from self._deal(number, line)

    def _agent(self, name: str, user: str) -> Entry:
        first, _, last = name.rpartition(" ")
        return "User", without_empty({"Id": user, "FirstName": first, "LastName": last, "Name": name, "IsActive": True})

    def _account(self, line: Line) -> Entry:
        place = line.cells["office_location"]
        where = "BillingCountry" if self._names_a_country(place) else "BillingCity"
        record = {
            "Id": self._account_ids[line.cells["account"]],
            "Name": line.cells["account"],
            "ParentId": self._account_ids.get(line.cells["subsidiary_of"]),
            "Industry": line.cells.get("sector"),
            "YearStarted": line.cells.get("year_established"),
            "NumberOfEmployees": line.cells.get("employees"),
            "CurrencyIsoCode": "USD",
            where: place,
        }
        return "Account", without_empty(record)

    def _entry(self, name: str, product: str) -> dict[str, Any]:
        prices = {line.cells["product"]: line.cells["sales_price"] for line in self._products}
        return {
            "Id": self._entry_ids[name],
            "Pricebook2Id": make_id("01s", PRICEBOOK_NUMBER),
            "Product2Id": product,
            "UnitPrice": prices.get(name) or "0",
            "IsActive": True,
            "CurrencyIsoCode": "USD",
        }

    def _deal(self, number: int, line: Line) -> Iterator[Entry]:
        cells = line.cells
        deal = make_id("006", number)
        yield "Opportunity", without_empty({
            "Id": deal,
            "Name": f"{cells['account'] or 'No account'} - {cells['product']} ({cells['opportunity_id']})",
            "AccountId": self._account_ids.get(cells["account"]),
            "StageName": STAGES[cells["deal_stage"]],
            "CloseDate": _close_date(cells).isoformat(),
            "Pricebook2Id": make_id("01s", PRICEBOOK_NUMBER),
            "OwnerId": self._agent_ids.get(cells["sales_agent"]),
            "CurrencyIsoCode": "USD",
        })  # fmt: skip
        if cells["close_value"] and Decimal(cells["close_value"]):
            yield (
                "OpportunityLineItem",
                {
                    "Id": make_id("00k", number),
                    "OpportunityId": deal,
                    "Product2Id": self._product_ids[cells["product"]],
                    "PricebookEntryId": self._entry_ids[cells["product"]],
                    "Quantity": "1",
                    "UnitPrice": cells["close_value"],
                },
            )


def _close_date(cells: Mapping[str, str]) -> date:
    """Return when the deal closed; an open one is expected to close a quarter after it was engaged."""
    closed, engaged = day_of(cells["close_date"]), day_of(cells["engage_date"])
    return closed or (engaged + OPEN_DEAL if engaged else UNDATED)


def _numbered(prefix: str, names: list[str]) -> dict[str, str]:
    return {name: make_id(prefix, number) for number, name in enumerate(dict.fromkeys(names), start=1)}
