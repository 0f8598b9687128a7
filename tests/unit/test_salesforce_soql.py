"""Is the SOQL what was asked, and can no value become a part of its grammar?"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.soql import (
    Asked,
    Cut,
    among,
    beyond,
    child,
    count,
    literal,
    select,
    selected,
    sequence,
)
from flows.errors import Misconfigured

ORDERS = Asked(
    "Opportunity",
    "SystemModstamp",
    ("Id", "SystemModstamp", "Account.BillingCity", "StageName"),
    {"OpportunityLineItems": ("Id", "Product2.ProductCode")},
    {"StageName": "Closed Won"},
)
NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ONE_LITERAL = re.compile(r"'(?:[^'\\\n\r\0]|\\.)*'")
PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def unescaped(text: str) -> str:
    def meant(found: re.Match[str]) -> str:
        return chr(int(found[1][1:], 16)) if found[1].startswith("u") else PLAIN.get(found[1], found[1])

    return re.sub(r"\\(u[0-9a-f]{4}|.)", meant, text[1:-1])


def test_rest_asks_with_children_in_keyset_order() -> None:
    cut = Cut(selected(ORDERS, NOON), sequence(ORDERS), 500)
    assert select(ORDERS, cut) == (
        "SELECT Id, SystemModstamp, Account.BillingCity, StageName, Account.Id,"
        " (SELECT Id, Product2.ProductCode, Product2.Id FROM OpportunityLineItems) FROM Opportunity"
        " WHERE StageName = 'Closed Won' AND SystemModstamp >= 2026-03-01T12:00:00.000Z"
        " ORDER BY SystemModstamp, Id LIMIT 500"
    )


def test_a_job_asks_without_children_and_without_order() -> None:
    soql = select(ORDERS, Cut(selected(ORDERS, None), children=False))
    assert soql == (
        "SELECT Id, SystemModstamp, Account.BillingCity, StageName, Account.Id FROM Opportunity"
        " WHERE StageName = 'Closed Won'"
    )


def test_children_are_asked_through_their_parent() -> None:
    lines = child(ORDERS, "OpportunityLineItems", "OpportunityLineItem", "OpportunityId")
    assert select(lines, Cut(selected(ORDERS, NOON, "Opportunity"))) == (
        "SELECT OpportunityId, Id, Product2.ProductCode, Product2.Id FROM OpportunityLineItem"
        " WHERE Opportunity.StageName = 'Closed Won' AND Opportunity.SystemModstamp >= 2026-03-01T12:00:00.000Z"
    )


def test_the_next_page_begins_after_the_last_record() -> None:
    assert beyond(ORDERS, NOON, "006A") == (
        "(SystemModstamp > 2026-03-01T12:00:00.000Z OR (SystemModstamp = 2026-03-01T12:00:00.000Z AND Id > '006A'))"
    )


def test_counting_asks_for_no_fields() -> None:
    assert count("Account", ["A = 1"]) == "SELECT COUNT() FROM Account WHERE A = 1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "TRUE"),
        (False, "FALSE"),
        (7, "7"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        (date(2026, 2, 28), "2026-02-28"),
        (datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1))), "2026-03-01T12:00:00.000Z"),
        ("O'Neil\\", r"'O\'Neil\\'"),
    ],
)
def test_values_are_written_by_their_type(value: object, text: str) -> None:
    assert literal(value) == text


@given(st.text())
def test_any_text_is_one_literal_that_means_itself(text: str) -> None:
    written = literal(text)
    assert ONE_LITERAL.fullmatch(written)
    assert unescaped(written) == text


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_texts_are_as_many_literals(texts: list[str]) -> None:
    inside = among("Name", texts).removeprefix("Name IN (").removesuffix(")")
    assert ", ".join(ONE_LITERAL.findall(inside)) == inside
    assert [unescaped(one) for one in ONE_LITERAL.findall(inside)] == texts


@pytest.mark.parametrize("name", ["Id FROM User--", "Name'", "a b", "", "1a", "a..b", "Ïd", "a\n", "a.b.c.d.e.f.g"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(Misconfigured):
        count(name)
    with pytest.raises(Misconfigured):
        among(name, ["x"])


@pytest.mark.parametrize("value", [1.5, object(), ["a"]])
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(Misconfigured):
        literal(value)
