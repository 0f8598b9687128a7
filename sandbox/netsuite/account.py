"""What happens to a wish? The account's rules for add, update, upsert, get, delete and what leads from one to the next."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.netsuite import refusals
from sandbox.netsuite.checks import check, resolve
from sandbox.netsuite.completing import Completion
from sandbox.netsuite.customizations import typed_wish_fields
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, RecordType, record_type
from sandbox.netsuite.journal import Deletion
from sandbox.netsuite.keeping import MOMENT, Keeping
from sandbox.netsuite.naming import display_name
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.transactions.deriving import draft_of
from sandbox.netsuite.transactions.previewing import previewed
from sandbox.netsuite.uniqueness import check_unique
from sandbox.netsuite.wish import Done, Wish

__all__ = ["Account", "display_name"]

_TROUBLES = {"changed": refusals.changed_meanwhile, "closed_period": refusals.period_closed}
# The field by which records refer to an entry of a list; one that is referred to stays.
_NAMED_BY = {
    "item": "item", "currency": "currency", "subsidiary": "subsidiary", "term": "terms", "priceLevel": "priceLevel",
    "department": "department", "classification": "class", "location": "location", "account": "account",
    "accountingPeriod": "postingPeriod", "taxItem": "taxCode", "customerStatus": "entityStatus",
}  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


class Account:
    """One account's records and rules; every write happens inside `store.call()`.

    `actor` is who is signed in, for the history. `trouble` is the fault armed for this call: `changed` and
    `closed_period` refuse its first write, then it is empty again.
    """

    def __init__(self, store: Store, now: Callable[[], datetime] = _now) -> None:
        self.store = store
        self.now = now
        self.trouble = ""
        self._keeping = Keeping(store, now)

    @property
    def actor(self) -> str:
        """Name who is signed in, for the history."""
        return self._keeping.actor

    @actor.setter
    def actor(self, name: str) -> None:
        self._keeping.actor = name

    def find(self, kind: RecordType, internal_id: str | None, external_id: str | None) -> Stored | None:
        """Find a record by either id; a record of another type of the same group is not it."""
        found = (
            self.store.by_id(kind.family, internal_id)
            if internal_id
            else self.store.by_external(kind.family, external_id or "")
        )
        return found if found is not None and found.type == kind.kept else None

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
        wish = custom_wish(wish)
        found = self.store.by_external(wish.type.family, wish.external_id or "")
        if found is not None and found.type != wish.type.kept:
            raise refusals.record_exists()
        return self._write(wish, found)

    def add(self, wish: Wish) -> Done:
        """Create; an external id that the group knows already is refused."""
        wish = custom_wish(wish)
        if wish.external_id and self.store.by_external(wish.type.family, wish.external_id):
            raise refusals.record_exists()
        return self._write(wish, None)

    def update(self, wish: Wish) -> Done:
        """Change a record that exists; by internal id the external id may be set anew."""
        wish = custom_wish(wish)
        found = self.get(wish.type, wish.internal_id, wish.external_id)
        other = self.store.by_external(found.family, wish.external_id) if wish.external_id else None
        if other is not None and other.id != found.id:
            raise refusals.record_exists()
        return self._write(wish, found)

    def delete(self, kind: RecordType, internal_id: str | None, external_id: str | None) -> Stored:
        """Remove a record; one that others came from, are applied to or name as their entity stays."""
        found = self.get(kind, internal_id, external_id)
        self._strike()
        if self._is_used(found):
            raise refusals.in_use(record_type(found.type).label.lower())
        self._keeping.delete(found)
        return found

    def _is_used(self, record: Stored) -> bool:
        if record.family == "transaction":
            return bool(self.store.journal.dependants(record.id))
        if record.family == "entity":
            return self.store.has_party(record.id) or self.store.mentions(("entity",), "parent", record.id)
        field = _NAMED_BY.get(record.family)
        return field is not None and self.store.mentions(("transaction", "entity", "item"), field, record.id)

    def void(self, kind: RecordType, internal_id: str | None, external_id: str | None) -> Stored:
        """Void a transaction: it stays, with nothing of it left in force."""
        found = self.get(kind, internal_id, external_id)
        if self._is_used(found):
            raise refusals.in_use(kind.label.lower())
        self._keeping.void(found)
        return found

    def initialize(self, target: RecordType, source: Stored, fields: Document | None = None) -> Document:
        """Give an unsaved record of a type, made from another record, with further fields put over it."""
        if target.family != "transaction":
            raise refusals.no_source(record_type(source.type).label.lower())
        doc = previewed(self.store, target, draft_of(self.store, target, source), self._keeping.moment()[:10])
        return {**doc, **(fields or {})}

    def transform(self, source: Stored, target: RecordType, wish: Wish) -> Done:
        """Make a record from another one and save it with the caller's changes; lists merge by `orderLine` or key."""
        if target.family != "transaction":
            raise refusals.no_source(record_type(source.type).label.lower())
        draft = draft_of(self.store, target, source)
        if wish.external_id and self.store.by_external(target.family, wish.external_id):
            raise refusals.record_exists()
        return self._write(wish, None, draft=draft)

    def attach(self, contact: Stored, record: Stored, role: str | None = None) -> None:
        """Attach a contact to a record, in a role (the internal id of a contact role)."""
        self.store.journal.attach(record.id, contact.id, role)

    def detach(self, contact: Stored, record: Stored) -> None:
        """Detach a contact from a record, or refuse: it is not attached."""
        if not self.store.journal.detach(record.id, contact.id):
            raise refusals.no_such_record()

    def deleted(self, since: datetime, until: datetime, kinds: Iterable[str] = ()) -> list[Deletion]:
        """Tell which records were deleted in a span of time, oldest first; without `kinds`, of any type."""
        return self.store.journal.deletions(since.strftime(MOMENT), until.strftime(MOMENT), kinds)

    def load(self, wish: Wish, internal_id: int | None) -> Done:
        """Take a record as it is given, with its own id; what is incomplete is completed."""
        if internal_id is None:
            return self.upsert(wish) if wish.external_id else self.add(wish)
        found = self.store.by_id(wish.type.family, internal_id)
        if found is not None and found.type != wish.type.kept:
            raise refusals.record_exists()
        return self._write(wish, found, new_id=self.store.take_id(wish.type.family, internal_id))

    def _strike(self) -> None:
        """Refuse the first write of a call that has a fault armed for it."""
        trouble, self.trouble = self.trouble, ""
        if refusal := _TROUBLES.get(trouble):
            raise refusal()

    def _write(
        self, wish: Wish, found: Stored | None, *, new_id: int | None = None, draft: Document | None = None
    ) -> Done:
        self._strike()
        change = check(self.store, wish.type, wish.fields)
        moment = self._keeping.moment()
        doc = {**found.doc} if found else dict(draft or {})
        old = found.doc if found else {}
        check_unique(self.store, wish, change, found)
        with self.store.part() if _has_effects(wish, doc, change) else self.store.nothing():
            Completion(self.store, wish, moment[:10]).complete(doc, change, old)
            record = self._keeping.made(wish, doc, found, moment, new_id)
            self._keeping.save(record, old)
        return Done(record.id, record.external_id, found is None, len(doc.get("item") or ()))

    def name_of(self, field: Field, reference: Document) -> str | None:
        """Say what a reference's target is called; None when the twin does not keep it."""
        found = self.referred(field, reference)
        return display_name(found) if found else None

    def referred(self, field: Field, reference: Document) -> Stored | None:
        """Give a reference's target; None when the twin does not keep it."""
        try:
            return resolve(self.store, field, reference, "")
        except refusals.Refused:
            return None


def custom_wish(wish: Wish) -> Wish:
    """Turn a wish for a CustomRecord into one for the type that its `recType` names."""
    if wish.type.name != "customRecord" or not wish.fields.get("recType"):
        return wish
    kind, fields = typed_wish_fields(wish.fields)
    if kind is None:
        raise refusals.unknown_reference("recType", str(wish.fields["recType"].get("id")), "recType")
    return replace(wish, type=kind, fields=fields)


def _has_effects(wish: Wish, doc: Document, change: Document) -> bool:
    """Say whether a write reaches beyond its own record, and so may fail half-way."""
    if wish.type.name.startswith("subscription"):
        return True
    if wish.type.family != "transaction":
        return False
    return any(name in doc or name in change for name in ("createdFrom", "apply", "credit", "deposit", "autoApply"))
