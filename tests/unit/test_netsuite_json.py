"""Is what leaves over REST exact, repeatable and spelt as NetSuite spells it?"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.netsuite.rest import put
from connectors.netsuite.wire import exact
from flows.errors import Misconfigured
from mappings.values import Payload
from tests.unit.test_netsuite_records import CUSTOMER, ORDER


def test_a_rest_upsert_replaces_its_sublists_and_is_strict_about_names() -> None:
    call = put("salesOrder", ORDER)
    assert (call.method, call.path) == ("PUT", "/record/v1/salesOrder/eid:SF-OPP-1")
    assert call.params == {"replace": "item"}
    assert call.headers["X-NetSuite-PropertyNameValidation"] == "Error"
    assert put("customer", CUSTOMER).params == {"replace": "addressBook"}
    assert put("customer", Payload("K", {"phone": "1"}, ())).params == {}


def test_rest_json_is_exact() -> None:
    body = json.loads(exact(put("salesOrder", ORDER).body), parse_float=Decimal)
    assert body["item"]["items"][0]["quantity"] == Decimal("2.5")
    assert body["entity"] == {"id": "7"}
    assert body["tranDate"] == "2017-03-01"
    assert "externalId" not in body
    assert exact(datetime(2026, 1, 1, tzinfo=UTC)) == '"2026-01-01T00:00:00.000Z"'


@pytest.mark.parametrize(
    "fields",
    [{"subTotal": Decimal(1)}, {"item": {"items": [{"Rate": Decimal(1)}]}}, {"billingAddress": {"street": "x"}}],
)
def test_a_misspelt_property_is_found_before_the_call(fields: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        put("salesOrder", Payload("K", fields, ()))


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_no_decimal_loses_a_digit_on_the_wire(value: Decimal) -> None:
    assert Decimal(exact(value)) == value
    assert json.loads(exact([value]), parse_float=Decimal) == [value]


@given(st.text(), st.integers())
def test_texts_and_integers_come_back_as_they_went(text: str, number: int) -> None:
    assert json.loads(exact({text: [text, number, None, True]})) == {text: [text, number, None, True]}


def test_a_float_has_no_way_to_the_wire() -> None:
    with pytest.raises(TypeError):
        exact({"rate": 0.1})
