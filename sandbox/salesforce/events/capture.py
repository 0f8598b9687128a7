"""How does a change become an event? In its own transaction, one event a record, merged as the transaction goes on.

The event has the first change's type and the state at the end (salesforce.md 3.3). Behind the overflow border each entity
gets one event that says so; there a create, delete or undelete counts once and an update once a field.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.salesforce.changes import Change
from sandbox.salesforce.events.layout import places_of
from sandbox.salesforce.events.log import EventLog, Kept
from sandbox.salesforce.events.origin import CURRENT
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.org import USER
from sandbox.salesforce.store import Store

EMPTY_ID = "000000000000000AAA"
COMMITS = 10_000_000_000_000  # commit numbers of real orgs have this many digits
QUIET = frozenset({"LastModifiedDate", "LastModifiedById"})  # these alone are no change
Values = dict[str, list[Any]]


@dataclass
class _Transaction:
    """What is known of the open transaction; ids of events by record, which a savepoint may have undone."""

    number: int
    key: str
    at: int
    first: int
    told: int = 0
    events: dict[str, int] = field(default_factory=dict)


class Capture:
    """Watches the org and writes to the log."""

    def __init__(self, store: Store, log: EventLog, settings: Settings) -> None:
        self._store = store
        self._log = log
        self._settings = settings
        self._open = _Transaction(0, "", 0, 0)

    def __call__(self, change: Change) -> None:
        """Take note of one change."""
        if not self._settings.captures(change.object.name):
            return
        body = _body(change, places_of(change.object.name))
        if change.kind == "UPDATE" and not body.keys() - QUIET:
            return
        transaction = self._transaction()
        known = self._known(transaction, change.record_id)
        if known is not None:
            self._merge(known, change, body)
        elif transaction.told >= self._settings.overflow:
            self._overflow(transaction, change)
        else:
            transaction.told += len(body) if change.kind == "UPDATE" else 1
            transaction.events[change.record_id] = self._append(transaction, change.object.name, change.kind,
                                                                change.record_id, body)  # fmt: skip

    def _transaction(self) -> _Transaction:
        if self._open.number != self._store.transactions:
            self._log.prune()
            key, at = _key(), self._log.milliseconds()
            self._open = _Transaction(self._store.transactions, key, at, self._log.tip() + 1)
        return self._open

    def _known(self, transaction: _Transaction, record: str) -> Kept | None:
        event_id = transaction.events.get(record)
        return self._log.find(event_id, record) if event_id else None

    def _merge(self, known: Kept, change: Change, body: Values) -> None:
        if change.kind == "DELETE":
            self._log.remove(known.id) if known.kind == "CREATE" else self._log.rewrite(
                replace(known, kind="DELETE", body={})
            )
            return
        merged: Values = dict(known.body)
        for name, (before, after) in body.items():
            merged[name] = [merged[name][0] if name in merged else before, after]
        if known.kind == "UPDATE":
            merged = {name: pair for name, pair in merged.items() if pair[0] != pair[1] or name in QUIET}
            if not merged.keys() - QUIET:
                self._log.remove(known.id)
                return
        self._log.rewrite(replace(known, body=merged))

    def _overflow(self, transaction: _Transaction, change: Change) -> None:
        mark = f"overflow of {change.object.name}"
        if mark not in transaction.events:
            name = change.object.name
            transaction.events[mark] = self._append(transaction, name, "GAP_OVERFLOW", EMPTY_ID, {})

    def _append(self, transaction: _Transaction, entity: str, kind: str, record: str, body: Values) -> int:
        origin = CURRENT.get()
        header = {
            "entityName": entity,
            "changeOrigin": origin.text if origin else "",
            "transactionKey": transaction.key,
            "sequenceNumber": self._log.tip() + 2 - transaction.first,
            "commitNumber": COMMITS + transaction.first,
            "commitUser": USER,
        }
        event = Kept(0, transaction.at, event_name(entity), kind, record, header, body)
        return self._log.append(event)


def event_name(entity: str) -> str:
    """Return the change event of an entity.

    >>> event_name("Account"), event_name("Integration__c")
    ('AccountChangeEvent', 'Integration__ChangeEvent')
    """
    return f"{entity.removesuffix('__c')}__ChangeEvent" if entity.endswith("__c") else f"{entity}ChangeEvent"


def entity_of(kept: Kept) -> str:
    """Return the entity of a kept change event."""
    return str(kept.header["entityName"])


def _body(change: Change, names: Iterable[str]) -> Values:
    """Return before and after: of the changed fields for an update, of all that are not null otherwise."""
    before, after = change.before, change.after
    match change.kind:
        case "DELETE":
            return {}
        case "UPDATE":
            changed = {name: [before.get(name), after.get(name)] for name in names
                       if before.get(name) != after.get(name)}  # fmt: skip
            return changed | {"LastModifiedDate": [before.get("LastModifiedDate"), after.get("LastModifiedDate")]}
        case _:
            return {name: [None, after[name]] for name in names if after.get(name) is not None}


def _key() -> str:
    """Return a transaction key as real ones look: a hexadecimal number in five groups."""
    return str(uuid.uuid4())
