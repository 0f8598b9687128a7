"""Is what the outside asked for kept until it is answered, on SQLite and on PostgreSQL alike?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from flows.errors import Overtaken
from flows.model import Ask, Intake, Mark, Page, Reading, Record
from ledger.asks import PATIENCE
from ledger.ledger import Ledger
from tests.contract.ledgers import FLOW, LANE, NOW, SOON, opened, record


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with opened(request.param, tmp_path) as one:
        yield one


def ask(number: int = 1, version: str = "", *, gone: bool = False, at: datetime = NOW) -> Ask:
    return Ask(FLOW, record(number).id, version, gone, "hook:crm", at)


def outstanding(ledger: Ledger) -> list[Ask]:
    return sorted(ledger.queue.asked(NOW + timedelta(days=1), 100), key=lambda one: one.source_id)


def begin(ledger: Ledger) -> int:
    return ledger.queue.open_run(FLOW, Reading.NAMED, NOW)


def admit(ledger: Ledger, run: int, *records: Record, now: datetime = NOW) -> None:
    ledger.queue.admit(Intake(run, FLOW, LANE, "sales-ops", Page(records)), now)


def test_an_ask_is_kept_as_it_was_said(ledger: Ledger) -> None:
    assert ledger.queue.ask([ask(1, record(1).version, gone=True), ask(2)], NOW) == 2
    assert outstanding(ledger) == [ask(1, record(1).version, gone=True), ask(2)]


def test_asks_for_one_record_are_one_ask_with_the_newest_hint_in_whatever_order_they_come(ledger: Ledger) -> None:
    old, new = record(1, 1).version, record(1, 2).version
    assert ledger.queue.ask([ask(1, new), ask(1, old), ask(1)], NOW) == 1
    assert ledger.queue.ask([ask(1, old, at=NOW + SOON)], NOW) == 0
    assert outstanding(ledger) == [ask(1, new)]


def test_an_ask_is_answered_by_its_version_or_a_newer_one_not_by_an_older_one(ledger: Ledger) -> None:
    ledger.queue.ask([ask(1, record(1, 2).version), ask(2, record(2, 2).version), ask(3, record(3, 2).version)], NOW)
    admit(ledger, begin(ledger), record(1, 1), record(2, 2), record(3, 3))
    assert outstanding(ledger) == [ask(1, record(1, 2).version)]


def test_an_ask_without_a_hint_is_answered_by_any_run_that_begins_after_it(ledger: Ledger) -> None:
    before = begin(ledger)
    ledger.queue.ask([ask()], NOW)
    admit(ledger, before, record(1))
    assert outstanding(ledger) == [ask()]
    admit(ledger, begin(ledger), record(1))
    assert outstanding(ledger) == []


def test_a_repeated_ask_wants_a_run_that_begins_after_the_repetition(ledger: Ledger) -> None:
    ledger.queue.ask([ask()], NOW)
    run = begin(ledger)
    ledger.queue.ask([ask()], NOW)
    admit(ledger, run, record(1))
    assert outstanding(ledger) == [ask()]


def test_a_hint_that_the_source_never_shows_holds_an_ask_for_a_while_only(ledger: Ledger) -> None:
    ledger.queue.ask([ask(1, "2999-01-01T00:00:00.000Z")], NOW)
    admit(ledger, begin(ledger), record(1), now=NOW + PATIENCE)
    assert len(outstanding(ledger)) == 1
    admit(ledger, begin(ledger), record(1), now=NOW + PATIENCE + SOON)
    assert outstanding(ledger) == []


def test_what_the_source_does_not_know_is_struck_off_unless_it_is_said_to_be_gone(ledger: Ledger) -> None:
    ledger.queue.ask([ask(1), ask(2, gone=True), ask(3)], NOW)
    ids = [record(1).id, record(2).id]
    assert ledger.queue.strike(FLOW, ids, begin(ledger), NOW) == 1
    assert outstanding(ledger) == [ask(2, gone=True), ask(3)]
    assert ledger.queue.strike(FLOW, ids, begin(ledger), NOW + PATIENCE + SOON) == 1


def test_a_run_that_began_before_the_ask_strikes_nothing_off(ledger: Ledger) -> None:
    run = begin(ledger)
    ledger.queue.ask([ask()], NOW)
    assert ledger.queue.strike(FLOW, [record(1).id], run, NOW) == 0


def test_only_what_is_asked_for_is_outstanding(ledger: Ledger) -> None:
    ledger.queue.ask([ask(2), ask(1)], NOW)
    ids = [record(number).id for number in (1, 3, 2, 1)]
    assert ledger.queue.outstanding(FLOW, ids) == [record(1).id, record(2).id]
    assert ledger.queue.outstanding("account_to_customer", ids) == []


def test_late_asks_are_told_longest_unheard_first_and_not_again_once_they_are_knocked_for(ledger: Ledger) -> None:
    ledger.queue.ask([ask(1)], NOW + SOON)
    ledger.queue.ask([ask(2)], NOW)
    assert ledger.queue.asked(NOW, 10) == []
    assert ledger.queue.asked(NOW + 2 * SOON, 10) == [ask(2), ask(1)]
    assert ledger.queue.asked(NOW + 2 * SOON, 1) == [ask(2)]
    ledger.queue.knocked([ask(2)], NOW + 3 * SOON)
    assert ledger.queue.asked(NOW + 2 * SOON, 10) == [ask(1)]


def test_a_stream_is_marked_in_the_transaction_of_its_asks(ledger: Ledger) -> None:
    assert ledger.queue.mark("cdc") is None
    fence = ledger.queue.watch("cdc", "one", NOW, NOW + SOON) or 0
    assert ledger.queue.mark("cdc") == Mark("cdc", "", fence, NOW)
    ledger.queue.ask([ask()], NOW, Mark("cdc", "0001", fence))
    ledger.queue.ask([], NOW + SOON, Mark("cdc", "0002", fence))
    assert ledger.queue.mark("cdc") == Mark("cdc", "0002", fence, NOW + SOON)
    with pytest.raises(IntegrityError):
        ledger.queue.ask([ask(2)], NOW, Mark("cdc", None, fence))  # type: ignore[arg-type] # the fault is the point
    assert ledger.queue.mark("cdc") == Mark("cdc", "0002", fence, NOW + SOON)
    assert outstanding(ledger) == [ask()]


def test_a_stream_has_one_watch_at_a_time(ledger: Ledger) -> None:
    queue = ledger.queue
    first = queue.watch("cdc", "one", NOW, NOW + SOON)
    assert first is not None
    assert queue.watch("cdc", "two", NOW + SOON, NOW + 2 * SOON) is None
    assert queue.watch("cdc", "one", NOW + SOON, NOW + 2 * SOON) == first
    assert queue.watch("cdc", "two", NOW + SOON, NOW + 2 * SOON) is None
    assert queue.watch("other", "two", NOW, NOW + SOON) is not None
    assert queue.watch("cdc", "two", NOW + 3 * SOON, NOW + 4 * SOON) == first + 1
    assert queue.watch("cdc", "one", NOW + 3 * SOON, NOW + 4 * SOON) is None


def test_a_watch_that_is_left_is_free_at_once_and_only_its_holder_can_leave_it(ledger: Ledger) -> None:
    first = ledger.queue.watch("cdc", "one", NOW, NOW + SOON) or 0
    ledger.queue.leave("cdc", "two")
    assert ledger.queue.watch("cdc", "two", NOW, NOW + SOON) is None
    ledger.queue.leave("cdc", "one")
    assert ledger.queue.watch("cdc", "two", NOW, NOW + SOON) == first + 1


def test_whoever_was_overtaken_notes_neither_asks_nor_position(ledger: Ledger) -> None:
    old = ledger.queue.watch("cdc", "one", NOW, NOW + SOON) or 0
    new = ledger.queue.watch("cdc", "two", NOW + 2 * SOON, NOW + 3 * SOON) or 0
    ledger.queue.ask([ask(1)], NOW, Mark("cdc", "0002", new))
    with pytest.raises(Overtaken):
        ledger.queue.ask([ask(2)], NOW, Mark("cdc", "0001", old))
    assert ledger.queue.mark("cdc") == Mark("cdc", "0002", new, NOW)
    assert outstanding(ledger) == [ask(1)]


def test_of_many_who_want_a_watch_one_gets_it(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: ledger.queue.watch("cdc", str(number), NOW, NOW + SOON), range(24)))
    assert len([fence for fence in taken if fence is not None]) == 1


def test_asking_and_answering_at_once_loses_no_ask_and_waits_in_no_ring(ledger: Ledger) -> None:
    faults: list[Exception] = []

    def keep_on(turn: int) -> None:
        numbers = range(40) if turn % 2 else range(39, -1, -1)
        try:
            for _ in range(10):
                ledger.queue.ask([ask(number) for number in numbers], NOW)
                admit(ledger, begin(ledger), *(record(number) for number in numbers))
        except Exception as fault:  # noqa: BLE001 — whatever it is, the test tells
            faults.append(fault)

    threads = [threading.Thread(target=keep_on, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    admit(ledger, begin(ledger), *(record(number) for number in range(40)))
    assert outstanding(ledger) == []


def test_many_asks_fit_statements_of_any_size(ledger: Ledger) -> None:
    wanted = [ask(number) for number in range(1200)]
    assert ledger.queue.ask(wanted, NOW) == 1200
    assert ledger.queue.ask(wanted, NOW) == 0
    admit(ledger, begin(ledger), *(record(number) for number in range(1200)))
    assert outstanding(ledger) == []
