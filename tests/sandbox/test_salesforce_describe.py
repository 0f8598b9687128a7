"""Does the org describe its objects as a real org does, key by key?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.salesforce.model import NUMBERS, objects
from tests.sandbox.salesforce_api import Twin, in_process

REAL = Path(__file__).resolve().parents[2].parent / "shared/reference/salesforce/describe"
FULL = ("Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole")
REDUCED = (
    "Contract", "CurrencyType", "DatedConversionRate", "OpportunityLineItem", "Order", "OrderItem", "Organization",
    "Pricebook2", "PricebookEntry", "Product2", "Quote", "QuoteLineItem",
)  # fmt: skip
SAME_IN_ALL = ("name", "type", "nillable", "relationshipName", "aggregatable", "groupable", "filterable", "sortable")
EXCUSED = {("OpportunityContactRole", "Id", "label"), ("Lead", "Salutation", "picklistValues")}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as one:
        one.sign_in()
        yield one


def real(name: str, kind: str = "describe") -> Any:
    path = REAL / f"{name}.{kind}.json"
    if not path.exists():
        pytest.skip(f"the real describes are not at {REAL}")
    return json.loads(path.read_text())


def described(twin: Twin, name: str) -> dict[str, Any]:
    answer = twin.call("GET", f"sobjects/{name}/describe")
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("name", FULL)
def test_every_field_is_described_as_in_the_real_org(twin: Twin, name: str) -> None:
    expected, found = real(name), described(twin, name)
    assert set(expected) <= set(found)
    ours = {field["name"]: field for field in found["fields"]}
    wrong = [
        (field["name"], key, value, ours.get(field["name"], {}).get(key, "no such key"))
        for field in expected["fields"]
        if "__" not in field["name"]
        for key, value in field.items()
        if ours.get(field["name"], {}).get(key, "no such key") != value and (name, field["name"], key) not in EXCUSED
    ]
    assert not wrong
    assert {len(field) for field in found["fields"]} == {len(expected["fields"][0])}


@pytest.mark.parametrize("name", REDUCED)
def test_the_fields_that_are_known_in_short_are_all_there(twin: Twin, name: str) -> None:
    ours = {field["name"]: field for field in described(twin, name)["fields"]}
    real_fields = real(name, "soqlmeta")["fields"]
    missing = [field["name"] for field in real_fields if field["name"] not in ours]
    assert not missing
    wrong = [
        (field["name"], key, field[key], ours[field["name"]][key])
        for field in real_fields
        for key in SAME_IN_ALL
        if field[key] != ours[field["name"]][key]
    ]
    assert len(wrong) <= len(real_fields) // 4, wrong


def test_the_list_of_objects_has_the_real_keys(twin: Twin) -> None:
    expected = {entry["name"]: entry for entry in real("Global")["sobjects"]}
    found = {entry["name"]: entry for entry in twin.call("GET", "sobjects").json()["sobjects"]}
    assert len(found) == len(objects())
    for name in ("Account", "Contact", "Opportunity", "Organization", "User"):
        assert set(found[name]) == set(expected[name])
        assert not [key for key in expected[name] if key != "urls" and expected[name][key] != found[name][key]], name


def test_a_child_relationship_leads_to_a_field_that_leads_back(twin: Twin) -> None:
    children = {child["relationshipName"]: child for child in described(twin, "Opportunity")["childRelationships"]}
    assert {"OpportunityLineItems", "OpportunityContactRoles", "Quotes", "NetSuite_Invoices__r"} <= set(children)
    assert children["OpportunityLineItems"]["cascadeDelete"] is True
    fields = {field["name"]: field for field in described(twin, "NetSuite_Invoice__c")["fields"]}
    assert fields["Opportunity__c"]["relationshipName"] == "Opportunity__r"
    assert fields["Opportunity__c"]["referenceTo"] == ["Opportunity"]


def test_a_describe_that_is_known_is_not_sent_again(twin: Twin) -> None:
    first = twin.call("GET", "sobjects/Account/describe")
    stamped = {"If-Modified-Since": first.headers["Last-Modified"]}
    again = twin.call("GET", "sobjects/Account/describe", headers=stamped)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert twin.call("GET", "sobjects", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    older = {"If-Modified-Since": "Thu, 03 Sep 2020 21:35:07 GMT"}
    assert twin.call("GET", "sobjects", headers=older).status_code == 200


def test_an_object_tells_its_basics_and_what_was_touched_last(twin: Twin) -> None:
    made = twin.call("POST", "sobjects/Account", json={"Name": "Newest"}).json()["id"]
    found = twin.call("GET", "sobjects/Account/").json()
    assert found["objectDescribe"]["keyPrefix"] == "001"
    assert {"Id": made, "Name": "Newest"}.items() <= found["recentItems"][0].items()
    assert twin.call("GET", "sobjects/Nothing/describe").json()[0]["errorCode"] == "NOT_FOUND"


def test_our_own_table_holds_together() -> None:
    for owner in objects().values():
        for field in owner.fields.values():
            assert bool(field.precision) is (field.type in NUMBERS), (owner.name, field.name)
            assert not field.has("restricted") or field.values, (owner.name, field.name)
        assert owner.name_field in {field.name for field in owner.fields.values()}
        assert len(owner.prefix) == 3
    assert len({owner.prefix for owner in objects().values()}) == len(objects())
