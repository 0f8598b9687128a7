"""How does the account refuse one record? By a code, a text and the field that was wrong.

The texts are the vendor's: NetSuite clients recognise many refusals by their words alone (netsuite.md 2.6, 2.8, 3.5).
"""

from dataclasses import dataclass


@dataclass
class Refused(Exception):
    """One record was not written; `path` names the field as REST does (`item.items[2].rate`), `value` what it held."""

    code: str
    message: str
    path: str = ""
    value: str = ""


def missing(label: str, path: str) -> Refused:
    """A required field is absent."""
    return Refused("USER_ERROR", f"Please enter value(s) for: {label}", path)


def unknown_reference(field: str, key: str, path: str) -> Refused:
    """A reference leads nowhere, or to a record that may not stand there (an inactive item)."""
    return Refused("INVALID_KEY_OR_REF", f"Invalid {field} reference key {key}.", path, key)


def too_long(field: str, limit: int, path: str) -> Refused:
    """A text is longer than its column."""
    words = f"The field {field} contained more than the maximum number ( {limit} ) of characters allowed."
    return Refused("EXCEEDED_MAX_FIELD_LENGTH", words, path)


def bad_value(field: str, value: object, path: str) -> Refused:
    """A value is not of its field's kind."""
    words = f"You have entered an Invalid Field Value {value} for the following field: {field}"
    return Refused("INVALID_FLD_VALUE", words, path)


def read_only(field: str) -> Refused:
    """A field that only the system writes was sent."""
    words = (
        f"You do not have permissions to set a value for element {field} due to one of the following reasons: "
        "1) The field is read-only; 2) An associated feature is disabled; "
        "3) The field is available either when a record is created or updated, but not in both cases."
    )
    return Refused("INSUFFICIENT_PERMISSION", words, field)


def no_such_record() -> Refused:
    """The record asked for is not there."""
    return Refused("RCRD_DSNT_EXIST", "That record does not exist.")


def entity_exists(path: str) -> Refused:
    """Another entity carries this name."""
    return Refused("DUP_ENTITY", "This entity already exists.", path)


def record_exists() -> Refused:
    """Another record of the group carries this external id."""
    return Refused("DUP_RCRD", "This record already exists.", "externalId")
