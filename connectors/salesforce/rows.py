"""What is a payload on Salesforce's wire, and what does an answered row say?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.salesforce.errors import Refusal, error_of, refusal_of
from connectors.salesforce.soql import moment
from flows.errors import IsthmusError, Misconfigured
from flows.model import Placed
from mappings.language import Flow
from mappings.values import Payload, Ref

PARENTS = ("AccountId", "Account__c", "ParentId")  # a write locks these records (salesforce.md 1.7, UNABLE_TO_LOCK_ROW)


def row(flow: Flow, payload: Payload) -> dict[str, Any]:
    """Return the row of a collection, addressed by Id where the record is known, else by its key."""
    key = "id" if payload.target_id or flow.target.key == "Id" else flow.target.key
    address = payload.target_id or payload.key
    fields = {name: wire(value) for name, value in payload.fields.items() if name.lower() != key.lower()}
    return {"attributes": {"type": flow.target.object}, key: address, **fields}


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


def answer(told: Mapping[str, Any]) -> Placed | IsthmusError:
    """Return what one row's answer comes to."""
    if told.get("success"):
        return Placed(str(told["id"]))
    errors = told.get("errors")
    return error_of(refusal_of(0, errors) if errors else Refusal("The row was refused without words."), write=True)


def parent_of(payload: Payload) -> str:
    """Return the record that the payload's parent is: rows of one parent go together, so that locks are taken in order."""
    return next((str(wire(payload.fields[name])) for name in PARENTS if payload.fields.get(name)), "")
