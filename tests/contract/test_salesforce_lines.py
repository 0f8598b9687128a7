"""Do a record's lines become child records, and a page of many rows one job? The same suite for the twin and a real org."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce.target import Hand, SalesforceTarget
from flows.errors import IsthmusError, Misconfigured, Rejected, Transient, Unsettled
from flows.model import Placed
from mappings.language import Flow
from mappings.values import Payload
from tests.contract.salesforce_org import LATER, MARK, NOW, Org, create, priced, serve

KEY = "NetSuite_Internal_ID__c"
LINES = "NetSuite_Invoice_Lines__r"


@pytest.fixture(scope="module", params=["twin", "real"])
def org(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    yield from serve(request.param, tmp_path_factory.mktemp("twin"))


@pytest.fixture(params=["collections", "ingest"])
def hand(request: pytest.FixtureRequest) -> Hand:
    """Return both ways to write: as it is for few rows, and as it is for many."""
    return Hand() if request.param == "collections" else Hand(ingest_from=1, rest=lambda _: None)


def invoices(**more: Any) -> Flow:
    line = {KEY: "key", "Amount__c": {"from": "amount", "as": "decimal"}, "Description__c": "text"}
    fields = {KEY: "id", "Name": "tranid", f"{LINES}.records": {"each": "lines.records", "key": "key", "fields": line}}
    source = {"system": "netsuite", "object": "invoice", "cursor": "lastmodifieddate"}
    target = {"system": "salesforce", "object": "NetSuite_Invoice__c", "key": KEY}
    told = {"flow": "invoices", "owner": "us", "source": source, "target": target, "fields": fields}
    return Flow.model_validate(told | more)


def key() -> str:
    return uuid.uuid4().hex[:14]


def payload(name: str, amounts: Mapping[str, object], **fields: object) -> Payload:
    lines = [{KEY: f"{name}-{one}", "Amount__c": amount} for one, amount in amounts.items()]
    own = {KEY: name, "Name": f"INV {name}", LINES: {"records": lines}}
    return Payload(name, own | fields, tuple(f"{name}-{one}" for one in amounts))


def lines_of(org: Org, *invoices: str) -> dict[str, tuple[str, Decimal | None]]:
    """Return the invoices' lines by key: their Id and amount."""
    among = ", ".join(f"'{one}'" for one in invoices)
    soql = f"SELECT Id, {KEY}, Amount__c FROM NetSuite_Invoice_Line__c WHERE Invoice__c IN ({among})"
    return {str(one[KEY])[-1]: (one["Id"], one["Amount__c"]) for one in org.line().query(soql, NOW)["records"]}


def placed(answers: Sequence[object]) -> list[Placed]:
    assert all(isinstance(one, Placed) for one in answers), answers
    return [one for one in answers if isinstance(one, Placed)]


def test_lines_come_change_and_go_with_their_record(org: Org, hand: Hand) -> None:
    target, flow, name = SalesforceTarget(org.line(), hand), invoices(), key()
    (first,) = placed(target.upsert(flow, [payload(name, {"1": Decimal("10.10"), "2": Decimal(5)})], LATER))
    before = lines_of(org, first.target_id)
    assert {one: amount for one, (_, amount) in before.items()} == {"1": Decimal("10.10"), "2": Decimal(5)}
    assert first.lines == {f"{name}-{one}": found for one, (found, _) in before.items()}
    (own,) = create(
        org.line(), "NetSuite_Invoice_Line__c", [{"Invoice__c": first.target_id, "Description__c": "by hand"}]
    )
    (second,) = placed(target.upsert(flow, [payload(name, {"2": None, "3": Decimal("0.01")})], LATER))
    after = lines_of(org, first.target_id)
    assert after.pop("e")[0] == own  # str(None): a line without a key of ours is a person's
    assert {one: amount for one, (_, amount) in after.items()} == {"2": None, "3": Decimal("0.01")}
    assert (second.target_id, after["2"][0]) == (first.target_id, before["2"][0])
    assert placed(target.upsert(flow, [payload(name, {"2": None, "3": Decimal("0.01")})], LATER)) == [second]
    placed(target.upsert(flow, [payload(name, {})], LATER))
    assert list(lines_of(org, first.target_id)) == ["e"]


def test_a_line_s_refusal_is_its_record_s_and_the_others_stand(org: Org, hand: Hand) -> None:
    target, flow, name = SalesforceTarget(org.line(), hand), invoices(), key()
    wrong = payload(name, {"1": Decimal(1)})
    wrong.fields[LINES]["records"].append({KEY: f"{name}-2", "Description__c": "x" * 256})
    nameless = payload(key(), {"1": Decimal(1)}, Name="x" * 81)
    refused, fine, never = target.upsert(flow, [wrong, payload(key(), {"1": Decimal(1)}), nameless], LATER)
    assert isinstance(refused, Rejected)
    assert (refused.code, f"{name}-2" in refused.field, "Description__c" in refused.field) == (
        "STRING_TOO_LONG",
        True,
        True,
    )
    assert isinstance(fine, Placed)
    assert isinstance(never, Rejected)
    repaired = payload(name, {"1": Decimal(1), "2": Decimal(2)})
    assert len(placed(target.upsert(flow, [repaired], LATER))[0].lines) == 2


def test_lines_that_are_named_by_id_are_only_changed(org: Org) -> None:
    line = org.line()
    book, sold = priced(line)
    wish = {"Name": MARK, "StageName": "Closed Won", "CloseDate": "2026-03-01", "Pricebook2Id": book}
    (deal,) = create(line, "Opportunity", [wish])
    one = {**sold, "Quantity": Decimal(2), "UnitPrice": Decimal(3), "OpportunityId": deal}
    (sale,) = create(line, "OpportunityLineItem", [one])
    rule = {"each": "lines.records", "fields": {"Id": {"from": "sf", "optional": True}, "NetSuite_Line_ID__c": "line"}}
    fields = {"Id": "id", "OpportunityLineItems.records": rule}
    flow = invoices(target={"system": "salesforce", "object": "Opportunity", "key": "Id"}, fields=fields)
    records = [
        {"Id": sale, "NetSuite_Line_ID__c": "7"},
        {"Id": "00k000000000000AAA", "NetSuite_Line_ID__c": "gone"},
        {"NetSuite_Line_ID__c": "finance's own"},
    ]
    given = Payload(deal, {"Id": deal, "OpportunityLineItems": {"records": records}})
    placed(SalesforceTarget(line).upsert(flow, [given], NOW))
    soql = f"SELECT NetSuite_Line_ID__c FROM OpportunityLineItem WHERE OpportunityId = '{deal}'"
    assert [found["NetSuite_Line_ID__c"] for found in line.query(soql, NOW)["records"]] == ["7"]


def test_many_rows_are_one_job_and_each_is_answered_for_itself(org: Org) -> None:
    target, flow = SalesforceTarget(org.line(), Hand(ingest_from=3, rest=lambda _: None)), invoices()
    names = [key() for _ in range(3)]
    texts = [f'{MARK} é, "q"\nli\u2028ne', "x" * 81, "fine"]
    fields = [
        {KEY: one, "Name": text, "Total__c": Decimal("1234567.89")} for one, text in zip(names, texts, strict=True)
    ]
    first, long, fine = target.upsert(flow, [Payload(one[KEY], one) for one in fields], LATER)  # type: ignore[arg-type]
    assert isinstance(first, Placed)
    assert isinstance(fine, Placed)
    assert isinstance(long, Rejected)
    assert (long.code, long.field) == ("STRING_TOO_LONG", "Name")
    soql = f"SELECT Name, Total__c FROM NetSuite_Invoice__c WHERE Id = '{first.target_id}'"
    (found,) = org.line().query(soql, NOW)["records"]
    assert (found["Name"], found["Total__c"]) == (texts[0], Decimal("1234567.89"))
    again = [Payload(one, {KEY: one, "Total__c": None}) for one in names]
    target.upsert(flow, again, LATER)
    assert org.line().query(soql, NOW)["records"][0]["Total__c"] is None


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("PUT .*batches", Transient),
        ("PATCH .*jobs/ingest", None),
        ("GET .*successfulResults", None),
    ],
)
def test_a_job_that_is_disturbed_is_known_to_be_written_or_not(
    org: Org, match: str, expected: type[IsthmusError] | None
) -> None:
    target, flow = SalesforceTarget(org.line(), Hand(ingest_from=1, rest=lambda _: None)), invoices()
    org.arm(match=match, kind="drop", times=1)
    name = key()
    if expected is None:
        assert placed(target.upsert(flow, [Payload(name, {KEY: name})], LATER))
        return
    with pytest.raises(expected) as caught:
        target.upsert(flow, [Payload(name, {KEY: name})], LATER)
    assert not isinstance(caught.value, Unsettled)


def test_results_that_cannot_be_had_leave_the_outcome_open(org: Org) -> None:
    target, flow, name = SalesforceTarget(org.line(), Hand(ingest_from=1, rest=lambda _: None)), invoices(), key()
    org.arm(match="GET .*successfulResults", kind="drop", times=3)
    with pytest.raises(Unsettled):
        target.upsert(flow, [Payload(name, {KEY: name})], LATER)
    assert target.find(flow, [name])


def test_a_field_that_the_org_does_not_know_is_nobody_s_fault(org: Org, hand: Hand) -> None:
    name = key()
    try:
        (told,) = SalesforceTarget(org.line(), hand).upsert(
            invoices(), [Payload(name, {KEY: name, "Nothing__c": 1})], LATER
        )
    except IsthmusError as whole:  # a job is refused as one
        told = whole
    assert isinstance(told, Misconfigured)
