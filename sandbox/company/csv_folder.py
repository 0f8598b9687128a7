"""How does a folder of CSV files become a company? In the shape of the public "CRM Sales Opportunities" set.

Every opportunity has one line of quantity 1 whose unit price is `close_value`, with the product's name as product code,
as it is written there; NetSuite's item catalogue is products.csv, so what is misspelt on one side is unknown on the other.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.company.csv_books import Books
from sandbox.company.csv_lines import COLUMNS, Check, Faults, FolderFault, read_lines
from sandbox.company.records import Company

__all__ = ["FolderFault", "read_company"]


def read_company(folder: Path, names_a_country: Callable[[str], bool]) -> Company:
    """Read and check the whole folder before anything is loaded; raise FolderFault."""
    faults = Faults()
    files = {name: read_lines(folder / name, columns, faults) for name, columns in COLUMNS.items()}
    faults.stop_if_any()
    Check(files, faults).run()
    faults.stop_if_any()
    books = Books(files, names_a_country)
    return Company(folder.name, books.salesforce(), books.netsuite(), len(files["sales_pipeline.csv"]))
