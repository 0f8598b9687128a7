"""How does a header name fields? By the bits of hex numbers over the schema's fields, parts of compounds apart.

Bit i, counted from the right, is the schema's field i; the header is field 0. The parts of a compound at position p are
bits of a number of their own, written `p-0x…` (salesforce.md 3.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sandbox.salesforce.events.layout import Place


def bitmaps(places: Mapping[str, Place], names: Iterable[str]) -> list[str]:
    """Return the numbers that stand for fields of the object; names that have no place are passed over."""
    top = 0
    inner: dict[int, int] = {}
    for name in names:
        place = places.get(name)
        if place is None:
            continue
        if place.inner:
            inner[place.position] = inner.get(place.position, 0) | 1 << place.bit
        else:
            top |= 1 << place.position
    return ([_hex(top)] if top else []) + [f"{position}-{_hex(bits)}" for position, bits in sorted(inner.items())]


def _hex(bits: int) -> str:
    """Write whole bytes, as real headers do."""
    return f"0x{bits:0{2 * ((bits.bit_length() + 7) // 8)}X}"
