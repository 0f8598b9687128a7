"""What happens when a record is written? The org's own logic: system fields, roll-ups, uniqueness, references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.salesforce.changes import Change
from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import SObject, objects
from sandbox.salesforce.refusals import Refused, no_such_type
from sandbox.salesforce.rules import accept
from sandbox.salesforce.store import Store
from sandbox.salesforce.times import stamp
from sandbox.twin.books import LoadRefused

USER = "005Ws0000000000AAA"
CENT = Decimal("0.01")
WON, LOST = "Closed Won", "Closed Lost"


class Org:
    """Creates, changes and deletes records as a real org does, inside the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.watchers: list[Callable[[Change], None]] = []

    def object(self, name: str) -> SObject:
        """Return an object of the org."""
        owner = objects().get(name.lower())
        if owner is None:
            raise Refused("NOT_FOUND", "The requested resource does not exist", 404)
        return owner

    def create(self, owner: SObject, wish: Mapping[str, Any]) -> str:
        """Create a record and return its id."""
        values = self._with_product(owner, accept(owner, wish, creating=True))
        self._check(owner, values, None)
        record_id = self.store.new_id(owner)
        self._put(owner, values | {"Id": record_id}, {})
        return record_id

    def change(self, owner: SObject, record_id: str, wish: Mapping[str, Any]) -> None:
        """Change a record; only the fields of the wish are touched."""
        known = self._existing(owner, record_id)
        values = accept(owner, wish, creating=False)
        self._refuse_rolled_up(owner, known, values)
        self._check(owner, values, known["Id"])
        self._put(owner, known | values, known)

    def delete(self, owner: SObject, record_id: str) -> None:
        """Put a record into the recycle bin."""
        known = self._existing(owner, record_id)
        self.store.update(owner, known["Id"], {"IsDeleted": "true"} | self._touched())
        self._announce(Change(owner, "DELETE", str(known["Id"]), known, known))
        if owner.name == "OpportunityLineItem":
            self._roll_up(str(known["OpportunityId"]))

    def upsert(self, owner: SObject, field: str, value: str, wish: Mapping[str, Any]) -> tuple[str, bool]:
        """Create or change the record whose external id has a value; returns its id and whether it was created."""
        key = owner.fields.get(field.lower())
        if key is None or not (key.has("external") or key.name == "Id"):
            raise Refused("NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {field}", 404)
        found = self.store.where(owner, key.name, value)
        if len(found) > 1:
            raise Refused("MULTIPLE_CHOICES", "external id matches several records", 300)
        if found:
            self.change(owner, str(found[0]["Id"]), wish)
            return str(found[0]["Id"]), False
        if key.name == "Id":
            raise Refused("NOT_FOUND", "Provided external ID field does not exist or is not accessible: Id", 404)
        return self.create(owner, {**wish, key.name: value}), True

    def _announce(self, change: Change) -> None:
        """Tell everyone who watches, inside the transaction that makes the change."""
        for watch in self.watchers:
            watch(change)

    def _touched(self) -> dict[str, str]:
        now = stamp(self.store.now())
        return {"SystemModstamp": now, "LastModifiedDate": now, "LastModifiedById": USER}

    def _with_product(self, owner: SObject, values: dict[str, Any]) -> dict[str, Any]:
        """A line that names only its price book entry sells that entry's product."""
        entry = values.get("PricebookEntryId")
        if owner.name != "OpportunityLineItem" or values.get("Product2Id") or not entry:
            return values
        found = self.store.get(objects()["pricebookentry"], entry)
        return values | {"Product2Id": found["Product2Id"]} if found else values

    def _existing(self, owner: SObject, record_id: str) -> dict[str, Any]:
        known = self.store.get(owner, long_form(record_id) or record_id)
        if known is None:
            raise Refused("ENTITY_IS_DELETED", "entity is deleted", 404, [])
        return known

    def _check(self, owner: SObject, values: Mapping[str, Any], own_id: str | None) -> None:
        for found in owner.fields.values():
            value = values.get(found.name)
            if value and found.has("unique"):
                self._refuse_taken(owner, found.name, value, own_id)
            if value and found.type == "reference":
                self._refuse_dangling(found.name, found.to, value)

    def _refuse_taken(self, owner: SObject, name: str, value: str, own_id: str | None) -> None:
        for other in self.store.where(owner, name, value):
            if other["Id"] != own_id:
                words = f"duplicate value found: {name} duplicates value on record with id: {str(other['Id'])[:15]}"
                raise Refused("DUPLICATE_VALUE", words, fields=[])

    def _refuse_dangling(self, name: str, to: str, value: str) -> None:
        if value != USER and self.store.get(objects()[to.lower()], value) is None:
            raise Refused("INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {name}", fields=[name])

    def _refuse_rolled_up(self, owner: SObject, known: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        rolled_up = owner.name == "Opportunity" and known["HasOpportunityLineItem"] == "true"
        if rolled_up and values.get("Amount", known["Amount"]) != known["Amount"]:
            raise Refused(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "Unable to create/update fields: Amount. The amount of an opportunity with products is their sum.",
                fields=["Amount"],
            )

    def _put(self, owner: SObject, values: dict[str, Any], known: Mapping[str, Any]) -> None:
        made = {} if known else {"CreatedDate": stamp(self.store.now()), "CreatedById": USER, "IsDeleted": "false"}
        kept = _derive(owner, _defaults(owner) | values | made | self._touched())
        self.store.insert(owner, kept)
        self._announce(Change(owner, "UPDATE" if known else "CREATE", str(kept["Id"]), known, kept))
        if owner.name == "OpportunityLineItem":
            self._roll_up(str(values["OpportunityId"]))

    def _roll_up(self, opportunity: str) -> None:
        owner = objects()["opportunity"]
        lines = self.store.where(objects()["opportunitylineitem"], "OpportunityId", opportunity)
        total = sum((Decimal(line["TotalPrice"] or 0) for line in lines), Decimal())
        has = {"HasOpportunityLineItem": "true" if lines else "false"}
        self.store.update(owner, opportunity, has | self._touched() | ({"Amount": format(total, "f")} if lines else {}))

    def load(self, records: Iterable[tuple[int, str, Mapping[str, Any]]]) -> dict[str, int]:
        """Take records as they are, with their ids, in one transaction; all or nothing."""
        counts: dict[str, int] = {}
        with self.store.writing():
            for line, kind, record in records:
                self._load_one(line, kind, record)
                counts[kind] = counts.get(kind, 0) + 1
            if "OpportunityLineItem" in counts:
                self._roll_up_all()
        return counts

    def _load_one(self, line: int, kind: str, record: Mapping[str, Any]) -> None:
        owner = objects().get(kind.lower())
        if owner is None:
            raise LoadRefused(no_such_type(kind).message, line)
        given = {name: value for name, value in record.items() if name in {"Id", "SystemModstamp", "CreatedDate"}}
        try:
            values = accept(owner, {name: value for name, value in record.items() if name not in given}, creating=True)
        except Refused as refused:
            raise LoadRefused(f"{kind}: {refused.message}", line) from refused
        made = {"CreatedDate": stamp(self.store.now()), "CreatedById": USER, "IsDeleted": "false"}
        given.setdefault("Id", self.store.new_id(owner))
        self.store.insert(owner, _derive(owner, _defaults(owner) | values | made | self._touched() | given))

    def _roll_up_all(self) -> None:
        """Add up every opportunity's lines in one go; in whole cents, so that nothing is lost to binary fractions."""
        cents = "SUM(CAST(ROUND(CAST(l.TotalPrice AS NUMERIC) * 100) AS INTEGER))"
        self.store.connection.execute(f"""
            UPDATE Opportunity SET HasOpportunityLineItem = 'true', Amount = sums.amount FROM (
              SELECT OpportunityId AS id, printf('%d.%02d', {cents} / 100, ABS({cents} % 100)) AS amount
              FROM OpportunityLineItem l WHERE IsDeleted = 'false' GROUP BY OpportunityId) AS sums
            WHERE Opportunity.Id = sums.id""")  # noqa: S608 — nothing of a caller's is in it


def _defaults(owner: SObject) -> dict[str, str | None]:
    values: dict[str, str | None] = {"OwnerId": USER} if "ownerid" in owner.fields else {}
    for found in owner.fields.values():
        if found.type == "boolean":
            values[found.name] = "true" if found.name == "IsActive" else "false"
    return values


def _derive(owner: SObject, values: dict[str, Any]) -> dict[str, Any]:
    """Fill the fields that the org computes."""
    if owner.name == "Opportunity":
        stage = values.get("StageName")
        values["IsWon"] = str(stage == WON).lower()
        values["IsClosed"] = str(stage in {WON, LOST}).lower()
    if owner.name == "OpportunityLineItem" and values.get("UnitPrice"):
        gross = Decimal(values["Quantity"]) * Decimal(values["UnitPrice"])
        net = gross * (100 - Decimal(values.get("Discount") or 0)) / 100
        values["TotalPrice"] = format(net.quantize(CENT, ROUND_HALF_UP), "f")
    return values
