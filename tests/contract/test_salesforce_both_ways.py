"""Does the connector know what is gone, who leads where, and how records stand? The same suite for the twin and a real org."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce.source import SalesforceSource
from connectors.salesforce.target import SalesforceTarget
from flows.errors import Rejected
from flows.model import Placed
from mappings.language import Flow
from mappings.values import Payload, Ref
from tests.contract.salesforce_org import LATER, MARK, REST, Org, create, delete, serve

PLAIN = {"StageName": "Closed Won", "CloseDate": "2026-03-01", "Type": MARK}
KEY = "NetSuite_Internal_ID__c"


@pytest.fixture(scope="module", params=["twin", "real"])
def org(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    yield from serve(request.param, tmp_path_factory.mktemp("twin"))


def reading(**more: Any) -> Flow:
    """Return a flow that reads won opportunities of ours."""
    source = {"system": "salesforce", "object": "Opportunity", "cursor": "SystemModstamp"}
    where = {"StageName": "Closed Won", "Type": MARK}
    target = {"system": "netsuite", "object": "salesOrder", "key": "externalId"}
    fields = {"externalId": {"from": "Id", "as": "external_id"}, "memo": {"from": "Name"}}
    told = {"flow": "deals", "owner": "us", "source": source | {"where": where}, "target": target, "fields": fields}
    return Flow.model_validate(told | more)


def writing(kind: str = "Account", **more: Any) -> Flow:
    """Return a flow that writes accounts."""
    target = {"system": "salesforce", "object": kind, "key": KEY}
    fields = {KEY: "id", "Name": "name", "ParentId": {"from": "parent", "bind": "accounts", "optional": True}}
    source = {"system": "netsuite", "object": "customer", "cursor": "lastmodifieddate"}
    return Flow.model_validate(
        {"flow": "accounts", "owner": "us", "source": source, "target": target, "fields": fields} | more
    )


def key() -> str:
    return uuid.uuid4().hex[:18]


def test_what_was_deleted_is_told_as_gone(org: Org) -> None:
    line, since = org.line(), datetime.now(UTC) - timedelta(minutes=1)
    stays, goes = create(line, "Opportunity", [PLAIN | {"Name": "stays"}, PLAIN | {"Name": "goes"}])
    delete(line, goes)
    source, flow = SalesforceSource(line, REST), reading()
    found = [one for page in source.removed(flow, since) for one in page.records]
    mine = [one for one in found if one.id in {stays, goes}]
    assert [(one.id, one.gone) for one in mine] == [(goes, True)]
    assert (mine[0].fields["Name"], mine[0].version >= f"{since:%Y-%m-%dT%H:%M}") == ("goes", True)
    assert [page.cursor for page in source.removed(flow, since)] == [None] * len(list(source.removed(flow, since)))
    assert not list(source.removed(flow, datetime.now(UTC) + timedelta(hours=1)))
    named = {one.id: one for page in source.named(flow, [goes[:15], stays]) for one in page.records}
    assert {name: one.gone for name, one in named.items()} == {goes: True, stays: False}
    assert named[goes] == mine[0]


def test_only_a_flow_that_says_what_gone_means_reads_what_it_selects_no_more(org: Org) -> None:
    line = org.line()
    lost, won = create(line, "Opportunity", [PLAIN | {"Name": "l", "StageName": "Closed Lost"}, PLAIN | {"Name": "w"}])
    since, source = datetime.now(UTC) - timedelta(minutes=1), SalesforceSource(line, REST)
    gone = reading(gone={"memo": {"const": "was lost"}})
    read = {one.id: one for page in source.changed(gone, since) for one in page.records}
    assert {lost, won} <= read.keys()
    assert read[lost].fields["StageName"] == "Closed Lost"
    for flow, start in ((reading(), since), (gone, None)):
        ids = {one.id for page in source.changed(flow, start) for one in page.records}
        assert (won in ids, lost in ids) == (True, False)


def test_heirs_are_those_that_lead_to_the_ids(org: Org) -> None:
    line = org.line()
    account, other = create(line, "Account", [{"Name": f"{MARK} heir"}, {"Name": f"{MARK} nobody's"}])
    (deal,) = create(line, "Opportunity", [PLAIN | {"Name": "led", "AccountId": account}])
    assert SalesforceSource(line).heirs(reading(), "AccountId", [account, other]) == {account: deal}


def test_a_record_that_is_known_is_written_by_id_and_given_its_key(org: Org) -> None:
    line, ours = org.line(), key()
    (known,) = create(line, "Account", [{"Name": f"{MARK} known"}])
    target, flow, new = SalesforceTarget(line), writing(), key()
    fields = {KEY: ours, "Name": f"{MARK} renamed"}
    payloads = [
        Payload(new, {KEY: new, "Name": f"{MARK} new"}),
        Payload(ours, fields, target_id=known),
        Payload(key(), {KEY: key(), "Name": None}),
        Payload(ours, fields, target_id=known),
    ]
    fresh, placed, nameless, twice = target.upsert(flow, payloads, LATER)
    assert isinstance(fresh, Placed)
    assert placed == Placed(known)
    assert isinstance(nameless, Rejected)
    assert getattr(twice, "code", "") == "KEY_TWICE_IN_CALL"
    assert target.find(flow, [ours, new]).keys() == {ours, new}
    assert target.find(flow, [ours])[ours].target_id == known


def test_a_record_is_read_back_in_the_words_in_which_it_is_written(org: Org) -> None:
    line, ours = org.line(), key()
    (parent,) = create(line, "Account", [{"Name": f"{MARK} over"}])
    wish = {"Name": f"{MARK} under", "ParentId": parent, KEY: ours, "NetSuite_Balance__c": Decimal("12.50")}
    (child,) = create(line, "Account", [wish | {"NetSuite_Last_Sync__c": "2026-03-01T13:00:00.000Z"}])
    more = {"NetSuite_Balance__c": {"from": "b", "as": "decimal"}, "NetSuite_Last_Sync__c": {"from": "t"}}
    flow = writing(fields=writing().model_dump(by_alias=True, exclude_defaults=True)["fields"] | more)
    present = SalesforceTarget(line).read(flow, [child, "001000000000000AAA"])
    assert list(present) == [child]
    assert present[child].fields == {
        "Id": child,
        KEY: ours,
        "Name": wish["Name"],
        "ParentId": Ref(parent),
        "NetSuite_Balance__c": Decimal("12.5"),
        "NetSuite_Last_Sync__c": datetime(2026, 3, 1, 13, tzinfo=UTC),
    }
    assert present[child].modified.endswith("Z")


def test_what_a_field_proves_is_certain_and_what_looks_alike_is_not(org: Org) -> None:
    line, word = org.line(), uuid.uuid4().hex[:8]
    named = {"BillingCountry": "DE", "Website": f"https://www.{word}.example/"}
    proven, alike, bound, _ = create(
        line,
        "Account",
        [
            {"Name": "Something else", "Website": f"http://{word}.example"} | {"AccountNumber": word},
            {"Name": f"The {word} Société, Inc.", "BillingCountry": "de"},
            {"Name": f"{word} societe", "BillingCountry": "DE", KEY: key()},
            {"Name": f"{word} societe", "BillingCountry": "FR"},
        ],
    )
    flow = writing(match={"same": ["AccountNumber"], "alike": ["Name", "BillingCountry"]})
    asked = Payload(key(), {"Name": f"{word} SOCIETE", "AccountNumber": word.upper(), **named})
    found, none = SalesforceTarget(line).match(flow, [asked, Payload(key(), {"Name": "Nobody's"})])
    assert {(one.target_id, one.certain) for one in found} == {(proven, True), (alike, False)}
    assert none == []
    assert bound not in {one.target_id for one in found}


def test_what_is_written_just_so_goes_before_what_is_written_nearly_so(org: Org) -> None:
    line, word = org.line(), uuid.uuid4().hex[:8]
    codes = (word, word.upper(), f"{word} ")
    exact, *_ = create(line, "Account", [{"Name": f"Coded {code}", "AccountNumber": code} for code in codes])
    flow = writing(match={"same": ["AccountNumber"]})
    (found,) = SalesforceTarget(line).match(flow, [Payload(key(), {"Name": "Coded", "AccountNumber": word})])
    assert (found[0].target_id, found[0].certain) == (exact, True)
