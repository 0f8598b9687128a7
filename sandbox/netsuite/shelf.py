"""How does a bookkeeper find a record of the account? By number, name, id or external id, each along an index."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sandbox.netsuite.documents import Document
from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.stored import COLUMNS, Stored, stored
from sandbox.twin import sums as sums_of
from sandbox.twin.books import Page
from sandbox.twin.sums import Shelf

_AMOUNT = "coalesce(json_extract(row.doc, '$.total'), json_extract(row.doc, '$.payment'))"
SUMS = (
    Shelf(
        "ns_transaction",
        "row.type",
        "json_extract(row.doc, '$.currency.id')",
        f"CAST(ROUND({_AMOUNT} * 10000) AS INTEGER)",
    ),
    Shelf("ns_entity", "row.type"),
    Shelf("ns_item", "row.type"),
)
COMPANY = "json_extract(doc, '$.companyName')"
_INDEXES = f"""
DROP INDEX IF EXISTS book_sums;
CREATE INDEX IF NOT EXISTS book_company ON ns_entity ({COMPANY} COLLATE NOCASE);
"""
_TAIL = 'CREATE INDEX IF NOT EXISTS "book_tail_{0}" ON "ns_{0}" (substr(external_key, -18));'
_END = "\U0010ffff"
_OF_TYPES = "type IN (SELECT value FROM json_each(:types))"
_BY_KEY = """
SELECT id FROM "ns_{0}" WHERE id = :number
UNION SELECT id FROM "ns_{0}" WHERE name COLLATE NOCASE >= :q AND name COLLATE NOCASE < :end
UNION SELECT id FROM "ns_{0}" WHERE external_key >= :low AND external_key < :low_end
UNION SELECT id FROM "ns_{0}" WHERE substr(external_key, -18) >= :low AND substr(external_key, -18) < :low_end
"""
_COMPANIES = f"SELECT id FROM ns_entity WHERE {COMPANY} COLLATE NOCASE >= :q AND {COMPANY} COLLATE NOCASE < :end"  # noqa: S608 — the expressions above
_BY_CUSTOMER = f"""
UNION SELECT id FROM ns_transaction WHERE party IN (SELECT id FROM ({_COMPANIES} LIMIT 500))
"""  # noqa: S608 — the expressions above
_TEXT = """
SELECT id FROM "ns_{0}" WHERE id > (SELECT coalesce(max(id), 0) FROM "ns_{0}") - 50000
AND instr(lower(doc || ' ' || coalesce(external_id, '') || ' ' || coalesce(name, '')), :low)
"""


def prepare(connection: sqlite3.Connection, families: tuple[str, ...]) -> None:
    """Make the indexes that a bookkeeper's questions go along."""
    connection.executescript(_INDEXES + "".join(_TAIL.format(one) for one in families))


def kind_of(name: str) -> RecordType | None:
    """Find a record type by its name in any case."""
    return record_types().get(name.lower())


def one(reading: sqlite3.Connection, kind: RecordType, key: str) -> Stored | None:
    """Find a record by internal id, number or external id."""
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else -1  # noqa: PLR2004 — SQLite's integers
    query = (
        f'SELECT {COLUMNS} FROM "ns_{kind.family}" WHERE type = ? AND id IN (SELECT id FROM "ns_{kind.family}" '  # noqa: S608 — names are ours
        f'WHERE id = ? UNION ALL SELECT id FROM "ns_{kind.family}" WHERE external_key = ? '
        f'UNION ALL SELECT id FROM "ns_{kind.family}" WHERE name = ? COLLATE NOCASE) LIMIT 1'
    )
    row = reading.execute(query, (kind.kept, number, key.lower(), key)).fetchone()
    return stored(kind.family, row) if row else None


def count(reading: sqlite3.Connection, family: str, types: Sequence[str]) -> int:
    """Count the records of some types of one group."""
    table = f"ns_{family}"
    if any(shelf.table == table for shelf in SUMS):
        return sums_of.count(reading, table, tuple(types))
    query = f'SELECT count(*) FROM "{table}" WHERE {_OF_TYPES}'  # noqa: S608 — names are ours
    found: int = reading.execute(query, {"types": json.dumps(types)}).fetchone()[0]
    return found


def page(reading: sqlite3.Connection, family: str, types: Sequence[str], wanted: Page) -> tuple[int, list[Stored]]:
    """Give how many records there are of some types of one group, and a page of them by id; with a query, what it finds.

    A query is looked up as the beginning of a number, name, external id, Salesforce id or customer; only where none
    begins so are the newest 50,000 records searched for the text.
    """
    values: Document = {"types": json.dumps(types)}
    if not wanted.query:
        return count(reading, family, types), _rows(reading, family, _OF_TYPES, values, wanted)
    values |= _bounds(wanted.query)
    for search in _searches(family):
        where = f"{_OF_TYPES} AND id IN ({search})"
        found = reading.execute(f'SELECT count(*) FROM "ns_{family}" WHERE {where}', values).fetchone()[0]  # noqa: S608 — names are ours
        if found:
            return found, _rows(reading, family, where, values, wanted)
    return 0, []


def _searches(family: str) -> Iterator[str]:
    customer = {"transaction": _BY_CUSTOMER, "entity": f"UNION {_COMPANIES}"}.get(family, "")
    yield _BY_KEY.format(family) + customer
    yield _TEXT.format(family)


def _bounds(query: str) -> dict[str, str | int]:
    digits = query.isascii() and query.isdecimal() and len(query) < 19  # noqa: PLR2004 — SQLite's integers
    low = query.lower()
    number = int(query) if digits else -1
    return {"q": query, "end": query + _END, "low": low, "low_end": low + _END, "number": number}


def _rows(reading: sqlite3.Connection, family: str, where: str, values: Document, wanted: Page) -> list[Stored]:
    query = f'SELECT {COLUMNS} FROM "ns_{family}" WHERE {where} ORDER BY id LIMIT :limit OFFSET :offset'  # noqa: S608 — names are ours
    rows = reading.execute(query, {**values, "limit": wanted.limit, "offset": wanted.offset})
    return [stored(family, row) for row in rows]


def sums(reading: sqlite3.Connection) -> list[tuple[str, str, int, Decimal]]:
    """Give (type, currency, count, total) of all transactions."""
    symbols = {str(key): symbol for key, symbol in reading.execute(_SYMBOLS)}
    rows = sums_of.read(reading, "ns_transaction")
    return [(kind, symbols.get(currency, ""), number, _amount(total)) for kind, currency, number, total in rows]


_SYMBOLS = "SELECT id, json_extract(doc, '$.symbol') FROM ns_currency"


def _amount(total: int | None) -> Decimal:
    exact = Decimal(total or 0).scaleb(-4)
    return exact.quantize(Decimal("0.01")) if exact == exact.quantize(Decimal("0.01")) else exact


_SALESFORCE = re.compile(r"(?:.*[-_:/ ])?([0-9a-zA-Z]{15}(?:[0-9a-zA-Z]{3})?)")
_OBJECTS = {
    "001": "Account", "003": "Contact", "005": "User", "006": "Opportunity", "00k": "Opportunity Product",
    "00Q": "Lead", "01t": "Product", "0Q0": "Quote", "800": "Contract", "801": "Order", "802": "Order Product",
}  # fmt: skip


def origin(external_id: str | None) -> str:
    """Say which Salesforce record an external id names; the id itself where it names none.

    >>> origin("SF-OPP-006Ws0000000001IAA")
    'Opportunity 006Ws0000000001IAA'
    """
    found = _SALESFORCE.fullmatch(external_id or "")
    kind = _OBJECTS.get(found.group(1)[:3]) if found else None
    return f"{kind} {found.group(1)}" if found and kind else external_id or ""


def plain(value: Any) -> Any:
    """Give a decimal as exact text, and anything else as it is."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def symbol(reading: sqlite3.Connection, doc: Document) -> str:
    """Give the code of a record's currency."""
    key = (doc.get("currency") or {}).get("id")
    row = reading.execute(f"{_SYMBOLS} WHERE id = ?", (key,)).fetchone()
    return str(row[1]) if row else ""


def total(doc: Document) -> Any:
    """Give what a transaction is about, in its currency: its total, or a payment's amount."""
    return plain(
        next((doc[name] for name in ("total", "payment", "amount", "userTotal") if doc.get(name) is not None), None)
    )
