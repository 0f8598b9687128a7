"""What is special about price book entries? A standard price comes first, and there is one for product, book and currency.

A custom price without a standard one is refused (salesforce.md 4), also within one call; and an entry that somebody made
by hand is the entry: it is adopted, for a second one would be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.salesforce.line import Line
from connectors.salesforce.rows import ID, Row
from connectors.salesforce.soql import Asked, Cut, select
from flows.model import Priority

ENTRY, BOOK, CURRENCY = "PricebookEntry", "Pricebook2Id", "CurrencyIsoCode"
STANDARD = Asked("Pricebook2", "", (ID,), {}, {})


def waves(line: Line, kind: str, rows: Sequence[Row]) -> Iterator[list[int]]:
    """Yield the places of the rows that may share a call, in the order in which they must be written."""
    if kind != ENTRY:
        yield list(range(len(rows)))
        return
    found = line.query(select(STANDARD, Cut(["IsStandard = TRUE"])), Priority.REALTIME)["records"]
    standard = {str(raw[ID]) for raw in found}
    yield [place for place, row in enumerate(rows) if row.get(BOOK) in standard]
    yield [place for place, row in enumerate(rows) if row.get(BOOK) not in standard]


def rank(row: Mapping[str, object]) -> tuple[str, str]:
    """Return what there is only one entry of, for one product."""
    return str(row.get(BOOK) or "")[:15], str(row.get(CURRENCY) or "")
