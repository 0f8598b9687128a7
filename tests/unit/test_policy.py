"""Does each error get the verdict that its name promises?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flows.errors import IsthmusError, Misconfigured, NotReady, Rejected, Throttled, Transient, Unreachable, Unsettled
from flows.model import Lease, State
from flows.policy import REST, Case, Policy, judge, rests
from mappings.values import Reference

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
POLICY = Policy()


def case(attempts: int = 1, jitter: float = 0.0) -> Case:
    return Case(Lease(1, 3), attempts, NOW, jitter)


@pytest.mark.parametrize(
    ("error", "state", "wait", "counted"),
    [
        (Transient("LOCKED", "locked"), State.WAITING, timedelta(seconds=2), True),
        (Unsettled("TIMEOUT", "no answer"), State.WAITING, timedelta(seconds=2), True),
        (NotReady(Reference("account_to_customer", "001")), State.WAITING, timedelta(seconds=2), True),
        (Throttled("BUSY", "busy", wait=7), State.WAITING, timedelta(seconds=7), False),
        (Unreachable("DOWN", "down"), State.WAITING, REST, False),
        (Misconfigured("SIGN_IN", "wrong secret"), State.WAITING, REST, False),
        (Rejected("INVALID_SKU", field="item", message="unknown"), State.DEAD, None, True),
        (IsthmusError("ODD", "odd"), State.DEAD, None, True),
    ],
)
def test_a_first_failure(error: IsthmusError, state: State, wait: timedelta | None, counted: bool) -> None:  # noqa: FBT001 — a table's column
    verdict = judge(error, case(), POLICY)
    assert (verdict.state, verdict.counted) == (state, counted)
    assert verdict.due_at == (NOW + wait if wait else None)
    assert verdict.reason is not None
    assert verdict.reason.code == error.code


@pytest.mark.parametrize("error", [Transient("X", "x"), Unsettled("X", "x"), NotReady(Reference("f", "1"))])
def test_what_counts_dies_when_its_attempts_are_spent(error: IsthmusError) -> None:
    verdict = judge(error, case(attempts=POLICY.attempts), POLICY)
    assert verdict.state is State.DEAD
    assert verdict.reason is not None
    assert "given up after 8 attempts" in verdict.reason.message


@pytest.mark.parametrize("error", [Throttled("X", "x", wait=1), Unreachable("X", "x"), Misconfigured("X", "x")])
def test_what_does_not_count_never_dies(error: IsthmusError) -> None:
    assert judge(error, case(attempts=1000), POLICY).state is State.WAITING


def test_the_wait_doubles_up_to_the_longest_and_jitter_adds_a_quarter_at_most() -> None:
    assert [POLICY.wait(attempts, 0.0).total_seconds() for attempts in (1, 2, 3, 20)] == [2, 4, 8, 900]
    assert POLICY.wait(1, 0.999).total_seconds() < 2.5


def test_only_what_is_wrong_for_every_record_lets_the_connection_rest() -> None:
    assert rests(Misconfigured("X", "x"))
    assert rests(Unreachable("X", "x"))
    assert not rests(Transient("X", "x"))
    assert not rests(Rejected("X"))


def test_a_rejection_keeps_field_value_and_candidates() -> None:
    error = Rejected("INVALID_SKU", field="item", value="GTXPro", candidates=("GTX Pro",), message="m", hint="h")
    reason = judge(error, case(), POLICY).reason
    assert reason is not None
    assert (reason.field, reason.value, reason.candidates, reason.hint) == ("item", "GTXPro", ("GTX Pro",), "h")


def test_an_unknown_outcome_must_be_looked_up_next() -> None:
    assert judge(Unsettled("X", "x"), case(), POLICY).unsettled
