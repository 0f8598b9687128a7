"""Do a record's keys hold? Unique values, references that lead somewhere, parents named by an external id (salesforce.md 1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.model import SObject, by_prefix, objects
from sandbox.salesforce.refusals import Refused
from sandbox.salesforce.saving import Saving


def check(saving: Saving) -> None:
    """Refuse a record whose unique value is taken, or which points to nothing; only what is new is looked at."""
    for found in saving.owner.fields.values():
        value = saving.values.get(found.name)
        if not value or value == saving.before.get(found.name):
            continue
        if found.has("unique"):
            _refuse_taken(saving, found.name, value)
        if found.type == "reference":
            _refuse_dangling(saving, found.name, value)


def _refuse_taken(saving: Saving, name: str, value: str) -> None:
    for other in saving.store.where(saving.owner, name, value):
        if other["Id"] != saving.before.get("Id"):
            words = f"duplicate value found: {name} duplicates value on record with id: {str(other['Id'])[:15]}"
            raise Refused("DUPLICATE_VALUE", words, fields=[])


def _refuse_dangling(saving: Saving, name: str, value: str) -> None:
    pointed = by_prefix(value)
    known = saving.store.get(pointed, value, deleted=True) if pointed else None
    if known is None:
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=[name])
    if known["IsDeleted"] == "true":
        raise Refused("ENTITY_IS_DELETED", "entity is deleted", fields=[name])


def linked(saving: Saving, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wish in which parents that are named by an external id, `{"Account": {"Key__c": "7"}}`, are named by id."""
    links = {name: value for name, value in wish.items() if isinstance(value, dict) and name != "attributes"}
    plain = {name: value for name, value in wish.items() if name not in links}
    for name, value in links.items():
        parent = saving.owner.parents.get(name.lower())
        if parent is None:
            words = f"Cannot reference a foreign key field {name}."
            known = name.lower() in saving.owner.fields
            raise Refused(
                "INVALID_FIELD", words if known else f"No such column '{name}' on sobject of type {saving.owner.name}"
            )
        plain[parent.name] = _parent_id(saving, objects()[parent.to.lower()], value)
    return plain


def _parent_id(saving: Saving, owner: SObject, named: Mapping[str, Any]) -> str:
    keys = [(name, value) for name, value in named.items() if name != "attributes"]
    found = owner.fields.get(keys[0][0].lower()) if len(keys) == 1 else None
    if found is None or not (found.has("external") or found.has("idlookup")):
        raise Refused(
            "INVALID_FIELD", f"Provided external ID field does not exist or is not accessible: {', '.join(named)}"
        )
    known = saving.store.where(owner, found.name, str(keys[0][1]))
    if not known:
        words = f"Foreign key external ID: {str(keys[0][1]).lower()} not found for field {found.name} in entity {owner.name}"
        raise Refused("INVALID_FIELD", words)
    if len(known) > 1:
        raise Refused("DUPLICATE_EXTERNAL_ID", f"{found.name}: more than one record found for external id field")
    return str(known[0]["Id"])
