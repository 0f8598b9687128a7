"""What do the twins hold, read past everything of ours? Their own books, as their control API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from mappings.language import Flow
from mappings.tables import Tables

PAGE = 5000
PATIENCE = 120


class TwinBooks:
    """The Holdings port over both twins; what was read of a kind of record is kept until `forget`."""

    def __init__(self, addresses: Mapping[str, str], tables: Tables) -> None:
        self._addresses = addresses
        self._kept: dict[tuple[str, str], Mapping[str, Mapping[str, Any]]] = {}
        self._codes = {number: code for code, number in tables.entries("currency").items()}

    def of(self, flow: Flow) -> Mapping[str, Mapping[str, Any]]:
        """Return the target's records of the flow's kind, by id; what lies in the recycle bin is not there."""
        key = (flow.target.system, flow.target.object)
        if key not in self._kept:
            self._kept[key] = self._read(*key)
        return self._kept[key]

    def currency(self, system: str, value: str) -> str:
        """Return the ISO code of a currency as the system writes it."""
        return self._codes.get(value, value) if system == "netsuite" else value

    def _read(self, system: str, kind: str) -> Mapping[str, Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        offset = 0
        while True:
            page = {"limit": str(PAGE), "offset": str(offset)}
            answer = requests.get(f"{self._addresses[system]}/_twin/records/{kind}", params=page, timeout=PATIENCE)
            answer.raise_for_status()
            records = answer.json()["records"]
            found |= {str(record.get("Id") or record["id"]): record for record in records}
            offset += PAGE
            if len(records) < PAGE:
                return {key: record for key, record in found.items() if record.get("IsDeleted") != "true"}
