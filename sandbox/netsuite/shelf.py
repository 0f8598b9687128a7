"""How does a bookkeeper find a record of the account? By number, name, id or external id, each along an index."""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal

from sandbox.netsuite.documents import Document, load
from sandbox.netsuite.fields import RecordType, record_types
from sandbox.netsuite.store import Stored
from sandbox.twin.books import Page

CENTS = "CAST(ROUND(json_extract(doc, '$.total') * 10000) AS INTEGER)"  # in ten-thousandths, so that sums stay exact
CURRENCY = "json_extract(doc, '$.currency.id')"
ENTITY = "json_extract(doc, '$.entity.id')"
COMPANY = "json_extract(doc, '$.companyName')"
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS book_sums ON ns_transaction (type, {CURRENCY}, {CENTS});
CREATE INDEX IF NOT EXISTS book_entity ON ns_transaction ({ENTITY});
CREATE INDEX IF NOT EXISTS book_company ON ns_entity ({COMPANY} COLLATE NOCASE);
"""
_TAIL = 'CREATE INDEX IF NOT EXISTS "book_tail_{0}" ON "ns_{0}" (substr(external_key, -18));'
_TYPE = 'CREATE INDEX IF NOT EXISTS "book_type_{0}" ON "ns_{0}" (type, id);'
_COLUMNS = "id, type, external_id, name, created, modified, doc"
_END = "\U0010ffff"
_BY_KEY = """
SELECT id FROM "ns_{0}" WHERE id = :number
UNION SELECT id FROM "ns_{0}" WHERE name COLLATE NOCASE >= :q AND name COLLATE NOCASE < :end
UNION SELECT id FROM "ns_{0}" WHERE external_key >= :low AND external_key < :low_end
UNION SELECT id FROM "ns_{0}" WHERE substr(external_key, -18) >= :low AND substr(external_key, -18) < :low_end
"""
_COMPANIES = f"SELECT id FROM ns_entity WHERE {COMPANY} COLLATE NOCASE >= :q AND {COMPANY} COLLATE NOCASE < :end"  # noqa: S608 — the expressions above
_BY_CUSTOMER = f"""
UNION SELECT id FROM ns_transaction WHERE {ENTITY} IN (SELECT CAST(id AS TEXT) FROM ({_COMPANIES} LIMIT 500))
"""  # noqa: S608 — the expressions above
_TEXT = """
SELECT id FROM "ns_{0}" WHERE type = :type AND id > (SELECT coalesce(max(id), 0) FROM "ns_{0}") - 50000
AND instr(lower(doc || ' ' || coalesce(external_id, '') || ' ' || coalesce(name, '')), :low)
"""


def prepare(connection: sqlite3.Connection, families: tuple[str, ...]) -> None:
    """Make the indexes that a bookkeeper's questions go along."""
    connection.executescript(_INDEXES + "".join(_TAIL.format(one) + _TYPE.format(one) for one in families))


def stored(family: str, row: tuple[int, str, str | None, str, str, str, str]) -> Stored:
    """Make a record of its row."""
    return Stored(family, row[1], row[0], row[2], row[3], row[4], row[5], load(row[6]))


def kind_of(name: str) -> RecordType | None:
    """Find a record type by its name in any case."""
    return record_types().get(name.lower())


def one(reading: sqlite3.Connection, kind: RecordType, key: str) -> Stored | None:
    """Find a record by internal id, number or external id."""
    number = int(key) if key.isascii() and key.isdecimal() and len(key) < 19 else -1  # noqa: PLR2004 — SQLite's integers
    query = (
        f'SELECT {_COLUMNS} FROM "ns_{kind.family}" WHERE type = ? AND id IN (SELECT id FROM "ns_{kind.family}" '  # noqa: S608 — names are ours
        f'WHERE id = ? UNION ALL SELECT id FROM "ns_{kind.family}" WHERE external_key = ? '
        f'UNION ALL SELECT id FROM "ns_{kind.family}" WHERE name = ? COLLATE NOCASE) LIMIT 1'
    )
    row = reading.execute(query, (kind.name, number, key.lower(), key)).fetchone()
    return stored(kind.family, row) if row else None


def count(reading: sqlite3.Connection, kind: RecordType) -> int:
    """Count the records of a type."""
    found: int = reading.execute(f'SELECT count(*) FROM "ns_{kind.family}" WHERE type = ?', (kind.name,)).fetchone()[0]  # noqa: S608 — names are ours
    return found


def page(reading: sqlite3.Connection, kind: RecordType, wanted: Page) -> tuple[int, list[Stored]]:
    """Give how many records there are, and a page of them by id; with a query, those that it finds.

    A query is looked up as the beginning of a number, name, external id, Salesforce id or customer; only where none
    begins so are the newest 50,000 records searched for the text.
    """
    if not wanted.query:
        return count(reading, kind), _rows(reading, kind, "type = :type", {"type": kind.name}, wanted)
    values: Document = {"type": kind.name, **_bounds(wanted.query)}
    for search in _searches(kind):
        where = f"type = :type AND id IN ({search})"
        found = reading.execute(f'SELECT count(*) FROM "ns_{kind.family}" WHERE {where}', values).fetchone()[0]  # noqa: S608 — names are ours
        if found:
            return found, _rows(reading, kind, where, values, wanted)
    return 0, []


def _searches(kind: RecordType) -> Iterator[str]:
    customer = {"transaction": _BY_CUSTOMER, "entity": f"UNION {_COMPANIES}"}.get(kind.family, "")
    yield _BY_KEY.format(kind.family) + customer
    yield _TEXT.format(kind.family)


def _bounds(query: str) -> dict[str, str | int]:
    digits = query.isascii() and query.isdecimal() and len(query) < 19  # noqa: PLR2004 — SQLite's integers
    low = query.lower()
    number = int(query) if digits else -1
    return {"q": query, "end": query + _END, "low": low, "low_end": low + _END, "number": number}


def _rows(reading: sqlite3.Connection, kind: RecordType, where: str, values: Document, wanted: Page) -> list[Stored]:
    query = f'SELECT {_COLUMNS} FROM "ns_{kind.family}" WHERE {where} ORDER BY id LIMIT :limit OFFSET :offset'  # noqa: S608 — names are ours
    rows = reading.execute(query, {**values, "limit": wanted.limit, "offset": wanted.offset})
    return [stored(kind.family, row) for row in rows]


def sums(reading: sqlite3.Connection) -> list[tuple[str, str, int, Decimal]]:
    """Give (type, currency, count, total) of all transactions; an index holds all that is read."""
    query = f"SELECT type, {CURRENCY}, count(*), sum({CENTS}) FROM ns_transaction GROUP BY 1, 2"  # noqa: S608 — the expressions above
    symbols = {str(key): symbol for key, symbol in reading.execute(_SYMBOLS)}
    return [
        (kind, symbols.get(str(currency), ""), number, _amount(total))
        for kind, currency, number, total in reading.execute(query)
    ]


_SYMBOLS = "SELECT id, json_extract(doc, '$.symbol') FROM ns_currency"


def _amount(total: int | None) -> Decimal:
    exact = Decimal(total or 0).scaleb(-4)
    return exact.quantize(Decimal("0.01")) if exact == exact.quantize(Decimal("0.01")) else exact
