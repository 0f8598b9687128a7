"""Does the ledger keep its promises, on SQLite and on PostgreSQL alike?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from flows.model import Binding, Lease, Pause, Reading, Reason, Settlement, State
from flows.moments import Occurrence
from ledger.ledger import Ledger
from ledger.migrate import migrate
from ledger.stories import Stories
from ledger.tables import metadata
from mappings.values import Reference
from tests.contract.ledgers import FLOW, LANE, NOW, SOON, admit, lease, opened, record

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with opened(request.param, tmp_path) as one:
        yield one


def claim_all(ledger: Ledger) -> list[Lease]:
    return [delivery.lease for delivery in ledger.queue.claim(lease(ledger), NOW, NOW + SOON)]


def states(ledger: Ledger) -> dict[str, int]:
    return {str(state): number for state, number in ledger.reports.counts().get(FLOW, {}).items()}


def bound(number: int, version: int = 1) -> Binding:
    one = record(number, version)
    return Binding(FLOW, one.id, f"T{number}", one.version, "digest", {"a": "1"})


def test_a_version_is_admitted_once(ledger: Ledger) -> None:
    assert admit(ledger, record(1), record(2)) == (2, 0, 0)
    assert admit(ledger, record(1), record(3)) == (1, 1, 0)


def test_the_same_version_with_other_content_is_a_new_delivery(ledger: Ledger) -> None:
    """Salesforce's stamp has whole seconds: two saves within one must not become one."""
    admit(ledger, record(1))
    assert admit(ledger, record(1, note="changed")) == (1, 0, 1)


def test_a_record_comes_back_exactly(ledger: Ledger) -> None:
    sent = record(
        1,
        amount=Decimal("1054.10"),
        none=None,
        deep={"lines": [{"price": Decimal("0.1")}]},
        name="Käse \u2028 \x00"[:-1],
    )
    admit(ledger, sent)
    (delivery,) = ledger.queue.claim(lease(ledger), NOW, NOW + SOON)
    assert delivery.record == sent
    assert repr(delivery.record.fields) == repr(delivery.record.fields)
    assert delivery.attempts == 1


def test_a_newer_version_supersedes_those_that_wait_and_an_older_one_is_superseded_at_once(ledger: Ledger) -> None:
    admit(ledger, record(1, 2))
    assert admit(ledger, record(1, 3)) == (1, 0, 1)
    admit(ledger, record(1, 1))
    assert states(ledger) == {"pending": 1, "superseded": 2}


def test_a_delivery_under_way_is_not_superseded_and_its_record_is_not_leased_twice(ledger: Ledger) -> None:
    admit(ledger, record(1, 1))
    claim_all(ledger)
    admit(ledger, record(1, 2))
    assert states(ledger) == {"leased": 1, "pending": 1}
    assert lease(ledger) == ()


def test_a_filtered_record_is_kept_and_never_leased(ledger: Ledger) -> None:
    admit(ledger, record(1), filtered=frozenset({record(1).id}))
    assert lease(ledger) == ()
    assert states(ledger) == {"filtered": 1}


def test_a_cursor_only_moves_on(ledger: Ledger) -> None:
    assert ledger.queue.cursor(FLOW) is None
    admit(ledger, record(1), cursor=NOW)
    admit(ledger, record(2), cursor=NOW - SOON)
    assert ledger.queue.cursor(FLOW) == NOW


def test_the_backlog_tells_due_and_alive(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2), record(3))
    lease(ledger, 1)
    assert ledger.queue.backlog(NOW) == {LANE: (2, 1)}
    assert ledger.queue.backlog(NOW + 2 * SOON) == {LANE: (3, 0)}


def test_a_lease_is_claimed_once_and_a_doubled_message_gets_nothing(ledger: Ledger) -> None:
    admit(ledger, record(1))
    leased = lease(ledger)
    assert len(ledger.queue.claim(leased, NOW, NOW + SOON)) == 1
    assert not ledger.queue.claim(leased, NOW, NOW + SOON)


def test_a_lease_that_ran_out_is_due_again_and_its_zombie_settles_nothing(ledger: Ledger) -> None:
    admit(ledger, record(1))
    zombie = claim_all(ledger)
    later = NOW + 2 * SOON
    fresh = [one.lease for one in ledger.queue.claim(lease(ledger, now=later), later, later + SOON)]
    assert len(fresh) == 1
    assert not ledger.queue.settle([Settlement(zombie[0], State.DEAD, reason=Reason("X", "x"))], later)
    ledger.queue.settle([Settlement(fresh[0], State.DELIVERED, binding=bound(1))], later)
    assert states(ledger) == {"delivered": 1}


def test_extending_keeps_only_what_is_held(ledger: Ledger) -> None:
    admit(ledger, record(1))
    stale = lease(ledger)
    held = [one.lease for one in ledger.queue.claim(stale, NOW, NOW + SOON)]
    ledger.queue.extend(stale, NOW + 9 * SOON)
    assert ledger.queue.backlog(NOW + 2 * SOON) == {LANE: (1, 0)}
    ledger.queue.extend(held, NOW + 9 * SOON)
    assert ledger.queue.backlog(NOW + 2 * SOON) == {LANE: (0, 1)}


def test_each_record_of_a_parcel_is_settled_for_itself(ledger: Ledger) -> None:
    admit(ledger, *(record(number) for number in range(4)))
    one, two, three, four = claim_all(ledger)
    letters = ledger.queue.settle(
        [
            Settlement(one, State.DELIVERED, binding=bound(0)),
            Settlement(two, State.DEAD, reason=Reason("INVALID_SKU", "m", "h", "item", "GTXPro", ("GTX Pro",))),
            Settlement(three, State.WAITING, due_at=NOW + SOON, counted=False, reason=Reason("BUSY", "b")),
            Settlement(four, State.WAITING, due_at=NOW + SOON, unsettled=True, reason=Reason("TIMEOUT", "t")),
        ],
        NOW,
    )
    assert [(letter.code, letter.owner, letter.source_id) for letter in letters] == [
        ("INVALID_SKU", "sales-ops", record(1).id)
    ]
    assert states(ledger) == {"delivered": 1, "dead": 1, "waiting": 2}
    again = ledger.queue.claim(lease(ledger, now=NOW + SOON), NOW + SOON, NOW + 2 * SOON)
    assert [(delivery.attempts, delivery.unsettled) for delivery in again] == [(1, False), (2, True)]
    (report,) = ledger.reports.dead_letters(None, "INVALID_SKU", 10)
    assert (report.candidates, report.amount, report.currency) == (("GTX Pro",), Decimal("10.50"), "USD")


def test_a_binding_is_never_replaced_by_an_older_version(ledger: Ledger) -> None:
    admit(ledger, record(1, 5))
    ledger.queue.settle([Settlement(claim_all(ledger)[0], State.DELIVERED, binding=bound(1, 5))], NOW)
    admit(ledger, record(1, 6))
    ledger.queue.settle([Settlement(claim_all(ledger)[0], State.DELIVERED, binding=bound(1, 4))], NOW)
    reference = Reference(FLOW, record(1).id)
    assert ledger.memory.bindings([reference])[reference].version == record(1, 5).version


def waits(held: Lease, reference: Reference) -> Settlement:
    return Settlement(
        held, State.WAITING, due_at=NOW + 99 * SOON, reason=Reason("NOT_READY", "w"), waiting_for=reference
    )


def test_whoever_waits_behind_a_record_goes_on_when_it_is_bound(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    first, second = claim_all(ledger)
    ledger.queue.settle([waits(first, Reference(FLOW, record(2).id))], NOW)
    assert lease(ledger) == ()
    ledger.queue.settle([Settlement(second, State.DELIVERED, binding=bound(2))], NOW)
    assert [one.delivery for one in lease(ledger)] == [first.delivery]


def test_who_begins_to_wait_after_the_binding_came_does_not_wait(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    first, second = claim_all(ledger)
    ledger.queue.settle([Settlement(second, State.DELIVERED, binding=bound(2))], NOW)
    ledger.queue.settle([waits(first, Reference(FLOW, record(2).id))], NOW)
    assert states(ledger) == {"delivered": 1, "pending": 1}


def test_whoever_died_behind_a_dead_record_is_revived_by_its_delivery(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    first, second = claim_all(ledger)
    behind = Reference(FLOW, record(2).id)
    ledger.queue.settle(
        [Settlement(first, State.DEAD, reason=Reason("MISSING_CUSTOMER", "m"), waiting_for=behind)], NOW
    )
    ledger.queue.settle([Settlement(second, State.DELIVERED, binding=bound(2))], NOW)
    assert states(ledger) == {"delivered": 1, "pending": 1}


def test_whoever_waits_looks_again_when_what_it_waits_for_dies(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    first, second = claim_all(ledger)
    ledger.queue.settle([waits(first, Reference(FLOW, record(2).id))], NOW)
    ledger.queue.settle([Settlement(second, State.DEAD, reason=Reason("TOO_LONG", "t"))], NOW)
    assert [one.delivery for one in lease(ledger)] == [first.delivery]
    reference = Reference(FLOW, record(2).id)
    assert ledger.memory.fates([reference])[reference].code == "TOO_LONG"


def test_the_newest_version_tells_the_fate_whatever_came_last(ledger: Ledger) -> None:
    admit(ledger, record(1, version=2))
    (newest,) = claim_all(ledger)
    ledger.queue.settle([Settlement(newest, State.DEAD, reason=Reason("TOO_LONG", "t"))], NOW)
    admit(ledger, record(1, version=1))
    reference = Reference(FLOW, record(1).id)
    assert ledger.memory.fates([reference])[reference].code == "TOO_LONG"


def test_replay_gives_fresh_attempts_and_dismissal_takes_off_the_list(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    dead = [Settlement(held, State.DEAD, reason=Reason("X", "x")) for held in claim_all(ledger)]
    ledger.queue.settle(dead, NOW)
    ids = [letter.id for letter in ledger.reports.dead_letters(None, None, None)]
    assert ledger.queue.dismiss(ids[:1], NOW, "me", "test deal") == 1
    assert ledger.queue.revive(ids, NOW, "me") == 1
    assert [one.attempts for one in ledger.queue.claim(lease(ledger), NOW, NOW + SOON)] == [1]
    assert states(ledger) == {"filtered": 1, "leased": 1}


def test_entries_pauses_and_worth_are_remembered(ledger: Ledger) -> None:
    ledger.memory.set_override("sku", "GTXPro", "GTX", "me", NOW)
    ledger.memory.set_override("sku", "GTXPro", "GTX Pro", "me", NOW)
    assert ledger.memory.overrides() == {"sku": {"GTXPro": "GTX Pro"}}
    ledger.memory.pause(Pause("netsuite", NOW, Reason("DOWN", "down")))
    ledger.memory.pause(Pause("netsuite", NOW + SOON, Reason("DOWN", "still")))
    assert ledger.memory.pauses()["netsuite"].until == NOW + SOON
    ledger.memory.resume("netsuite")
    ledger.memory.resume("netsuite")
    assert not ledger.memory.pauses()
    admit(ledger, record(1), record(2))
    ledger.queue.settle([Settlement(held, State.DELIVERED) for held in claim_all(ledger)], NOW)
    assert ledger.reports.delivered_value(FLOW) == {"USD": Decimal("21.00")}


def test_runs_tell_what_they_read_and_forsaken_ones_are_ended(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    admit(ledger, record(1))
    assert ledger.queue.forsake(NOW + SOON, NOW + SOON, Reason("RUN_FORSAKEN", "died")) == 2
    newest, oldest = ledger.reports.runs(None)
    assert (oldest.read, oldest.new, newest.known) == (2, 2, 1)
    assert newest.failure == "RUN_FORSAKEN: died"


NIGHT = Occurrence(NOW, NOW - SOON)


def begin(ledger: Ledger, flow: str = FLOW, occurrence: Occurrence = NIGHT) -> int | None:
    return ledger.queue.open_occurrence(flow, Reading.CHANGES, NOW, occurrence)


def test_an_occurrence_has_one_run_for_each_flow(ledger: Ledger) -> None:
    first = begin(ledger)
    assert first is not None
    assert begin(ledger) is None
    ledger.queue.close_run(first, NOW, None)
    assert begin(ledger) is None
    assert begin(ledger, "another_flow") is not None
    assert begin(ledger, occurrence=Occurrence(NOW + SOON, NOW)) is not None


def test_a_run_that_failed_makes_room_after_a_while(ledger: Ledger) -> None:
    first = begin(ledger)
    assert first is not None
    ledger.queue.close_run(first, NOW, Reason("DOWN", "down"))
    assert begin(ledger) is None
    assert begin(ledger, occurrence=Occurrence(NOW, NOW)) is not None
    assert begin(ledger, occurrence=Occurrence(NOW, NOW)) is None


def test_what_the_sweep_ended_makes_room_and_stays_ended_when_it_wakes(ledger: Ledger) -> None:
    zombie = begin(ledger)
    assert zombie is not None
    ledger.queue.forsake(NOW + SOON, NOW + SOON, Reason("RUN_FORSAKEN", "died"))
    assert begin(ledger, occurrence=Occurrence(NOW, NOW + SOON)) is not None
    ledger.queue.close_run(zombie, NOW + SOON, None)
    assert ledger.reports.runs(None)[-1].failure == "RUN_FORSAKEN: died"


def test_of_eight_workers_that_take_one_tick_one_begins(ledger: Ledger) -> None:
    ready, begun = threading.Barrier(8), []

    def work() -> None:
        ready.wait()
        begun.append(begin(ledger))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([run for run in begun if run is not None]) == 1
    assert len(begun) == 8


def test_a_story_is_told_from_either_side_and_an_id_is_followed_among_its_kind_only(ledger: Ledger) -> None:
    admit(ledger, record(1), record(2))
    pairs = [Binding(FLOW, record(1).id, "105", "v", "d"), Binding(FLOW, record(2).id, "106", "v", "d")]
    ledger.queue.settle(
        [Settlement(held, State.DELIVERED, binding=pair) for held, pair in zip(claim_all(ledger), pairs, strict=True)],
        NOW,
    )
    stories = Stories(ledger.engine, {FLOW: ("salesforce Opportunity", "netsuite salesOrder")})
    for key in ("105", record(1).id, record(1).id[:15]):
        assert [one.source_id for one in stories.trace(key).deliveries] == [record(1).id]
        assert len(stories.trace(key).attempts) == 1
    assert not stories.trace("nothing").deliveries


def test_eight_threads_claim_nothing_twice(ledger: Ledger) -> None:
    admit(ledger, *(record(number) for number in range(400)))
    done: Counter[int] = Counter()

    def work() -> None:
        while leased := lease(ledger, 10):
            claimed = ledger.queue.claim(leased, NOW, NOW + SOON)
            done.update(one.lease.delivery for one in claimed)
            ledger.queue.settle([Settlement(one.lease, State.DELIVERED) for one in claimed], NOW)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(ledger) == {"delivered": 400}
    assert set(done.values()) == {1}


KILLED = """
import sys
from pathlib import Path
from ledger.ledger import Ledger
from tests.contract.ledgers import admit, record
ledger = Ledger(sys.argv[1])
for page in range(10_000):
    admit(ledger, *(record(page * 50 + number) for number in range(50)))
    print(page, flush=True)
"""


def test_a_kill_in_the_middle_leaves_whole_pages(ledger: Ledger) -> None:
    url = ledger.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", KILLED, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for _ in range(5):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    admitted = states(ledger)["pending"]
    assert admitted >= 250
    assert admitted % 50 == 0
    assert sum(run.new for run in ledger.reports.runs(None)) == admitted


def test_the_backlog_and_a_lease_are_found_by_index(tmp_path: Path) -> None:
    with opened("sqlite", tmp_path) as ledger:
        admit(ledger, *(record(number) for number in range(50)))
        seen: list[str] = []
        ledger.engine.connect().close()
        with ledger.engine.connect() as connection:
            connection.connection.driver_connection.set_trace_callback(seen.append)  # type: ignore[union-attr] # SQLite's own
        ledger.queue.backlog(NOW)
        lease(ledger, 1)
        asked = [text for text in seen if "FROM deliveries" in text and text.startswith("SELECT")]
        assert len(asked) >= 2
        with ledger.engine.connect() as connection:
            for text in asked:
                plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
                assert "USING INDEX deliveries_live" in plan or "USING COVERING INDEX deliveries_live" in plan, plan


def test_waiting_longer_than_a_lease_is_the_ledgers_business_only(ledger: Ledger) -> None:
    admit(ledger, record(1))
    held = claim_all(ledger)[0]
    ledger.queue.settle([Settlement(held, State.WAITING, due_at=NOW + timedelta(days=3), reason=Reason("X", "x"))], NOW)
    assert lease(ledger, now=NOW + timedelta(days=2)) == ()
    assert len(lease(ledger, now=NOW + timedelta(days=3))) == 1


def test_the_steps_lead_to_the_tables_that_the_code_knows(ledger: Ledger) -> None:
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_second_migration_changes_nothing(ledger: Ledger) -> None:
    admit(ledger, record(1))
    migrate(ledger.engine.url.render_as_string(hide_password=False))
    assert states(ledger) == {"pending": 1}
