"""Do the rules of money, digests and strict reading hold for whatever comes?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.catalogue import Catalogue, Item
from mappings.checks import CHECKS
from mappings.errors import Rejected
from mappings.known import Known
from mappings.loading import load_flows
from mappings.registry import TRANSFORMATIONS, Context
from mappings.strict_yaml import read
from mappings.tables import Table, Tables, load_tables
from mappings.transformations import DIGITS
from mappings.translate import references, translate
from mappings.values import Bound, Payload, Ref, Reference

MAPPINGS = Path(__file__).parent.parent.parent / "mappings"
FLOWS, TABLES = load_flows(MAPPINGS), load_tables(MAPPINGS / "tables")
ORDER = FLOWS["opportunity_to_sales_order"]
ITEMS = Catalogue(
    [
        Item("1", "GTX Pro", "", inactive=False),
        Item("2", "GTX Basic", "", inactive=False),
        Item("3", "Old", "", inactive=True),
    ]
)
CONTEXT = Context(ZoneInfo("America/New_York"), TABLES, "USD")
CENTS = st.integers(1, 10**9).map(lambda cents: Decimal(cents) / 100)
QUANTITIES = st.integers(1, 10**5).map(lambda hundredths: Decimal(hundredths) / 100)


def deal(lines: list[tuple[Decimal, Decimal]], amount: Decimal) -> dict[str, Any]:
    records = [
        {"Id": f"00k{number}", "Quantity": quantity, "UnitPrice": price, "Product2": {"ProductCode": "GTX Pro"}}
        for number, (quantity, price) in enumerate(lines)
    ]
    return {
        "Id": "006Ws0000000001IAA", "Name": "Deal", "AccountId": "001A", "CloseDate": "2026-01-02", "CurrencyIsoCode": "USD",
        "Amount": amount, "SystemModstamp": "2026-01-02T00:00:00.000Z", "OpportunityLineItems": {"records": records},
    }  # fmt: skip


def total(lines: list[tuple[Decimal, Decimal]]) -> Decimal:
    return sum(((quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP) for quantity, price in lines), Decimal())


def known(own: Bound | None = None) -> Known:
    return Known({Reference("account_to_customer", "001A"): Bound("9")}, ITEMS, TABLES, own)


@given(st.lists(st.tuples(QUANTITIES, CENTS), min_size=1, max_size=6), st.integers(-2, 2))
def test_lines_add_up_to_the_amount_or_are_refused(lines: list[tuple[Decimal, Decimal]], off: int) -> None:
    record = deal(lines, total(lines) + Decimal(off) / 100)
    if off == 0:
        CHECKS["lines_sum_to_amount"].run(record)
    else:
        with pytest.raises(Rejected, match="AMOUNT_MISMATCH"):
            CHECKS["lines_sum_to_amount"].run(record)


@given(st.lists(st.tuples(QUANTITIES, CENTS), min_size=1, max_size=4))
def test_a_payload_holds_the_lines_exactly_and_no_float(lines: list[tuple[Decimal, Decimal]]) -> None:
    payload = translate(ORDER, deal(lines, total(lines)), known())
    sent = [(line["quantity"], line["rate"]) for line in payload.fields["item"]["items"]]
    assert sent == lines
    assert not list(floats(payload.fields))


def floats(value: Any) -> list[float]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [found for one in inner for found in floats(one)]
    return [value] if isinstance(value, float) else []


@given(st.sampled_from(["USD", "JPY", "KWD", "EUR"]), st.integers(1, 10**12), st.integers(0, 5))
def test_money_is_at_its_currency_s_precision_or_refused(currency: str, digits: int, scale: int) -> None:
    amount = Decimal(digits).scaleb(-scale)
    precision = DIGITS.get(currency, 2)
    context = Context(UTC, TABLES, currency)
    if amount == amount.quantize(Decimal(1).scaleb(-precision)):
        found = TRANSFORMATIONS["money"](amount, context)
        assert found == amount
        assert -found.as_tuple().exponent == precision
    else:
        with pytest.raises(Rejected, match="MONEY_PRECISION"):
            TRANSFORMATIONS["money"](amount, context)


FIELDS = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.one_of(st.text(max_size=5), CENTS, st.booleans(), st.builds(Ref, st.text(max_size=3))),
    max_size=5,
)


@given(FIELDS)
def test_a_digest_sees_neither_the_order_of_keys_nor_how_a_number_is_written(fields: dict[str, Any]) -> None:
    turned = {
        name: fields[name] + Decimal("0.000") if isinstance(fields[name], Decimal) else fields[name]
        for name in reversed(fields)
    }
    assert Payload("k", fields).digest() == Payload("k", turned).digest()


@given(FIELDS, st.text(min_size=1, max_size=5), CENTS)
def test_a_digest_sees_every_changed_value(fields: dict[str, Any], name: str, value: Decimal) -> None:
    changed = fields | {name: value}
    assert (Payload("k", fields).digest() == Payload("k", changed).digest()) is (fields.get(name) == value)


def test_what_is_sent_only_once_and_where_lines_went_are_no_change() -> None:
    record = deal([(Decimal(1), Decimal(10))], Decimal(10))
    first = translate(ORDER, record, known())
    again = translate(ORDER, record | {"SystemModstamp": "2027-01-01T00:00:00.000Z"}, known(Bound("5", {"00k0": "1"})))
    assert "currency" in first.fields
    assert "currency" not in again.fields
    assert again.fields["item"]["items"][0]["line"] == 1
    assert first.digest() == again.digest()


def test_references_are_just_what_translate_needs() -> None:
    record = deal([(Decimal(1), Decimal(10))], Decimal(10))
    assert references(ORDER, record) == {Reference("account_to_customer", "001A")}
    assert translate(ORDER, record, known()).fields["entity"] == Ref("9")


@pytest.mark.parametrize(
    "word", ["NO", "on", "yes", "045", "1.5", "2017-03-01", "1_000", "0x10", "12:30", "TRUE", ".inf"]
)
def test_yaml_makes_nothing_of_what_only_looks_like_something(word: str) -> None:
    assert read(f"key: {word}", "x") == {"key": word}


def test_yaml_knows_nothing_true_false_and_whole_numbers() -> None:
    assert read("a: null\nb: true\nc: false\nd: 37\ne: -1", "x") == {"a": None, "b": True, "c": False, "d": 37, "e": -1}


@pytest.mark.parametrize(("code", "found"), [("GTX Pro", "1"), (" gtx pro ", "1"), ("GTX Basic", "2")])
def test_a_code_is_found_as_it_is_or_but_for_case_and_blanks(code: str, found: str) -> None:
    assert ITEMS.find(code).id == found


@pytest.mark.parametrize(("code", "words"), [("GTXPro", "INVALID_SKU"), ("Old", "INACTIVE_SKU"), ("", "INVALID_SKU")])
def test_other_codes_are_refused(code: str, words: str) -> None:
    with pytest.raises(Rejected, match=words):
        ITEMS.find(code)


def test_two_active_items_of_one_code_are_ambiguous() -> None:
    twice = Catalogue([Item("1", "A", "", inactive=False), Item("2", "a", "", inactive=False)])
    assert twice.find("A").id == "1"
    with pytest.raises(Rejected, match="AMBIGUOUS_SKU"):
        twice.find(" a ")


def test_people_s_entries_go_before_shipped_ones() -> None:
    tables = Tables({"t": Table("t", "M", "U", {"A": "1"})})
    assert tables.look_up("t", " a ") == "1"
    assert tables.with_overrides({"t": {"a": "2"}}).look_up("t", "A") == "2"
    with pytest.raises(Rejected, match="U: "):
        tables.look_up("t", "B")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("date", "2017-03-01", date(2017, 3, 1)),
        ("date", "2017-03-01T03:00:00.000+0000", date(2017, 2, 28)),
        ("datetime", "2026-01-02 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("datetime", "2026-01-02T03:04:05.000+0100", datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)),
        ("integer", Decimal("3.0"), 3),
        ("boolean", "T", True),
        ("country", "Philipines", "PH"),
        ("country", "de", "DE"),
        ("state", "California", "CA"),
        ("state", "Bavaria", "Bavaria"),
        ("street_1", "A\r\n\nB\nC\nD", "A"),
        ("street_3", "A\r\n\nB\nC\nD", "C, D"),
        ("street_2", "A", None),
        ("external_id", "001Ws0000000001IAA", "SF-ACC-001Ws0000000001IAA"),
        ("text", "  Acme ", "Acme"),
    ],
)
def test_transformations(name: str, value: Any, expected: Any) -> None:
    assert TRANSFORMATIONS[name](value, CONTEXT) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("date", "yesterday"), ("datetime", "soon"), ("decimal", "ten"), ("decimal", True), ("decimal", "NaN"), ("integer", "1.5"),
     ("boolean", "perhaps"), ("country", "Atlantis"), ("external_id", "xyz/../1"), ("external_id", "999Ws0000000001")],
)  # fmt: skip
def test_transformations_refuse_what_they_cannot_read(name: str, value: Any) -> None:
    with pytest.raises(Rejected):
        TRANSFORMATIONS[name](value, CONTEXT)


def test_every_transformation_says_what_it_does() -> None:
    assert all(function.__doc__ for function in TRANSFORMATIONS.values())
