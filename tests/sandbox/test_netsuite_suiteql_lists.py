"""Does a long list find what a short one does, and is it parsed once for all lists of its kind?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sandbox.netsuite.suiteql.query import prepare, run
from sandbox.netsuite.suiteql.translate import translate
from tests.sandbox.netsuite_books import Books

COUNT = 30


@pytest.fixture(scope="module")
def books() -> Books:
    books = Books()
    prepare(books.account.store, lambda: datetime(2026, 3, 16, tzinfo=UTC))
    for number in range(COUNT):
        row = {"item": {"id": "8"}, "quantity": Decimal(1)}
        memo = "id IN (1, 2)" if number else "it's"
        kept = books.order(row, memo=memo, tranDate=f"2026-01-{number + 1:02}")
        kept.external_id = f"E'{number}"
        books.account.store.save(kept)
    return books


def _found(books: Books, query: str, *params: object) -> list[Any]:
    page = run(books.account.store, query, list(params), 1000, 0)
    assert page.total == len(page.items)
    return [row["n"] for row in page.items]


VALUES: dict[str, list[str]] = {
    "id": [str(number) for number in range(1, 125)],
    "externalid": [f"'E''{number}'" for number in range(25)],
    "tranid": [f"'so{number}'" for number in range(10001, 10030)] + [f"'SO{number}'" for number in range(10005, 10009)],
    "trandate": [f"'1/{number}/2026'" for number in range(1, 26)],
    "memo": ["'it''s'", *(f"'{number}, x'" for number in range(25))],
    "status": [f"'{letter}'" for letter in "ABCDEFGHIJKLMNOPQRSTUVW"],
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("how", ["IN", "NOT IN", "in"])
def test_a_long_list_finds_what_its_values_find_one_by_one(books: Books, name: str, how: str) -> None:
    whole = f"SELECT id AS n FROM transaction WHERE {name} {how} ({', '.join(VALUES[name])}) ORDER BY id"
    word, joined = ("<>", " AND ") if how == "NOT IN" else ("=", " OR ")
    single = joined.join(f"{name} {word} {value}" for value in VALUES[name])
    expected = _found(books, f"SELECT id AS n FROM transaction WHERE {single} ORDER BY id")
    assert _found(books, whole) == expected
    assert how == "NOT IN" or expected


def test_a_list_in_a_text_or_a_comment_stays_what_it_is(books: Books) -> None:
    long = f"IN ({', '.join(VALUES['id'])})"
    query = f"SELECT COUNT(*) AS n FROM transaction /* {long} */ WHERE memo <> 'x {long}' -- {long}\n AND id > ?"
    assert _found(books, query, 0) == [str(COUNT)]


def test_parameters_and_lists_go_together(books: Books) -> None:
    both = (
        f"SELECT id AS n FROM transaction WHERE id > ? AND id IN ({', '.join(VALUES['id'])}) AND memo = ? ORDER BY id"
    )
    assert _found(books, both, 122, "id IN (1, 2)") == ["123", "124"]


def test_another_list_is_not_parsed_again(books: Books) -> None:
    def ask(first: int) -> None:
        _found(books, f"SELECT id AS n FROM transaction WHERE id IN ({', '.join(map(str, range(first, first + 500)))})")

    ask(1)
    before = translate.cache_info().misses
    ask(2)
    assert translate.cache_info().misses == before
