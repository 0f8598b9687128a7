"""Which work goes first? Real time before batch, and backfill below everything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.capture import Wanted, capture
from flows.model import Priority, Reading
from flows.pace import Pace
from flows.relay import parcels_under_way, relay
from tests.unit.core_stage import CUSTOMERS, Stage, account


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    one = Stage(tmp_path)
    one.services = replace(one.services, pace=Pace(slots=5))
    return one


def admit(stage: Stage, priority: Priority, *numbers: int) -> None:
    ids = [account(number).id for number in numbers]
    stage.has(CUSTOMERS, *(account(number) for number in numbers))
    capture(CUSTOMERS, Wanted(Reading.NAMED, ids=tuple(ids), priority=priority), stage.services)


def sent(stage: Stage) -> list[str]:
    relay(stage.services)
    return [parcel.lane.rsplit(".", 1)[1] for parcel in stage.take()]


def test_lanes_are_served_in_the_order_of_their_priority(stage: Stage) -> None:
    for number, priority in enumerate(reversed(Priority), start=1):
        admit(stage, priority, number)
    assert sent(stage) == ["realtime", "batch", "backfill"]


def test_of_backfill_fewer_parcels_are_under_way_than_slots_that_it_may_use(stage: Stage) -> None:
    stage.target.size = 10
    admit(stage, Priority.BACKFILL, *range(1000, 1100))
    assert sent(stage) == ["backfill"] * 3
    assert sent(stage) == []
    assert [parcels_under_way(Priority.BACKFILL, Pace(slots=slots)) for slots in (1, 2, 3, 10)] == [1, 1, 1, 8]


def test_a_real_time_delivery_is_sent_at_once_while_much_backfill_is_due(stage: Stage) -> None:
    stage.target.size = 100
    admit(stage, Priority.BACKFILL, *range(1000, 3000))
    assert set(sent(stage)) == {"backfill"}
    admit(stage, Priority.REALTIME, 1)
    assert sent(stage) == ["realtime"]
