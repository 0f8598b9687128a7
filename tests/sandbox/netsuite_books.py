"""How do tests reach an account without a transport? One in memory, with a clock that stands still."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.netsuite.account import Account
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import record_type
from sandbox.netsuite.seeding import seed
from sandbox.netsuite.store import Store, Stored
from sandbox.netsuite.wish import Done, Wish
from sandbox.twin.state import open_state

TODAY = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)


class Books:
    """An account with two items (7 a service, 8 goods at 9.99) and customer 501."""

    def __init__(self) -> None:
        self.at = TODAY
        self.account = Account(Store(open_state(None)), lambda: self.at)
        seed(self.account)
        self.add("serviceSaleItem", 7, itemId="SVC-1", basePrice=Decimal(100))
        self.add("inventoryItem", 8, itemId="BOX-1", basePrice=Decimal("9.99"))
        self.add("customer", 501, companyName="Acme", subsidiary={"id": "1"})

    def wish(self, kind: str, external_id: str | None = None, **fields: Any) -> Wish:
        return Wish(record_type(kind), fields, external_id=external_id)

    def add(self, kind: str, number: int | None = None, **fields: Any) -> Stored:
        with self.account.store.call():
            done = self.account.load(self.wish(kind, **fields), number)
        return self.kept(kind, done)

    def change(self, record: Stored, *, replaced: tuple[str, ...] = (), **fields: Any) -> Stored:
        wish = Wish(record_type(record.type), fields, internal_id=str(record.id), replaced=set(replaced))
        with self.account.store.call():
            done = self.account.update(wish)
        return self.kept(record.type, done)

    def made(self, source: Stored, kind: str, **fields: Any) -> Stored:
        with self.account.store.call():
            done = self.account.transform(source, record_type(kind), self.wish(kind, **fields))
        return self.kept(kind, done)

    def delete(self, record: Stored) -> None:
        with self.account.store.call():
            self.account.delete(record_type(record.type), str(record.id), None)

    def kept(self, kind: str, done: Done) -> Stored:
        return self.account.get(record_type(kind), str(done.id), None)

    def again(self, record: Stored) -> Stored:
        return self.account.get(record_type(record.type), str(record.id), None)

    def order(self, *lines: Document, **fields: Any) -> Stored:
        rows = list(lines) or [{"item": {"id": "8"}, "quantity": Decimal(10)}]
        return self.add("salesOrder", None, **{"entity": {"id": "501"}, "item": rows, "orderStatus": "B", **fields})


def line(item: str = "8", quantity: int | str = 1, **fields: Any) -> Document:
    return {"item": {"id": item}, "quantity": Decimal(quantity), **fields}
