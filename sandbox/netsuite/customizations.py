"""Which fields, lists and record types are the account's own? From `custom.yaml`, for lookups and for checks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sandbox.netsuite import refusals
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType, record_types


@dataclass(frozen=True, slots=True)
class Customization:
    """One thing of the account's own; `sort` is SOAP's word for what it is, `kind` and `target` those of a field."""

    sort: str
    script_id: str
    internal_id: int
    kind: str
    target: str
    label: str


@cache
def customizations() -> dict[str, Customization]:
    """Give everything that is the account's own, by script id."""
    text = resources.files(__package__).joinpath("custom.yaml").read_text("utf-8")
    return {
        script_id: Customization(sort, script_id, number, kind[0], kind[1:], label)
        for sort, table in yaml.safe_load(text).items()
        for script_id, (number, kind, label) in table.items()
    }


def of_sort(sort: str) -> list[Customization]:
    """Give the customizations of one sort (`transactionBodyCustomField`), by script id."""
    return [one for one in customizations().values() if one.sort == sort]


def custom_record_type(key: str) -> RecordType | None:
    """Find a custom record type by internal id or script id."""
    for one in of_sort("customRecordType"):
        if key.lower() in {one.script_id, str(one.internal_id)}:
            return record_types()[one.script_id]
    return None


def script_id_of(key: str) -> str:
    """Give a custom field's script id, of which SOAP may also send the internal id."""
    if not key.isdecimal():
        return key.lower()
    return next((name for name, one in customizations().items() if str(one.internal_id) == key), key)


def _is_date(value: Any) -> bool:
    datetime.fromisoformat(str(value))
    return True


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and Decimal(str(value)).is_finite()


_FITS: dict[str, Callable[[Any], bool]] = {
    "n": _is_number,
    "i": lambda value: _is_number(value) and Decimal(str(value)) == int(Decimal(str(value))),
    "b": lambda value: isinstance(value, bool),
    "d": _is_date,
    "@": lambda value: isinstance(value, dict) or str(value).isdecimal(),
}


def check_custom(script_id: str, value: Any, path: str) -> Any:
    """Refuse a value that a declared custom field does not take; what is not declared takes any."""
    known = customizations().get(script_id)
    fits = _FITS.get(known.kind) if known is not None else None
    if fits is None or value is None:
        return value
    try:
        good = fits(value)
    except (ValueError, ArithmeticError):
        good = False
    if not good:
        raise refusals.bad_value(script_id, value, path)
    return value


def typed_wish_fields(fields: Document) -> tuple[RecordType | None, Document]:
    """Split a CustomRecord's fields into the type that `recType` names and the rest."""
    reference = fields.get("recType") or {}
    kind = custom_record_type(str(reference.get("id") or reference.get("externalId") or ""))
    return kind, {name: value for name, value in fields.items() if name != "recType"}
