"""What does the org accept in a field? Types, lengths, picklists, required and read-only fields (salesforce.md 1.7, 4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any

from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import NUMBERS, Field, SObject, by_prefix, objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.times import read_datetime

TEXTS = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist", "combobox"})
EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]+@[^@\s,;<>()\[\]\\\"]+\.[^@\s,;<>()\[\]\\\".]+")
TOKENS = {bool: "VALUE_TRUE", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT", str: "VALUE_STRING",
          dict: "START_OBJECT", list: "START_ARRAY"}  # fmt: skip
LARGEST_INT = 99_999_999  # eight digits


def accept(owner: SObject, wish: Mapping[str, Any], *, creating: bool, loading: bool = False) -> dict[str, str | None]:
    """Return a wish as the store keeps it, under the fields' proper names; raise Refused for the first fault.

    Loading takes read-only fields, and numbers where text is due.
    """
    fields = {name: _known(owner, name) for name in wish if name != "attributes"}
    if not loading:
        _refuse_id(fields.values(), creating=creating)
        _refuse_closed(list(fields.values()), creating=creating)
    accepted = {found.name: _accept_value(found, wish[name], loading=loading) for name, found in fields.items()}
    _require(owner, accepted, creating=creating)
    return accepted


def _known(owner: SObject, name: str) -> Field:
    found = owner.fields.get(name.lower())
    if found is None:
        raise Refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {owner.name}")
    return found


def _refuse_id(fields: Iterable[Field], *, creating: bool) -> None:
    if all(found.name != "Id" for found in fields):
        return
    if creating:
        raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", fields=["Id"])
    raise Refused("INVALID_FIELD", "The Id field should not be specified in the sobject data.")


def _refuse_closed(fields: list[Field], *, creating: bool) -> None:
    """Refuse what the caller may not write."""
    other = "updateonly" if creating else "createonly"
    closed = [found.name for found in fields if found.has("readonly") or found.has(other)]
    if closed:
        raise Refused(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of this field and "
            "verify that it is read/write for your profile or permission set.",
            fields=closed,
        )


def _require(owner: SObject, accepted: Mapping[str, str | None], *, creating: bool) -> None:
    missing = [
        name for name in _required(owner.name) if (creating or name in accepted) and accepted.get(name) in {None, ""}
    ]
    if missing:
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", fields=missing)


@cache
def _required(name: str) -> list[str]:
    return [found.name for found in objects()[name.lower()].fields.values() if found.has("required")]


def _accept_value(found: Field, value: Any, *, loading: bool) -> str | None:
    if value is None or value == "":
        return "false" if found.type == "boolean" else None
    if found.type in NUMBERS or found.type == "int":
        return _number(found, value)
    if found.type == "boolean":
        return _boolean(found, value)
    if found.type in {"reference", "id"}:
        return _reference(found, value)
    if found.type in {"date", "datetime"}:
        return _moment(found, value)
    if not (isinstance(value, str) or loading) or _is_torn(str(value)):
        raise _unreadable(found, value)
    return _text(found, str(value).strip()) or None


def _is_torn(text: str) -> bool:
    """Tell whether a text holds half a character, which no file can keep."""
    return any("\ud800" <= char <= "\udfff" for char in text) if not text.isascii() else False


def _text(found: Field, text: str) -> str:
    if found.type in TEXTS and found.length and len(text) > found.length:
        words = f"{found.label}: data value too large: {text} (max length={found.length})"
        raise Refused("STRING_TOO_LONG", words, fields=[found.name])
    if found.has("restricted") and text and not found.name.endswith("IsoCode") and text not in found.values:
        words = f"{found.label}: bad value for restricted picklist field: {text}"
        raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, fields=[found.name])
    if found.type == "email" and text and not EMAIL.fullmatch(text):
        raise Refused("INVALID_EMAIL_ADDRESS", f"{found.label}: invalid email address: {text}", fields=[found.name])
    return text


def _number(found: Field, value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise _unreadable(found, value) from error
    whole = found.type == "int"
    if isinstance(value, bool) or not number.is_finite() or (whole and number != number.to_integral_value()):
        raise _unreadable(found, value)
    limit = Decimal(LARGEST_INT + 1) if whole else Decimal(10) ** (found.precision - found.scale)
    if abs(number) >= limit:
        words = f"{found.label}: value outside of valid range on numeric field: {value}"
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", words, fields=[found.name])
    places = 0 if whole else found.scale
    if number == number.quantize(Decimal(1).scaleb(-places)):
        return format(number.to_integral_value() if whole else number, "f")
    return format(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f")


def _boolean(found: Field, value: Any) -> str:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise _unreadable(found, value)
    return text


def _reference(found: Field, value: Any) -> str:
    known = long_form(str(value))
    words = f"{found.label}: id value of incorrect type: {value}"
    if known is None:
        raise Refused("MALFORMED_ID", words, fields=[found.name])
    pointed = by_prefix(known)
    if found.to and pointed is not None and pointed.name not in found.targets:
        raise Refused("FIELD_INTEGRITY_EXCEPTION", words, fields=[found.name])
    return known


def _moment(found: Field, value: Any) -> str:
    text = str(value)
    try:
        return date.fromisoformat(text[:10]).isoformat() if found.type == "date" else read_datetime(text)
    except (Refused, ValueError) as error:
        raise _unreadable(found, value) from error


def _unreadable(found: Field, value: Any) -> Refused:
    token = "VALUE_FALSE" if value is False else TOKENS.get(type(value), "VALUE_STRING")
    told = (
        "" if isinstance(value, dict | list) else f" value {str(value).lower() if isinstance(value, bool) else value}"
    )
    return Refused(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {found.type} from {token}{told} or request may be missing a required field at "
        "[line:1, column:2]",
    )
