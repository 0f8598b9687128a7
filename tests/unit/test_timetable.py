"""When is a flow due, and what does beat send?"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beat_schedule import LOOK_SECONDS, timetable
from flows.timetable import LATE, interval, is_open, occurrence, timing, upcoming
from mappings.language import Flow
from mappings.loading import load_flows
from workers.settings import ROOT

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name)
    for name in (
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kolkata", "UTC",
        "America/St_Johns", "Pacific/Apia", "Africa/Casablanca",
    )
]  # fmt: skip


MOMENTS = st.integers(0, 20 * 365 * 86_400).map(lambda second: utc(2010, 1, 1) + timedelta(seconds=second))


def flow(**timetable: str) -> Flow:
    return Flow.model_validate(
        {
            "flow": "nightly",
            "owner": "finance",
            "source": {"system": "netsuite", "object": "invoice", "cursor": "lastmodifieddate"},
            "target": {"system": "salesforce", "object": "Invoice__c", "key": "Id"},
            "fields": {"Id": "id"},
        }
        | timetable
    )


NIGHT = flow(at="22:00", window="22:00-05:00")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type] # year, month, day and so on


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
    hours = flow(every="5m", window="22:00-05:00")
    assert is_open(hours, moment, NEW_YORK) is expected
    assert is_open(flow(every="5m"), moment, NEW_YORK)


def test_every_scheduled_flow_has_a_tick_that_expires_before_the_next() -> None:
    flows = load_flows(ROOT / "mappings")
    entries = timetable(flows.values())
    for flow in flows.values():
        if flow.every:
            entry = entries[f"capture {flow.flow}"]
            assert entry["args"] == [flow.flow]
            assert entry["schedule"] == entry["options"]["expires"] == interval(flow.every).total_seconds()
    assert {"relay", "sweep"} <= entries.keys()


def test_a_nightly_flow_is_looked_at_every_minute_and_one_on_demand_never() -> None:
    entries = timetable([NIGHT])
    entry = entries["capture nightly"]
    assert entry["schedule"] == entry["options"]["expires"] == LOOK_SECONDS
    assert entry["kwargs"] == {"scheduled": True}
    assert "capture nightly" not in timetable([flow()])


def test_a_timetable_is_told_in_words() -> None:
    assert [timing(one) for one in (NIGHT, flow(every="5m"), flow(at="01:30"), flow())] == [
        "at 22:00, 22:00-05:00", "every 5m", "at 01:30", "on demand",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 11, 23, 19), None),  # 14:00 in New York
        (utc(2026, 11, 24, 2, 59, 59), None),  # 21:59:59
        (utc(2026, 11, 24, 3), utc(2026, 11, 24, 3)),  # 22:00
        (utc(2026, 11, 24, 9, 59, 59), utc(2026, 11, 24, 3)),  # 04:59:59
        (utc(2026, 11, 24, 10), None),  # 05:00
    ],
)
def test_a_run_begins_at_its_time_or_later_while_the_window_is_open(now: datetime, expected: datetime | None) -> None:
    assert occurrence(NIGHT, now, NEW_YORK) == expected


def test_hours_of_the_window_before_the_time_belong_to_no_night() -> None:
    """At 21:00 the night before is long over, although the window is open."""
    early = flow(at="22:00", window="20:00-05:00")
    assert occurrence(early, utc(2026, 11, 24, 2), NEW_YORK) is None


def test_without_a_window_a_run_may_begin_six_hours_late() -> None:
    plain, at = flow(at="22:00"), utc(2026, 11, 24, 3)
    assert occurrence(plain, at + LATE - timedelta(seconds=1), NEW_YORK) == at
    assert occurrence(plain, at + LATE, NEW_YORK) is None
    assert occurrence(flow(every="5m"), at, NEW_YORK) is None


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("America/New_York", "02:30", (2026, 3, 8), utc(2026, 3, 8, 7)),  # 02:00 becomes 03:00
        ("America/New_York", "01:30", (2026, 11, 1), utc(2026, 11, 1, 5, 30)),  # happens twice
        ("Europe/Berlin", "02:30", (2026, 3, 29), utc(2026, 3, 29, 1)),
        ("Europe/Berlin", "02:30", (2026, 10, 25), utc(2026, 10, 25, 0, 30)),
        ("Australia/Lord_Howe", "02:15", (2026, 10, 4), utc(2026, 10, 3, 15, 30)),  # jumps half an hour
        ("Australia/Lord_Howe", "01:45", (2026, 4, 5), utc(2026, 4, 4, 14, 45)),
        ("America/Sao_Paulo", "00:00", (2018, 11, 4), utc(2018, 11, 4, 3)),  # there was no midnight
        ("America/Sao_Paulo", "22:00", (2026, 11, 23), utc(2026, 11, 24, 1)),  # no summer time any more
        ("Asia/Kolkata", "22:00", (2026, 11, 23), utc(2026, 11, 23, 16, 30)),
        ("UTC", "22:00", (2026, 11, 23), utc(2026, 11, 23, 22)),
    ],
)
def test_a_time_that_the_clocks_skip_is_the_jump_and_one_that_comes_twice_its_first(
    zone: str, at: str, day: tuple[int, int, int], expected: datetime
) -> None:
    before = datetime(*day, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(hours=1)
    told = upcoming(flow(at=at), before, ZoneInfo(zone))
    assert told is not None
    assert told.astimezone(UTC) == expected  # moments in a repeated hour equal none of another zone (PEP 495)


def test_the_next_run_is_told_as_the_company_s_clocks_show_it() -> None:
    told = upcoming(NIGHT, utc(2026, 11, 23, 19), NEW_YORK)
    assert told is not None
    assert told.isoformat() == "2026-11-23T22:00:00-05:00"
    assert upcoming(flow(every="5m"), utc(2026, 11, 23), NEW_YORK) is None


@settings(max_examples=40)
@given(
    zone=st.sampled_from(ZONES),
    at=st.times().map(lambda one: f"{one:%H:%M}"),
    start=MOMENTS,
)
def test_looked_at_in_any_step_a_flow_has_one_occurrence_a_day(zone: ZoneInfo, at: str, start: datetime) -> None:
    """Ten days of ticks, seven minutes apart: as many occurrences as times that the clock was passed, in their order."""
    daily = flow(at=at)
    seen = [occurrence(daily, start + timedelta(minutes=7) * tick, zone) for tick in range(10 * 24 * 60 // 7)]
    found = list(dict.fromkeys(moment for moment in seen if moment))
    assert found == sorted(found)
    assert 9 <= len(found) <= 11
    for earlier, later in pairwise(found):
        assert timedelta(hours=21) <= later - earlier <= timedelta(hours=27)
        told = upcoming(daily, earlier, zone)
        assert told is not None
        assert told.astimezone(UTC) == later
    days = [moment.astimezone(zone).date() for moment in found]
    assert len(days) == len(set(days)) or zone.key == "Pacific/Apia"  # which once left out a whole day


@given(
    zone=st.sampled_from(ZONES),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    now=MOMENTS,
)
def test_where_the_clocks_do_not_change_the_occurrence_is_what_the_wall_shows(
    zone: ZoneInfo, at: time, now: datetime
) -> None:
    told = upcoming(flow(at=f"{at:%H:%M}"), now, zone)
    assert told is not None
    assert told > now
    if (told - timedelta(minutes=1)).astimezone(UTC).astimezone(zone).utcoffset() == told.utcoffset():
        assert told.time() == at
