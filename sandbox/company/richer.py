"""What does a company look like whose people were careless? A generated one with every kind of dirt laid over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from sandbox.company.dirt import LIST_PRICE, OBSOLETE, VARIANTS, Record, dirt_of, drawn
from sandbox.company.records import PRICEBOOK_NUMBER, Entry
from sandbox.salesforce.ids import make_id

DOUBLES = 100_000_000  # numbers of added accounts begin here
_FORMS = ("{}, Inc.", "{} Inc", "The {}", "{} GmbH", "{} (old)")


class Spoiler:
    """Lays dirt over a stream of clean Salesforce records."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._products: dict[str, str] = {}  # id, or id and variant, to the id that is sold
        self._entries: dict[str, tuple[str, str]] = {}  # product to its price book entry and list price
        self._doubled = 0

    def spoil(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield the records, spoilt, with price books, products and doubles that dirt needs."""
        for kind, record in entries:
            if kind == "Product2":
                yield from self._product(record)
            elif kind == "Account":
                yield from self._account(record)
            elif kind == "OpportunityLineItem":
                yield kind, self._line(record)
            else:
                yield kind, self._spoilt(kind, record)

    def _spoilt(self, kind: str, record: Record) -> Record:
        dirt = dirt_of(self._seed, kind, str(record["Id"]))
        if dirt:
            dirt.spoil(record, drawn(self._seed, f"draw/{record['Id']}"))
        return record

    def _product(self, record: Record) -> Iterator[Entry]:
        """Yield a product with its price, and its doubles under misspelt codes."""
        price = f"{50 + 25 * len(self._products) // (len(VARIANTS) + 1)}.00"
        for variant in ("", *VARIANTS):
            code = str(record["ProductCode"])
            code = VARIANTS[variant](code) if variant else code
            number = len(self._products) + 1
            key = make_id("01t", number + (DOUBLES if variant else 0)) if variant else str(record["Id"])
            self._products[f"{record['Id']}{variant}"] = key
            self._entries[key] = (make_id("01u", number), price)
            active = {"IsActive": variant != OBSOLETE}
            yield "Product2", {**record, "Id": key, "Name": code, "ProductCode": code} | active
            book = {"Pricebook2Id": make_id("01s", PRICEBOOK_NUMBER), "Product2Id": key, "UnitPrice": price}
            yield "PricebookEntry", {"Id": self._entries[key][0], **book, "IsActive": True}

    def _account(self, record: Record) -> Iterator[Entry]:
        clean = dict(record)
        dirt = dirt_of(self._seed, "Account", str(record["Id"]))
        yield "Account", self._spoilt("Account", record)
        if dirt and dirt.name == "NEAR_DUPLICATE":
            self._doubled += 1
            form = _FORMS[drawn(self._seed, f"form/{record['Id']}") % len(_FORMS)]
            double = {"Id": make_id("001", DOUBLES + self._doubled), "Name": form.format(clean["Name"])[:255]}
            yield "Account", clean | double

    def _line(self, record: Record) -> Record:
        product = str(record["Product2Id"])
        entry, price = self._entries.get(product, ("", record["UnitPrice"]))
        quantity = record["Quantity"]
        record |= {"UnitPrice": price, LIST_PRICE: price}
        spoilt = self._spoilt("OpportunityLineItem", record)
        spoilt.pop(LIST_PRICE)
        if Decimal(quantity) <= 0:
            spoilt["Quantity"] = quantity
        spoilt["Product2Id"] = self._products.get(str(spoilt["Product2Id"]), product)
        spoilt["PricebookEntryId"] = self._entries.get(spoilt["Product2Id"], (entry, ""))[0]
        return {name: value for name, value in spoilt.items() if value != ""}
