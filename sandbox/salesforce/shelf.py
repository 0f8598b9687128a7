"""How does a bookkeeper find a record of the org? By name or id, along an index first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import SObject, objects
from sandbox.twin.books import Page

LIVE = "\"IsDeleted\" = 'false'"
_PARTS = 'CAST(ROUND("Amount" * 10000) AS INTEGER)'  # in ten-thousandths, so that sums stay exact
_END = "\U0010ffff"
_TEXT = f'{LIVE} AND ("{{0}}" LIKE :like OR "Id" LIKE :like)'


def prepare(connection: sqlite3.Connection) -> None:
    """Make the indexes that a bookkeeper's questions go along."""
    for owner in objects().values():
        named = f', "{name_of(owner)}" COLLATE NOCASE' if name_of(owner) != "Id" else ""
        connection.execute(f'CREATE INDEX IF NOT EXISTS "book_{owner.name}" ON "{owner.name}" ("IsDeleted"{named})')
        if _has_amounts(owner):
            stage = '"StageName", ' if "stagename" in owner.fields else ""
            columns = f'"IsDeleted", {stage}"CurrencyIsoCode", {_PARTS}'
            connection.execute(f'CREATE INDEX IF NOT EXISTS "book_sums_{owner.name}" ON "{owner.name}" ({columns})')


def name_of(owner: SObject) -> str:
    """Name the field that names an object's records."""
    return "Name" if "name" in owner.fields else "Id"


def _has_amounts(owner: SObject) -> bool:
    return {"amount", "currencyisocode"} <= owner.fields.keys()


def _dicts(cursor: sqlite3.Cursor) -> list[Mapping[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def one(reading: sqlite3.Connection, owner: SObject, key: str) -> Mapping[str, Any] | None:
    """Find a record by its id of 15 or 18 characters."""
    found = _dicts(reading.execute(f'SELECT * FROM "{owner.name}" WHERE "Id" = ?', (long_form(key) or key,)))  # noqa: S608 — names are the model's
    return found[0] if found else None


def page(reading: sqlite3.Connection, owner: SObject, wanted: Page) -> tuple[int, list[Mapping[str, Any]]]:
    """Return how many records there are, and a page of them by id; with a query, those that it finds.

    A query is looked up as the beginning of a name or an id; only where none begins so, anywhere in them.
    """
    if not wanted.query:
        return _found(reading, owner, LIVE, {}, wanted)
    values = {"q": wanted.query, "end": wanted.query + _END, "like": f"%{wanted.query}%"}
    for where in _searches(owner):
        count, records = _found(reading, owner, where, values, wanted)
        if count:
            break
    return count, records


def _searches(owner: SObject) -> Iterator[str]:
    name = name_of(owner)
    begins = f'SELECT "Id" FROM "{owner.name}" WHERE "Id" >= :q AND "Id" < :end'  # noqa: S608 — names are the model's
    if name != "Id":
        begins += (
            f' UNION SELECT "Id" FROM "{owner.name}" WHERE {LIVE} '  # noqa: S608 — names are the model's
            f'AND "{name}" COLLATE NOCASE >= :q AND "{name}" COLLATE NOCASE < :end'
        )
    yield f'{LIVE} AND "Id" IN ({begins})'
    yield _TEXT.format(name)


def _found(
    reading: sqlite3.Connection, owner: SObject, where: str, values: Mapping[str, Any], wanted: Page
) -> tuple[int, list[Mapping[str, Any]]]:
    (count,) = reading.execute(f'SELECT count(*) FROM "{owner.name}" WHERE {where}', values).fetchone()  # noqa: S608 — names are the model's
    query = f'SELECT * FROM "{owner.name}" WHERE {where} ORDER BY "Id" LIMIT :limit OFFSET :offset'  # noqa: S608 — names are the model's
    return count, _dicts(reading.execute(query, {**values, "limit": wanted.limit, "offset": wanted.offset}))


def sums(reading: sqlite3.Connection, owner: SObject) -> list[tuple[str, int, Decimal | None]]:
    """Give (currency, count, amount) of an object's records; an index holds all that is read."""
    columns = f'"CurrencyIsoCode", count(*), sum({_PARTS})' if _has_amounts(owner) else "NULL, count(*), NULL"
    query = f'SELECT {columns} FROM "{owner.name}" WHERE {LIVE} GROUP BY 1'  # noqa: S608 — names are the model's
    rows = reading.execute(query).fetchall()
    return [(code or "", count, None if total is None else Decimal(total).scaleb(-4)) for code, count, total in rows]


def stages(reading: sqlite3.Connection) -> list[tuple[str, str, int, Decimal | None]]:
    """Give (stage, currency, count, amount) of the opportunities; an index holds all that is read."""
    columns = f'"StageName", "CurrencyIsoCode", count(*), sum({_PARTS})'
    rows = reading.execute(f'SELECT {columns} FROM "Opportunity" WHERE {LIVE} GROUP BY 1, 2').fetchall()  # noqa: S608 — constants
    return [
        (stage or "", code or "", number, None if total is None else Decimal(total).scaleb(-4))
        for stage, code, number, total in rows
    ]


def count(reading: sqlite3.Connection, owner: SObject) -> int:
    """Count an object's records."""
    (found,) = reading.execute(f'SELECT count(*) FROM "{owner.name}" WHERE {LIVE}').fetchone()  # noqa: S608 — names are the model's
    return int(found)


def children(reading: sqlite3.Connection, owner: SObject, field: str, key: str, most: int) -> list[Mapping[str, Any]]:
    """Give the records of an object that point to a record."""
    query = f'SELECT * FROM "{owner.name}" WHERE "{field}" = ? AND {LIVE} ORDER BY "Id" LIMIT ?'  # noqa: S608 — names are the model's
    return _dicts(reading.execute(query, (key, most)))


def money(total: Decimal | None) -> str:
    """Say an amount in full, at least to the cent."""
    if total is None:
        return ""
    cents = total.quantize(Decimal("0.01"))
    return format(cents if cents == total else total, "f")
