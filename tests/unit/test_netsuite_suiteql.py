"""Is what NetSuite is asked safe against any value, and does it follow its key?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import expressions

from connectors.netsuite.catalogue import Aged
from connectors.netsuite.suiteql import among, column, literal, stamp
from flows.errors import Misconfigured


def parsed(sql: str) -> expressions.Select:
    tree = sqlglot.parse_one(sql, dialect="oracle")
    assert isinstance(tree, expressions.Select)
    return tree


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_any_text_stays_one_literal(value: str) -> None:
    tree = parsed(f"SELECT id FROM t WHERE a = {literal(value)}")
    (found,) = tree.find_all(expressions.Literal)
    assert found.is_string
    assert found.this == value


@given(st.lists(st.text(alphabet="a'\\;-) \n", max_size=8), min_size=1, max_size=5))
def test_a_list_of_hostile_texts_stays_a_list_of_literals(values: list[str]) -> None:
    tree = parsed(f"SELECT id FROM t WHERE {among('externalid', values)}")
    assert [found.this for found in tree.find_all(expressions.Literal)] == values


def test_literals_are_typed() -> None:
    assert literal(7) == "7"
    assert literal(Decimal("10.50")) == "10.50"
    assert literal(value=True) == "'T'"
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert literal(noon) == "TO_TIMESTAMP('2026-03-01 10:00:00', 'YYYY-MM-DD HH24:MI:SS')"


def test_what_has_no_literal_is_refused() -> None:
    with pytest.raises(Misconfigured):
        literal(object())


@pytest.mark.parametrize("name", ["id; DROP", "Id", "", "a b", "a--", "1a", "x'"])
def test_only_column_names_are_columns(name: str) -> None:
    with pytest.raises(Misconfigured):
        column(name)


def test_moments_come_as_text_to_the_second() -> None:
    assert stamp("t.created", "m") == "TO_CHAR(t.created, 'YYYY-MM-DD HH24:MI:SS') AS m"


def test_what_is_kept_is_fetched_anew_only_when_it_is_too_old() -> None:
    moments = [datetime(2026, 1, 1, 0, minute, tzinfo=UTC) for minute in (0, 4, 5)]
    fetched = iter(["first", "second"])
    aged = Aged(lambda: next(fetched), lambda: moments.pop(0))
    assert [aged(), aged(), aged()] == ["first", "first", "second"]
