"""What does the org accept in a field? Types, lengths, picklists, required and read-only fields (salesforce.md 1.7, 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import NUMBERS, Field, SObject
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.times import read_datetime

TEXTS = frozenset({"string", "textarea", "phone", "url", "email"})
DEFAULTED = frozenset({"OwnerId", "CurrencyIsoCode"})


def accept(owner: SObject, wish: Mapping[str, Any], *, creating: bool) -> dict[str, str | None]:
    """Return a wish as the store keeps it, under the fields' proper names; raise Refused for the first fault."""
    accepted: dict[str, str | None] = {}
    for name, value in wish.items():
        if name == "attributes":
            continue
        found = _writable(owner, name)
        accepted[found.name] = _accept_value(found, value)
    _require(owner, accepted, creating=creating)
    return accepted


def _writable(owner: SObject, name: str) -> Field:
    found = owner.fields.get(name.lower())
    if found is None:
        raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {owner.name}")
    if found.has("readonly"):
        raise Refused(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {found.name}. Please check the security settings of this field and verify "
            "that it is read/write for your profile or permission set.",
            fields=[found.name],
        )
    return found


def _require(owner: SObject, accepted: Mapping[str, str | None], *, creating: bool) -> None:
    needed = [found.name for found in owner.fields.values() if found.has("required")]
    missing = [name for name in needed if (creating or name in accepted) and accepted.get(name) in {None, ""}]
    if missing:
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", fields=missing)


def _accept_value(found: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if found.type in NUMBERS or found.type == "int":
        return _number(found, value)
    if found.type == "boolean":
        return _boolean(found, value)
    if found.type == "reference":
        return _reference(found, value)
    if found.type in {"date", "datetime"}:
        return _moment(found, value)
    return _text(found, value)


def _text(found: Field, value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if found.type in TEXTS and found.length and len(text) > found.length:
        raise Refused(
            "STRING_TOO_LONG",
            f"{found.name}: data value too large: {text} (max length={found.length})",
            fields=[found.name],
        )
    if found.type == "picklist" and found.has("restricted") and text not in found.values:
        raise Refused(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{found.name}: bad value for restricted picklist field: {text}",
            fields=[found.name],
        )
    return text


def _number(found: Field, value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise _unreadable(found, value) from error
    if isinstance(value, bool) or not number.is_finite():
        raise _unreadable(found, value)
    if found.type != "int" and abs(number) >= Decimal(10) ** (found.precision - found.scale):
        raise Refused(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{found.name}: value outside of valid range on numeric field: {value}",
            fields=[found.name],
        )
    return format(number, "f")


def _boolean(found: Field, value: Any) -> str:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise _unreadable(found, value)
    return text


def _reference(found: Field, value: Any) -> str:
    known = long_form(str(value))
    if known is None:
        raise Refused("MALFORMED_ID", f"{found.name}: id value of incorrect type: {value}", fields=[found.name])
    return known


def _moment(found: Field, value: Any) -> str:
    text = str(value)
    if found.type == "date":
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text[:10]):
            raise _unreadable(found, value)
        return text[:10]
    try:
        return read_datetime(text)
    except Refused as error:
        raise _unreadable(found, value) from error


def _unreadable(found: Field, value: Any) -> Refused:
    return Refused(
        "JSON_PARSER_ERROR", f"Cannot deserialize instance of {found.type} from value {value} for {found.name}"
    )
