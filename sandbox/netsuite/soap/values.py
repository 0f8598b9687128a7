"""How is one simple value said in SOAP, of a field of the contract or of a custom one?"""

import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sandbox.netsuite.customizations import customizations
from sandbox.netsuite.enumerations import soap_word
from sandbox.netsuite.fields import Field, soap_of_country

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def simple(field: Field, value: Any) -> str | None:
    """Say a value of a field; None when the contract has no word for it."""
    if field.kind == "e":
        return soap_word(field.target, str(value))
    if field.kind == "y":
        return soap_of_country().get(str(value))
    if field.kind == "d":
        return f"{value}T00:00:00.000Z"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def custom(script_id: str, value: Any) -> str:
    """Say a custom field; what kind it is, its value tells."""
    kind, inner = _custom_parts(value, declared_kind(script_id))
    return (
        f'<platformCore:customField xsi:type="platformCore:{kind}CustomFieldRef" scriptId={quoteattr(script_id)}>'
        f"{inner}</platformCore:customField>"
    )


def declared_kind(script_id: str) -> str:
    """Give the kind that the account declares of a custom field; empty when it declares none."""
    known = customizations().get(script_id)
    return known.kind if known else ""


def _custom_parts(value: Any, declared: str) -> tuple[str, str]:
    if isinstance(value, dict):
        many = value.get("items")
        ids = [value] if many is None else many
        rows = "".join(f"<platformCore:value internalId={quoteattr(str(one.get('id', '')))}/>" for one in ids)
        return ("Select" if many is None else "MultiSelect"), rows
    if isinstance(value, str) and declared in {"", "d"} and _DAY.fullmatch(value):
        return "Date", f"<platformCore:value>{value}T00:00:00.000Z</platformCore:value>"
    kind = {bool: "Boolean", int: "Long", Decimal: "Double"}.get(type(value), "String")
    if kind in {"Long", "Double"}:
        kind = {"n": "Double", "s": "String"}.get(declared, kind)
    return kind, f"<platformCore:value>{escape(_plain(value))}</platformCore:value>"
