"""Does the budget hold among processes, through crashes, on a real Redis and its clock?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client

from connectors.governor import Governor, Slots
from flows.errors import Throttled
from flows.model import Priority

ADDRESS = "redis://127.0.0.1:6379/15"
ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys, threading, redis
from connectors.governor import Governor, Slots
from flows.model import Priority

address, name, threads, rounds, hold, lease = sys.argv[1:]
server = redis.Redis.from_url(address)
governor = Governor(server, name, Slots(5, lease=float(lease)))
print("ready", flush=True)
sys.stdin.readline()

def call():
    for _ in range(int(rounds)):
        with governor.slot(Priority.BATCH, wait=30):
            server.rpush(f"test:{name}", server.incr(f"test:{name}:now"))
            threading.Event().wait(float(hold))
            server.decr(f"test:{name}:now")

running = [threading.Thread(target=call) for _ in range(int(threads))]
[one.start() for one in running]
[one.join() for one in running]
"""


@pytest.fixture
def redis() -> Iterator[redis_client.Redis]:
    client = redis_client.Redis.from_url(ADDRESS, socket_connect_timeout=1)
    try:
        client.ping()
    except redis_client.ConnectionError:
        client.close()
        if os.environ.get("CI") == "true":  # noqa: TID251 — tells whether a missing server is a fault
            pytest.fail(f"no Redis at {ADDRESS}")
        pytest.skip(f"no Redis at {ADDRESS}")
    with client:
        yield client


@pytest.fixture
def name(redis: redis_client.Redis) -> Iterator[str]:
    unique = f"test-{uuid.uuid4().hex}"
    yield unique
    for pattern in (f"isthmus:{{{unique}}}:*", f"test:{unique}*"):
        for key in redis.scan_iter(pattern):
            redis.delete(key)


def start(name: str, *, threads: int, rounds: int, hold: float, lease: float) -> subprocess.Popen[str]:
    figures = [str(figure) for figure in (threads, rounds, hold, lease)]
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, ADDRESS, name, *figures],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(worker: subprocess.Popen[str]) -> None:
    assert worker.stdout is not None
    assert worker.stdin is not None
    assert worker.stdout.readline() == "ready\n"
    worker.stdin.write("\n")
    worker.stdin.flush()


def until(condition: object, seconds: float) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        threading.Event().wait(0.02)
    return False


def full(governor: Governor, priority: Priority) -> bool:
    try:
        with governor.slot(priority, wait=0):
            return False
    except Throttled:
        return True


def test_thirty_two_callers_never_break_a_cap_of_five(redis: redis_client.Redis, name: str) -> None:
    workers = [start(name, threads=8, rounds=5, hold=0.02, lease=60) for _ in range(4)]
    for worker in workers:
        go(worker)
    for worker in workers:
        worker.communicate(timeout=60)
        assert worker.returncode == 0
    seen = [int(number) for number in redis.lrange(f"test:{name}", 0, -1)]
    assert len(seen) == 4 * 8 * 5
    assert max(seen) == 5
    assert Governor(redis, name, 5).used() == len(seen)


def test_killed_holders_give_their_slots_back(redis: redis_client.Redis, name: str) -> None:
    governor = Governor(redis, name, Slots(5, lease=1.0))
    workers = [start(name, threads=2, rounds=1, hold=30, lease=1.0) for _ in range(2)]
    for worker in workers:
        go(worker)
    assert until(lambda: governor.standing().held == 4, 5)
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    assert governor.standing().held == 4
    assert until(lambda: governor.standing().held == 0, 3)


def test_waiting_real_time_goes_before_waiting_batch(redis: redis_client.Redis, name: str) -> None:
    governor = Governor(redis, name, 1)
    order: list[str] = []

    def call(priority: Priority) -> None:
        with governor.slot(priority, wait=10):
            order.append(priority.value)

    waiters = [threading.Thread(target=call, args=[Priority.BATCH]) for _ in range(3)]
    waiters.append(threading.Thread(target=call, args=[Priority.REALTIME]))
    with governor.slot(Priority.BATCH):
        for waiter in waiters:
            waiter.start()
        assert until(lambda: redis.exists(f"isthmus:{{{name}}}:waiting"), 5)
    for waiter in waiters:
        waiter.join(10)
    assert order == ["realtime", "batch", "batch", "batch"]


def test_the_reserve_is_free_again_when_nobody_waits(redis: redis_client.Redis, name: str) -> None:
    governor = Governor(redis, name, 1)
    with governor.slot(Priority.BATCH):
        assert full(governor, Priority.REALTIME)
    assert full(governor, Priority.BATCH)
    assert until(lambda: not full(governor, Priority.BATCH), 2)


def test_a_shrunk_budget_grows_back_slot_by_slot(
    redis: redis_client.Redis, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.governor.TOGETHER", 0)
    governor = Governor(redis, name, Slots(3, growth=0.4))
    assert [governor.refused(), governor.refused()] == [2, 1]
    assert until(lambda: governor.standing().limit == 2, 2)
    assert until(lambda: governor.standing().limit == 3, 2)
    assert until(lambda: not redis.exists(f"isthmus:{{{name}}}:limit"), 2)
