"""What stands in the files of a CSV folder, and what is wrong with them?"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

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


def read_lines(path: Path, columns: tuple[str, ...], faults: Faults) -> list[Line]:
    """Return the data lines of a file; what cannot be read is noted among the faults."""
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


class Check:
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
        if text and day_of(text) is None:
            self._faults.add(line.place(column), f"'{text}' is not a date; expected one such as 2017-03-01")


def _amount(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def day_of(text: str) -> date | None:
    """Return a day written as 2017-03-01, None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
