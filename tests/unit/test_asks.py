"""Is whatever the outside names read, also when knocks are lost, ids are nonsense, or the source rests?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from flows.ask import LATE, PAGE, accept, answer, enqueue, reading_object
from flows.deliver import deliver
from flows.errors import Rejected
from flows.model import Ask, Page, Pause, Reading, Reason, Record
from flows.relay import relay
from flows.sweep import sweep
from mappings.language import Flow
from tests.unit.core_stage import CUSTOMERS, ORDERS, START, Books, Stage, account, deal


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def ask(number: int = 1, flow: str = ORDERS) -> Ask:
    return Ask(flow, deal(number).id, "", gone=False, origin="hook:crm", asked_at=START)


def outstanding(stage: Stage) -> int:
    return len(stage.ledger.queue.asked(stage.now + timedelta(days=1), 10_000))


def test_what_is_accepted_is_in_the_ledger_and_knocked_for_page_by_page(stage: Stage) -> None:
    assert accept([ask(number) for number in range(PAGE + 1)], stage.services) == PAGE + 1
    assert outstanding(stage) == PAGE + 1
    assert [(flow, len(ids)) for flow, ids in stage.bell.captures] == [(ORDERS, PAGE), (ORDERS, 1)]


def test_an_answer_reads_what_is_asked_for_once_however_often_it_is_knocked_for(stage: Stage) -> None:
    stage.has(ORDERS, deal())
    accept([ask()], stage.services)
    first = answer(ORDERS, [deal().id], stage.services)
    assert first
    assert first.new == 1
    assert answer(ORDERS, [deal().id], stage.services) is None
    assert outstanding(stage) == 0
    assert stage.ledger.reports.runs(None)[0].reading == Reading.NAMED


def test_what_an_answer_admits_is_sent_at_once_and_alone_whatever_waits_elsewhere(stage: Stage) -> None:
    stage.has(ORDERS, *(deal(number) for number in range(1, 40)))
    stage.capture(ORDERS)
    stage.has(ORDERS, deal(50))
    enqueue(ORDERS, [deal(50).id], stage.services)
    (parcel,) = stage.take()
    assert (parcel.lane, parcel.label) == ("netsuite.salesOrder.realtime", f"{ORDERS} {deal(50).id}")


def test_a_record_that_its_source_does_not_have_is_answered_too(stage: Stage) -> None:
    accept([ask()], stage.services)
    tally = answer(ORDERS, [deal().id], stage.services)
    assert tally
    assert tally.read == 0
    assert outstanding(stage) == 0


def test_a_lost_knock_is_late_and_never_lost(stage: Stage) -> None:
    accept([ask()], stage.services)
    stage.bell.captures.clear()
    sweep(stage.services)
    assert stage.bell.captures == []
    stage.passes(seconds=LATE.seconds + 1)
    sweep(stage.services)
    assert stage.bell.captures == [(ORDERS, [deal().id])]
    sweep(stage.services)
    assert len(stage.bell.captures) == 1


def test_a_source_that_rests_is_knocked_at_when_its_rest_is_over(stage: Stage) -> None:
    accept([ask()], stage.services)
    stage.bell.captures.clear()
    stage.ledger.memory.pause(Pause("salesforce", stage.now + timedelta(minutes=5), Reason("DOWN", "down")))
    stage.passes(minutes=1)
    sweep(stage.services)
    assert stage.bell.captures == []
    stage.passes(minutes=5)
    sweep(stage.services)
    assert stage.bell.captures == [(ORDERS, [deal().id])]


def test_an_unknown_flow_is_refused_with_the_nearest_name_and_nothing_is_written(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        accept([ask(), ask(flow="oportunity_to_sales_order")], stage.services)
    assert refused.value.code == "UNKNOWN_FLOW"
    assert refused.value.candidates[0] == ORDERS
    assert outstanding(stage) == 0
    with pytest.raises(Rejected):
        enqueue("nonsense", ["1"], stage.services)
    with pytest.raises(Rejected):
        answer("nonsense", ["1"], stage.services)


@pytest.mark.parametrize("id_", ["", "006", "006000000000001AA", "006'000000000001AAA", "0" * 200, 7, None])
def test_what_cannot_be_an_id_is_refused_by_its_value(stage: Stage, id_: object) -> None:
    with pytest.raises(Rejected) as refused:
        enqueue(ORDERS, [id_], stage.services)  # type: ignore[list-item] # whatever another service sends
    assert refused.value.code == "INVALID_ID"
    assert outstanding(stage) == 0


def test_an_object_names_all_flows_that_read_it(stage: Stage) -> None:
    flows = stage.services.flows
    reading = {name for name, flow in flows.items() if flow.source.object == "Account"}
    assert set(reading_object("salesforce", "Account", flows)) == reading >= {CUSTOMERS}
    with pytest.raises(Rejected) as refused:
        reading_object("salesforce", "Oportunity", stage.services.flows)
    assert refused.value.candidates == ("Opportunity",)


def test_an_enqueue_is_written_down_then_read_and_a_long_one_page_by_page(stage: Stage) -> None:
    stage.has(ORDERS, deal())
    tally = enqueue(ORDERS, [deal().id], stage.services)
    assert tally
    assert tally.new == 1
    assert stage.bell.captures == []
    assert enqueue(ORDERS, [deal(number).id for number in range(250)], stage.services) is None
    assert [len(ids) for _, ids in stage.bell.captures] == [100, 100, 50]


def test_an_enqueue_that_dies_half_way_is_read_later(stage: Stage) -> None:
    stage.has(ORDERS, deal())
    books = stage.source
    stage.services.sources["salesforce"] = Killed()  # type: ignore[index] # the scene, not the core
    with pytest.raises(KeyboardInterrupt):
        enqueue(ORDERS, [deal().id], stage.services)
    stage.services.sources["salesforce"] = books  # type: ignore[index] # as above
    stage.passes(minutes=1)
    sweep(stage.services)
    stage.work()
    assert outstanding(stage) == 0
    assert sum(stage.states().values()) == 1


class Killed(Books):
    def named(self, _flow: Flow, _ids: Sequence[str]) -> Iterator[Page]:
        raise KeyboardInterrupt


@dataclass
class Choosy(Books):
    """A source that refuses a whole question for one id."""

    refused: str = ""

    def named(self, flow: Flow, ids: Sequence[str]) -> Iterator[Page]:
        if self.refused in ids:
            raise Rejected("MALFORMED_ID", value=self.refused)
        yield from super().named(flow, ids)


def test_one_id_that_its_source_refuses_stops_no_other(stage: Stage) -> None:
    deals: list[Record] = [deal(number) for number in range(5)]
    choosy = Choosy({ORDERS: deals}, refused=deals[3].id)
    stage.services.sources["salesforce"] = choosy  # type: ignore[index] # the scene, not the core
    accept([ask(number) for number in range(5)], stage.services)
    for _ in range(6):
        knocks, stage.bell.captures[:] = list(stage.bell.captures), []
        for flow, ids in knocks:
            with pytest.raises(Rejected) if deals[3].id in ids else nullcontext():
                answer(flow, ids, stage.services)
    assert sum(stage.states().values()) == 4
    assert outstanding(stage) == 0
    assert any(run.failure and "MALFORMED_ID" in run.failure for run in stage.ledger.reports.runs(None))


def test_a_missing_customer_is_asked_for_in_the_ledger(stage: Stage) -> None:
    """The knock for it may be lost: here it is."""
    stage.has(ORDERS, deal())
    stage.has(CUSTOMERS, account())
    stage.capture(ORDERS)
    relay(stage.services)
    for parcel in stage.take():
        deliver(parcel.lane, parcel.leases, stage.services)
    assert stage.bell.captures == [(CUSTOMERS, [account().id])]
    stage.bell.captures.clear()
    stage.passes(minutes=1)
    sweep(stage.services)
    stage.work()
    assert stage.states(CUSTOMERS) == {"delivered": 1}
    assert stage.states() == {"delivered": 1}
