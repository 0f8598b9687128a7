"""How does a bookkeeper see the account? Lists of orders, invoices, customers and items, and each record whole."""

import sqlite3
import time
from collections.abc import Iterator, Sequence

from sandbox.netsuite import shelf
from sandbox.netsuite.fields import record_types
from sandbox.netsuite.sheets import Sheets, named
from sandbox.netsuite.signin import Door
from sandbox.netsuite.stored import Stored
from sandbox.netsuite.transactions.kinds import status_in_words, transaction_kinds
from sandbox.twin import sums
from sandbox.twin.books import Page
from sandbox.twin.page.views import Cell, Listing, Sheet, Table, amount, record_link, text

AUDIT = "sign-ins"
_MENU = ("salesOrder", "invoice", "itemFulfillment", "customerPayment", "creditMemo", "customer")
_COLUMNS = {
    "transaction": ("Number", "Date", "Customer", "Status", "Currency", "Total", "Came from"),
    "entity": ("Name", "Company", "Subsidiary", "Email", "Currency", "Came from"),
    "item": ("Item", "Description", "Price", "Inactive", "External id"),
}
_OTHER = ("Name", "Id", "External id", "Modified (UTC)")


class AccountEyes:
    """The books of one account."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.title = f"NetSuite account {door.keys.account}"
        kinds = record_types()
        sheets = [(name, f"{kinds[name.lower()].label}s") for name in _MENU if name.lower() in kinds]
        self.menu = [*sheets, ("item", "Items"), (AUDIT, "Sign-ins")]

    def home(self, reading: sqlite3.Connection) -> Sequence[Table]:
        """Give count and total of every type of transaction by currency, and the count of what else there is."""
        rows = [
            [
                Cell(record_types()[kind.lower()].label, f"/_twin/list/{kind}"),
                text(currency),
                amount(count),
                amount(total),
            ]
            for kind, currency, count, total in shelf.sums(reading)
        ]
        others = [[Cell(label, f"/_twin/list/{kind}"), amount(count)] for kind, label, count in self._others(reading)]
        return [
            Table("Transactions", ("Type", "Currency", "Count", "Total"), rows, empty="No transaction has been made."),
            Table("Records", ("Type", "Count"), others, empty="The account is empty."),
        ]

    def _others(self, reading: sqlite3.Connection) -> Iterator[tuple[str, str, int]]:
        """Give what is no transaction: entities and items by type, and nothing of the standard lists."""
        for family in ("entity", "item"):
            for kind, _, count, _ in sums.read(reading, f"ns_{family}"):
                yield kind, record_types()[kind.lower()].label, count

    def listing(self, reading: sqlite3.Connection, kind: str, page: Page) -> Listing | None:
        """Give a page of a type, of all items together, or of the login audit trail."""
        if kind == AUDIT:
            return self._audit(page)
        found = (
            [shelf.kind_of(kind)]
            if kind != "item"
            else [one for one in record_types().values() if one.family == "item"]
        )
        kinds = [one for one in found if one]
        if not kinds:
            return None
        family = kinds[0].family
        label = "Items" if kind == "item" else f"{kinds[0].label}s"
        count, records = shelf.page(reading, family, sorted({one.kept for one in kinds}), page)
        row = {"transaction": _transaction, "entity": _entity, "item": _item}.get(family, _other)
        rows = [row(reading, one) for one in records]
        words = f"Nothing is found for “{page.query}”." if page.query else "There are none yet."
        return Listing(label, count, Table(label, _COLUMNS.get(family, _OTHER), rows, empty=words))

    def _audit(self, page: Page) -> Listing:
        low = page.query.lower()
        tries = [one for one in reversed(list(self._door.trail)) if not low or low in str(one).lower()]
        rows = [
            [
                text(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one["time"]))),
                text(one["channel"]), text(one["result"]), text(one["token"]),
            ]
            for one in tries[page.offset : page.offset + page.limit]
        ]  # fmt: skip
        table = Table(
            "Login audit trail", ("Time (UTC)", "Channel", "Detail", "Token"), rows, empty="Nobody has signed in."
        )
        return Listing("Sign-ins", len(tries), table)

    def sheet(self, reading: sqlite3.Connection, kind: str, key: str) -> Sheet | None:
        """Give one record by internal id, number or external id."""
        found = shelf.kind_of(kind)
        stored = shelf.one(reading, found, key) if found else None
        return Sheets(reading).sheet(stored) if stored else None


def _transaction(reading: sqlite3.Connection, stored: Stored) -> Sequence[Cell]:
    doc = stored.doc
    kind = transaction_kinds().get(stored.type)
    party = doc.get(kind.party if kind else "entity") or doc.get("entity")
    letter = stored.status or doc.get("orderStatus") or doc.get("status") or ""
    return (
        record_link(stored.type, stored.id, stored.name or f"#{stored.id}"),
        text(doc.get("tranDate")),
        named(reading, "entity", party),
        text(status_in_words(stored.type, letter)),
        text(shelf.symbol(reading, doc)),
        amount(shelf.total(doc)),
        text(shelf.origin(stored.external_id)),
    )


def _entity(reading: sqlite3.Connection, stored: Stored) -> Sequence[Cell]:
    doc = stored.doc
    person = " ".join(str(doc[name]) for name in ("firstName", "lastName") if doc.get(name))
    return (
        record_link(stored.type, stored.id, stored.name or f"#{stored.id}"),
        text(doc.get("companyName") or person),
        named(reading, "subsidiary", doc.get("subsidiary")),
        text(doc.get("email")),
        text(shelf.symbol(reading, doc)),
        text(shelf.origin(stored.external_id)),
    )


def _item(_reading: sqlite3.Connection, stored: Stored) -> Sequence[Cell]:
    doc = stored.doc
    return (
        record_link(stored.type, stored.id, stored.name),
        text(doc.get("displayName") or doc.get("salesDescription")),
        amount(shelf.plain(doc.get("basePrice"))),
        text("inactive" if doc.get("isInactive") else "active"),
        text(stored.external_id),
    )


def _other(_reading: sqlite3.Connection, stored: Stored) -> Sequence[Cell]:
    name = record_link(stored.type, stored.id, stored.name or f"#{stored.id}")
    return name, text(stored.id), text(stored.external_id), text(stored.modified)
