"""Does the core keep its promises, over a real ledger?"""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from flows.capture import AGAIN, Wanted, capture_if_due
from flows.deliver import deliver
from flows.errors import Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.explain import explain
from flows.model import Reading, Record
from flows.policy import REST
from flows.prepare import number_lines
from flows.relay import parcel_size, relay
from flows.replay import replay
from flows.sweep import FORSAKEN, sweep
from mappings.hours import Window
from mappings.values import Reference
from tests.unit.core_stage import CUSTOMERS, ORDERS, START, Stage, account, deal

KEY = f"SF-OPP-{deal().id}"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def ready(stage: Stage, *records: object) -> None:
    """Have customer 1 bound, and the deals captured."""
    stage.has(CUSTOMERS, account())
    stage.capture(CUSTOMERS)
    stage.work()
    stage.target.calls.clear()
    stage.has(ORDERS, *(records or (deal(),)))  # type: ignore[arg-type] # records they are
    stage.capture(ORDERS)


def test_a_won_deal_becomes_an_order_with_its_line_bound(stage: Stage) -> None:
    ready(stage)
    stage.work()
    assert stage.states() == {"delivered": 1}
    assert stage.target.calls == [[KEY]]
    own = Reference(ORDERS, deal().id)
    binding = stage.ledger.memory.bindings([own])[own]
    assert (binding.target_id, dict(binding.lines)) == (f"T-{KEY}", {"00k000000000001AAA": "1"})


def test_a_second_full_capture_knows_everything_and_makes_no_call(stage: Stage) -> None:
    ready(stage)
    stage.work()
    tally = stage.capture(ORDERS, Reading.FULL)
    stage.work()
    assert (tally.read, tally.new, tally.known) == (1, 0, 1)
    assert len(stage.target.calls) == 1


def test_an_echo_is_unchanged_and_makes_no_call(stage: Stage) -> None:
    ready(stage)
    stage.work()
    stage.has(ORDERS, deal(version=2))
    stage.capture(ORDERS)
    stage.work()
    assert stage.states() == {"delivered": 1, "unchanged": 1}
    assert len(stage.target.calls) == 1


def test_a_capture_reads_from_a_little_before_its_cursor(stage: Stage) -> None:
    stage.capture(ORDERS)
    stage.capture(ORDERS)
    assert stage.source.asked_since == [None, START - stage.services.pace.overlap]


def test_an_order_waits_for_its_customer_which_is_made_in_the_same_run(stage: Stage) -> None:
    stage.has(CUSTOMERS, account())
    stage.has(ORDERS, deal(1), deal(2))
    stage.capture(ORDERS)
    stage.work()
    assert stage.states() == {"delivered": 2}
    assert stage.states(CUSTOMERS) == {"delivered": 1}
    assert stage.now == START


def test_an_order_behind_a_dead_customer_dies_with_its_name_and_goes_on_with_it(stage: Stage) -> None:
    stage.has(CUSTOMERS, account(Name="N" * 84))
    stage.has(ORDERS, deal())
    stage.capture(ORDERS)
    stage.work()
    (letter,) = stage.ledger.reports.dead_letters(ORDERS, None, 10)
    assert letter.code == "MISSING_CUSTOMER"
    assert "TOO_LONG" in str(letter.message)
    stage.has(CUSTOMERS, account(version=2))
    stage.capture(CUSTOMERS)
    stage.work()
    assert stage.states() == {"delivered": 1}


def test_an_order_whose_customer_never_comes_dies_in_the_end(stage: Stage) -> None:
    stage.has(ORDERS, deal())
    stage.capture(ORDERS)
    for _ in range(12):
        stage.work(1)
        stage.passes(hours=1)
    assert stage.ledger.reports.dead_letters(ORDERS, "NOT_READY", 10)
    assert not stage.target.calls


def test_a_rejected_record_dies_at_once_and_stops_no_other(stage: Stage) -> None:
    ready(stage, deal(1, sku="GTXPro"), deal(2))
    stage.work()
    assert stage.states() == {"dead": 1, "delivered": 1}
    assert [(letter.code, letter.owner) for letter in stage.bell.letters] == [("INVALID_SKU", "sales-ops")]


def test_an_alias_and_a_replay_mend_what_was_held(stage: Stage) -> None:
    ready(stage, deal(1, sku="GTXPro"))
    stage.work()
    stage.ledger.memory.set_override("sku", "GTXPro", "GTX Pro", "me", stage.now)
    ids = [letter.id for letter in stage.ledger.reports.dead_letters(None, "INVALID_SKU", None)]
    assert replay(ids, "me", stage.services.queue, stage.bell, stage.now) == 1
    stage.work()
    assert stage.states() == {"delivered": 1}


def test_a_vendor_s_rejection_of_one_record_leaves_the_others_delivered(stage: Stage) -> None:
    ready(stage, deal(1), deal(2), deal(3))
    stage.target.answers.append(Rejected("CLOSED_PERIOD", message="closed"))
    stage.work()
    assert stage.states() == {"dead": 1, "delivered": 2}


def test_a_transient_failure_is_tried_again_when_it_is_due(stage: Stage) -> None:
    ready(stage)
    stage.target.failures.append(Transient("LOCKED", "locked"))
    stage.work()
    assert stage.states() == {"waiting": 1}
    assert len(stage.target.calls) == 1
    stage.passes(seconds=3)
    stage.work()
    assert stage.states() == {"delivered": 1}


def test_throttling_uses_up_no_attempt(stage: Stage) -> None:
    ready(stage)
    for _ in range(20):
        stage.target.failures.append(Throttled("BUSY", "busy", wait=1))
        stage.work(1)
        stage.passes(seconds=2)
    stage.work()
    assert stage.states() == {"delivered": 1}


def test_exhausted_attempts_end_as_a_dead_letter(stage: Stage) -> None:
    ready(stage)
    for _ in range(stage.services.policy.attempts):
        stage.target.failures.append(Transient("LOCKED", "locked"))
        stage.work(1)
        stage.passes(hours=1)
    assert stage.states() == {"dead": 1}
    assert stage.bell.letters[0].code == "LOCKED"


@pytest.mark.parametrize("error", [Misconfigured("SIGN_IN", "wrong secret"), Unreachable("DOWN", "refused")])
def test_what_is_wrong_for_all_lets_the_connection_rest_and_burns_nothing(stage: Stage, error: Exception) -> None:
    ready(stage, *(deal(number) for number in range(1, 30)))
    stage.target.size = 5
    stage.target.failures.append(error)  # type: ignore[arg-type] # an IsthmusError it is
    relay(stage.services)
    for parcel in stage.take()[:1]:
        deliver(parcel.lane, parcel.leases, stage.services)
    assert stage.ledger.memory.pauses()["netsuite"].reason.code in {"SIGN_IN", "DOWN"}
    assert relay(stage.services) == 0
    stage.passes(seconds=REST.total_seconds() + 40)
    assert relay(stage.services) == 1
    stage.passes(seconds=40)
    stage.work(40)
    assert stage.states() == {"delivered": 29}
    assert not stage.ledger.memory.pauses()


def test_an_unknown_outcome_is_looked_up_and_not_sent_twice(stage: Stage) -> None:
    ready(stage)
    stage.target.answers.append(Unsettled("TIMEOUT", "no answer"))
    relay(stage.services)
    (parcel,) = stage.take()
    deliver(parcel.lane, parcel.leases, stage.services)
    stage.target.held[KEY] = payload(stage)  # it had been written all the same
    stage.passes(seconds=5)
    stage.work()
    assert [key for key in stage.target.looked_up if key == KEY] == [KEY]
    assert stage.target.calls == [[KEY]]
    assert stage.states() == {"delivered": 1}


def test_an_unknown_outcome_that_was_none_is_sent_again(stage: Stage) -> None:
    ready(stage)
    stage.target.answers.append(Unsettled("TIMEOUT", "no answer"))
    stage.work()
    stage.passes(seconds=5)
    stage.work()
    assert [key for key in stage.target.looked_up if key == KEY] == [KEY]
    assert stage.target.calls == [[KEY], [KEY]]
    assert stage.states() == {"delivered": 1}


def test_a_second_change_within_a_second_is_not_taken_for_the_first(stage: Stage) -> None:
    ready(stage)
    stage.work()
    stage.has(ORDERS, deal(PO_Number__c="PO-1"))
    stage.capture(ORDERS)
    stage.target.answers.append(Unsettled("TIMEOUT", "no answer"))
    stage.work()
    stage.passes(seconds=5)
    stage.work()
    assert stage.target.held[KEY].fields["otherRefNum"] == "PO-1"
    assert stage.states() == {"delivered": 2}


def payload(stage: Stage):  # type: ignore[no-untyped-def] # noqa: ANN201 — a Payload, made as the core makes it
    from mappings.known import Known  # noqa: PLC0415 — for this one value
    from mappings.translate import translate  # noqa: PLC0415 — the same
    from mappings.values import Bound  # noqa: PLC0415 — the same

    known = Known(
        {Reference(CUSTOMERS, account().id): Bound(f"T-SF-ACC-{account().id}")},
        stage.services.catalogue(),
        stage.services.tables,
    )
    return translate(stage.services.flows[ORDERS], deal().fields, known)


def test_a_doubled_message_makes_one_call(stage: Stage) -> None:
    ready(stage)
    relay(stage.services)
    (parcel,) = stage.take()
    assert [deliver(parcel.lane, parcel.leases, stage.services) for _ in range(3)] == [1, 0, 0]
    assert stage.target.calls == [[KEY]]


def test_a_lost_message_is_sent_again_when_its_lease_has_run_out(stage: Stage) -> None:
    ready(stage)
    relay(stage.services)
    stage.take()
    stage.work(1)
    assert stage.states() == {"leased": 1}
    stage.passes(seconds=31)
    stage.work()
    assert stage.states() == {"delivered": 1}


def test_an_older_version_never_lands_after_a_newer_one(stage: Stage) -> None:
    ready(stage, deal(version=1))
    relay(stage.services)
    (old,) = stage.take()
    stage.passes(seconds=31)
    stage.has(ORDERS, deal(version=2, Name="Newer"))
    stage.capture(ORDERS)
    stage.passes(seconds=31)
    stage.work()
    stage.passes(seconds=31)
    stage.work()
    deliver(old.lane, old.leases, stage.services)
    assert stage.target.held[KEY].fields["memo"] == "Newer"
    assert set(stage.states()) <= {"delivered", "superseded"}


def test_keys_are_packed_when_there_is_a_backlog_and_go_alone_when_alone(stage: Stage) -> None:
    pace = stage.services.pace
    assert [parcel_size(due, 100, pace) for due in (1, 2, 3, 100, 5000)] == [1, 1, 2, 50, 100]
    ready(stage, *(deal(number) for number in range(1, 8)))
    relay(stage.services)
    assert [len(parcel.leases) for parcel in stage.take()] == [4, 3]


def test_no_more_is_under_way_than_the_account_can_work_off(stage: Stage) -> None:
    stage.target.size = 3
    ready(stage, *(deal(number) for number in range(1, 30)))
    assert relay(stage.services) == 6
    assert relay(stage.services) == 0


def test_a_parcel_is_named_by_flow_and_record_only(stage: Stage) -> None:
    ready(stage, deal(1), deal(2), deal(3))
    relay(stage.services)
    assert [parcel.label for parcel in stage.take()] == [f"{ORDERS} {deal(1).id} +1", f"{ORDERS} {deal(3).id}"]


def test_a_named_record_that_the_flow_does_not_select_is_filtered(stage: Stage) -> None:
    stage.has(ORDERS, deal(StageName="Prospecting"))
    stage.capture(ORDERS, Reading.NAMED, deal().id)
    stage.work()
    assert stage.states() == {"filtered": 1}


def test_a_capture_that_fails_says_why_and_lets_the_source_rest(stage: Stage) -> None:
    stage.source.failure = Misconfigured("SALESFORCE_SIGN_IN", "invalid client credentials")
    with pytest.raises(Misconfigured):
        stage.capture(ORDERS)
    assert stage.ledger.reports.runs(1)[0].failure == "SALESFORCE_SIGN_IN: invalid client credentials"
    assert "salesforce" in stage.ledger.memory.pauses()
    assert capture_if_due(ORDERS, Wanted(), stage.services) is None


def test_a_scheduled_capture_outside_its_window_does_nothing(stage: Stage) -> None:
    night = Window(opens=time(22), closes=time(5))
    flow = stage.services.flows[ORDERS].model_copy(update={"window": night})
    stage.services.flows[ORDERS] = flow  # type: ignore[index] # the stage's own dict
    assert capture_if_due(ORDERS, Wanted(), stage.services) is None
    stage.passes(hours=11)
    assert capture_if_due(ORDERS, Wanted(), stage.services) is not None


def nightly(stage: Stage, at: time = time(22)) -> None:
    """Let the orders be read once a night."""
    timetable = {"every": None, "at": at, "window": Window(opens=time(22), closes=time(5))}
    flow = stage.services.flows[ORDERS].model_copy(update=timetable)
    stage.services.flows[ORDERS] = flow  # type: ignore[index] # the stage's own dict


def tick(stage: Stage) -> bool:
    """Let the beat tick once; tells whether a capture came of it."""
    return capture_if_due(ORDERS, Wanted(), stage.services) is not None


def test_a_nightly_flow_runs_once_a_night_however_often_it_ticks(stage: Stage) -> None:
    nightly(stage)
    began = []
    for _ in range(3 * 24 * 60 // 20):
        if tick(stage):
            began.append(stage.now)
        stage.passes(minutes=20)
    assert [f"{moment:%d %H:%M}" for moment in began] == ["23 22:00", "24 22:00", "25 22:00"]
    assert [run.occurrence for run in stage.ledger.reports.runs(None)] == began[::-1]


def test_a_lost_night_s_tick_is_made_up_for_while_the_window_is_open_and_not_by_day(stage: Stage) -> None:
    nightly(stage)
    stage.passes(hours=16)  # 04:00
    assert tick(stage)
    stage.passes(hours=25)  # 05:00 of the next night but one: too late
    assert not tick(stage)


def test_a_capture_by_hand_is_not_the_night_s_run(stage: Stage) -> None:
    nightly(stage)
    stage.passes(hours=10)
    stage.capture(ORDERS)
    assert tick(stage)


def test_a_night_s_run_that_fails_is_tried_again_while_the_window_is_open(stage: Stage) -> None:
    nightly(stage)
    stage.passes(hours=10)
    stage.source.failure = Transient("SERVER_BUSY", "try later")
    with pytest.raises(Transient):
        tick(stage)
    assert not tick(stage)
    stage.passes(seconds=AGAIN.total_seconds())
    stage.source.failure = None
    assert tick(stage)
    assert not tick(stage)
    again, failed = stage.ledger.reports.runs(None)
    assert again.occurrence == failed.occurrence == START.replace(hour=22)
    assert (again.failure, failed.failure) == (None, "SERVER_BUSY: try later")


def test_a_run_whose_process_died_is_ended_by_the_sweep(stage: Stage) -> None:
    stage.ledger.queue.open_run(ORDERS, Reading.FULL, stage.now)
    stage.passes(seconds=FORSAKEN.total_seconds() + 1)
    assert sweep(stage.services) == 1
    assert str(stage.ledger.reports.runs(1)[0].failure).startswith("RUN_FORSAKEN")


def test_lines_keep_their_numbers_and_new_ones_follow() -> None:
    assert number_lines({}, ["a", "b"]) == {"a": "1", "b": "2"}
    assert number_lines({"a": "1", "b": "2"}, ["b", "c"]) == {"b": "2", "c": "3"}


def test_a_dry_run_tells_payload_or_reason_and_changes_nothing(stage: Stage) -> None:
    flow = stage.services.flows[ORDERS]
    assert explain(flow, deal().fields, stage.services).waits_for == Reference(CUSTOMERS, account().id)
    refused = explain(flow, deal(CurrencyIsoCode=None).fields, stage.services).refused
    assert refused is not None
    ready(stage)
    told = explain(flow, deal().fields, stage.services)
    assert told.key == KEY
    assert told.selected
    assert not explain(flow, deal(StageName="Closed Lost").fields, stage.services).selected
    assert not stage.target.calls


@pytest.mark.parametrize("error", [Misconfigured("SIGN_IN", "wrong"), Unreachable("DOWN", "refused")])
def test_a_catalogue_that_cannot_be_read_is_no_record_s_fault(stage: Stage, error: Unreachable) -> None:
    ready(stage, deal(1), deal(2))
    stage.catalogue_failure = error
    stage.work(1)
    assert stage.states() == {"waiting": 2}
    assert "netsuite" in stage.ledger.memory.pauses()
    stage.catalogue_failure = None
    for _ in range(4):
        stage.passes(seconds=60)
        stage.work()
    assert stage.states() == {"delivered": 2}
    assert [stage.ledger.reports.delivery(number).attempts for number in (2, 3)] == [1, 1]  # type: ignore[union-attr] # they are there


def test_a_flow_without_products_asks_for_no_catalogue(stage: Stage) -> None:
    stage.has(CUSTOMERS, account())
    stage.capture(CUSTOMERS)
    stage.work()
    assert stage.catalogues == 0


def test_a_record_that_our_own_fault_meets_is_held_and_stops_no_other(stage: Stage) -> None:
    ready(stage, deal(1, OpportunityLineItems={"records": ["no line at all"]}), deal(2))
    stage.work()
    assert stage.states() == {"dead": 1, "delivered": 1}
    assert stage.ledger.reports.dead_letters(ORDERS, "UNEXPECTED", 1)


def test_what_stands_for_a_deal_is_not_taken_for_its_renewal_s_order(stage: Stage) -> None:
    ready(stage)
    stage.work()
    order = {"id": f"T-{KEY}", "custbody_sf_opportunity_id": deal().id, "tranid": "SO1", "status": "A", "foreigntotal": "50",
             "currency": "1", "lastmodifieddate": "2026-11-20 00:00:00"}  # fmt: skip
    stage.has("sales_order_to_opportunity", Record(f"T-{KEY}", "2026-11-20T00:00:00.000Z", order))
    stage.capture("sales_order_to_opportunity")
    stage.work()
    stage.target.calls.clear()
    lost = deal(version=22)
    stage.has("renewal_to_sales_order", Record(lost.id, lost.version, lost.fields, gone=True))
    stage.capture("renewal_to_sales_order")
    stage.work()
    assert (stage.states("renewal_to_sales_order"), stage.target.calls) == ({"filtered": 1}, [])
