"""Are the sums of a home page those of its records, whatever is written, replaced, undone, emptied or counted anew?"""

from __future__ import annotations

import random
import sqlite3

import pytest

from sandbox.twin.sums import Shelf, Sums, count, read

SHELF = Shelf("deal", "row.stage", "row.code", "CAST(ROUND(row.amount * 10000) AS INTEGER)", "row.gone = 'no'")
WRITES = (
    "INSERT OR REPLACE INTO deal VALUES (:id, :stage, :code, :amount, 'no')",
    (
        "INSERT INTO deal VALUES (:id, :stage, :code, :amount, 'no') "
        "ON CONFLICT (id) DO UPDATE SET amount = excluded.amount, stage = excluded.stage"
    ),
    "UPDATE deal SET amount = :amount, code = :code WHERE id = :id",
    "UPDATE deal SET gone = CASE gone WHEN 'no' THEN 'yes' ELSE 'no' END WHERE id = :id",
    "DELETE FROM deal WHERE id = :id",
)


def opened() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(
        "CREATE TABLE deal (id TEXT PRIMARY KEY, stage TEXT, code TEXT, amount TEXT, gone TEXT) WITHOUT ROWID"
    )
    return connection


def counted(connection: sqlite3.Connection) -> list[tuple[str, str, int, int]]:
    query = (
        "SELECT coalesce(stage, ''), coalesce(code, ''), count(*), sum(CAST(ROUND(coalesce(amount, 0) * 10000) AS INTEGER)) "
        "FROM deal WHERE gone = 'no' GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return connection.execute(query).fetchall()


@pytest.mark.parametrize("seed", range(5))
def test_sums_follow_every_write(seed: int) -> None:
    draw, connection = random.Random(seed), opened()  # noqa: S311 — writes, not secrets
    sums = Sums(connection, (SHELF,))
    for step in range(400):
        values = {
            "id": str(draw.randrange(30)), "stage": draw.choice(["Won", "Lost", None]), "code": draw.choice(["USD", "EUR", None]),
            "amount": draw.choice([None, f"{draw.randrange(-9999, 99999) / 100:.2f}"]),
        }  # fmt: skip
        undone = draw.random() < 0.2
        connection.execute("BEGIN")
        connection.execute(draw.choice(WRITES), values)
        connection.execute("ROLLBACK" if undone else "COMMIT")
        assert read(connection, "deal") == counted(connection), step
    assert count(connection, "deal", ("Won",)) == sum(row[2] for row in counted(connection) if row[0] == "Won")
    with sums.unwatched():
        connection.execute("DELETE FROM deal WHERE code = 'USD'")
    assert read(connection, "deal") == counted(connection)


def test_a_file_from_before_and_one_killed_while_emptied_are_counted_anew() -> None:
    connection = opened()
    connection.execute("INSERT INTO deal VALUES ('1', 'Won', 'USD', '10.10', 'no')")
    sums = Sums(connection, (SHELF,))
    assert read(connection, "deal") == [("Won", "USD", 1, 101_000)]
    emptying = sums.unwatched()
    emptying.__enter__()
    connection.execute("INSERT INTO deal VALUES ('2', 'Won', 'USD', '5', 'no')")
    Sums(connection, (SHELF,))
    assert read(connection, "deal") == [("Won", "USD", 2, 151_000)]
