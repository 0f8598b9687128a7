"""Does the connector tell how records stand in NetSuite, and write to those that are known, over SOAP and REST?"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.netsuite.catalogue import load
from flows.errors import Rejected, Unsettled
from flows.model import Placed, Priority
from mappings.language import Flow
from mappings.merge import Rulebook, merge
from mappings.values import Payload, Ref
from tests.contract.test_netsuite_places import CUSTOMERS, ORDERS, Opened, Place, customer, opening, order, place_of

SOLD = Flow.model_validate(
    {
        "flow": "sold",
        "owner": "x",
        "source": {"system": "salesforce", "object": "Opportunity", "cursor": "SystemModstamp"},
        "target": {
            "system": "netsuite",
            "object": "salesOrder",
            "key": "externalId",
            "version": "custbody_sf_version",
        },
        "wins": "person",
        "fields": {
            "externalId": {"from": "Id"},
            "entity": {"from": "AccountId", "bind": "accounts"},
            "tranDate": {"from": "CloseDate", "as": "date"},
            "memo": "Name",
            "orderStatus": {"const": "A", "as": "reference", "only": "create"},
            "billingAddress.city": "City",
            "billingAddress.country": {"from": "Country", "as": "country"},
            "custbody_sf_opportunity_id": "Id",
            "item.items": {
                "each": "Lines.records",
                "key": "Id",
                "fields": {
                    "item": {"from": "Code", "sku": True},
                    "quantity": {"from": "Quantity", "as": "decimal"},
                    "rate": {"from": "Price", "as": "money"},
                    "price": {"const": "-1", "as": "reference"},
                    "custcol_sf_line_id": "Id",
                },
            },
        },
    }
)
KNOWN = Flow.model_validate(
    {
        "flow": "known",
        "owner": "x",
        "source": {"system": "salesforce", "object": "Account", "cursor": "SystemModstamp"},
        "target": {
            "system": "netsuite",
            "object": "customer",
            "key": "externalId",
            "version": "custentity_sf_version",
        },
        "wins": "source",
        "fields": {
            "externalId": {"from": "Id"},
            "companyName": "Name",
            "isPerson": {"const": False},
            "subsidiary": {"from": "Subsidiary", "as": "reference"},
            "addressBook.items.0.label": {"const": "Main"},
            "addressBook.items.0.defaultBilling": {"const": True},
            "addressBook.items.0.addressBookAddress.city": "City",
            "addressBook.items.0.addressBookAddress.country": {"from": "Country", "as": "country"},
        },
    }
)


@pytest.fixture(scope="module", params=["twin", "real"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_of(request.param, tmp_path_factory.mktemp("netsuite")) as found:
        yield found


@pytest.fixture(params=["soap", "rest"])
def opened(request: pytest.FixtureRequest, place: Place) -> Iterator[Opened]:
    with opening(place, request.param) as made:
        yield made


@pytest.fixture
def key() -> str:
    return f"SF-T-{secrets.token_hex(5)}"


def placed(answer: object) -> str:
    assert isinstance(answer, Placed), answer
    return answer.target_id


def sent(opened: Opened, flow: Flow, *payloads: Payload) -> list[Any]:
    return list(opened.target.upsert(flow, payloads, Priority.REALTIME))


def ordered(opened: Opened, key: str) -> Payload:
    (answer,) = sent(opened, CUSTOMERS, customer(opened.place, f"{key}-C"))
    return order(opened.place, key, placed(answer), load(opened.suiteql).find(opened.place.item).id)


def test_an_order_stands_as_a_payload_would_say_it(opened: Opened, key: str) -> None:
    payload = ordered(opened, key)
    target_id = placed(sent(opened, ORDERS, payload)[0])
    found = opened.target.read(SOLD, [target_id, "99999999"])
    assert set(found) == {target_id}
    fields = found[target_id].fields
    assert fields["externalId"] == key
    assert fields["entity"] == payload.fields["entity"]
    assert fields["tranDate"] == date(2026, 3, 1)
    assert (fields["memo"], fields["custbody_sf_opportunity_id"]) == ("contract", key)
    assert fields["custbody_sf_version"] == "2026-03-01T00:00:00.000Z"
    assert fields["billingAddress"] == {"city": "Oslo", "country": "NO"}
    assert (fields["orderStatus"], fields["status"]) in {(Ref("A"), Ref("A")), (Ref("A"), "A")}  # by either interface
    assert found[target_id].modified.startswith("20")
    assert found[target_id].modified.endswith("Z")
    first, second = fields["item"]["items"]
    wanted = payload.fields["item"]["items"]
    assert first == {"item": wanted[0]["item"], "quantity": Decimal("2.5"), "rate": Decimal("10.1"), "line": 1} | {
        "price": Ref("-1")
    }
    assert (second["line"], second["custcol_sf_line_id"]) == (2, "00k")


def test_a_known_record_is_written_by_its_id_and_takes_our_key(opened: Opened, key: str) -> None:
    (theirs, other) = (placed(one) for one in sent(opened, CUSTOMERS, *strangers(opened, key)))
    changed = {"companyName": f"Ours {key}", "custentity_sf_version": "v2"}
    page = [
        Payload(f"{key}-1", changed, target_id=theirs),
        customer(opened.place, f"{key}-N"),
        Payload(f"{key}-2", changed | {"companyName": f"Two {key}"}, target_id=other),
    ]
    first, new, second = (placed(one) for one in sent(opened, CUSTOMERS, *page))
    assert (first, second) == (theirs, other)
    found = opened.target.find(CUSTOMERS, [one.key for one in page])
    assert [found[one.key].target_id for one in page] == [theirs, new, other]
    assert found[f"{key}-1"].version == "v2"


def strangers(opened: Opened, key: str) -> list[Payload]:
    return [customer(opened.place, f"{key}-OLD-{number}") for number in (1, 2)]


def test_two_records_of_one_call_cannot_be_the_same_one(opened: Opened, key: str) -> None:
    theirs = placed(sent(opened, CUSTOMERS, customer(opened.place, f"{key}-OLD"))[0])
    page = [Payload(f"{key}-{number}", {"phone": "555-1234567"}, target_id=theirs) for number in (1, 2)]
    first, second = sent(opened, CUSTOMERS, *page)
    assert placed(first) == theirs
    assert isinstance(second, Rejected)
    assert second.code == "DUPLICATE_TARGET"


def test_a_line_known_by_its_number_keeps_what_is_not_said_and_the_unnamed_one_goes(opened: Opened, key: str) -> None:
    payload = ordered(opened, key)
    target_id = placed(sent(opened, ORDERS, payload)[0])
    _, second = opened.target.read(SOLD, [target_id])[target_id].fields["item"]["items"]
    fresh = {**payload.fields["item"]["items"][0], "custcol_sf_line_id": "00new"}
    lines = [{"line": second["line"], "quantity": Decimal(7)}, fresh]
    sent(opened, ORDERS, Payload(key, {"item": {"items": lines}}, target_id=target_id))
    kept, added = opened.target.read(SOLD, [target_id])[target_id].fields["item"]["items"]
    assert kept == second | {"quantity": Decimal(7)}
    assert (added["custcol_sf_line_id"], added["quantity"]) == ("00new", Decimal("2.5"))
    assert added["line"] == 3  # numbers follow the order of adding; the core counts on it


def test_what_stands_may_be_written_back_and_changes_nothing(opened: Opened, key: str) -> None:
    payload = ordered(opened, key)
    target_id = placed(sent(opened, ORDERS, payload)[0])
    before = opened.target.read(SOLD, [target_id])[target_id].fields
    lists = {"item": before["item"], "memo": before["memo"]}
    placed(sent(opened, ORDERS, Payload(key, lists, target_id=target_id))[0])
    assert opened.target.read(SOLD, [target_id])[target_id].fields == before


def test_what_finance_changed_and_added_survives_our_change(opened: Opened, key: str) -> None:
    payload = ordered(opened, key)
    lines = [line | {"custcol_sf_line_id": f"00k{place}"} for place, line in enumerate(payload.fields["item"]["items"])]
    agreed = payload.fields | {"item": {"items": lines}}
    target_id = placed(sent(opened, ORDERS, replace(payload, fields=agreed))[0])
    theirs = {"item": payload.fields["item"]["items"][0]["item"], "quantity": Decimal(3), "rate": Decimal(5)}
    before = opened.target.read(SOLD, [target_id])[target_id].fields
    added = {"items": [*before["item"]["items"], theirs | {"price": Ref("-1"), "description": "Freight"}]}
    sent(opened, ORDERS, Payload(key, {"memo": "finance's", "item": added}, target_id=target_id))

    ours = agreed | {"item": {"items": [lines[0] | {"quantity": Decimal(9)}, lines[1]]}}
    ours = {name: ours[name] for name in ("entity", "tranDate", "memo", "custbody_sf_opportunity_id", "item")}
    present = opened.target.read(SOLD, [target_id])[target_id]
    merged = merge(ours, agreed, present.fields, Rulebook.of(SOLD, source_is_newer=True))
    assert set(merged.fields) == {"item"}
    placed(sent(opened, ORDERS, Payload(key, merged.fields, target_id=target_id))[0])
    after = opened.target.read(SOLD, [target_id])[target_id].fields
    assert after["memo"] == "finance's"
    assert [(line["line"], line["quantity"]) for line in after["item"]["items"]] == [(1, 9), (2, 1), (3, 3)]
    columns = "SELECT memo FROM transactionline WHERE transaction = {} AND mainline = 'F' AND id = 3"
    assert opened.suiteql.rows(columns.format(target_id), Priority.BATCH) == [{"memo": "Freight"}]


def test_an_address_keeps_its_id_when_it_is_written_back(opened: Opened, key: str) -> None:
    target_id = placed(sent(opened, CUSTOMERS, customer(opened.place, key))[0])
    before = opened.target.read(KNOWN, [target_id])[target_id].fields
    (address,) = before["addressBook"]["items"]
    assert address["addressBookAddress"] == {"city": "Springfield", "country": "US"}
    moved = {**address, "addressBookAddress": {**address["addressBookAddress"], "city": "Shelbyville"}}
    placed(sent(opened, CUSTOMERS, Payload(key, {"addressBook": {"items": [moved]}}, target_id=target_id))[0])
    after = opened.target.read(KNOWN, [target_id])[target_id].fields
    assert after["addressBook"]["items"] == [moved]
    assert address["line"]


def test_a_record_that_is_not_there_is_refused_and_the_others_are_written(opened: Opened, key: str) -> None:
    theirs = placed(sent(opened, CUSTOMERS, customer(opened.place, f"{key}-OLD"))[0])
    page = [
        Payload(f"{key}-1", {"phone": "555-1234567"}, target_id="99999999"),
        replace(Payload(f"{key}-2", {"phone": "555-1234568"}), target_id=theirs),
    ]
    absent, there = sent(opened, CUSTOMERS, *page)
    assert isinstance(absent, Rejected)
    assert placed(there) == theirs


def matching(kind: str, fields: dict[str, str], **match: list[str]) -> Flow:
    said: dict[str, Any] = KNOWN.model_dump(by_alias=True, exclude_none=True, include={"flow", "owner", "source"})
    target = {"system": "netsuite", "object": kind, "key": "externalId"}
    return Flow.model_validate(said | {"target": target, "fields": {"externalId": "Id"} | fields, "match": match})


def stranger(opened: Opened, name: str, **more: Any) -> str:
    """Make a customer that nobody has given one of our external ids."""
    payload = customer(opened.place, f"ERP-{secrets.token_hex(5)}")
    fields = payload.fields | {"companyName": name} | more
    return placed(sent(opened, CUSTOMERS, replace(payload, fields=fields))[0])


def test_names_that_differ_in_form_only_make_candidates_for_a_person(opened: Opened, key: str) -> None:
    alike = stranger(opened, f"MÜLLER {key} G.m.b.H.")
    away = stranger(opened, f"Müller  {key}, Inc.", isInactive=True)
    other = stranger(opened, f"Müller {key}X AG")
    country = "addressBook.items.0.addressBookAddress.country"
    flow = matching("customer", {"companyName": "Name", country: "Country"}, alike=["companyName", country])
    address = {"addressBookAddress": {"country": "US"}}
    ours = Payload("SF-ACC-1", {"companyName": f"Muller {key} Ltd", "addressBook": {"items": [address]}})
    german = {"addressBook": {"items": [{"addressBookAddress": {"country": "DE"}}]}}
    found, nothing, elsewhere = opened.target.match(
        flow,
        [ours, Payload("SF-ACC-2", {"companyName": "Nobody's O'Name"}), replace(ours, fields=ours.fields | german)],
    )
    assert {one.target_id for one in found} == {alike, away}
    assert other not in {one.target_id for one in found}
    assert not any(one.certain for one in found)
    words = {one.target_id: one.words for one in found}
    assert words[alike] == f"MÜLLER {key} G.m.b.H., Springfield US"
    assert words[away].endswith("(inactive)")
    assert (list(nothing), list(elsewhere)) == ([], [])


def test_an_equal_number_is_proof_and_what_is_ours_already_is_no_candidate(opened: Opened, key: str) -> None:
    theirs = stranger(opened, f"Whoever {key}", accountNumber=key)
    placed(sent(opened, CUSTOMERS, replace_fields(customer(opened.place, f"{key}-OURS"), accountNumber=key))[0])
    flow = matching("customer", {"accountNumber": "Number", "companyName": "Name"}, same=["accountNumber"])
    (found,) = opened.target.match(
        flow, [Payload("SF-ACC-1", {"accountNumber": f" {key.lower()}", "companyName": "X"})]
    )
    assert [(one.target_id, one.certain) for one in found] == [(theirs, True)]


def replace_fields(payload: Payload, **more: Any) -> Payload:
    return replace(payload, fields=payload.fields | more)


def test_one_mailbox_proves_a_person_only_within_a_company(opened: Opened, key: str) -> None:
    company, elsewhere = stranger(opened, f"One {key}"), stranger(opened, f"Two {key}")
    people = matching("contact", {"email": "Email", "lastName": "LastName", "company": "AccountId"}, same=["email"])
    mail = f"{key}@example.com"
    person = Payload(f"ERP-{key}", {"company": Ref(company), "lastName": f"Lee {key}", "email": mail})
    known = placed(sent(opened, people, person)[0])
    here = Payload("SF-CON-1", {"company": Ref(company), "lastName": "Other", "email": mail.upper()})
    there = replace_fields(here, company=Ref(elsewhere))
    found, nobody = opened.target.match(people, [here, there])
    assert [(one.target_id, one.certain, one.words) for one in found] == [(known, True, f"Lee {key}, {mail}")]
    assert list(nobody) == []


def test_what_one_call_wrote_is_not_lost_when_the_next_one_fails(opened: Opened, key: str) -> None:
    theirs = stranger(opened, f"Whoever {key}")
    opened.place.arm(match="updateList|PATCH ", kind="drop_before")
    page = [customer(opened.place, f"{key}-N"), Payload(f"{key}-1", {"phone": "555-1234567"}, target_id=theirs)]
    new, known = sent(opened, CUSTOMERS, *page)
    placed(new)
    assert isinstance(known, Unsettled)
