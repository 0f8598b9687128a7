"""How does a folder of CSV files become a company? In the shape of the public "CRM Sales Opportunities" set.

Every opportunity has one line of quantity 1 whose unit price is `close_value`, with the product's name as product code,
as it is written there; NetSuite's item catalogue is products.csv, so what is misspelt on one side is unknown on the other.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import Any

from sandbox.company.records import PRICEBOOK_NUMBER, Company, Entry, without_empty
from sandbox.salesforce.ids import make_id

COLUMNS = {
    "accounts.csv": ("account", "office_location", "subsidiary_of"),
    "products.csv": ("product", "sales_price"),
    "sales_pipeline.csv": (
        "opportunity_id",
        "sales_agent",
        "product",
        "account",
        "deal_stage",
        "engage_date",
        "close_date",
        "close_value",
    ),
    "sales_teams.csv": ("sales_agent",),
}
STAGES = {"Prospecting": "Prospecting", "Engaging": "Negotiation/Review", "Won": "Closed Won", "Lost": "Closed Lost"}
SHOWN = 20
OPEN_DEAL = timedelta(days=90)
UNDATED = date(2017, 12, 31)


class FolderFault(Exception):
    """The folder cannot be loaded; the message names every fault by file, line and column (the first twenty)."""


@dataclass
class Faults:
    """Faults found so far."""

    lines: list[str] = field(default_factory=list)

    def add(self, place: str, words: str) -> None:
        """Note a fault."""
        self.lines.append(f"{place}: {words}")

    def stop_if_any(self) -> None:
        """Raise FolderFault when there is one."""
        if self.lines:
            more = len(self.lines) - SHOWN
            told = self.lines[:SHOWN] + ([f"… and {more} more"] if more > 0 else [])
            raise FolderFault("\n".join(told))


@dataclass(frozen=True)
class Line:
    """One data line of a file."""

    file: str
    number: int
    cells: Mapping[str, str]

    def place(self, column: str) -> str:
        """Return where a cell stands."""
        return f"{self.file}:{self.number}: {column}"


def read_company(folder: Path, names_a_country: Callable[[str], bool]) -> Company:
    """Read and check the whole folder before anything is loaded; raise FolderFault."""
    faults = Faults()
    files = {name: _lines(folder / name, columns, faults) for name, columns in COLUMNS.items()}
    faults.stop_if_any()
    _Check(files, faults).run()
    faults.stop_if_any()
    books = _Books(files, names_a_country)
    return Company(folder.name, books.salesforce(), books.netsuite(), len(files["sales_pipeline.csv"]))


def _lines(path: Path, columns: tuple[str, ...], faults: Faults) -> list[Line]:
    try:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), strict=True))
    except FileNotFoundError:
        faults.add(path.name, f"is missing; the folder needs {', '.join(COLUMNS)}")
        return []
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        faults.add(path.name, f"cannot be read: {error}; expected comma-separated text in UTF-8")
        return []
    header = rows[0] if rows else []
    missing = [column for column in columns if column not in header]
    if missing:
        faults.add(f"{path.name}:1", f"no column {', '.join(missing)}; found: {', '.join(header) or 'nothing'}")
        return []
    return [
        line for number, row in enumerate(rows[1:], start=2) if (line := _line(path.name, number, header, row, faults))
    ]


def _line(file: str, number: int, header: list[str], row: list[str], faults: Faults) -> Line | None:
    if not row:
        return None
    if len(row) != len(header):
        faults.add(f"{file}:{number}", f"has {len(row)} cells, the header has {len(header)}")
        return None
    return Line(file, number, dict(zip(header, (cell.strip() for cell in row), strict=True)))


class _Check:
    """Looks at every cell that must be something, and at every name that must exist."""

    def __init__(self, files: Mapping[str, list[Line]], faults: Faults) -> None:
        self._files = files
        self._faults = faults
        self._accounts = {line.cells["account"] for line in files["accounts.csv"]}
        self._seen: set[str] = set()

    def run(self) -> None:
        """Check all files."""
        for line in self._files["accounts.csv"]:
            self._filled(line, "account")
            self._known_account(line, "subsidiary_of")
        for line in self._files["products.csv"]:
            self._filled(line, "product")
            self._amount(line, "sales_price")
        for line in self._files["sales_pipeline.csv"]:
            self._opportunity(line)

    def _opportunity(self, line: Line) -> None:
        self._filled(line, "opportunity_id")
        self._filled(line, "product")
        self._known_account(line, "account")
        self._amount(line, "close_value")
        self._day(line, "engage_date")
        self._day(line, "close_date")
        stage, number = line.cells["deal_stage"], line.cells["opportunity_id"]
        if stage not in STAGES:
            self._faults.add(line.place("deal_stage"), f"'{stage}' is no stage; expected {', '.join(STAGES)}")
        if number in self._seen:
            self._faults.add(line.place("opportunity_id"), f"'{number}' stands in the file a second time")
        self._seen.add(number)

    def _filled(self, line: Line, column: str) -> None:
        if not line.cells[column]:
            self._faults.add(line.place(column), "is empty")

    def _known_account(self, line: Line, column: str) -> None:
        name = line.cells[column]
        if name and name not in self._accounts:
            self._faults.add(line.place(column), f"no account is called '{name}' in accounts.csv")

    def _amount(self, line: Line, column: str) -> None:
        text = line.cells[column]
        if text and _amount(text) is None:
            self._faults.add(line.place(column), f"'{text}' is not an amount; expected a number such as 1054.50")

    def _day(self, line: Line, column: str) -> None:
        text = line.cells[column]
        if text and _day(text) is None:
            self._faults.add(line.place(column), f"'{text}' is not a date; expected one such as 2017-03-01")


def _amount(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class _Books:
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
    closed, engaged = _day(cells["close_date"]), _day(cells["engage_date"])
    return closed or (engaged + OPEN_DEAL if engaged else UNDATED)


def _numbered(prefix: str, names: list[str]) -> dict[str, str]:
    return {name: make_id(prefix, number) for number, name in enumerate(dict.fromkeys(names), start=1)}
