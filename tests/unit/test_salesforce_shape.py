"""Do answers of both interfaces become the same records?"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.bulk import rows
from connectors.salesforce.describe import Child, Describes
from connectors.salesforce.shape import plain, record
from connectors.salesforce.snapshot import Lines, Table
from connectors.salesforce.soql import Asked
from flows.errors import Misconfigured, Transient

WANTED = Asked(
    "Opportunity",
    "SystemModstamp",
    ("Id", "SystemModstamp", "Amount", "Account.Name", "Account.Parent.Name"),
    {"OpportunityLineItems": ("Id", "Quantity")},
    {},
)
REST = {
    "attributes": {"type": "Opportunity", "url": "/x"},
    "Id": "006000000000001AAA",
    "SystemModstamp": "2026-03-01T12:00:00.000+0000",
    "Amount": Decimal("1500.00"),
    "Account": {"attributes": {}, "Name": 'Ünïcode, "Inc"\n2', "Parent": None},
    "OpportunityLineItems": {
        "totalSize": 2,
        "done": True,
        "records": [
            {"attributes": {}, "Id": "00k000000000002AAA", "Quantity": Decimal("2.0")},
            {"attributes": {}, "Id": "00k000000000001AAA", "Quantity": Decimal("1E+1")},
        ],
    },
}
DESCRIBES: Mapping[str, Mapping[str, Any]] = {
    "Opportunity": {
        "fields": [
            {"name": "Id", "type": "id", "relationshipName": None, "referenceTo": []},
            {"name": "SystemModstamp", "type": "datetime", "relationshipName": None, "referenceTo": []},
            {"name": "Amount", "type": "currency", "relationshipName": None, "referenceTo": []},
            {"name": "AccountId", "type": "reference", "relationshipName": "Account", "referenceTo": ["Account"]},
            {"name": "OwnerId", "type": "reference", "relationshipName": "Owner", "referenceTo": ["Group", "Account"]},
        ],
        "childRelationships": [
            {"relationshipName": None, "childSObject": "X", "field": "Y"},
            {
                "relationshipName": "OpportunityLineItems",
                "childSObject": "OpportunityLineItem",
                "field": "OpportunityId",
            },
        ],
    },
    "Group": {"fields": []},
    "Account": {
        "fields": [
            {"name": "Id", "type": "id", "relationshipName": None, "referenceTo": []},
            {"name": "Name", "type": "string", "relationshipName": None, "referenceTo": []},
            {"name": "ParentId", "type": "reference", "relationshipName": "Parent", "referenceTo": ["Account"]},
        ]
    },
    "OpportunityLineItem": {
        "fields": [
            {"name": "Id", "type": "id", "relationshipName": None, "referenceTo": []},
            {"name": "Quantity", "type": "double", "relationshipName": None, "referenceTo": []},
            {
                "name": "OpportunityId",
                "type": "reference",
                "relationshipName": "Opportunity",
                "referenceTo": ["Opportunity"],
            },
        ]
    },
}


def describes() -> Describes:
    return Describes(DESCRIBES.__getitem__)


def test_a_record_has_exactly_the_asked_paths() -> None:
    made = record(REST, WANTED)
    assert (made.id, made.version) == ("006000000000001AAA", "2026-03-01T12:00:00.000Z")
    assert made.fields == {
        "Id": "006000000000001AAA",
        "SystemModstamp": "2026-03-01T12:00:00.000+0000",
        "Amount": Decimal(1500),
        "Account": {"Name": 'Ünïcode, "Inc"\n2', "Parent": None},
        "OpportunityLineItems": {
            "records": [
                {"Id": "00k000000000001AAA", "Quantity": Decimal(10)},
                {"Id": "00k000000000002AAA", "Quantity": Decimal(2)},
            ]
        },
    }


def test_a_job_gives_the_same_record_as_rest() -> None:
    table = Table.of(Asked(WANTED.name, WANTED.cursor, WANTED.own, {}, {}), describes())
    kin = describes().child("Opportunity", "OpportunityLineItems")
    lines = Lines(Table.of(Asked(kin.object, "", (kin.link, "Id", "Quantity"), {}, {}), describes()))
    parent = "006000000000001AAA"
    lines.add([[parent, "00k000000000002AAA", "2.00"], [parent, "00k000000000001AAA", "10"]])
    text = (
        f"{','.join(table.columns)}\n"
        '"006000000000001AAA","2026-03-01T12:00:00.000Z","1500.0","Ünïcode, ""Inc""\n2","","","001000000000001AAA"\n'
    )
    assert table.columns[-2:] == ("Account.Parent.Id", "Account.Id")
    (row,) = rows(text.encode(), table.columns)
    raw = table.raw(row) | {"OpportunityLineItems": lines.take("006000000000001AAA")}
    made, same = record(raw, WANTED), record(REST, WANTED)
    assert made == same
    assert repr(made) == repr(same)


def test_no_children_are_an_empty_list() -> None:
    made = record(REST | {"OpportunityLineItems": None}, WANTED)
    assert made.fields["OpportunityLineItems"] == {"records": []}


def test_no_parent_is_none_over_all_levels() -> None:
    made = record(REST | {"Account": None}, WANTED)
    assert made.fields["Account"] is None


def test_a_name_that_is_not_answered_is_no_silent_none() -> None:
    with pytest.raises(Misconfigured, match="without Amount"):
        record({name: value for name, value in REST.items() if name != "Amount"}, WANTED)


def test_a_line_separator_inside_a_cell_splits_no_row() -> None:
    assert rows('A,B\n"x\u2028y","1\r\n2"\n'.encode(), ["A", "B"]) == [["x\u2028y", "1\r\n2"]]


def test_other_columns_than_asked_are_refused() -> None:
    with pytest.raises(Transient):
        rows(b"B,A\n1,2\n", ["A", "B"])


def test_describe_tells_kinds_over_parents() -> None:
    assert describes().kind("Opportunity", "Account.Parent.Name") == "string"
    assert describes().kind("Opportunity", "Owner.Name") == "string"
    assert describes().child("Opportunity", "OpportunityLineItems") == Child(
        "OpportunityLineItem", "OpportunityId", "Opportunity"
    )


@pytest.mark.parametrize("path", ["Nothing", "Nobody.Name", "Account.Nothing"])
def test_an_unknown_path_stops_the_flow(path: str) -> None:
    with pytest.raises(Misconfigured):
        describes().kind("Opportunity", path)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=8))
def test_the_plain_form_keeps_the_number_and_is_one(number: Decimal) -> None:
    assert plain(number) == number
    assert str(plain(number)) == str(plain(number * Decimal("1.000")))
    assert "E" not in str(plain(number.to_integral_value()))
