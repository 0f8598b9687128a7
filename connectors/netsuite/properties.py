"""Which property names does REST know? A typo is found before the call, for the whole flow (netsuite.md 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from flows.errors import Misconfigured

TABLE = Path(__file__).parent / "properties.yaml"
CUSTOM = ("custbody", "custcol", "custentity", "custrecord", "custitem")
LINE = "line"
ADDRESSES = frozenset({"billingAddress", "shippingAddress", "addressBookAddress"})


def check(kind: str, fields: Mapping[str, Any]) -> None:
    """Raise Misconfigured for the first name that REST does not have. Record types outside the table pass."""
    known = properties().get(kind)
    for name, value in fields.items():
        if name == LINE and kind.endswith(".addressBook"):
            continue  # the neutral name of an address's own id
        if known is not None and name not in known and not name.startswith(CUSTOM):
            raise Misconfigured(
                "UNKNOWN_FIELD",
                f"NetSuite's REST interface has no property {name} on {kind}.",
                hint="Correct the mapping's target name; case matters.",
            )
        for inner, lines in _inside(kind, name, value):
            check(inner, lines)


@cache
def properties() -> dict[str, frozenset[str]]:
    """Return record or sublist -> its property names."""
    table = yaml.safe_load(TABLE.read_text("utf-8"))
    return {kind: frozenset(names.split()) for kind, names in table.items()}


def _inside(kind: str, name: str, value: Any) -> list[tuple[str, Mapping[str, Any]]]:
    if name in ADDRESSES and isinstance(value, dict):
        return [("address", value)]
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return [(f"{kind}.{name}", line) for line in value["items"]]
    return []
