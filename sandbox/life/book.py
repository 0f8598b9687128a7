"""What can be sold, and at which price? The org's active price book entries, by currency and product code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.company.dirt import VARIANTS
from sandbox.life.chance import Chance

ENTRIES = (
    "SELECT Id, UnitPrice, CurrencyIsoCode, Product2.ProductCode FROM PricebookEntry "
    "WHERE IsActive = true AND Pricebook2.IsStandard = true ORDER BY Id"
)


@dataclass(frozen=True)
class Sold:
    """One price book entry."""

    entry: str
    code: str
    price: str


class Book:
    """The price book; `variants` are codes that were misspelt on purpose, and sell seldom."""

    def __init__(self, entries: Iterable[Mapping[str, Any]]) -> None:
        self._sold: dict[str, dict[str, Sold]] = {}
        for one in entries:
            code = str(one["Product2"]["ProductCode"])
            known = self._sold.setdefault(str(one["CurrencyIsoCode"]), {})
            known.setdefault(code, Sold(str(one["Id"]), code, str(one["UnitPrice"])))
        self._plain = {currency: _plain(sold) for currency, sold in self._sold.items()}

    def choose(self, chance: Chance, what: str, currency: str) -> Sold | None:
        """Choose something to sell in a currency; None when nothing is priced in it."""
        codes = self._plain.get(currency)
        return self._sold[currency][chance.one_of(what, codes)] if codes else None

    def find(self, currency: str, code: str) -> Sold | None:
        """Return the entry of a code."""
        return self._sold.get(currency, {}).get(code)


def _plain(sold: Mapping[str, Sold]) -> list[str]:
    """Return the codes that are no misspelt form of another one."""
    misspelt = {form(code) for code in sold for form in VARIANTS.values()} - {
        code.upper() for code in sold if code.isupper()
    }
    squeezed = {code.replace(" ", "").lower() for code in sold if " " in code}
    return sorted(code for code in sold if code not in misspelt | squeezed and not code.endswith("Z-999"))
