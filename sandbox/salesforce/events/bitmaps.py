"""How does a header name fields? By the bits of hex numbers over the schema's fields, parts of compounds apart.

Bit i, counted from the right, is the schema's field i; the header is field 0. The parts of a compound at position p are
bits of a number of their own, written `p-0x…` (salesforce.md 3.4).
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.salesforce.events.schemas import COMPOUNDS
from sandbox.salesforce.events.shapes import Part


def bitmaps(parts: tuple[Part, ...], names: Iterable[str]) -> list[str]:
    """Return the numbers that stand for fields of the object.

    >>> bitmaps((Part("Name", "string", ""), Part("Phone", "phone", "")), ["Phone"])
    ['0x04']
    """
    wanted = set(names)
    top = 0
    inner: list[str] = []
    for position, part in enumerate(parts, start=1):
        if part.compound:
            order = COMPOUNDS[part.kind]
            bits = sum(1 << order.index(name) for name, source in part.parts.items() if source in wanted)
            inner += [f"{position}-{_hex(bits)}"] if bits else []
        elif part.name in wanted:
            top |= 1 << position
    return ([_hex(top)] if top else []) + inner


def _hex(bits: int) -> str:
    """Write whole bytes, as real headers do."""
    return f"0x{bits:0{2 * ((bits.bit_length() + 7) // 8)}X}"
