"""Is the past read to its end, once, whoever dies, and never more than its lane can hold?"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.backfill import PAGE, PAGES, PAUSE, UNDER_WAY, WANTED, backfill, begin
from flows.capture import Wanted, capture, intake_of
from flows.errors import IsthmusError, Misconfigured, Throttled, Transient
from flows.model import Priority, Reading, Reason, Record
from flows.moments import Keyset
from flows.pace import Pace
from flows.past import Stretch, Turn
from flows.relay import relay
from ledger.past import BackfillReport
from tests.unit.core_stage import CUSTOMERS, START, Stage, account

HELD = Pace().claimed
SINCE = datetime.fromisoformat("2026-11-02T00:00:00Z")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def accounts(number: int, version: int = 5) -> list[Record]:
    return [account(one, version) for one in range(1, number + 1)]


def start(stage: Stage, until: datetime | None = None) -> int:
    desk = (stage.services.past, stage.services.bell, stage.services.clock)
    return begin(CUSTOMERS, Stretch(SINCE, until), "me", desk)


def turns(stage: Stage) -> list[Turn]:
    taken, stage.bell.turns = stage.bell.turns, []
    return taken


def read_on(stage: Stage, rounds: int = 20) -> None:
    for _ in range(rounds):
        for turn in turns(stage):
            backfill(turn, stage.services)


def told(stage: Stage) -> BackfillReport:
    return stage.ledger.past.reports()[0]


def test_all_since_a_date_is_read_page_by_page_and_goes_the_lowest_lane(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(PAGE + 10), account(999, 1))
    run = start(stage)
    read_on(stage)
    report = told(stage)
    assert (report.run, report.state, report.read, report.new, report.who) == (run, "ended", PAGE + 10, PAGE + 10, "me")
    assert stage.source.asked_after == [Keyset(SINCE), Keyset(START.replace(day=5, hour=0), account(PAGE).id)]
    assert set(stage.ledger.queue.backlog(stage.now)) == {"netsuite.customer.backfill"}
    assert stage.ledger.queue.cursor(CUSTOMERS) is None


def test_the_end_of_the_stretch_is_left_out(stage: Stage) -> None:
    stage.has(CUSTOMERS, account(1, 5), account(2, 6))
    start(stage, datetime.fromisoformat("2026-11-06T00:00:00Z"))
    read_on(stage)
    assert told(stage).read == 1


def test_what_is_known_and_delivered_makes_no_call(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(3))
    stage.capture(CUSTOMERS)
    stage.work()
    stage.target.calls.clear()
    start(stage)
    read_on(stage)
    stage.work()
    assert (told(stage).known, told(stage).new, stage.target.calls) == (3, 0, [])


def test_a_task_reads_some_pages_and_sends_the_next_task(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(PAGE * PAGES + 1))
    start(stage)
    (first,) = turns(stage)
    assert backfill(first, stage.services) == PAGES
    (second,) = turns(stage)
    assert second.fence > first.fence
    assert told(stage).state == "reading"
    assert backfill(second, stage.services) == 1
    assert turns(stage) == []
    assert told(stage).state == "ended"


def test_reading_rests_while_its_lane_is_full(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(UNDER_WAY + PAGE * 3))
    start(stage)
    read_on(stage)
    assert told(stage).read == UNDER_WAY
    assert (told(stage).state, str(told(stage).resting)[:9]) == ("resting", "LANE_FULL")
    for _ in range(100):
        stage.work(1)
        read_on(stage)
        assert stage.services.past.under_way("netsuite.customer.backfill") <= UNDER_WAY
        stage.passes(seconds=PAUSE.total_seconds())
        if told(stage).finished_at:
            break
    assert (told(stage).state, told(stage).read) == ("ended", UNDER_WAY + PAGE * 3)


def test_a_lost_or_doubled_message_makes_no_difference(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(5))
    start(stage)
    (lost,) = turns(stage)
    relay(stage.services)
    assert turns(stage) == []
    stage.passes(seconds=31)
    relay(stage.services)
    (turn,) = turns(stage)
    assert backfill(lost, stage.services) == 0
    assert backfill(turn, stage.services) == 1
    assert backfill(turn, stage.services) == 0
    assert told(stage).read == 5


def test_a_worker_that_died_is_missed_and_one_that_was_frozen_admits_nothing(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(5))
    start(stage)
    (turn,) = turns(stage)
    frozen = stage.services.past.claim(turn, stage.now + HELD)
    assert frozen is not None
    stage.passes(seconds=HELD.total_seconds() + 1)
    relay(stage.services)
    read_on(stage)
    assert told(stage).read == 5
    intake = intake_of(stage.services.flows[CUSTOMERS], WANTED, turn.run, stage.source.after(
        stage.services.flows[CUSTOMERS], frozen.place, None, 5))  # fmt: skip
    assert not stage.services.past.admit(frozen, intake, stage.now + HELD, stage.now)
    stage.services.past.end(frozen.turn, stage.now, Reason("X", "x"))
    assert (told(stage).read, told(stage).state) == (5, "ended")


def test_a_person_stops_it_and_lets_it_go_on_from_its_place(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(PAGE * PAGES + 7))
    run = start(stage)
    backfill(turns(stage)[0], stage.services)
    (next_turn,) = turns(stage)
    assert stage.ledger.past.stop(run, "me", stage.now)
    assert not stage.ledger.past.stop(run, "me", stage.now)
    assert backfill(next_turn, stage.services) == 0
    relay(stage.services)
    assert (turns(stage), told(stage).state) == ([], "stopped")
    assert stage.ledger.past.resume(run, "me", stage.now)
    relay(stage.services)
    read_on(stage)
    assert (told(stage).state, told(stage).read) == ("ended", PAGE * PAGES + 7)
    assert not stage.ledger.past.resume(run, "me", stage.now)


@pytest.mark.parametrize(
    ("error", "state", "rested"),
    [
        (Transient("SERVER_BUSY", "try later"), "resting", 30),
        (Throttled("DAILY_BUDGET", "the day is used", wait=900), "resting", 900),
        (Misconfigured("QUERY", "no such column"), "query", 0),
    ],
)
def test_what_passes_is_waited_for_and_what_would_go_wrong_again_ends(
    stage: Stage, error: IsthmusError, state: str, rested: float
) -> None:
    stage.has(CUSTOMERS, *accounts(5))
    run = start(stage)
    stage.source.failure = error
    read_on(stage)
    assert told(stage).state == state
    assert "salesforce" not in stage.ledger.memory.pauses()
    stage.source.failure = None
    if rested:
        stage.passes(seconds=rested - 1)
        relay(stage.services)
        assert turns(stage) == []
        stage.passes(seconds=1)
    else:
        stage.ledger.past.resume(run, "me", stage.now)
    relay(stage.services)
    read_on(stage)
    assert (told(stage).state, told(stage).read) == ("ended", 5)


def test_a_backfill_of_a_flow_that_is_gone_ends_and_says_so(stage: Stage) -> None:
    desk = (stage.services.past, stage.services.bell, stage.services.clock)
    begin("no_more", Stretch(SINCE), "me", desk)
    read_on(stage)
    assert str(told(stage).failure).startswith("NO_SUCH_FLOW")


def test_a_resting_backfill_is_not_forsaken(stage: Stage) -> None:
    start(stage)
    stage.passes(hours=5)
    reason = Reason("RUN_FORSAKEN", "died")
    assert stage.ledger.queue.forsake(stage.now - timedelta(hours=1), stage.now, reason) == 0


def test_a_record_that_real_time_asks_for_leaves_the_backfill_behind(stage: Stage) -> None:
    stage.has(CUSTOMERS, *accounts(3))
    start(stage)
    read_on(stage)
    capture(CUSTOMERS, Wanted(Reading.NAMED, ids=(account(2).id,), priority=Priority.REALTIME), stage.services)
    assert stage.ledger.queue.backlog(stage.now) == {
        "netsuite.customer.backfill": (2, 0), "netsuite.customer.realtime": (1, 0),
    }  # fmt: skip
    stage.capture(CUSTOMERS)
    start(stage)
    read_on(stage)
    assert stage.ledger.queue.backlog(stage.now) == {
        "netsuite.customer.batch": (2, 0), "netsuite.customer.realtime": (1, 0),
    }  # fmt: skip
