"""What does each enumeration's value read like in SOAP, in REST and in words? From `records/enumerations.yaml`.

REST's id is the one that documents keep; where the table gives none, it is SOAP's word in upper case with underscores.
"""

import re
from dataclasses import dataclass
from functools import cache

from sandbox.netsuite.fields import read_table

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORDS = {
    "_pendingBillingPartFulfilled": "Pending Billing/Partially Fulfilled",
    "_fullyBilled": "Billed",
}


@dataclass(frozen=True, slots=True)
class Enumeration:
    """One enumeration: `rest` from SOAP's word to REST's id, `soap` the other way, both in the contract's order."""

    name: str
    rest: dict[str, str]
    soap: dict[str, str]

    def rest_id(self, spelt: str) -> str | None:
        """Give REST's id of a value in either spelling; None when there is no such value."""
        return spelt if spelt in self.soap else self.rest.get(spelt)


def _pair(entry: str) -> tuple[str, str]:
    soap, _, rest = entry.partition("=")
    return soap, rest or _HUMP.sub("_", soap.lstrip("_")).upper()


@cache
def enumeration(name: str) -> Enumeration:
    """Give one enumeration by the contract's name for it (`CustomerStage`)."""
    rest = dict(_pair(entry) for entry in _table()[name].split())
    return Enumeration(name, rest, {word: soap for soap, word in rest.items()})


@cache
def _table() -> dict[str, str]:
    return {**read_table("enumerations"), **read_table("rest_enumerations")}


def soap_word(name: str, value: str) -> str | None:
    """Give SOAP's word of a value in either spelling; None when there is no such value."""
    known = enumeration(name)
    return known.soap.get(known.rest_id(value) or "")


def in_words(name: str, value: str) -> str:
    """Say a value as people read it (`Pending Approval`).

    >>> in_words("SalesOrderOrderStatus", "A")
    'Pending Approval'
    """
    soap = soap_word(name, value)
    if soap is None:
        return value
    return _WORDS.get(soap) or _HUMP.sub(" ", soap.lstrip("_")).replace("_", " ").capitalize().title()
