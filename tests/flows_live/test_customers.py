"""Is a customer one and the same on both sides, whoever made it, changed it, converted it or let it go?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.decide import decide_identity
from flows.replay import replay
from tests.flows_live.house import House, opened

TO, BACK, LEADS = "account_to_customer", "customer_to_account", "lead_to_customer"
CONTACTS, CONTACTS_BACK = "contact_to_contact", "netsuite_contact_to_contact"
ACME = {"CurrencyIsoCode": "USD", "BillingCity": "Berlin", "BillingCountry": "Germany"}


@pytest.fixture(scope="module", params=["soap", "rest"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house"), request.param) as one:
        yield one


def account(house: House, name: str, **fields: object) -> str:
    (one,) = house.make("Account", ACME | {"Name": name} | fields)
    return one


def customer(house: House, name: str, **fields: object) -> str:
    body = {"companyName": name, "isPerson": False, "subsidiary": {"id": "1"}, "currency": {"id": "1"}}
    address = {
        "label": "Office",
        "defaultBilling": True,
        "addressBookAddress": {"city": "Berlin", "country": {"id": "DE"}},
    }
    return house.found("customer", body | {"addressBook": {"items": [address]}} | fields)


def customers(house: House, name: str) -> list[str]:
    rows = house.books(f"SELECT id FROM customer WHERE companyname = '{name}' ORDER BY id")
    return [row["id"] for row in rows]


def letters(house: House, flow: str, source_id: str) -> list[str | None]:
    return [one.code for one in house.letters(flow) if one.source_id == source_id]


def test_an_account_becomes_a_customer_and_learns_its_number(house: House) -> None:
    one = account(house, "First GmbH", Phone="030 1")
    house.run(TO, BACK, TO)
    at = house.bound(TO, one)
    (back,) = house.crm(f"SELECT NetSuite_Internal_ID__c, Name, Phone FROM Account WHERE Id = '{one}'")
    assert (back["NetSuite_Internal_ID__c"], back["Name"], back["Phone"]) == (at, "First GmbH", "030 1")
    stamp = house.record("customer", at)["lastModifiedDate"]
    house.run(TO, BACK, TO, BACK)
    assert house.record("customer", at)["lastModifiedDate"] == stamp, "an echo was written"


def test_a_customer_that_finance_made_becomes_an_account_and_stays_one(house: House) -> None:
    at = customer(house, "Finance Made Ltd", phone="030 2", creditLimit=5000)
    house.run(BACK)
    one = house.bound(BACK, at)
    house.run(TO, BACK)
    (made,) = house.crm(f"SELECT Name, Phone, BillingCity, NetSuite_Credit_Limit__c FROM Account WHERE Id = '{one}'")
    assert (made["Name"], made["Phone"], made["BillingCity"]) == ("Finance Made Ltd", "030 2", "Berlin")
    assert customers(house, "Finance Made Ltd") == [at]
    assert house.record("customer", at)["externalId"] == f"SF-ACC-{one}"


def test_names_that_are_alike_are_for_a_person(house: House) -> None:
    at = customer(house, "Acme, Inc.")
    one = account(house, "ACME Inc")
    house.run(TO)
    assert letters(house, TO, one) == ["POSSIBLE_DUPLICATE"]
    (held,) = [letter for letter in house.letters(TO) if letter.source_id == one]
    assert held.candidates[0].startswith(f"{at} Acme, Inc.")
    stage = house.stage
    decide_identity(TO, one, at, stage.ledger.memory, ("ada", stage.now))
    replay([held.id], "ada", stage.ledger.queue, stage.bell, stage.now)
    stage.work()
    assert house.bound(TO, one) == at
    assert house.record("customer", at)["externalId"] == f"SF-ACC-{one}"


def test_each_side_owns_its_fields(house: House) -> None:
    one = account(house, "Owned Ltd", Phone="030 3", Payment_Terms__c="Net 15")
    house.run(TO, BACK)
    at = house.bound(TO, one)
    house.change("customer", at, {"terms": {"id": "3"}, "companyName": "Renamed by finance", "creditLimit": 900})
    house.edit("Account", one, Payment_Terms__c="Net 30", Website="https://owned.example")
    house.run(TO, BACK)
    there = house.record("customer", at)
    (here,) = house.crm(f"SELECT Name, Payment_Terms__c, NetSuite_Credit_Limit__c FROM Account WHERE Id = '{one}'")
    assert (there["terms"]["id"], there["url"]) == ("3", "https://owned.example")
    assert (here["Name"], here["Payment_Terms__c"], here["NetSuite_Credit_Limit__c"]) == ("Owned Ltd", "Net 60", 900)


def test_a_parent_that_comes_late_is_a_change(house: House) -> None:
    child = account(house, "Child Ltd")
    house.run(TO)
    parent = account(house, "Parent Ltd")
    house.edit("Account", child, ParentId=parent)
    house.run(TO)
    assert house.record("customer", house.bound(TO, child))["parent"]["id"] == house.bound(TO, parent)


def test_a_converted_lead_is_not_doubled(house: House) -> None:
    (lead,) = house.make("Lead", {"LastName": "King", "Company": "Globex", "Status": "Working - Contacted"})
    house.run(LEADS)
    at = house.bound(LEADS, lead)
    assert house.record("customer", at)["externalId"] == f"SF-LEA-{lead}"
    one = house.convert(lead)
    house.run(TO, LEADS, TO)
    assert house.bound(TO, one) == at
    assert customers(house, "Globex") == [at]


def test_an_account_that_is_deleted_is_no_more_sold_to(house: House) -> None:
    one = account(house, "Deleted Ltd")
    house.run(TO)
    house.delete(one)
    house.run(TO)
    assert house.record("customer", house.bound(TO, one))["isInactive"] is True


def test_contacts_go_both_ways_and_the_latest_word_stands(house: House) -> None:
    one = account(house, "People Ltd")
    (ada,) = house.make(
        "Contact", {"LastName": "King", "FirstName": "Ada", "Email": "ada@people.example", "AccountId": one}
    )
    house.run(TO, CONTACTS, CONTACTS_BACK)
    at = house.bound(CONTACTS, ada)
    house.change("contact", at, {"phone": "030 77"})
    bob = house.found("contact", {"firstName": "Bob", "lastName": "Hope", "company": {"id": house.bound(TO, one)}})
    house.run(CONTACTS_BACK, CONTACTS)
    (here,) = house.crm(f"SELECT Phone, NetSuite_Internal_ID__c FROM Contact WHERE Id = '{ada}'")
    assert (here["Phone"], here["NetSuite_Internal_ID__c"]) == ("030 77", at)
    made = house.bound(CONTACTS_BACK, bob)
    assert house.crm(f"SELECT AccountId FROM Contact WHERE Id = '{made}'")[0]["AccountId"] == one
    assert len(house.books("SELECT id FROM contact WHERE lastname = 'Hope'")) == 1
