"""May this call be made now? The shared budgets of an account, kept in Redis for all workers on all machines."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from flows.errors import Throttled, Unreachable
from flows.model import Priority

if TYPE_CHECKING:
    from redis import Redis

SCRIPT = (Path(__file__).parent / "governor.lua").read_text(encoding="utf-8")
KEYS = ("leases", "limit", "waiting", "fence", "used", "queueing")
POLL = (0.01, 0.1)  # seconds between two looks for a free slot, the gap growing from the first to the second
AWAY = {
    Priority.REALTIME: 1.0,
    Priority.BATCH: 1.0,
    Priority.BACKFILL: 15.0,
}  # seconds until a call without slot asks again
ANNOUNCED = 0.5  # seconds that a waiting call is known to those below it; longer than the longest gap
TOGETHER = 1.0  # seconds in which several refusals count as one
QUARTER = 900.0  # seconds that a day's usage is believed, and that batch work then waits
USAGE = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")  # not the `per-app-api-usage` that may follow
RANDOM = SystemRandom()


@dataclass(frozen=True, slots=True)
class Slots:
    """How large a budget is and how it moves.

    `slots`: calls at once that the account allows; `reserve`: how many of them batch work leaves to waiting real-time
    work, and backfill always; `lease`: seconds after which a dead holder's slot returns, longer than any call may take
    (connect and read timeout, and 5); `growth`: seconds without a refusal for each slot that comes back after a shrink.
    """

    slots: int
    reserve: int = 1
    lease: float = 70.0
    growth: float = 30.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a budget stands: slots in use, slots allowed at present."""

    held: int
    limit: int


def _rest(seconds: float) -> None:
    threading.Event().wait(seconds)


class Governor:
    """The account's concurrent calls. A slot is a lease in one sorted set, so a crash gives it back (celery.md 31)."""

    def __init__(
        self,
        redis: Redis,
        name: str,
        slots: int | Slots,
        *,
        reserve: int = 1,
        rest: Callable[[float], object] = _rest,
    ) -> None:
        """Take the budget called `name`: the system and, where several accounts share a Redis, the account."""
        self._budget = slots if isinstance(slots, Slots) else Slots(slots, reserve)
        self._redis = redis
        self._script = redis.register_script(SCRIPT)
        self._keys = [f"isthmus:{{{name}}}:{what}" for what in KEYS]
        self._name = name
        self._rest = rest

    @contextmanager
    def slot(self, priority: Priority, wait: float = 5.0) -> Iterator[int]:
        """Hold a slot during the block and give its fencing number.

        Raises Throttled("NO_SLOT") when none is free within `wait` seconds; Unreachable when Redis does not answer.
        """
        holder = secrets.token_hex(8)
        fence = self._wait_for(holder, priority, wait)
        try:
            yield fence
        finally:
            # The call is made and its answer counts; a slot that cannot be given back now returns with its lease.
            with suppress(RedisError):
                self._redis.zrem(self._keys[0], holder)

    def refused(self) -> int:
        """Learn that the account refused a call for concurrency; returns the smaller limit that now goes for all."""
        return self._run("refused", int(TOGETHER * 1000))[2]

    def standing(self) -> Standing:
        """Return the slots in use and allowed."""
        _, held, limit = self._run("look")
        return Standing(held, limit)

    def used(self) -> int:
        """Return how many calls were let through since the budget began."""
        with _budget_answers():
            return int(self._redis.get(self._keys[4]) or 0)

    def _wait_for(self, holder: str, priority: Priority, wait: float) -> int:
        end, gap = time.monotonic() + wait, POLL[0]
        while not (fence := self._take(holder, priority)):
            left = end - time.monotonic()
            if left <= 0:
                words = f"All calls that the {self._name} account allows are under way."
                raise Throttled("NO_SLOT", words, wait=AWAY[priority])
            self._rest(min(left, gap * RANDOM.uniform(0.5, 1.0)))
            gap = min(gap * 1.5, POLL[1])
        return fence

    def _take(self, holder: str, priority: Priority) -> int:
        budget = self._budget
        lease, announced = int(budget.lease * 1000), int(ANNOUNCED * 1000)
        return self._run("take", holder, lease, priority.value, budget.reserve, announced)[0]

    def _run(self, verb: str, *more: Any) -> list[int]:
        growth = max(1, int(self._budget.growth * 1000))
        with _budget_answers():
            answer: list[int] = self._script(keys=self._keys, args=[verb, self._budget.slots, growth, *more])
        return answer


class DailyBudget:
    """The day's calls of a Salesforce org: backfill stops at half the share of batch, real-time work goes on to the end.

    What the last answer said (`Sforce-Limit-Info`, salesforce.md 1.2) is shared by all processes and believed for a
    quarter of an hour, so that one call then finds out how a rolling day has moved on.
    """

    def __init__(self, redis: Redis, name: str, *, share: float = 0.9) -> None:
        self._redis = redis
        self._key = f"isthmus:{{{name}}}:day"
        self._name = name
        self._shares = {Priority.BATCH: share, Priority.BACKFILL: share / 2}

    def admit(self, priority: Priority) -> None:
        """Let the call pass, or raise Throttled with the seconds to wait; Unreachable when Redis does not answer."""
        if priority is Priority.REALTIME:
            return
        with _budget_answers():
            known = self._redis.get(self._key)
        if known is None:
            return
        used, total = (int(part) for part in _text(known).split("/"))
        if used > total * self._shares[priority]:
            words = f"{used} of {total} calls of the day are used in {self._name}; the rest is kept for other work."
            hint = f"Raise the org's API limit, or move {priority} work."
            raise Throttled("DAILY_BUDGET", words, wait=QUARTER, hint=hint)

    def learn(self, limit_info: str) -> None:
        """Remember what an answer's `Sforce-Limit-Info` says; other texts are passed over."""
        found = USAGE.search(limit_info)
        if found:
            self._remember(f"{found[1]}/{found[2]}")

    def spent(self) -> None:
        """Learn that the vendor refused a call because the day's calls are used up."""
        self._remember("1/1")

    def _remember(self, usage: str) -> None:
        # Told beside an answer that counts for itself; the next one tells it again.
        with suppress(RedisError):
            self._redis.set(self._key, usage, px=int(QUARTER * 1000))


@contextmanager
def _budget_answers() -> Iterator[None]:
    try:
        yield
    except RedisError as fault:
        words = f"The call budget in Redis does not answer ({type(fault).__name__})."
        hint = "Start Redis or correct its address. Without the budget no call is made, so that no limit is broken."
        raise Unreachable("BUDGET_UNREACHABLE", words, hint=hint) from fault


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
