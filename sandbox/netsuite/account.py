"""What happens to a wish? The account's rules for add, update, upsert, get and delete, whatever the transport."""

from collections.abc import Callable
from datetime import UTC, datetime

from sandbox.netsuite import entities, orders, refusals
from sandbox.netsuite.checks import check, resolve
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.wish import Done, Wish

_NAMING = {"item": "itemId", "entity": "entityId", "transaction": "tranId"}
_LABELS = {"itemId": "Item Name/Number", "entityId": "Entity ID", "name": "Name"}
_MOMENT = "%Y-%m-%d %H:%M:%S"


def _now() -> datetime:
    return datetime.now(UTC)


class Account:
    """One account's records and rules; every write happens inside `store.call()`."""

    def __init__(self, store: Store, now: Callable[[], datetime] = _now) -> None:
        self.store = store
        self.now = now

    def find(self, kind: RecordType, internal_id: str | None, external_id: str | None) -> Stored | None:
        """Find a record by either id; a record of another type of the same group is not it."""
        found = (
            self.store.by_id(kind.family, internal_id)
            if internal_id
            else self.store.by_external(kind.family, external_id or "")
        )
        return found if found is not None and found.type == kind.name else None

    def get(self, kind: RecordType, internal_id: str | None, external_id: str | None) -> Stored:
        """Give a record, or refuse: it is not there."""
        found = self.find(kind, internal_id, external_id)
        if found is None:
            raise refusals.no_such_record()
        return found

    def upsert(self, wish: Wish) -> Done:
        """Create or update by external id and type (netsuite.md 2.6)."""
        if wish.internal_id:
            raise refusals.Refused("USER_ERROR", "You cannot set internalId with upsert.", "id")
        if not wish.external_id:
            raise refusals.Refused("USER_ERROR", "This operation requies a value for externalId.", "externalId")
        found = self.store.by_external(wish.type.family, wish.external_id)
        if found is not None and found.type != wish.type.name:
            raise refusals.record_exists()
        return self._write(wish, found)

    def add(self, wish: Wish) -> Done:
        """Create; an external id that the group knows already is refused."""
        if wish.external_id and self.store.by_external(wish.type.family, wish.external_id):
            raise refusals.record_exists()
        return self._write(wish, None)

    def update(self, wish: Wish) -> Done:
        """Change a record that exists; by internal id the external id may be set anew."""
        found = self.get(wish.type, wish.internal_id, wish.external_id)
        other = self.store.by_external(found.family, wish.external_id) if wish.external_id else None
        if other is not None and other.id != found.id:
            raise refusals.record_exists()
        return self._write(wish, found)

    def delete(self, kind: RecordType, internal_id: str | None, external_id: str | None) -> Stored:
        """Remove a record; a customer with orders stays."""
        found = self.get(kind, internal_id, external_id)
        if found.family == "entity" and self._is_used(found):
            raise refusals.Refused(
                "CANT_DELETE_RCRD", "This record cannot be deleted because it has dependent records."
            )
        self.store.delete(found)
        return found

    def _is_used(self, entity: Stored) -> bool:
        query = "SELECT 1 FROM ns_transaction WHERE json_extract(doc, '$.entity.id') = ? LIMIT 1"
        return self.store.connection.execute(query, (str(entity.id),)).fetchone() is not None

    def load(self, wish: Wish, internal_id: int | None) -> Done:
        """Take a record as it is given, with its own id; what is incomplete is completed."""
        if internal_id is None:
            return self.upsert(wish) if wish.external_id else self.add(wish)
        found = self.store.by_id(wish.type.family, internal_id)
        return self._write(wish, found, self.store.take_id(wish.type.family, internal_id))

    def _write(self, wish: Wish, found: Stored | None, new_id: int | None = None) -> Done:
        change = check(self.store, wish.type, wish.fields)
        moment = self.now().strftime(_MOMENT)
        doc = dict(found.doc) if found else {}
        self._unique_name(wish.type, change, found)
        self._complete(wish, doc, change, moment[:10])
        record = self._record(wish, doc, found, moment, new_id)
        self.store.save(record)
        return Done(record.id, record.external_id, found is None, len(doc.get("item") or ()))

    def _unique_name(self, kind: RecordType, change: Document, found: Stored | None) -> None:
        name = change.get("entityId") if kind.family == "entity" else None
        other = self.store.by_name("entity", name) if name else None
        if other is not None and (found is None or other.id != found.id):
            raise refusals.entity_exists("entityId")

    def _complete(self, wish: Wish, doc: Document, change: Document, today: str) -> None:
        if wish.type.family == "transaction":
            orders.complete(self.store, doc, change, today, replace="item" in wish.replaced)
        elif wish.type.name == "customer":
            entities.complete_customer(self.store, doc, change, replace="addressBook" in wish.replaced)
        else:
            name = _NAMING.get(wish.type.family, "name")
            entities.complete_other(doc, change, name, _LABELS[name])

    def _record(self, wish: Wish, doc: Document, found: Stored | None, moment: str, new_id: int | None) -> Stored:
        kept = {name: value for name, value in doc.items() if value is not None}
        family = wish.type.family
        return Stored(
            family=family,
            type=wish.type.name,
            id=found.id if found else new_id or self.store.next_id(family),
            external_id=_external_id(wish, found),
            name=str(kept.get(_NAMING.get(family, "name"), "")),
            created=found.created if found else moment,
            modified=moment,
            doc=kept,
        )

    def name_of(self, field: Field, reference: Document) -> str | None:
        """Say what a reference's target is called; None when the twin does not keep it."""
        try:
            found = resolve(self.store, field, reference, "")
        except refusals.Refused:
            return None
        return display_name(found) if found else None


def _external_id(wish: Wish, found: Stored | None) -> str | None:
    """Keep an external id as it was first spelt: case does not tell two apart, so it does not change one either."""
    kept = found.external_id if found else None
    same = kept is not None and wish.external_id is not None and kept.lower() == wish.external_id.lower()
    return kept if same else wish.external_id or kept


def display_name(record: Stored) -> str:
    """Say what people call a record: number and company, item name, currency name."""
    if record.type == "customer":
        person = f"{record.doc.get('firstName', '')} {record.doc.get('lastName', '')}".strip()
        return f"{record.name} {record.doc.get('companyName') or person}"
    return record.name
