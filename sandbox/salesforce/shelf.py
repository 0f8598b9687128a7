"""How does a bookkeeper find a record of the org? By name or id, along an index first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox.salesforce.ids import long_form
from sandbox.salesforce.model import SObject, objects
from sandbox.twin import sums as sums_of
from sandbox.twin.books import Page
from sandbox.twin.sums import Shelf

LIVE = "\"IsDeleted\" = 'false'"
_PARTS = 'CAST(ROUND(row."Amount" * 10000) AS INTEGER)'  # in ten-thousandths, so that sums stay exact
_END = "\U0010ffff"
_TEXT = f'{LIVE} AND ("{{0}}" LIKE :like OR "Id" LIKE :like)'


def prepare(connection: sqlite3.Connection) -> None:
    """Make the indexes that a bookkeeper's questions go along."""
    for owner in objects().values():
        named = f', "{name_of(owner)}" COLLATE NOCASE' if name_of(owner) != "Id" else ""
        connection.execute(f'CREATE INDEX IF NOT EXISTS "book_{owner.name}" ON "{owner.name}" ("IsDeleted"{named})')


def summed() -> tuple[Shelf, ...]:
    """Return what is counted and added up: every object, opportunities by stage and currency."""
    return tuple(
        Shelf(
            owner.name,
            'row."StageName"' if "stagename" in owner.fields else "''",
            'row."CurrencyIsoCode"' if _has_amounts(owner) else "''",
            _PARTS if _has_amounts(owner) else "0",
            "row.\"IsDeleted\" = 'false'",
        )
        for owner in objects().values()
    )


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
        return count(reading, owner), _rows(reading, owner, LIVE, {}, wanted)
    values = {"q": wanted.query, "end": wanted.query + _END, "like": f"%{wanted.query}%"}
    for where in _searches(owner):
        found, records = _found(reading, owner, where, values, wanted)
        if found:
            break
    return found, records


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
    (found,) = reading.execute(f'SELECT count(*) FROM "{owner.name}" WHERE {where}', values).fetchone()  # noqa: S608 — names are the model's
    return found, _rows(reading, owner, where, values, wanted)


def _rows(
    reading: sqlite3.Connection, owner: SObject, where: str, values: Mapping[str, Any], wanted: Page
) -> list[Mapping[str, Any]]:
    query = f'SELECT * FROM "{owner.name}" WHERE {where} ORDER BY "Id" LIMIT :limit OFFSET :offset'  # noqa: S608 — names are the model's
    return _dicts(reading.execute(query, {**values, "limit": wanted.limit, "offset": wanted.offset}))


def sums(reading: sqlite3.Connection, owner: SObject) -> list[tuple[str, int, Decimal | None]]:
    """Give (currency, count, amount) of an object's records."""
    found: dict[str, tuple[int, int]] = {}
    for _, code, number, total in sums_of.read(reading, owner.name):
        before = found.get(code, (0, 0))
        found[code] = (before[0] + number, before[1] + total)
    exact = _has_amounts(owner)
    return [(code, number, Decimal(total).scaleb(-4) if exact else None) for code, (number, total) in found.items()]


def stages(reading: sqlite3.Connection) -> list[tuple[str, str, int, Decimal]]:
    """Give (stage, currency, count, amount) of the opportunities."""
    rows = sums_of.read(reading, "Opportunity")
    return [(stage, code, number, Decimal(total).scaleb(-4)) for stage, code, number, total in rows]


def count(reading: sqlite3.Connection, owner: SObject) -> int:
    """Count an object's records."""
    return sums_of.count(reading, owner.name)


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
