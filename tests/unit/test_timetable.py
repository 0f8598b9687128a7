"""When is a flow due, and what does beat send?"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from beat_schedule import timetable
from flows.timetable import interval, is_open
from mappings.loading import load_flows
from workers.settings import ROOT

NEW_YORK = ZoneInfo("America/New_York")
OPENS, CLOSES = time(22), time(5)


def test_intervals() -> None:
    assert [interval(text) for text in ("30s", "5m", "1h", "1d")] == [
        timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "5", "m5", "5 minutes", "-5m"])
def test_what_is_no_interval_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        interval(text)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 19, 0, tzinfo=UTC), False),  # 14:00 in New York
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), True),  # 22:00
        (datetime(2026, 11, 24, 9, 59, tzinfo=UTC), True),  # 04:59
        (datetime(2026, 11, 24, 10, 0, tzinfo=UTC), False),  # 05:00
        (datetime(2026, 7, 1, 2, 0, tzinfo=UTC), True),  # 22:00 in summer time
    ],
)
def test_a_window_over_midnight_is_meant_in_the_company_s_zone(moment: datetime, expected: bool) -> None:  # noqa: FBT001 — a table's column
    assert is_open(OPENS, CLOSES, moment, NEW_YORK) is expected


def test_every_scheduled_flow_has_a_tick_that_expires_before_the_next() -> None:
    flows = load_flows(ROOT / "mappings")
    entries = timetable(flows.values())
    for flow in flows.values():
        if flow.every:
            entry = entries[f"capture {flow.flow}"]
            assert entry["args"] == [flow.flow]
            assert entry["schedule"] == entry["options"]["expires"] == interval(flow.every).total_seconds()
    assert {"relay", "sweep"} <= entries.keys()
