"""Does a backfill keep its place, on SQLite and on PostgreSQL alike, whoever takes it up and whoever dies?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from flows.model import Intake, Page
from flows.moments import Keyset
from flows.past import Backfill, Stretch, Turn
from ledger.ledger import Ledger
from ledger.tables import deliveries
from tests.contract.ledgers import FLOW, NOW, SOON, opened, record

ROOT = Path(__file__).resolve().parent.parent.parent
LANE = "netsuite.salesOrder.backfill"
ALL, SIZE = 2000, 50


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with opened(request.param, tmp_path) as one:
        yield one


def begin(ledger: Ledger) -> int:
    return ledger.past.begin(FLOW, Stretch(NOW - timedelta(days=300)), "me", NOW)


def take(ledger: Ledger, now: datetime = NOW) -> Backfill:
    (turn,) = ledger.past.lease(now, now + SOON)
    held = ledger.past.claim(turn, now + SOON)
    assert held is not None
    return held


def admit_next(ledger: Ledger, held: Backfill) -> Backfill | None:
    """Admit the records behind the place; their ids are numbers in order, and the place's id tells the last."""
    last = int(held.place.id[3:15]) if held.place.id else -1
    page = Page(tuple(record(number) for number in range(last + 1, min(last + 1 + SIZE, ALL))))
    if not page.records:
        return None
    moved = replace(held, place=Keyset(NOW, page.records[-1].id))
    intake = Intake(held.turn.run, FLOW, LANE, "sales-ops", page)
    return moved if ledger.past.admit(moved, intake, NOW + SOON, NOW) else None


def test_a_page_and_its_place_are_one_and_the_flow_s_cursor_stands_still(ledger: Ledger) -> None:
    run = begin(ledger)
    moved = admit_next(ledger, take(ledger))
    assert moved is not None
    ledger.past.rest(moved.turn, NOW, None)
    assert take(ledger).place == moved.place
    (report,) = ledger.past.reports()
    assert (report.run, report.read, report.new, report.moment, report.state) == (run, SIZE, SIZE, NOW, "reading")
    assert ledger.queue.cursor(FLOW) is None
    assert ledger.past.under_way(LANE) == SIZE


def test_an_old_fence_admits_nothing_and_ends_nothing(ledger: Ledger) -> None:
    begin(ledger)
    frozen = take(ledger)
    later = NOW + 2 * SOON
    fresh = take(ledger, later)
    assert admit_next(ledger, frozen) is None
    ledger.past.end(frozen.turn, later, None)
    assert ledger.past.under_way(LANE) == 0
    assert admit_next(ledger, fresh) is not None
    assert ledger.past.reports()[0].finished_at is None
    assert ledger.past.claim(frozen.turn, later + SOON) is None


def test_of_eight_workers_one_takes_a_backfill_up(ledger: Ledger) -> None:
    begin(ledger)
    ready, taken = threading.Barrier(8), list[Turn]()

    def work() -> None:
        ready.wait()
        taken.extend(ledger.past.lease(NOW, NOW + SOON))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_what_a_person_stopped_is_taken_up_by_nobody_until_it_is_resumed(ledger: Ledger) -> None:
    run = begin(ledger)
    held = take(ledger)
    assert ledger.past.stop(run, "me", NOW)
    assert admit_next(ledger, held) is None
    assert ledger.past.lease(NOW + 9 * SOON, NOW + 10 * SOON) == ()
    assert (ledger.past.reports()[0].state, ledger.past.reports()[0].failure) == ("stopped", "STOPPED: by me")
    assert ledger.past.resume(run, "me", NOW)
    assert admit_next(ledger, take(ledger)) is not None


KILLED = """
import sys
from ledger.ledger import Ledger
from tests.contract.test_past import admit_next, take
ledger = Ledger(sys.argv[1])
held = take(ledger)
while held := admit_next(ledger, held):
    print(held.place.id, flush=True)
"""


def test_a_kill_in_the_middle_loses_and_doubles_nothing(ledger: Ledger) -> None:
    begin(ledger)
    url = ledger.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", KILLED, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for _ in range(3):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    half = ledger.past.reports()[0].read
    assert half >= 3 * SIZE
    held: Backfill | None = take(ledger, NOW + 2 * SOON)
    assert held is not None
    assert held.place.id == record(half - 1).id
    while held:
        held = admit_next(ledger, held)
    with ledger.engine.connect() as connection:
        rows = select(func.count(), func.count(deliveries.c.source_id.distinct())).select_from(deliveries)
        assert tuple(connection.execute(rows).one()) == (ALL, ALL)
    (report,) = ledger.past.reports()
    assert (report.read, report.new, report.known) == (ALL, ALL, 0)


def test_a_turn_is_prolonged_while_it_is_held_and_not_after_it_was_put_down(ledger: Ledger) -> None:
    begin(ledger)
    held = take(ledger)
    ledger.past.extend([held.turn], NOW + 9 * SOON)
    assert ledger.past.lease(NOW + 8 * SOON, NOW + 9 * SOON) == ()
    ledger.past.rest(held.turn, NOW + SOON, None)
    ledger.past.extend([held.turn], NOW + 9 * SOON)
    assert len(ledger.past.lease(NOW + SOON, NOW + 2 * SOON)) == 1
