"""Is a term of a contract renewed once, by the account's own way of selling, and never by guesswork?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.elsewhere import words
from flows.errors import Misconfigured, Rejected
from flows.explain import explain
from flows.model import Reading, Record
from flows.replay import replay
from flows.world import World
from mappings.registry import Context
from mappings.revenue.renewing import cotermed_from, renewal_end, renewal_key, renewed_from
from tests.unit.core_stage import CUSTOMERS, Stage, account, deal

RENEWALS = "renewal_to_sales_order"
CONTRACT = "800000000000001AAA"
KEY = f"SF-REN-{CONTRACT}-2027-01-01"
CONTEXT: Context = None  # type: ignore[assignment] # none of these looks at it


def renewal(number: int = 1, version: int = 1, *, ends: str = "2026-12-31", **fields: Any) -> Record:
    contract = {"Status": "Activated", "EndDate": ends, "ContractTerm": 12}
    made = deal(number, version, StageName="Renewal", Type="Renewal", ContractId=CONTRACT, Contract=contract)
    (line,) = made.fields["OpportunityLineItems"]["records"]  # type: ignore[index] # as `deal` makes it
    line["Opportunity"] = {"Contract": contract}
    return replace(made, fields=dict(made.fields) | fields)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.has(CUSTOMERS, account())
    made.capture(CUSTOMERS)
    made.work()
    made.target.calls.clear()
    return made


def carry(stage: Stage, *records: Record) -> None:
    stage.has(RENEWALS, *records)
    stage.capture(RENEWALS)
    stage.work(2)


def letter(stage: Stage) -> Any:
    (found,) = stage.ledger.reports.dead_letters(RENEWALS, None, None)
    return found


def test_a_second_opportunity_for_one_term_is_a_conflict_that_names_the_first(stage: Stage) -> None:
    carry(stage, renewal(1))
    carry(stage, renewal(1), renewal(2))
    assert stage.target.calls == [[KEY]]
    found = letter(stage)
    assert (found.source_id, found.code, found.value) == (deal(2).id, "RENEWAL_CONFLICT", KEY)
    assert found.candidates == (deal(1).id,)


def test_two_at_once_make_one_order(stage: Stage) -> None:
    carry(stage, renewal(2), renewal(1))
    assert stage.target.calls == [[KEY]]
    assert stage.states(RENEWALS) == {"delivered": 1, "dead": 1}


def test_the_next_term_of_the_contract_is_another_renewal(stage: Stage) -> None:
    carry(stage, renewal(1), renewal(2, ends="2027-12-31"))
    assert {KEY, KEY.replace("2027", "2028")} <= stage.target.held.keys()


def test_a_change_of_the_first_stays_its_own(stage: Stage) -> None:
    carry(stage, renewal(1))
    carry(stage, renewal(1, version=2, Name="Another name"))
    assert stage.target.calls == [[KEY], [KEY]]


def test_a_record_that_was_refused_before_it_had_a_key_holds_none(stage: Stage) -> None:
    carry(stage, renewal(1, OpportunityLineItems={"records": []}), renewal(2))
    assert letter(stage).code == "NO_LINES"
    assert stage.target.calls == [[KEY]]


def test_a_holder_that_never_came_to_its_target_lets_go_when_it_is_lost(stage: Stage) -> None:
    stage.target.answers.append(Rejected("INVALID_KEY_OR_REF", message="no such item", hint="mend it"))
    carry(stage, renewal(1))
    carry(stage, renewal(1), renewal(2))
    assert {one.code for one in stage.ledger.reports.dead_letters(RENEWALS, None, None)} == {
        "INVALID_KEY_OR_REF",
        "RENEWAL_CONFLICT",
    }
    stage.has(RENEWALS, renewal(1, version=2, StageName="Closed Lost"))
    stage.capture(RENEWALS, Reading.NAMED, deal(1).id)
    stage.work(1)
    replay([letter(stage).id], "ann", stage.ledger.queue, stage.bell, stage.now)
    stage.work(2)
    assert stage.target.held[KEY].fields["custbody_sf_opportunity_id"] == deal(2).id


def test_a_contract_that_was_extended_moves_no_order_and_makes_no_second(stage: Stage) -> None:
    carry(stage, renewal(1))
    carry(stage, renewal(1, version=2, ends="2027-12-31"))
    found = letter(stage)
    assert (found.code, found.candidates, found.value) == ("RENEWAL_MOVED", (KEY,), KEY.replace("2027", "2028"))
    assert stage.target.calls == [[KEY]]
    carry(stage, renewal(1, version=3, Name="Set back"))
    assert stage.target.calls == [[KEY], [KEY]]


def test_an_account_of_subscriptions_gets_no_order(stage: Stage) -> None:
    stage.services = replace(stage.services, world=lambda: World("subscriptions", "it has plans"))
    carry(stage, renewal(1))
    assert stage.states(RENEWALS) == {"filtered": 1}
    assert stage.target.calls == []


def test_where_nothing_is_sure_renewals_wait_and_nothing_else_does(stage: Stage) -> None:
    stage.services = replace(stage.services, world=lambda: World("", "plans, but no subscription"))
    carry(stage, renewal(1))
    assert stage.states(RENEWALS) == {"waiting": 1}
    assert stage.ledger.memory.pauses() == {}
    stage.services = replace(stage.services, world=lambda: World("orders", "said"))
    stage.passes(minutes=1)
    stage.work(2)
    assert stage.states(RENEWALS) == {"delivered": 1}


def test_people_are_told_in_which_world_they_are(stage: Stage) -> None:
    flow, record = stage.services.flows[RENEWALS], renewal(1).fields
    assert explain(flow, record, stage.services).elsewhere == ""
    stage.services = replace(stage.services, world=lambda: World("subscriptions", "it has plans"))
    assert explain(flow, record, stage.services).elsewhere == "it has plans"
    assert words(stage.services.world()) == "sells over time by subscriptions: it has plans"
    with pytest.raises(Misconfigured, match="WORLD_UNDECIDED"):
        words(World("", "plans, but no subscription"))


def test_keys_and_terms_follow_the_contract() -> None:
    both = {"ContractId": CONTRACT, "Contract.EndDate": "2028-02-29", "Contract.ContractTerm": 12}
    assert renewal_key(both, CONTEXT) == f"SF-REN-{CONTRACT}-2028-03-01"
    assert renewal_end(both, CONTEXT) == date(2029, 2, 28)
    with pytest.raises(Rejected):
        renewal_key({"ContractId": "800;", "Contract.EndDate": "2028-02-29"}, CONTEXT)


def test_an_added_line_joins_its_contract_or_runs_by_itself() -> None:
    joined = {"ServiceDate": "2026-07-01", "Opportunity.Contract.EndDate": "2026-12-31"}
    assert cotermed_from(joined, CONTEXT) == date(2026, 7, 1)
    assert cotermed_from({"ServiceDate": "2026-07-01"}, CONTEXT) is None
    with pytest.raises(Rejected, match="SERVICE_DATE_OUTSIDE_TERM"):
        cotermed_from(joined | {"ServiceDate": "2027-01-01"}, CONTEXT)
    with pytest.raises(Rejected, match="SERVICE_DATE_OUTSIDE_TERM"):
        renewed_from(joined | {"Opportunity.Contract.ContractTerm": 12}, CONTEXT)
