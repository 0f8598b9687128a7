"""Does one step of the budget do what it says?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import fakeredis
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.governor import DailyBudget, Governor, Slots
from flows.errors import Throttled, Unreachable
from flows.model import Priority

NOW, LATER, PAST = Priority


@pytest.fixture
def redis() -> Iterator[Any]:
    with fakeredis.FakeRedis() as server:
        yield server


def full(governor: Governor, priority: Priority) -> bool:
    try:
        with governor.slot(priority, wait=0):
            return False
    except Throttled:
        return True


def test_no_more_slots_than_the_account_has(redis: Any) -> None:
    governor = Governor(redis, "a", 2)
    with governor.slot(NOW), governor.slot(LATER):
        assert full(governor, NOW)
        assert governor.standing().held == 2
    assert governor.standing().held == 0


def test_a_slot_returns_when_the_call_fails(redis: Any) -> None:
    governor = Governor(redis, "a", 1)
    with pytest.raises(ValueError, match="broken"), governor.slot(NOW):
        raise ValueError("broken")
    assert not full(governor, NOW)


def test_fences_rise(redis: Any) -> None:
    governor = Governor(redis, "a", 3)
    with governor.slot(NOW) as first, governor.slot(NOW) as second:
        assert second > first
    assert governor.used() == 2


def test_who_finds_no_slot_comes_again_in_a_second(redis: Any) -> None:
    governor = Governor(redis, "a", 1)
    with governor.slot(NOW), pytest.raises(Throttled) as caught, governor.slot(NOW, wait=0):
        pass
    assert (caught.value.code, caught.value.wait) == ("NO_SLOT", 1.0)


def test_accounts_do_not_share(redis: Any) -> None:
    one, other = Governor(redis, "a", 1), Governor(redis, "b", 1)
    with one.slot(NOW):
        assert not full(other, NOW)


def test_a_waiter_gets_the_slot_that_is_given_back(redis: Any) -> None:
    held = ExitStack()
    gaps: list[float] = []

    def rest(seconds: float) -> None:
        gaps.append(seconds)
        if len(gaps) == 3:
            held.close()

    governor = Governor(redis, "a", 1, rest=rest)
    held.enter_context(governor.slot(NOW))
    with governor.slot(LATER, wait=5):
        assert len(gaps) == 3
    assert all(0 < gap <= 0.1 for gap in gaps)


def test_batch_leaves_the_reserve_to_waiting_real_time(redis: Any) -> None:
    governor = Governor(redis, "a", 2, reserve=1)
    with governor.slot(LATER):
        with governor.slot(LATER):
            assert full(governor, NOW)
        assert full(governor, LATER)
        assert not full(governor, NOW)


def test_batch_takes_all_while_nobody_waits(redis: Any) -> None:
    governor = Governor(redis, "a", 2, reserve=1)
    with governor.slot(LATER):
        assert not full(governor, LATER)


def test_backfill_never_takes_the_reserve(redis: Any) -> None:
    governor = Governor(redis, "a", 3, reserve=1)
    with governor.slot(PAST), governor.slot(PAST):
        assert full(governor, PAST)
        assert not full(governor, NOW)
        assert not full(governor, LATER)


@pytest.mark.parametrize("other", [NOW, LATER])
def test_backfill_takes_nothing_while_anybody_waits(redis: Any, other: Priority) -> None:
    governor = Governor(redis, "a", 2, reserve=0)
    with governor.slot(PAST):
        with governor.slot(PAST):
            assert full(governor, other)
        assert full(governor, PAST)
        assert not full(governor, other)


def test_waiting_backfill_holds_up_nobody(redis: Any) -> None:
    governor = Governor(redis, "a", 2, reserve=1)
    with governor.slot(LATER):
        assert full(governor, PAST)
        assert not full(governor, LATER)


def test_backfill_without_a_slot_stays_away_longer(redis: Any) -> None:
    governor = Governor(redis, "a", 1)
    with governor.slot(NOW), pytest.raises(Throttled) as caught, governor.slot(PAST, wait=0):
        pass
    assert caught.value.wait == 15.0


def test_a_refusal_shrinks_the_budget_for_all(redis: Any) -> None:
    one, other = Governor(redis, "a", 5), Governor(redis, "a", 5)
    assert one.refused() == 4
    assert other.standing().limit == 4


def test_refusals_that_come_together_count_once(redis: Any) -> None:
    governor = Governor(redis, "a", 5)
    assert [governor.refused() for _ in range(3)] == [4, 4, 4]


def test_one_slot_always_stays(redis: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.governor.TOGETHER", 0)
    governor = Governor(redis, "a", 3)
    assert [governor.refused() for _ in range(4)] == [2, 1, 1, 1]
    assert not full(governor, NOW)


def test_a_silent_redis_lets_no_call_through() -> None:
    governor = Governor(Redis(port=1, retry=Retry(NoBackoff(), 0)), "a", 5)
    with pytest.raises(Unreachable) as caught, governor.slot(NOW):
        pass
    assert caught.value.code == "BUDGET_UNREACHABLE"


def test_a_slot_that_cannot_be_given_back_spoils_no_answer() -> None:
    server = fakeredis.FakeServer()
    governor = Governor(fakeredis.FakeRedis(server=server), "a", 5)
    with governor.slot(NOW):
        server.connected = False


@pytest.mark.parametrize(
    ("told", "stops"),
    [
        ("api-usage=9000/10000", False),
        ("api-usage=9001/10000", True),
        ("api-usage=9500/10000; per-app-api-usage=17/250(appName=x)", True),
        ("per-app-api-usage=240/250(appName=x)", False),
        ("", False),
    ],
)
def test_batch_stops_at_its_share_of_the_day(redis: Any, told: str, stops: bool) -> None:  # noqa: FBT001 — a table's column
    day = DailyBudget(redis, "org")
    day.learn(told)
    day.admit(NOW)
    if stops:
        with pytest.raises(Throttled) as caught:
            day.admit(LATER)
        assert (caught.value.code, caught.value.wait) == ("DAILY_BUDGET", 900.0)
        assert 0 < redis.pttl("isthmus:{org}:day") <= 900_000
    else:
        day.admit(LATER)


def test_backfill_stops_at_half_that_share(redis: Any) -> None:
    day = DailyBudget(redis, "org")
    day.learn("api-usage=450/1000")
    day.admit(PAST)
    day.learn("api-usage=451/1000")
    day.admit(LATER)
    with pytest.raises(Throttled):
        day.admit(PAST)


def test_a_spent_day_stops_batch_in_other_processes(redis: Any) -> None:
    DailyBudget(redis, "org").spent()
    with pytest.raises(Throttled):
        DailyBudget(redis, "org").admit(LATER)


def test_a_silent_redis_spoils_no_answer_but_lets_no_batch_through() -> None:
    day = DailyBudget(Redis(port=1, retry=Retry(NoBackoff(), 0)), "org")
    day.learn("api-usage=1/2")
    with pytest.raises(Unreachable):
        day.admit(LATER)


def test_a_lease_outlives_the_call() -> None:
    assert Slots(5).lease >= 5 + 60 + 5
