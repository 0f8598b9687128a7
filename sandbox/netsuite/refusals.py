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


def line_in_use(line: object) -> Refused:
    """A line that was fulfilled or billed would be dropped."""
    return Refused(
        "CANT_DELETE_TRAN_LINE", f"Line {line} cannot be deleted: it was fulfilled, received or billed.", "item"
    )


def order_status() -> Refused:
    """An order cannot go to the status that was asked for."""
    return Refused("INVALID_ORD_STATUS", "The order cannot be set to this status.", "orderStatus")


def no_period() -> Refused:
    """No accounting period covers a posting transaction's date."""
    return Refused("MISSING_ACCT_PRD", "No accounting period covers the date of this transaction.", "postingPeriod")


def period_closed() -> Refused:
    """The transaction's accounting period is closed or locked."""
    words = "You cannot edit this transaction because it is in a closed accounting period."
    return Refused("TRAN_PERIOD_CLOSED", words, "postingPeriod")


def changed_meanwhile() -> Refused:
    """Somebody else saved the record since it was read."""
    return Refused("RCRD_HAS_BEEN_CHANGED", "Record has been changed.")


def no_source(source: str) -> Refused:
    """A transaction cannot be made from this record: of the wrong type, or nothing is left to do of it."""
    words = f"You have an invalid {source} <internalId>, or the {source} is already billed or closed."
    return Refused("INVALID_INITIALIZE_REF", words)


def too_much(path: str, what: str) -> Refused:
    """More is fulfilled, received or billed of a line than it has."""
    return Refused("OVER_FULFILL_DISALLWD", f"The quantity {what} exceeds the quantity that remains.", path)


def over_applied(path: str) -> Refused:
    """More is applied than is due, or than there is to apply."""
    return Refused("CANT_APPLY_PMT", "The amount applied exceeds the amount that remains.", path)


def in_use(label: str) -> Refused:
    """A record has dependants and cannot be deleted."""
    return Refused("CANT_DELETE_RCRD", f"This {label} cannot be deleted because it has dependent records.")


def voided() -> Refused:
    """A void transaction is final."""
    return Refused("CANT_MODIFY_VOID_TRANS", "A voided transaction cannot be modified.")


def beyond_credit() -> Refused:
    """A sale would take a customer on hold beyond the credit limit."""
    return Refused("BALANCE_EXCEEDS_CREDIT_LIMIT", "The balance of this customer exceeds the credit limit.", "entity")


def item_exists(path: str) -> Refused:
    """Another item carries this name."""
    return Refused("DUP_ITEM", "Uniqueness error - An item with the same name already exists.", path)


def contact_exists(path: str) -> Refused:
    """The company has a contact of this name already."""
    words = "A contact record with this name already exists. Every contact record must have a unique name."
    return Refused("DUP_ENTITY", words, path)


def without_external_id() -> Refused:
    """This record type has no external ids."""
    return Refused("USER_ERROR", "This record type does not support an external ID.", "externalId")


def line_of_subscription() -> Refused:
    """A subscription's line is made and removed with its subscription alone."""
    words = "A subscription line cannot be created or deleted by itself."
    return Refused("INSUFFICIENT_PERMISSION", words, "subscription")


def unbalanced() -> Refused:
    """A journal's debits and credits differ."""
    return Refused("TRANS_UNBALNCD", "The amounts in the Debit and Credit columns must be equal.", "line")
