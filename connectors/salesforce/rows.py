"""What is a payload on Salesforce's wire, and what does an answered row say?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.salesforce.errors import Refusal, error_of, refusal_of
from connectors.salesforce.soql import moment
from flows.errors import IsthmusError, Misconfigured
from mappings.values import Fields, Payload, Ref

ID = "Id"
PARENTS = ("AccountId", "Account__c", "ParentId")  # a write locks these records (salesforce.md 1.7, UNABLE_TO_LOCK_ROW)
Row = dict[str, Any]
Lines = Mapping[str, Sequence[Fields]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one object, each addressed by the same field: Id where the record is known, else a key."""

    object: str
    key: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Written:
    """One row that was written; `created` tells whether the record is new."""

    id: str
    created: bool


Outcome = Written | IsthmusError


def row(key: str, address: str, fields: Mapping[str, object]) -> Row:
    """Return a row that is addressed by its key; what it says there besides is left out."""
    return {key: address, **{name: wire(value) for name, value in fields.items() if name.lower() != key.lower()}}


def own(payload: Payload) -> Fields:
    """Return the fields of the record itself."""
    lists = lines(payload)
    return {name: value for name, value in payload.fields.items() if name not in lists}


def lines(payload: Payload) -> Lines:
    """Return the payload's child records by relationship."""
    return {
        name: value["records"]
        for name, value in payload.fields.items()
        if isinstance(value, Mapping) and isinstance(value.get("records"), list)
    }


def wire(value: object) -> object:
    """Return a payload's value as Salesforce reads it: times in UTC, a reference by its id."""
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): wire(one) for name, one in value.items()}
    if value is None or isinstance(value, str | bool | int | Decimal):
        return value
    raise Misconfigured("FIELD_TYPE", f"A {type(value).__name__} cannot be written to Salesforce.")


def outcome(told: Mapping[str, Any]) -> Outcome:
    """Return what one row's answer comes to."""
    if told.get("success"):
        return Written(str(told["id"]), bool(told.get("created")))
    errors = told.get("errors")
    return error_of(refusal_of(0, errors) if errors else Refusal("The row was refused without words."), write=True)


def parent_of(one: Row) -> str:
    """Return the parent that writing the row locks: rows of one parent go together, so that locks are taken in order."""
    return next((str(one[name]) for name in PARENTS if one.get(name)), "")
