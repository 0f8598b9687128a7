"""How is one record of the account laid out for a bookkeeper? Head, lines, sums, what came of it, history, every field."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sandbox.netsuite import shelf
from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import Field, record_type
from sandbox.netsuite.journal import Journal
from sandbox.netsuite.stored import COLUMNS, Stored, stored
from sandbox.netsuite.transactions.kinds import status_in_words, transaction_kinds
from sandbox.twin.page.views import Cell, Happening, Sheet, Table, amount, record_link, text

_HEAD = (
    ("entity", "Customer"), ("customer", "Customer"), ("tranDate", "Date"), ("dueDate", "Due"), ("otherRefNum", "PO number"),
    ("terms", "Terms"), ("subsidiary", "Subsidiary"), ("salesRep", "Sales rep"), ("memo", "Memo"),
    ("createdFrom", "Created from"), ("shipDate", "Ships"), ("companyName", "Company"), ("email", "Email"),
    ("phone", "Phone"), ("parent", "Parent"), ("displayName", "Name"), ("basePrice", "Price"), ("isInactive", "Inactive"),
    ("incomeAccount", "Income account"), ("category", "Category"),
)  # fmt: skip
_MONEY = (
    ("amountPaid", "Paid"), ("amountRemaining", "Still due"), ("payment", "Paid in"), ("applied", "Applied"),
    ("unapplied", "Not applied"), ("balance", "Balance"), ("overdueBalance", "Overdue"), ("unbilledOrders", "Unbilled orders"),
)  # fmt: skip
_LINE = (
    ("description", "Description"), ("quantity", "Quantity"), ("rate", "Rate"), ("amount", "Amount"), ("tax1Amt", "Tax"),
    ("quantityFulfilled", "Fulfilled"), ("quantityBilled", "Billed"),
)  # fmt: skip
_NUMBERS = frozenset({"quantity", "rate", "amount", "tax1Amt", "quantityFulfilled", "quantityBilled"})
_SUMS = (
    ("subtotal", "Subtotal"), ("discountTotal", "Discount"), ("taxTotal", "Tax"), ("tax2Total", "Second tax"),
    ("shippingCost", "Shipping"), ("handlingCost", "Handling"), ("total", "Total"),
)  # fmt: skip
_FAMILIES = {
    "entity": "entity",
    "customer": "entity",
    "createdFrom": "transaction",
    "salesRep": "entity",
    "parent": "entity",
}
_LINKED = "SELECT {0} FROM ns_transaction t JOIN link l ON l.{1} = t.id WHERE l.{2} = ? ORDER BY t.id LIMIT 100"
_BILLS = (
    f"SELECT {COLUMNS} FROM ns_transaction WHERE type = 'invoice' AND id IN (SELECT target FROM link WHERE source = ?)"  # noqa: S608 — a constant
)
_LONGEST = 2000


def named(reading: sqlite3.Connection, family: str, reference: Document | None) -> Cell:
    """Give a cell that says a referenced record's name and leads to it."""
    key = (reference or {}).get("id")
    if key is None:
        return text(None)
    query = f"SELECT type, name, json_extract(doc, '$.companyName') FROM \"ns_{family}\" WHERE id = ?"  # noqa: S608 — names are ours
    row = reading.execute(query, (key,)).fetchone()
    if row is None:
        return text(key)
    return record_link(row[0], key, row[2] or row[1] or f"#{key}")


class Sheets:
    """Lays out records that are read by one connection."""

    def __init__(self, reading: sqlite3.Connection) -> None:
        self._reading = reading

    def sheet(self, one: Stored) -> Sheet:
        """Lay out one record."""
        kind = record_type(one.type)
        letter = one.status or one.doc.get("orderStatus") or one.doc.get("status") or ""
        tables = [self._lines(one)] if one.family == "transaction" else [self._addresses(one), self._transactions(one)]
        related = [self._related(one)] if one.family == "transaction" else []
        return Sheet(
            title=f"{kind.label} {one.name or one.id}",
            kind=one.type,
            plural=f"{kind.label}s",
            status=status_in_words(one.type, letter) if one.type in transaction_kinds() else "",
            origin=self._origin(one),
            facts={
                "Head": list(self._head(one)),
                "Money": [*self._money(one), *self._progress(one)],
                "Keys": _keys(one),
            },
            tables=[table for table in (*tables, *related) if table],
            history=[*self._history(one)],
            fields=[(name, _brief(value)) for name, value in sorted(one.doc.items())],
        )

    def _origin(self, one: Stored) -> str:
        if not one.external_id:
            return "Made here, not by an integration: it has no external id."
        where = shelf.origin(one.external_id)
        named_there = where != one.external_id
        return (
            f"Came from Salesforce {where} (external id {one.external_id})" if named_there else f"External id {where}"
        )

    def _head(self, one: Stored) -> Iterator[tuple[str, Cell]]:
        fields = record_type(one.type).by_name
        for name, label in _HEAD:
            value = one.doc.get(name)
            if value is not None and value != "":
                yield label, self._value(fields.get(name), name, value)

    def _value(self, field: Field | None, name: str, value: Any) -> Cell:
        if not isinstance(value, dict):
            return amount(f"{value:f}") if isinstance(value, Decimal) else text(value)
        family = _FAMILIES.get(name) or (record_type(field.target).family if field and field.target else "")
        if not family:
            return text(value.get("refName") or value.get("id"))
        return named(self._reading, family, value)

    def _money(self, one: Stored) -> Iterator[tuple[str, Cell]]:
        code, rate = shelf.symbol(self._reading, one.doc), one.doc.get("exchangeRate")
        if code:
            foreign = rate is not None and rate != 1
            yield "Currency", text(f"{code} at {shelf.plain(rate)}" if foreign else code)
        total = shelf.total(one.doc)
        if total is not None:
            yield "Total", Cell(f"{amount(total).text} {code}")
        for name, label in _MONEY:
            if one.doc.get(name) is not None:
                yield label, Cell(f"{amount(shelf.plain(one.doc[name])).text} {code}")

    def _progress(self, one: Stored) -> Iterator[tuple[str, Cell]]:
        """Tell how much of an order's goods was shipped and billed, and how much of its invoices was paid."""
        if one.type != "salesOrder":
            return
        rows: Sequence[Document] = one.doc.get("item") or ()
        whole = _summed(rows, "quantity")
        for name, label in (("quantityFulfilled", "Fulfilled"), ("quantityBilled", "Billed")):
            yield label, text(f"{_summed(rows, name).normalize():f} of {whole.normalize():f} pieces")
        bills = [stored("transaction", row).doc for row in self._reading.execute(_BILLS, (one.id,))]
        if bills:
            paid, due = _summed(bills, "amountPaid"), _summed(bills, "total")
            yield "Paid", text(f"{amount(f'{paid:f}').text} of {amount(f'{due:f}').text}")

    def _lines(self, one: Stored) -> Table | None:
        rows: Sequence[Document] = one.doc.get("item") or ()
        shown = [(name, label) for name, label in _LINE if any(row.get(name) is not None for row in rows)]
        cells = [
            [
                text(row.get("line")),
                named(self._reading, "item", row.get("item")),
                *(_cell(row, name) for name, _ in shown),
            ]
            for row in rows
        ]
        sums = [(label, amount(shelf.plain(one.doc[name])).text) for name, label in _SUMS if _tells(one.doc, name)]
        return Table("Lines", ["#", "Item", *(label for _, label in shown)], cells, sums, "It has no lines.")

    def _addresses(self, one: Stored) -> Table | None:
        rows = []
        for row in one.doc.get("addressBook") or ():
            address = row.get("addressBookAddress") or row
            said = ", ".join(str(address[name]) for name in _ADDRESS if isinstance(address.get(name), str))
            uses = [
                use for flag, use in (("defaultBilling", "billing"), ("defaultShipping", "shipping")) if row.get(flag)
            ]
            rows.append([text(said), text(" and ".join(uses))])
        return Table("Addresses", ("Address", "Used for"), rows) if rows else None

    def _transactions(self, one: Stored) -> Table | None:
        if one.family != "entity":
            return None
        query = f"SELECT {COLUMNS} FROM ns_transaction WHERE party = ? ORDER BY id DESC LIMIT 50"  # noqa: S608 — names are ours
        found = [stored("transaction", row) for row in self._reading.execute(query, (one.id,))]
        return Table("Newest transactions", _RELATED, [self._row("", other) for other in found], empty="None yet.")

    def _related(self, one: Stored) -> Table:
        """Give what the transaction came from and what came of it: fulfilments, invoices, payments."""
        names = ", ".join(f"t.{name}" for name in COLUMNS.split(", ")) + ", l.role"
        rows = []
        for words, mine, other in (("came from", "source", "target"), ("led to", "target", "source")):
            query = _LINKED.format(names, mine, other)
            for *row, role in self._reading.execute(query, (one.id,)):
                applied = {"came from": "is applied to", "led to": "had applied to it"}[words]
                rows.append(self._row(applied if role == "apply" else words, stored("transaction", tuple(row))))
        return Table("Related", _RELATED, rows, empty="Nothing was fulfilled, billed or paid yet.")

    def _row(self, words: str, other: Stored) -> list[Cell]:
        return [
            text(words), record_link(other.type, other.id, f"{record_type(other.type).label} {other.name}"),
            text(other.doc.get("tranDate")), text(status_in_words(other.type, other.status or other.doc.get("status") or "")),
            amount(shelf.total(other.doc)),
        ]  # fmt: skip

    def _history(self, one: Stored) -> Iterator[Happening]:
        for entry in Journal.read(self._reading, one.family, one.id):
            made = any(name == "record" for name, _, _ in entry.what)
            changes = [
                (name, _told(one, name, old), _told(one, name, new))
                for name, old, new in entry.what
                if name != "record"
            ]
            yield Happening(f"{entry.at} UTC", entry.who, "Created" if made else "Changed", changes)


_RELATED = ("How", "Record", "Date", "Status", "Total")
_ADDRESS = ("addressee", "addr1", "addr2", "addr3", "city", "state", "zip", "country")


def _keys(one: Stored) -> list[tuple[str, Cell]]:
    return [
        ("Internal id", text(one.id)), ("External id", text(one.external_id)), ("Created", text(f"{one.created} UTC")),
        ("Last modified", text(f"{one.modified} UTC")),
    ]  # fmt: skip


def _cell(row: Document, name: str) -> Cell:
    value = shelf.plain(row.get(name))
    if name == "rate" and isinstance(row.get(name), Decimal | int):
        value = (
            f"{Decimal(value):f}"
            if "." in str(value) and len(str(value).partition(".")[2]) > 1
            else f"{Decimal(value):.2f}"
        )
    return amount(value) if name in _NUMBERS else text(value)


def _summed(rows: Sequence[Document], name: str) -> Decimal:
    return sum((Decimal(str(row.get(name) or 0)) for row in rows), Decimal())


def _told(one: Stored, name: str, value: Any) -> str:
    """Say a value of the history: a status in words."""
    return status_in_words(one.type, str(value)) if value and name in {"status", "orderStatus"} else _brief(value)


def _tells(doc: Document, name: str) -> bool:
    """A sum is told when it is there; those that are nothing only where a bookkeeper looks for them."""
    value = doc.get(name)
    return value is not None and (value != 0 or name in {"subtotal", "discountTotal", "taxTotal", "total"})


def _brief(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False)[:_LONGEST]
    return str(shelf.plain(value))[:_LONGEST]
