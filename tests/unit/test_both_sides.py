"""What becomes of a record that both sides have, both sides change, or one side lets go?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.acquaint import DECIDED
from flows.compare import SETTLED, decision_name
from flows.model import Reading, Record
from flows.replay import replay
from flows.standing import Candidate, Present
from mappings.merge import Rulebook, merge
from mappings.values import Ref, Reference
from tests.unit.core_stage import CUSTOMERS, ORDERS, Stage, account, deal

KEY = f"SF-OPP-{deal().id}"
ACCOUNT = f"SF-ACC-{account().id}"
LEADS, BACK = "lead_to_customer", "customer_to_account"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def ordered(stage: Stage, *, status: str = "A", **changed: Any) -> None:
    """Deliver one won deal; then the order stands with its status, and with what finance has changed."""
    stage.has(CUSTOMERS, account())
    stage.has(ORDERS, deal())
    stage.capture(CUSTOMERS)
    stage.capture(ORDERS)
    stage.work()
    assert stage.states() == {"delivered": 1}
    held = stage.target.held[KEY].fields
    line = held["item"]["items"][0] | {"line": 1}
    fields = held | {"orderStatus": status, "item": {"items": [line]}} | changed
    stage.target.present[f"T-{KEY}"] = Present(f"T-{KEY}", fields, "2026-11-01T00:00:00.000Z")
    stage.target.written.clear()


def edit(stage: Stage, **fields: Any) -> None:
    stage.has(ORDERS, deal(version=2, **fields))
    stage.capture(ORDERS)
    stage.work()


def letter(stage: Stage) -> Any:
    (found,) = stage.ledger.reports.dead_letters(None, None, None)
    return found


def test_only_what_changed_is_written_and_what_finance_changed_stays(stage: Stage) -> None:
    ordered(stage, memo="Finance's own words")
    edit(stage, PO_Number__c="PO-1")
    (written,) = stage.target.written
    assert str(written.fields.pop("custbody_sf_version")).startswith("2026-11-02T00:00:00.000+0000 ")
    assert written.fields == {"externalId": KEY, "otherRefNum": "PO-1"}
    assert written.target_id == f"T-{KEY}"


def test_what_both_changed_waits_for_a_person_who_says_whose_stands(stage: Stage) -> None:
    ordered(stage, memo="Finance's own words")
    edit(stage, Name="Renamed by sales")
    held = letter(stage)
    assert (held.code, held.field, held.value, held.candidates) == (
        "CONFLICT",
        "memo",
        "Renamed by sales",
        ("Finance's own words",),
    )
    assert not stage.target.written
    name = decision_name(held.source_id, held.version)
    stage.ledger.memory.set_override(SETTLED.format(ORDERS), name, "source", "ada", stage.now)
    replay([held.id], "ada", stage.ledger.queue, stage.bell, stage.now)
    stage.work()
    assert stage.target.written[0].fields["memo"] == "Renamed by sales"
    (clash,) = stage.ledger.reports.clashes(ORDERS, held.source_id)
    assert (clash.path, clash.won) == ("memo", "source")


def test_an_order_that_finance_approved_is_not_changed(stage: Stage) -> None:
    ordered(stage, status="B")
    edit(stage, PO_Number__c="PO-1")
    assert letter(stage).code == "CHANGE_ORDER_NEEDED"
    assert not stage.target.written


def test_an_approved_order_that_needs_no_change_is_no_one_s_business(stage: Stage) -> None:
    ordered(stage, status="B", otherRefNum="PO-1")
    edit(stage, PO_Number__c="PO-1")
    assert stage.states() == {"delivered": 1, "unchanged": 1}
    assert not stage.target.written


def test_a_lost_deal_closes_the_lines_of_its_order_and_a_won_one_opens_them(stage: Stage) -> None:
    ordered(stage)
    edit(stage, StageName="Closed Lost")
    (closing,) = stage.target.written
    assert [line["isClosed"] for line in closing.fields["item"]["items"]] == [True]
    assert "memo" not in closing.fields
    present = stage.target.present[f"T-{KEY}"]
    closed = present.fields["item"]["items"][0] | {"isClosed": True}
    stage.target.present[f"T-{KEY}"] = replace(present, fields=present.fields | {"item": {"items": [closed]}})
    stage.has(ORDERS, deal(version=3))
    stage.capture(ORDERS)
    stage.work()
    assert [line["isClosed"] for line in stage.target.written[-1].fields["item"]["items"]] == [False]


def test_a_record_that_may_not_be_looked_at_holds_no_other(stage: Stage) -> None:
    deals = [deal(number) for number in (1, 2, 3)]
    stage.has(CUSTOMERS, account())
    stage.has(ORDERS, *deals)
    stage.capture(CUSTOMERS)
    stage.capture(ORDERS)
    stage.work()
    stage.target.written.clear()
    stage.target.locked = {f"T-SF-OPP-{deals[1].id}"}
    stage.has(ORDERS, *(deal(number, version=2, Name="Renamed") for number in (1, 2, 3)))
    stage.capture(ORDERS)
    stage.work()
    assert {one.key for one in stage.target.written} == {f"SF-OPP-{deals[0].id}", f"SF-OPP-{deals[2].id}"}
    assert letter(stage).code == "LOCKED"


def test_a_line_that_is_added_behind_one_of_finance_s_is_known_by_its_own_number(stage: Stage) -> None:
    ordered(stage)
    present = stage.target.present[f"T-{KEY}"]
    (ours,) = present.fields["item"]["items"]
    freight = {"line": 2, "item": Ref("9"), "quantity": Decimal(1), "rate": Decimal(5)}
    held = present.fields | {"item": {"items": [ours, freight]}}
    stage.target.present[f"T-{KEY}"] = replace(present, fields=held)
    first = deal().fields["OpportunityLineItems"]["records"][0]  # type: ignore[index]  # the shape is core_stage's
    second = first | {"Id": "00k000000000099AAA"}
    edit(stage, Amount=100, OpportunityLineItems={"records": [first, second]})
    own = Reference(ORDERS, deal().id)
    lines = stage.ledger.memory.bindings([own])[own].lines
    assert lines == {first["Id"]: "1", second["Id"]: "3"}


def test_a_lost_deal_whose_order_is_approved_is_told_to_a_person(stage: Stage) -> None:
    ordered(stage, status="B")
    edit(stage, StageName="Closed Lost")
    assert letter(stage).code == "CHANGE_ORDER_NEEDED"


def test_a_deleted_deal_closes_its_order_and_one_never_ordered_does_nothing(stage: Stage) -> None:
    ordered(stage)
    gone = Record(deal().id, "2026-11-03T00:00:00.000Z", {"Id": deal().id}, gone=True)
    never = Record(deal(7).id, "2026-11-03T00:00:00.000Z", {"Id": deal(7).id}, gone=True)
    stage.source.deleted[ORDERS] = [gone, never]
    stage.capture(ORDERS)
    stage.work()
    assert [line["isClosed"] for line in stage.target.written[0].fields["item"]["items"]] == [True]
    assert stage.states() == {"delivered": 2, "filtered": 1}


def test_an_order_that_somebody_deleted_is_not_made_again(stage: Stage) -> None:
    ordered(stage)
    stage.target.held.clear()
    stage.target.present.clear()
    edit(stage, PO_Number__c="PO-1")
    assert letter(stage).code == "TARGET_DELETED"


def test_an_attempt_whose_end_nobody_saw_is_not_repeated(stage: Stage) -> None:
    ordered(stage, otherRefNum="PO-1")
    edit(stage, PO_Number__c="PO-1")
    assert not stage.target.written
    assert stage.states() == {"delivered": 1, "unchanged": 1}


def customers(stage: Stage, **fields: Any) -> None:
    stage.has(CUSTOMERS, account(**fields))
    stage.capture(CUSTOMERS)
    stage.work()


def test_a_customer_that_is_proven_is_adopted_and_given_our_key(stage: Stage) -> None:
    stage.target.alike[ACCOUNT] = [Candidate("105", "Acme", certain=True), Candidate("106", "Acme", certain=False)]
    stage.target.present["105"] = Present("105", {"companyName": "Acme"}, "2026-11-01T00:00:00.000Z")
    customers(stage)
    (written,) = stage.target.written
    assert (written.target_id, written.fields["externalId"]) == ("105", ACCOUNT)


def test_a_customer_that_is_only_alike_waits_for_a_person(stage: Stage) -> None:
    stage.target.alike[ACCOUNT] = [Candidate("105", "Acme Ltd, Berlin DE", certain=False)]
    customers(stage)
    held = letter(stage)
    assert (held.code, held.candidates) == ("POSSIBLE_DUPLICATE", ("105 Acme Ltd, Berlin DE",))
    assert f"isthmus bind {CUSTOMERS} {account().id} 105" in held.hint


@pytest.mark.parametrize(("said", "goes_to"), [("105", "105"), ("new", f"T-{ACCOUNT}")])
def test_what_a_person_decides_is_done(stage: Stage, said: str, goes_to: str) -> None:
    stage.target.alike[ACCOUNT] = [Candidate("105", "Acme Ltd", certain=False)]
    stage.target.present["105"] = Present("105", {}, "2026-11-01T00:00:00.000Z")
    customers(stage)
    stage.ledger.memory.set_override(DECIDED.format(CUSTOMERS), account().id, said, "ada", stage.now)
    replay([letter(stage).id], "ada", stage.ledger.queue, stage.bell, stage.now)
    stage.work()
    assert stage.states(CUSTOMERS) == {"delivered": 1}
    assert (stage.target.written[0].target_id or f"T-{ACCOUNT}") == goes_to


def test_a_converted_lead_s_customer_becomes_the_account_s(stage: Stage) -> None:
    lead = {"Id": "00Q000000000001AAA", "Company": "Acme", "Status": "Open - Not Contacted", "CurrencyIsoCode": "USD"}
    fields = lead | {"IsConverted": False, "SystemModstamp": "2026-11-01T00:00:00.000+0000"}
    stage.has(LEADS, Record(lead["Id"], "2026-11-01T00:00:00.000Z", fields))
    stage.capture(LEADS)
    stage.work()
    (first,) = stage.target.written
    stage.source.led[LEADS, "ConvertedAccountId"] = {account().id: lead["Id"]}
    customers(stage)
    assert stage.target.written[1].target_id == f"T-{first.key}"
    assert stage.target.written[1].fields["externalId"] == ACCOUNT


def test_a_pair_is_known_from_both_ends_and_an_echo_writes_nothing(stage: Stage) -> None:
    customers(stage)
    at = f"T-{ACCOUNT}"
    stage.target.present[account().id] = Present(
        account().id, {"NetSuite_Internal_ID__c": at, "Name": "Customer 1", "NetSuite_Sync_Status__c": "Synced"}, ""
    )
    back = {"id": at, "companyname": "Customer 1", "currency": "1", "lastmodifieddate": "2026-11-02 00:00:00"}
    stage.has(BACK, Record(at, "2026-11-02T00:00:00.000Z", back))
    stage.target.written.clear()
    stage.capture(BACK, Reading.FULL)
    stage.work()
    assert stage.states(BACK) == {"unchanged": 1}
    assert not stage.target.written


WINNERS = [("source", {"a": 2}), ("target", {}), ("person", {}), ("latest", {"a": 2})]


@pytest.mark.parametrize(("wins", "written"), WINNERS)
def test_a_clash_goes_by_who_wins(wins: Any, written: dict[str, int]) -> None:
    merged = merge({"a": 2}, {"a": 1}, {"a": 3}, Rulebook(lambda _path: wins, {}))
    assert merged.fields == written
    assert [clash.won for clash in merged.clashes] == ["source" if wins == "latest" else wins]


@pytest.mark.parametrize(("wins", "written"), [("source", {"a": 1}), ("target", {}), ("latest", {}), ("person", {})])
def test_a_field_that_one_side_owns_holds_what_that_side_says(wins: Any, written: dict[str, int]) -> None:
    merged = merge({"a": 1}, {"a": 1}, {"a": 3}, Rulebook(lambda _path: wins, {}))
    assert merged.fields == written
    assert not merged.clashes


@pytest.mark.parametrize(
    ("ours", "base", "theirs", "written"),
    [
        ({"a": 1}, {"a": 1}, {"a": 1}, {}),
        ({"a": 2}, {"a": 1}, {"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": 1}, {"a": 2}, {}),
        ({"a": 1}, None, {}, {"a": 1}),
        ({"a": Decimal("1.50")}, {"a": "1.5"}, {"a": 2}, {}),
        ({"a": Ref("7")}, {"a": {"ref": "7"}}, {"a": Ref("8")}, {}),
        ({"a": date(2026, 1, 2)}, None, {"a": "2026-01-02"}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 1}}, {"a": {"b": 9, "c": 1}}, {"a": {"c": 2}}),
    ],
)
def test_three_ways_are_compared_field_by_field(
    ours: dict[str, Any], base: dict[str, Any] | None, theirs: dict[str, Any], written: dict[str, Any]
) -> None:
    merged = merge(ours, base, theirs, Rulebook(lambda _path: "person", {}))
    assert merged.fields == written
    assert not merged.clashes


def test_lines_are_known_again_by_their_source_id_and_a_line_of_finance_stays() -> None:
    base = [{"id": "x", "qty": 1}, {"id": "y", "qty": 1}]
    theirs = [{"line": 1, "id": "x", "qty": 1}, {"line": 2, "item": "freight"}, {"line": 3, "id": "y", "qty": 1}]
    ours = [{"id": "x", "qty": 5}, {"id": "z", "qty": 2}]
    merged = merge({"l": ours}, {"l": base}, {"l": theirs}, Rulebook(lambda _path: "person", {("l",): "id"}))
    assert merged.fields == {
        "l": [{"line": 1, "id": "x", "qty": 5}, {"id": "z", "qty": 2}, {"line": 2, "item": "freight"}]
    }
