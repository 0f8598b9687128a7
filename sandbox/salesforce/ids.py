"""What is a record id? 15 case-sensitive characters and a checksum of three (salesforce.md 1.5)."""

from __future__ import annotations

from functools import lru_cache

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
INSTANCE = "Ws"  # the two characters after the prefix name the instance that made the record
SHORT, LONG = 15, 18


def make_id(prefix: str, number: int) -> str:
    """Return the 18-character id of the `number`-th record of a kind.

    >>> make_id("006", 1)
    '006Ws0000000001IAA'
    """
    digits = ""
    while number:
        number, rest = divmod(number, len(DIGITS))
        digits = DIGITS[rest] + digits
    return with_checksum(prefix + INSTANCE + digits.rjust(SHORT - len(prefix) - len(INSTANCE), "0"))


def with_checksum(short: str) -> str:
    """Return the 18-character form of a 15-character id: one character for the capitals of each group of five."""
    return short + _check(short[:5]) + _check(short[5:10]) + _check(short[10:])


@lru_cache(maxsize=65_536)
def _check(group: str) -> str:
    return CHECKS[sum(1 << at for at, char in enumerate(group) if char.isupper())]


def long_form(text: str) -> str | None:
    """Return the 18-character form of an id in either form, or None for what is no id."""
    if len(text) not in {SHORT, LONG} or not (text.isascii() and text.isalnum()):
        return None
    return with_checksum(text[:SHORT])


USER, ORGANIZATION, STANDARD_BOOK, PROFILE = (  # the records that every org has
    make_id(prefix, number) for prefix, number in (("005", 0), ("00D", 1), ("01s", 1), ("00e", 1))
)
