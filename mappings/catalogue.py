"""Which items can be ordered, and which is meant? The target's item catalogue, searched without guessing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from mappings.errors import Rejected


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its internal id, its code as people write it, its name, and whether it may no longer be sold."""

    id: str
    code: str
    name: str
    inactive: bool


class Catalogue:
    """The items by code. A code matches as it is, else trimmed and without case if that leaves just one."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._exact: dict[str, list[Item]] = {}
        self._folded: dict[str, list[Item]] = {}
        for item in items:
            self._exact.setdefault(item.code, []).append(item)
            self._folded.setdefault(_fold(item.code), []).append(item)
        self._active = sorted({code for code, found in self._exact.items() if any(not one.inactive for one in found)})
        self.nearest = lru_cache(maxsize=10_000)(self._nearest)

    def find(self, code: str) -> Item:
        """Return the item that a code means; raise Rejected when there is none, more than one, or only inactive ones."""
        found = self._exact.get(code) or self._folded.get(_fold(code), [])
        active = [item for item in found if not item.inactive]
        if len(active) == 1:
            return active[0]
        if len(active) > 1:
            raise _ambiguous(code, active)
        raise _inactive(code, self.nearest(code)) if found else _unknown(code, self.nearest(code))

    def _nearest(self, code: str, limit: int = 5) -> tuple[str, ...]:
        """Return the active codes that look most like this one, best first."""
        found = process.extract(code, self._active, scorer=fuzz.ratio, processor=_squeeze, limit=limit)
        return tuple(name for name, _, _ in found)


def _fold(code: str) -> str:
    return code.strip().casefold()


def _squeeze(code: str) -> str:
    """Compare without case, blanks and hyphens: these are what people leave out."""
    return "".join(char for char in code.casefold() if char.isalnum())


def _unknown(code: str, near: tuple[str, ...]) -> Rejected:
    remedy = f'Did you mean \'{near[0]}\'? Choose it: isthmus tables set sku "{code}" "{near[0]}", then replay.'
    return Rejected(
        "INVALID_SKU",
        value=code,
        candidates=near,
        message=f"No active item is called '{code}'.",
        hint=remedy if near else "The item catalogue is empty; create the item, then replay.",
    )


def _inactive(code: str, near: tuple[str, ...]) -> Rejected:
    return Rejected(
        "INACTIVE_SKU",
        value=code,
        candidates=near,
        message=f"The item '{code}' is inactive.",
        hint="Make it active again, or choose another with: isthmus tables set sku, then replay.",
    )


def _ambiguous(code: str, found: list[Item]) -> Rejected:
    names = tuple(sorted(item.code for item in found))[:5]
    return Rejected(
        "AMBIGUOUS_SKU",
        value=code,
        candidates=names,
        message=f"{len(found)} active items are called '{code}'.",
        hint="Give the items names of their own, or make all but one inactive; then replay.",
    )
