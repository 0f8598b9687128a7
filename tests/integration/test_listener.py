"""Does the real listener lose nothing: killed, frozen, cut off, refused, or away for too long?"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flows.listen import watched
from ledger.engine import reading
from ledger.ledger import Ledger
from ledger.migrate import migrate
from ledger.tables import deliveries
from sandbox.twin import credentials
from tests.sandbox.events_twin import ROOT, Twin, start, stop
from workers.embedded import server_command
from workers.stack import free_port

CHANNEL = "/data/ChangeEvents"
NAME = watched("salesforce", CHANNEL)
CUSTOMERS = "account_to_customer"
PATIENCE = 30.0


@dataclass
class Room:
    """A twin, a broker that nobody works for, an empty ledger, and the listeners that a test starts."""

    twin: Twin
    ledger: Ledger
    folder: Path
    environment: dict[str, str]
    listeners: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def listen(self) -> subprocess.Popen[bytes]:
        """Start a listener as an operator does."""
        with self.log(len(self.listeners)).open("wb") as sink:
            command = (sys.executable, "-m", "workers.cli", "listen")
            made = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=sink, stderr=sink)
        self.listeners.append(made)
        return made

    def log(self, number: int) -> Path:
        return self.folder / f"listener-{number}.log"

    def said(self, number: int, event: str) -> list[dict[str, Any]]:
        """Return what a listener said of one kind."""
        lines = [line for line in self.log(number).read_text().splitlines() if line.startswith("{")]
        return [said for line in lines if (said := json.loads(line))["event"] == event]

    def listening(self, number: int = 0) -> None:
        """Wait until a listener hears: it has the watch, and the twin knows its stream."""
        until(
            lambda: bool(self.said(number, "listen.began")), f"listener {number} began\n{self.log(number).read_text()}"
        )
        self.twin.wait_for_subscriber(CHANNEL)

    def asked(self) -> set[str]:
        later = datetime.now(UTC) + timedelta(days=999)
        return {one.source_id for one in self.ledger.queue.asked(later, 10_000) if one.flow == CUSTOMERS}

    def hears(self, *records: str) -> None:
        until(lambda: set(records) <= self.asked(), "every change was asked for")

    @property
    def position(self) -> int:
        mark = self.ledger.queue.mark(NAME)
        return int(mark.position or "0", 16) if mark else 0

    def account(self) -> str:
        return self.twin.create("Account", Name="A")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with subprocess.Popen(server_command(tmp_path_factory.mktemp("broker"), port), stdout=subprocess.DEVNULL) as server:
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    yield twin
    stop(twin)


@pytest.fixture
def room(running: Twin, broker: str, tmp_path: Path) -> Iterator[Room]:
    running.control("DELETE", "faults")
    running.control("DELETE", "events")
    running.control("POST", "clock", json={})
    running.control("POST", "events", json={"keep_alive": 1, "idle": 60, "overflow": 100_000})
    running.sign_in()
    with opened(running, broker, tmp_path) as made:
        yield made


@contextmanager
def opened(twin: Twin, broker: str, folder: Path) -> Iterator[Room]:
    url = f"sqlite:///{folder}/ledger.sqlite"
    migrate(url)
    room = Room(twin, Ledger(url), folder, surroundings(twin, broker, url))
    try:
        yield room
    finally:
        for listener in room.listeners:
            listener.kill()
            listener.wait()
        room.ledger.close()


def surroundings(twin: Twin, broker: str, ledger: str) -> dict[str, str]:
    known = credentials.salesforce("test", twin.folder)
    own = {name: value for name, value in os.environ.items() if not name.startswith("ISTHMUS_")}  # noqa: TID251 — the test sets the scene
    settings = {
        "BROKER_URL": broker,
        "LEDGER_URL": ledger,
        "SALESFORCE__URL": twin.url,
        "SALESFORCE__CLIENT_ID": known.client_id,
        "SALESFORCE__CLIENT_SECRET": known.client_secret,
        "SALESFORCE__PUBSUB_ADDRESS": twin.control("GET", "events")["pubsub"],
        "NETSUITE__URL": "http://127.0.0.1:1",
        "NETSUITE__ACCOUNT": "1",
        "NETSUITE__CONSUMER_KEY": "none",
        "NETSUITE__CONSUMER_SECRET": "none",
        "NETSUITE__TOKEN_ID": "none",
        "NETSUITE__TOKEN_SECRET": "none",
    }
    return own | {"PYTHONPATH": str(ROOT)} | {f"ISTHMUS_{name}": value for name, value in settings.items()}


def until(holds: Callable[[], bool], what: str, patience: float = PATIENCE) -> float:
    """Wait until something holds; return after how many seconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < patience, f"not within {patience:.0f} s: {what}"
        threading.Event().wait(0.02)
    return time.monotonic() - began


def test_what_happens_is_asked_for_within_seconds(room: Room) -> None:
    room.listen()
    room.listening()
    account = room.account()
    assert until(lambda: account in room.asked(), "the account was asked for") < 5
    other = room.account()
    room.twin.call("DELETE", f"sobjects/Account/{other}")
    until(lambda: any(one.gone for one in room.ledger.queue.asked(datetime.now(UTC) + timedelta(1), 9)), "gone")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_an_ending_is_heard_at_once_and_is_no_failure(room: Room, ending: signal.Signals) -> None:
    listener = room.listen()
    room.listening()
    listener.send_signal(ending)
    assert listener.wait(20) == 0
    assert room.said(0, "listen.ended")
    assert "Traceback" not in room.log(0).read_text()
    mark = room.ledger.queue.watches()[0]
    assert mark.holder is None


def test_killed_again_and_again_it_loses_nothing(room: Room) -> None:
    room.listen()
    room.listening()
    made: list[str] = []
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.01):
            made.append(room.account())

    writer = threading.Thread(target=write)
    writer.start()
    seen = [room.position]
    for _ in range(3):
        until(lambda: room.position > seen[-1], "the position moved")
        room.listeners[-1].kill()
        room.listeners[-1].wait()
        seen.append(room.position)
        room.listen()
    over.set()
    writer.join()
    room.hears(*made)
    assert seen == sorted(seen)
    assert room.asked() == set(made)


def test_one_listens_and_the_other_takes_over_when_it_is_killed(room: Room) -> None:
    first = room.listen()
    room.listening()
    room.listen()
    until(lambda: bool(room.said(1, "listen.standing_by")), "the second stands by")
    threading.Event().wait(2.5)
    assert not room.said(1, "listen.began")
    first.kill()
    account = room.account()
    took = until(lambda: account in room.asked(), "the second took over")
    assert took < 20
    assert [said["fence"] for said in room.said(1, "listen.began")] == [2]


def test_one_that_is_told_to_end_hands_over_at_once(room: Room) -> None:
    first = room.listen()
    room.listening()
    room.listen()
    until(lambda: bool(room.said(1, "listen.standing_by")), "the second stands by")
    first.terminate()
    assert until(lambda: bool(room.said(1, "listen.began")), "the second took over") < 6


def test_one_that_was_frozen_wakes_up_overtaken_and_moves_nothing_back(room: Room) -> None:
    first = room.listen()
    room.listening()
    room.hears(room.account())
    first.send_signal(signal.SIGSTOP)
    room.listen()
    room.listening(1)
    accounts = [room.account() for _ in range(5)]
    room.hears(*accounts)
    position = room.position
    first.send_signal(signal.SIGCONT)
    lost = ("listen.overtaken", "listen.watch_lost")
    until(lambda: any(room.said(0, event) for event in lost), "the first noticed")
    room.hears(room.account())
    assert room.position > position
    assert len(room.said(0, "listen.began")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "duplicate", "match": "EVENT", "times": 50},
        {"kind": "reorder", "match": "EVENT", "times": 3},
        {"kind": "gap", "match": "EVENT", "times": 50},
        {"kind": "drop", "match": "Subscribe", "times": 3},
        {"kind": "drop_before", "match": "Subscribe", "times": 2},
        {"kind": "maintenance", "match": "Subscribe", "times": 2},
        {"kind": "expire", "match": "Subscribe", "times": 1},
    ],
    ids=lambda fault: str(fault["kind"]),
)
def test_no_fault_loses_a_change(room: Room, fault: dict[str, Any]) -> None:
    room.listen()
    room.listening()
    first = room.account()
    room.hears(first)
    room.twin.fault(**fault)
    if fault["match"] == "Subscribe":
        room.listeners[0].kill()
        room.listeners[0].wait()
        room.listen()
    made = [first]
    for _ in range(20):
        room.twin.sign_in()
        made.append(room.account())
    room.hears(*made)
    assert room.asked() == set(made)
    if fault["match"] == "Subscribe" and fault["kind"] != "expire":
        until(lambda: bool(room.said(1, "listen.broken")), "the fault struck")


def test_away_for_too_long_it_reads_what_it_missed_and_goes_on(room: Room) -> None:
    cursor(room)
    listener = room.listen()
    room.listening()
    room.hears(room.account())
    position = room.position
    listener.terminate()
    listener.wait(10)
    missed = room.account()
    room.twin.control("POST", "clock", json={"advance": 73 * 3600})
    room.listen()
    until(lambda: missed in captured(room), f"what was missed was read\n{room.log(1).read_text()}")
    until(lambda: bool(room.said(1, "listen.caught_up")), "it says so")
    assert room.said(1, "listen.lapsed")
    room.listening(1)
    later = room.account()
    room.hears(later)
    until(lambda: room.position > position, "the position is a fresh one")


def test_an_overflow_is_answered_by_a_capture(room: Room) -> None:
    cursor(room)
    room.listen()
    room.listening()
    room.twin.control("POST", "events", json={"overflow": 2})
    rows = [{"attributes": {"type": "Account"}, "Name": f"Many {number}"} for number in range(8)]
    body = {"allOrNone": True, "records": rows}
    made = {one["id"] for one in room.twin.call("POST", "composite/sobjects", json=body).json()}
    until(lambda: made <= captured(room) | room.asked(), "all were captured or asked for")
    assert made & captured(room)


def test_wrong_credentials_are_said_aloud_and_not_hammered(room: Room) -> None:
    room.environment["ISTHMUS_SALESFORCE__CLIENT_SECRET"] = "wrong"
    listener = room.listen()
    until(lambda: bool(room.said(0, "listen.broken")), "it says so")
    (said,) = room.said(0, "listen.broken")
    assert (said["code"], said["level"]) == ("SALESFORCE_SIGN_IN", "error")
    assert said["again_in"] >= 30
    assert "wrong" not in room.log(0).read_text().replace("is wrong", "")
    listener.terminate()
    assert listener.wait(20) == 0


def test_a_wrong_setting_ends_it_at_once(room: Room) -> None:
    room.environment["ISTHMUS_SALESFORCE__CHANNEL"] = "Account"
    listener = room.listen()
    assert listener.wait(20) == 1
    assert "ISTHMUS_SALESFORCE__CHANNEL" in room.log(0).read_text()


def cursor(room: Room) -> None:
    """Let the flow have been captured a moment ago, and have found something."""
    room.account()
    words = shlex.split(
        "-c 'from workers.cli.desk import Desk; from flows.capture import *; d = Desk();"
        f' capture("{CUSTOMERS}", Wanted(), d.services)\''
    )
    subprocess.run([sys.executable, *words], cwd=room.folder, env=room.environment, check=True, timeout=60)


def captured(room: Room) -> set[str]:
    with reading(room.ledger.engine) as connection:
        return set(connection.execute(select(deliveries.c.source_id).where(deliveries.c.flow == CUSTOMERS)).scalars())
