"""What was there before the year began? Items, products priced in five currencies, and accounts, dirty in known shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import takewhile

from sandbox.company.dirt import VARIANTS
from sandbox.company.generated import generate
from sandbox.company.records import Company, Entry
from sandbox.salesforce.ids import make_id

RATES = {"EUR": Decimal("0.92"), "GBP": Decimal("0.79"), "CAD": Decimal("1.37"), "JPY": Decimal(150)}
CENTLESS = {"JPY"}
ENTRIES = 1_000_000  # numbers of the entries in other currencies begin here


FORMS = 1 + len(VARIANTS)  # of each product: its own code, and the misspelt ones
MISSPELT = 5  # of so many products one has doubles under misspelt codes


def company_before(opportunities: int, seed: int) -> Company:
    """Return the company without its deals; they are the life that follows."""
    whole = generate(opportunities, seed, richer=True)
    people = takewhile(lambda entry: entry[0] != "Opportunity", whole.salesforce)
    return Company(whole.name, _priced_everywhere(_with_few_doubles(people)), whole.netsuite, 0)


def _with_few_doubles(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Leave out most doubles of products, each with the price that follows it: a code that is there thrice means nothing."""
    number, kept = -1, True
    for kind, record in entries:
        if kind == "Product2":
            number += 1
            kept = number % FORMS == 0 or (number // FORMS) % MISSPELT == 0
        if kept or kind not in {"Product2", "PricebookEntry"}:
            yield kind, record


def _priced_everywhere(entries: Iterable[Entry]) -> Iterator[Entry]:
    number = ENTRIES
    for kind, record in entries:
        yield kind, record
        if kind != "PricebookEntry":
            continue
        for currency, rate in RATES.items():
            number += 1
            price = Decimal(record["UnitPrice"]) * rate
            text = f"{price:.0f}" if currency in CENTLESS else f"{price:.2f}"
            yield kind, record | {"Id": make_id("01u", number), "CurrencyIsoCode": currency, "UnitPrice": text}
