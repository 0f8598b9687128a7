"""Do events come twice, out of order, without data or not at all, when a fault asks for it, and only then?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from tests.sandbox.events_twin import CUSTOM, EARLIEST, Twin, code_of, start, stop

ACCOUNTS = "/data/AccountChangeEvent"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    yield twin
    stop(twin)


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.control("DELETE", "events")
    running.control("DELETE", "faults")
    running.control("POST", "events", json={"keep_alive": 60})
    for name in "ABC":
        running.create("Account", Name=name)
    return running


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event.get("Name", "") for event in events]


def test_without_a_fault_all_comes_once_and_in_order(twin: Twin) -> None:
    with twin.subscribed(ACCOUNTS, 100, EARLIEST) as stream:
        answer = stream.answer()
        assert names([stream.decode(event) for event in answer.events]) == ["A", "B", "C"]
        assert answer.pending_num_requested == 97


def test_an_event_comes_twice_with_one_replay_id(twin: Twin) -> None:
    twin.fault(kind="duplicate", match="EVENT /data/AccountChangeEvent CREATE", nth=2)
    events = twin.read(ACCOUNTS, 4)
    assert names(events) == ["A", "B", "C", "B"]
    assert events[1]["replay_id"] == events[3]["replay_id"]
    assert events[1]["id"] == events[3]["id"]


def test_a_doubled_event_costs_credit_too(twin: Twin) -> None:
    twin.fault(kind="duplicate", match="EVENT")
    with twin.subscribed(ACCOUNTS, 1, EARLIEST) as stream:
        assert names(stream.events(1)) == ["A"]
        stream.ask(1)
        answer = stream.answer()
        assert (names([stream.decode(event) for event in answer.events]), answer.pending_num_requested) == (["A"], 0)
        stream.ask(2)
        assert names(stream.events(2)) == ["B", "C"]


def test_an_event_comes_behind_the_next_one(twin: Twin) -> None:
    twin.fault(kind="reorder", match="EVENT", nth=1)
    events = twin.read(ACCOUNTS, 3)
    assert names(events) == ["B", "A", "C"]
    assert events[0]["replay_id"] > events[1]["replay_id"]


def test_a_reordered_event_waits_for_credit_too(twin: Twin) -> None:
    twin.fault(kind="reorder", match="EVENT", nth=1)
    with twin.subscribed(ACCOUNTS, 1, EARLIEST) as stream:
        assert names(stream.events(1)) == ["B"]
        stream.ask(1)
        assert names(stream.events(1)) == ["A"]
        stream.ask(1)
        assert names(stream.events(1)) == ["C"]


def test_an_event_that_nothing_follows_is_not_kept_back_for_ever(twin: Twin) -> None:
    twin.control("POST", "events", json={"keep_alive": 0.2})
    twin.fault(kind="reorder", match="EVENT", nth=3)
    assert names(twin.read(ACCOUNTS, 3)) == ["A", "B", "C"]


def test_a_gap_event_has_no_data(twin: Twin) -> None:
    twin.fault(kind="gap", match="EVENT .* CREATE", nth=2)
    events = twin.read(ACCOUNTS, 3)
    kinds = [event["ChangeEventHeader"]["changeType"] for event in events]
    assert kinds == ["CREATE", "GAP_CREATE", "CREATE"]
    assert events[1].keys() == {"ChangeEventHeader", "replay_id", "id"}
    assert len(events[1]["ChangeEventHeader"]["recordIds"]) == 1


def test_a_fault_finds_its_record(twin: Twin) -> None:
    account = twin.create("Account", Name="D")
    twin.change("Account", account, Phone="1")
    twin.fault(kind="gap", match=f"UPDATE {account}$", times=None)
    kinds = [event["ChangeEventHeader"]["changeType"] for event in twin.read(ACCOUNTS, 5)]
    assert kinds == ["CREATE", "CREATE", "CREATE", "CREATE", "GAP_UPDATE"]


def test_a_stream_is_cut_and_can_be_taken_up_again(twin: Twin) -> None:
    twin.fault(kind="drop", match="Subscribe /data/AccountChangeEvent")
    with twin.subscribed(ACCOUNTS, 2, EARLIEST) as stream:
        events = stream.events(2)
        error = stream.refused()
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert "RST_STREAM" in error.details()
    assert names(twin.read(ACCOUNTS, 1, CUSTOM, events[1]["replay_id"])) == ["C"]


def test_an_expired_token_stays_expired(twin: Twin) -> None:
    twin.fault(kind="expire", match="eventbus.v1.PubSub/GetTopic")
    for _ in range(2):
        with pytest.raises(grpc.RpcError) as caught:
            twin.topic(ACCOUNTS)
        assert code_of(caught.value) == "service.auth.error"
    twin.sign_in()
    assert twin.topic(ACCOUNTS).topic_name == ACCOUNTS


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("status", "service.unavailable"),
        ("maintenance", "service.unavailable"),
        ("busy", "concurrent.client.limit.exceeded"),
        ("daily_limit", "subscription.limit.exceeded"),
    ],
)
def test_a_call_is_refused_on_request(twin: Twin, kind: str, code: str) -> None:
    twin.fault(kind=kind, match="eventbus.v1.PubSub/GetTopic")
    with pytest.raises(grpc.RpcError) as caught:
        twin.topic(ACCOUNTS)
    assert code_of(caught.value) == code
    assert twin.topic(ACCOUNTS).topic_name == ACCOUNTS
    assert [fault["fired"] for fault in twin.control("GET", "faults")] == [1]
