"""How does SQL see a field of the org? Columns hold text; numbers are cast, words compared without case."""

from __future__ import annotations

from sandbox.salesforce.model import NUMBERS, Field, SObject, parts_of

EXACT = frozenset({"id", "reference", "boolean", "date", "datetime"})


def raw(alias: str, owner: SObject, found: Field) -> str:
    """Return a field's column; an address is made of its parts, as JSON, or null where all are empty."""
    if found.type != "address":
        return f'{alias}."{found.name}"'
    parts = {name: f'{alias}."{part.name}"' for name, part in parts_of(owner, found).items()}
    pairs = ", ".join(f"'{name}', {column}" for name, column in parts.items())
    return f"CASE WHEN COALESCE({', '.join(parts.values())}) IS NOT NULL THEN json_object({pairs}) END"


def is_number(found: Field) -> bool:
    """Tell whether a field is compared as a number."""
    return found.type in NUMBERS or found.type == "int"


def number_of(column: str, found: Field) -> str:
    """Return a column as it is compared and added up."""
    return f"CAST({column} AS NUMERIC)" if is_number(found) else column


def collation(found: Field) -> str:
    """Return how a field's text is compared."""
    return "" if is_number(found) or found.type in EXACT else " COLLATE NOCASE"
