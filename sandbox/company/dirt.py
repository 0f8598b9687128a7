"""How dirty is a real company's data? Kinds of dirt in known shares, laid over a clean one record by record.

The kinds are those that orders stumble over in practice (incumbents.md 2 and 3.5): names that nearly match, codes that
were retired or mistyped, currencies, dates and addresses that are missing or odd, prices that differ from the book.
Whether a record is spoilt depends on the seed and its own id alone, so a company of any size needs no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any

Record = dict[str, Any]
LIST_PRICE = "list price"  # what the stream tells a line of its price book, taken away before it is loaded
NAMES = (
    "株式会社 東京 {}", "Ünïcødé Æther {}", "🚀 Rocket Labs 👩‍🚀 {}", "<b>Bold</b> & Söhne {}", '=HYPERLINK("{}")',
    "O'Brien \"The Best\" {}", "شركة النور {}", "Zalgo Z̈̌ {}", "Tab\tand ; semicolon, {}", "NULL {}",
)  # fmt: skip


@dataclass(frozen=True)
class Dirt:
    """One kind: the type of record it spoils, in which share of them, and how; `draw` is a number from 0 up."""

    name: str
    kind: str
    share: float
    spoil: Callable[[Record, int], object]


def _set(**fields: Any) -> Callable[[Record, int], object]:
    return lambda record, _draw: record.update(fields)


def _without(*names: str) -> Callable[[Record, int], object]:
    return lambda record, _draw: [record.pop(name, None) for name in names]


def _named(record: Record, draw: int) -> None:
    record["Name"] = NAMES[draw % len(NAMES)].format(draw % 1000)


def _lengthened(record: Record, _draw: int) -> None:
    record["Name"] = f"{record['Name']} {'and Partners ' * 12}"[:160]


def _spaced(record: Record, draw: int) -> None:
    name = str(record["Name"])
    record["Name"] = (f"{name} ", f" {name}", name.replace(" ", "  "), name.upper(), name.lower())[draw % 5]


def _discounted(record: Record, draw: int) -> None:
    record["Discount"] = str(5 + draw % 26)


def _priced(record: Record, draw: int) -> None:
    book = Decimal(record.get(LIST_PRICE) or record["UnitPrice"])
    record["UnitPrice"] = f"{book * (70 + draw % 61) / 100:.2f}"


def _coded(suffix: str) -> Callable[[Record, int], object]:
    """Sell the product's double whose code is misspelt in some way."""

    def spoil(record: Record, _draw: int) -> None:
        record["Product2Id"] = f"{record['Product2Id']}{suffix}"

    return spoil


BLANK, CASE, NEAR, OBSOLETE = " blank", " case", " near", " obsolete"
VARIANTS: Mapping[str, Callable[[str], str]] = {
    BLANK: lambda code: f"{code} ",
    CASE: str.upper,
    NEAR: lambda code: f"{code[:-1]}{(int(code[-1]) + 1) % 10}-0",
    OBSOLETE: lambda code: f"OLD {code}",
}
_ADDRESS = ("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry")
KINDS = (
    Dirt("NEAR_DUPLICATE", "Account", 0.03, lambda _record, _draw: None),  # the stream adds the double
    Dirt("NO_BILLING_ADDRESS", "Account", 0.03, _without(*_ADDRESS)),
    Dirt("ODD_SPACING_OR_CASE", "Account", 0.03, _spaced),
    Dirt("UNUSUAL_NAME", "Account", 0.02, _named),
    Dirt("LONG_NAME", "Account", 0.01, _lengthened),
    Dirt("PARTNER", "Account", 0.05, _set(Type="Channel Partner / Reseller")),
    Dirt("UNKNOWN_COUNTRY", "Account", 0.01, _set(BillingCountry="Freedonia")),
    Dirt("UNKNOWN_SUBSIDIARY", "Account", 0.005, _set(NetSuite_Subsidiary__c="Isthmus Asia")),
    Dirt("UNKNOWN_TERMS", "Account", 0.005, _set(Payment_Terms__c="Net 47")),
    Dirt("OTHER_CURRENCY", "Opportunity", 0.02, _set(CurrencyIsoCode="CAD")),
    Dirt("CURRENCY_WITHOUT_CENTS", "Opportunity", 0.005, _set(CurrencyIsoCode="JPY")),
    Dirt("OLD_PERIOD", "Opportunity", 0.01, _set(CloseDate="2016-02-29")),
    Dirt("FAR_DATE", "Opportunity", 0.005, _set(CloseDate="2039-12-31")),
    Dirt("LONG_PO_NUMBER", "Opportunity", 0.005, _set(PO_Number__c="PO-" + "0123456789" * 5)),
    Dirt("SAME_PO_NUMBER", "Opportunity", 0.01, _set(PO_Number__c="PO-VERBAL")),
    Dirt("NO_ACCOUNT", "Opportunity", 0.005, _without("AccountId")),
    Dirt("REOPENED", "Opportunity", 0.01, lambda record, draw: record.update(
        StageName="Negotiation/Review", NetSuite_Order_Number__c=f"SO{90000 + draw % 9999}")),
    Dirt("UNUSUAL_DEAL_NAME", "Opportunity", 0.01, _named),
    Dirt("BLANK_AFTER_SKU", "OpportunityLineItem", 0.01, _coded(BLANK)),
    Dirt("SKU_IN_CAPITALS", "OpportunityLineItem", 0.01, _coded(CASE)),
    Dirt("NEAR_MISS_SKU", "OpportunityLineItem", 0.01, _coded(NEAR)),
    Dirt("OBSOLETE_SKU", "OpportunityLineItem", 0.005, _coded(OBSOLETE)),
    Dirt("ZERO_QUANTITY", "OpportunityLineItem", 0.005, _set(Quantity="0")),
    Dirt("FRACTIONAL_QUANTITY", "OpportunityLineItem", 0.02, _set(Quantity="2.75")),
    Dirt("DISCOUNT", "OpportunityLineItem", 0.08, _discounted),
    Dirt("PRICE_NOT_OF_THE_BOOK", "OpportunityLineItem", 0.10, _priced),
    Dirt("FREE_OF_CHARGE", "OpportunityLineItem", 0.005, _set(UnitPrice="0")),
    Dirt("SERVICE_BEFORE_THE_DEAL", "OpportunityLineItem", 0.02, _set(ServiceDate="2020-01-31")),
)  # fmt: skip


def drawn(seed: int, what: str) -> int:
    """Draw a number of 48 bits that depends on the seed and the name alone."""
    return int.from_bytes(blake2b(f"{seed}/{what}".encode(), digest_size=6).digest(), "big")


def dirt_of(seed: int, kind: str, key: str) -> Dirt | None:
    """Say how a record is spoilt, if it is; at most in one way."""
    place = drawn(seed, f"{kind}/{key}") / (1 << 48)
    for one in _of(kind):
        if place < one.share:
            return one
        place -= one.share
    return None


def _of(kind: str) -> Iterator[Dirt]:
    return (one for one in KINDS if one.kind == kind)
