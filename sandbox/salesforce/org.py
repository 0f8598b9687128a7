"""What happens when a record is written? The org's own logic: system fields, roll-ups, uniqueness, references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.salesforce import duplicates, removal
from sandbox.salesforce.changes import Change
from sandbox.salesforce.ids import USER, long_form
from sandbox.salesforce.integrity import check, linked
from sandbox.salesforce.loading import Loading
from sandbox.salesforce.logic import ALWAYS, BEFORE, DERIVED
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.refusals import Ambiguous, Refused, no_such_key
from sandbox.salesforce.rollups import ROLLUPS
from sandbox.salesforce.rules import accept
from sandbox.salesforce.saving import Saving
from sandbox.salesforce.standard import stock
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp

__all__ = ["USER", "Org"]


class Org:
    """Creates, changes and deletes records as a real org does, inside the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.watchers: list[Callable[[Change], None]] = []
        self.tells_loads: Callable[[], bool] = lambda: False
        self.publishes: Callable[[str, Mapping[str, Any]], dict[str, Any] | None] = lambda _kind, _wish: None
        stock(store)

    def object(self, name: str) -> SObject:
        """Return an object of the org."""
        owner = objects().get(name.lower())
        if owner is None:
            raise Refused("NOT_FOUND", "The requested resource does not exist", 404)
        return owner

    def create(self, owner: SObject, wish: Mapping[str, Any]) -> str:
        """Create a record and return its id."""
        _refuse_unable(owner, "createable", "inserted")
        saving = Saving(self.store, owner, {}, {})
        saving.given = accept(owner, linked(saving, wish), creating=True)
        saving.values = defaults(owner) | _filled(saving.given) | {"Id": self.store.new_id(owner)}
        self._save(saving)
        return str(saving.values["Id"])

    def change(self, owner: SObject, record_id: str, wish: Mapping[str, Any]) -> None:
        """Change a record; only the fields of the wish are touched."""
        _refuse_unable(owner, "updateable", "updated")
        saving = Saving(self.store, owner, self.existing(owner, record_id), {})
        saving.given = accept(owner, linked(saving, wish), creating=False)
        saving.values = dict(saving.before) | saving.given
        self._save(saving)

    def delete(self, owner: SObject, record_id: str) -> None:
        """Put a record, and what lives only with it, into the recycle bin."""
        _refuse_unable(owner, "deletable", "deleted")
        removal.delete(self, owner, self.existing(owner, record_id))

    def undelete(self, owner: SObject, record_id: str) -> None:
        """Take a record, and what was deleted with it, out of the recycle bin."""
        removal.undelete(self, owner, record_id)

    def upsert(self, owner: SObject, field: str, value: str, wish: Mapping[str, Any]) -> tuple[str, bool]:
        """Create or change the record whose external id has a value; returns its id and whether it was created."""
        key = owner.fields.get(field.lower())
        if key is None or not (key.has("external") or key.has("idlookup")):
            raise no_such_key(field)
        found = self.store.where(owner, key.name, value)
        if len(found) > 1:
            raise Ambiguous(owner.name, [str(one["Id"]) for one in found])
        if found:
            self.change(owner, str(found[0]["Id"]), wish)
            return str(found[0]["Id"]), False
        if key.name == "Id":
            raise no_such_key(value)
        return self.create(owner, {**wish, key.name: value}), True

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[str, int]:
        """Take records as they are, with their ids, in one transaction; all or nothing."""
        with self.store.writing():
            tell = self.announce if self.tells_loads() else None
            return Loading(self.store, defaults, tell).load(records)

    def reset(self) -> None:
        """Empty the org down to what every org has."""
        self.store.clear()
        stock(self.store)

    def existing(self, owner: SObject, record_id: str) -> dict[str, Any]:
        """Return a record that is to be written; 404 with the reason where there is none (salesforce.md 1.7)."""
        known_id = long_form(record_id)
        if known_id is None:
            raise no_such_key(record_id)
        known = self.store.get(owner, known_id, deleted=True)
        if known is None:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", 404, [])
        if known["IsDeleted"] == "true":
            raise Refused("ENTITY_IS_DELETED", "entity is deleted", 404, [])
        return known

    def announce(self, change: Change) -> None:
        """Tell everyone who watches, inside the transaction that makes the change."""
        for watch in self.watchers:
            watch(change)

    def touched(self) -> dict[str, str]:
        """Return the fields that every write sets."""
        now = stamp(self.store.now())
        return {"SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": USER}

    def _save(self, saving: Saving) -> None:
        name = saving.owner.name
        check(saving)
        for step in (*ALWAYS, *DERIVED.get(name, ()), *BEFORE.get(name, ())):
            step(saving)
        duplicates.guard(saving)
        values = saving.values | self.touched()
        if saving.creating:
            values |= {"CreatedDate": values["SystemModstamp"], "CreatedById": USER, "IsDeleted": "false"}
        self.store.insert(saving.owner, values)
        self.announce(
            Change(saving.owner, "CREATE" if saving.creating else "UPDATE", values["Id"], saving.before, values)
        )
        self.roll_up(saving.owner, values)

    def roll_up(self, owner: SObject, line: Mapping[str, Any]) -> None:
        """Write what a line's parent adds up to; the first line also decides its price book."""
        if owner.name not in ROLLUPS:
            return
        link, kind, summed_up = ROLLUPS[owner.name]
        parent_owner = objects()[kind]
        parent = self.store.get(parent_owner, line[link] or "")
        if parent is None:
            return
        becomes = summed_up(self.store, parent) | self.touched()
        entry = self.store.get(objects()["pricebookentry"], line.get("PricebookEntryId") or "")
        if entry and not parent["Pricebook2Id"]:
            becomes["Pricebook2Id"] = entry["Pricebook2Id"]
        self.store.update(parent_owner, parent["Id"], becomes)
        self.announce(Change(parent_owner, "UPDATE", parent["Id"], parent, parent | becomes))


def defaults(owner: SObject) -> dict[str, str | None]:
    """Return what a new record has before anything is said about it."""
    values: dict[str, str | None] = {found.name: "false" for found in owner.fields.values() if found.type == "boolean"}
    if "ownerid" in owner.fields:
        values["OwnerId"] = USER
    if "isactive" in owner.fields and owner.name == "User":
        values["IsActive"] = "true"
    return values | owner.defaults


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a wish without its empty values: they do not undo a default."""
    return {name: value for name, value in given.items() if value is not None}


def _refuse_unable(owner: SObject, able: str, done: str) -> None:
    if able in owner.without:
        raise Refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be {done}: {owner.name}", fields=[])
