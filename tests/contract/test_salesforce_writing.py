"""Does the target keep its port's promises against an org? The same suite for the twin and for a real one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.salesforce.soql import Asked, Cut, among, select
from connectors.salesforce.target import SalesforceTarget
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.model import Found, Placed
from mappings.values import Payload
from tests.contract.salesforce_org import LATER, MARK, NOW, WON, Org, Side, fill, flow, serve


@pytest.fixture(scope="module", params=["twin", "real"])
def org(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    yield from serve(request.param, tmp_path_factory.mktemp("twin"))


@pytest.fixture(scope="module")
def won(org: Org) -> Sequence[str]:
    return fill(org)


def test_values_arrive_exactly_and_none_clears(org: Org, won: Sequence[str]) -> None:
    fields = {
        "NetSuite_Order_Total__c": Decimal("1234567890123.45"),
        "NetSuite_Sync_Message__c": "Grüße \u2028 'x' 日本",
        "NetSuite_Last_Sync__c": datetime(2026, 3, 1, 13, 0, tzinfo=UTC),
        "PO_Number__c": None,
    }
    target = SalesforceTarget(org.line())
    assert target.upsert(WON, [Payload(won[1], {"PO_Number__c": "P"}, ())], LATER) == [Placed(won[1])]
    assert target.upsert(WON, [Payload(won[1], dict(fields), ())], LATER) == [Placed(won[1])]
    written = Asked("Opportunity", "", tuple(fields), {}, {})
    (answer,) = org.line().query(select(written, Cut([among("Id", won[1:2])])), NOW)["records"]
    assert answer["NetSuite_Order_Total__c"] == Decimal("1234567890123.45")
    assert answer["NetSuite_Sync_Message__c"] == fields["NetSuite_Sync_Message__c"]
    assert datetime.fromisoformat(answer["NetSuite_Last_Sync__c"]) == fields["NetSuite_Last_Sync__c"]
    assert answer["PO_Number__c"] is None


def test_each_row_is_answered_for_itself(org: Org, won: Sequence[str]) -> None:
    payloads = [
        Payload(won[2], {"PO_Number__c": "fine"}, ()),
        Payload(won[3], {"PO_Number__c": "x" * 61}, ()),
        Payload("006000000000000AAA", {"PO_Number__c": "gone"}, ()),
        Payload(won[4], {"IsWon": True}, ()),
        Payload(won[2], {"PO_Number__c": "again"}, ()),
    ]
    placed, long, gone, closed, twice = SalesforceTarget(org.line()).upsert(WON, payloads, NOW)
    assert placed == Placed(won[2])
    assert isinstance(long, Rejected)
    assert (long.code, long.field) == ("STRING_TOO_LONG", "PO_Number__c")
    assert isinstance(gone, Rejected)
    assert isinstance(closed, Misconfigured)
    assert type(twice) is Transient


def test_an_external_id_makes_one_record_however_often_it_is_sent(org: Org, won: Sequence[str]) -> None:
    keyed = flow({}, Side(object="Account", key="NetSuite_Internal_ID__c", version="AccountNumber"))
    key, target = uuid.uuid4().hex[:18], SalesforceTarget(org.line())
    payload = Payload(key, {"Name": MARK, "AccountNumber": "v1", "NetSuite_Internal_ID__c": key}, ())
    (first,), (second,) = target.upsert(keyed, [payload], NOW), target.upsert(keyed, [payload], NOW)
    assert isinstance(first, Placed)
    assert first == second
    assert target.find(keyed, [key, "absent"]) == {key: Found(first.target_id, "v1")}
    assert target.page(keyed) == 5000
    assert won


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("drop", Unsettled),
        ("drop_before", Unsettled),
        ("commit_then_500", Unsettled),
        ("garbage", Unsettled),
        ("slow", Unsettled),
        ("maintenance", Unreachable),
        ("busy", Throttled),
        ("daily_limit", Throttled),
        ("lock", Transient),
    ],
)
def test_a_write_that_fails_says_what_happens_next(
    org: Org, won: Sequence[str], kind: str, expected: type[IsthmusError]
) -> None:
    org.arm(match="PATCH .*composite", kind=kind, times=1, seconds=3)
    with pytest.raises(IsthmusError) as caught:
        SalesforceTarget(org.line()).upsert(WON, [Payload(won[5], {"PO_Number__c": kind}, ())], NOW)
    assert type(caught.value) is expected


def test_a_session_that_ends_costs_a_write_nothing(org: Org, won: Sequence[str]) -> None:
    line = org.line()
    line.get("limits", NOW)
    org.arm(match="PATCH .*composite", kind="expire", times=1)
    payload = Payload(won[5], {"PO_Number__c": "renewed"}, ())
    assert SalesforceTarget(line).upsert(WON, [payload], NOW) == [Placed(won[5])]
