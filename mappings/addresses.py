"""Which transformations make an address?"""

from __future__ import annotations

from typing import Any

from mappings.registry import Context, transformation

STREET_LINES = 3


@transformation
def country(value: Any, context: Context) -> str:
    """ISO 3166 code of a country: "Germany", "germany" and "DE" become "DE"; misspellings are entries of the table."""
    found = str(value).strip()
    is_code = len(found) == 2 and found.isalpha()  # noqa: PLR2004 — ISO 3166-1 alpha-2
    return found.upper() if is_code else context.tables.look_up("country", found)


@transformation
def state(value: Any, context: Context) -> str:
    """Short code of a state or province where the table knows it: "California" becomes "CA"; others stay as they are."""
    found = str(value).strip()
    return context.tables.find("state", found) or found


@transformation
def street_1(value: Any, _context: Context) -> str | None:
    """The first line of a street of several lines."""
    return _street(value, 0)


@transformation
def street_2(value: Any, _context: Context) -> str | None:
    """The second line of a street of several lines."""
    return _street(value, 1)


@transformation
def street_3(value: Any, _context: Context) -> str | None:
    """The third line of a street, with all that follow: NetSuite has no fourth."""
    return _street(value, 2)


def _street(value: Any, at: int) -> str | None:
    lines = [line.strip() for line in str(value).splitlines() if line.strip()]
    if at == STREET_LINES - 1:
        return ", ".join(lines[at:]) or None
    return lines[at] if at < len(lines) else None
