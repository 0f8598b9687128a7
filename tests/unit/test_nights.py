"""Does a flow with `at` run once a night while the clocks change, ticked every ten minutes over a real ledger?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from flows.capture import Wanted, capture_if_due
from tests.unit.core_stage import ORDERS, Stage

CHANGES = [
    ("America/New_York", datetime(2026, 3, 6, 12, tzinfo=UTC), "02:30"),
    ("America/New_York", datetime(2026, 10, 30, 12, tzinfo=UTC), "01:30"),
    ("Europe/Berlin", datetime(2026, 3, 27, 12, tzinfo=UTC), "02:00"),
    ("Europe/Berlin", datetime(2026, 10, 23, 12, tzinfo=UTC), "02:59"),
    ("Australia/Lord_Howe", datetime(2026, 10, 2, 12, tzinfo=UTC), "02:15"),
    ("Australia/Lord_Howe", datetime(2026, 4, 3, 12, tzinfo=UTC), "01:45"),
    ("America/Sao_Paulo", datetime(2018, 11, 2, 12, tzinfo=UTC), "00:00"),
    ("America/Sao_Paulo", datetime(2018, 2, 16, 12, tzinfo=UTC), "23:30"),
    ("Asia/Kolkata", datetime(2026, 3, 27, 12, tzinfo=UTC), "22:00"),
    ("UTC", datetime(2026, 3, 27, 12, tzinfo=UTC), "00:00"),
]


@pytest.mark.parametrize(("zone", "start", "at"), CHANGES)
def test_four_nights_have_four_runs(tmp_path: Path, zone: str, start: datetime, at: str) -> None:
    stage, begun = Stage(tmp_path), 0
    stage.now = start = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)  # noon by the company's clocks
    stage.services = replace(stage.services, zone=ZoneInfo(zone))
    timetable = {"every": None, "at": time.fromisoformat(at), "window": None}
    flows = dict(stage.services.flows)
    stage.services = replace(stage.services, flows=flows | {ORDERS: flows[ORDERS].model_copy(update=timetable)})
    while stage.now < start + timedelta(days=4):
        for _ in range(2):  # two beats
            begun += capture_if_due(ORDERS, Wanted(), stage.services) is not None
        stage.passes(minutes=10)
    assert begun == 4
    days = [
        run.occurrence.astimezone(ZoneInfo(zone)).date() for run in stage.ledger.reports.runs(None) if run.occurrence
    ]
    assert len(set(days)) == 4
