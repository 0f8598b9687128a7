"""What does a business value become? Value tables: shipped ones, and entries that people have set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from rapidfuzz import fuzz, process

from mappings.errors import MappingFault, Rejected
from mappings.strict_yaml import read

KEYS = {"table", "missing", "unmapped", "values"}


@dataclass(frozen=True)
class Table:
    """One table: its entries, and the codes of a missing and of an unknown value."""

    name: str
    missing: str
    unmapped: str
    values: Mapping[str, str]


class Tables:
    """All tables; entries are found trimmed and without case, and a person's entry goes before a shipped one."""

    def __init__(self, shipped: Mapping[str, Table], overrides: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._shipped = shipped
        self._found: dict[str, dict[str, str]] = {}
        for name, table in shipped.items():
            own = (overrides or {}).get(name, {})
            self._found[name] = {_fold(value): becomes for value, becomes in [*table.values.items(), *own.items()]}

    def names(self) -> tuple[str, ...]:
        """Return the tables' names."""
        return tuple(sorted(self._shipped))

    def entries(self, table: str) -> Mapping[str, str]:
        """Return a table's shipped entries as they are written."""
        return MappingProxyType(dict(self._shipped[table].values))

    def missing(self, table: str) -> str:
        """Return the code of a missing value."""
        return self._shipped[table].missing

    def find(self, table: str, value: str) -> str | None:
        """Return what a value becomes, None where the table does not know it."""
        return self._found[table].get(_fold(value))

    def look_up(self, table: str, value: str) -> str:
        """Return what a value becomes; raise Rejected with the nearest known values where the table does not know it."""
        found = self.find(table, value)
        if found is not None:
            return found
        known = list(self._shipped[table].values)
        near = tuple(name for name, _, _ in process.extract(value, known, scorer=fuzz.WRatio, limit=5))
        raise Rejected(
            self._shipped[table].unmapped,
            value=value,
            candidates=near,
            message=f"The table {table} has no entry for '{value}'.",
            hint=f'Add it: isthmus tables set {table} "{value}" <what it becomes>, then replay.',
        )

    def with_overrides(self, overrides: Mapping[str, Mapping[str, str]]) -> Tables:
        """Return the tables with the entries that people have set."""
        return Tables(self._shipped, overrides) if overrides else self


def load_tables(folder: Path) -> Tables:
    """Read every table of a folder; raise MappingFault for a wrong one."""
    found = (_load(path) for path in sorted(folder.glob("*.yaml")))
    return Tables({table.name: table for table in found})


def _load(path: Path) -> Table:
    spec = read(path.read_text("utf-8"), path.name)
    unknown = sorted(set(spec) - KEYS)
    if unknown:
        raise MappingFault(path.name, f"unknown key '{unknown[0]}'; known: {', '.join(sorted(KEYS))}")
    if spec.get("table") != path.stem:
        raise MappingFault(path.name, f"expected `table: {path.stem}`, the file's own name")
    values = spec.get("values") or {}
    name = path.stem.upper()
    return Table(
        path.stem,
        str(spec.get("missing", f"MISSING_{name}")),
        str(spec.get("unmapped", f"UNMAPPED_{name}")),
        {str(value): str(becomes) for value, becomes in values.items()},
    )


def _fold(value: str) -> str:
    return value.strip().casefold()
