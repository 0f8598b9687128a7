"""Does any order of admitting, leasing, claiming, settling, doubling and waiting break the ledger? A machine tries."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from flows.model import Delivery, Lease, Reason, Settlement, State
from tests.contract.ledgers import FLOW, LANE, NOW, SOON, admit, opened, record

ENDS = {"delivered", "unchanged", "filtered", "superseded", "dead"}


class Machine(RuleBasedStateMachine):
    """Keeps the messages that were ever sent and the claims that are in hand, and tries them at any time again."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.ledger = self.stack.enter_context(opened("sqlite", Path(folder)))
        self.now = NOW
        self.admitted: set[tuple[int, int]] = set()
        self.sent: list[tuple[Lease, ...]] = []
        self.held: list[tuple[Delivery, object]] = []

    @rule(number=st.integers(0, 3), version=st.integers(1, 4))
    def capture(self, number: int, version: int) -> None:
        new, known, _ = admit(self.ledger, record(number, version), now=self.now)
        assert (new, known) == ((0, 1) if (number, version) in self.admitted else (1, 0))
        self.admitted.add((number, version))

    @rule(most=st.integers(1, 5))
    def relay(self, most: int) -> None:
        leases, _ = self.ledger.queue.lease(LANE, most, self.now, self.now + SOON)
        self.sent.append(tuple(leases))

    @rule(which=st.integers(0, 50))
    def deliver(self, which: int) -> None:
        """Take any message that was ever sent, also one that has been taken before."""
        if self.sent:
            leases = self.sent[which % len(self.sent)]
            claimed = self.ledger.queue.claim(leases, self.now, self.now + SOON)
            self.held += [(one, self.now + SOON) for one in claimed]

    @rule(
        which=st.integers(0, 50), state=st.sampled_from([State.DELIVERED, State.UNCHANGED, State.DEAD, State.WAITING])
    )
    def settle(self, which: int, state: State) -> None:
        """Settle any claim that was ever held, also by a zombie."""
        if self.held:
            claim, _ = self.held[which % len(self.held)]
            due = self.now + SOON if state is State.WAITING else None
            self.ledger.queue.settle([Settlement(claim.lease, state, due_at=due, reason=Reason("X", "x"))], self.now)

    @rule(seconds=st.sampled_from([1, 20, 31, 200]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def people_replay(self) -> None:
        ids = [letter.id for letter in self.ledger.reports.dead_letters(None, None, None)]
        self.ledger.queue.revive(ids, self.now, "me")

    @invariant()
    def nothing_vanishes(self) -> None:
        counts = self.ledger.reports.counts().get(FLOW, {})
        assert sum(counts.values()) == len(self.admitted)

    @invariant()
    def no_record_is_in_hand_twice(self) -> None:
        with self.ledger.engine.connect() as connection:
            twice = connection.exec_driver_sql(
                "SELECT source_id FROM deliveries WHERE state = 'leased' AND leased_until >= "
                f"{int(self.now.timestamp() * 1e6)} GROUP BY flow, source_id HAVING COUNT(*) > 1"
            ).all()
        assert not twice

    @invariant()
    def what_is_alive_can_be_reached(self) -> None:
        """Whatever has no end is due at some time: nothing waits for ever."""
        counts = self.ledger.reports.counts().get(FLOW, {})
        live = sum(number for state, number in counts.items() if state not in ENDS)
        due, _ = self.ledger.queue.backlog(self.now + timedelta(days=1)).get(LANE, (0, 0))
        assert due == live

    def teardown(self) -> None:
        self.stack.close()


Machine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMachine = Machine.TestCase
