"""Does the org remember where a managed subscription is?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.salesforce.events.pubsub.wire import message
from tests.sandbox.events_twin import Stream, Twin, code_of, start, stop

NAME = "Orders"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    made = start(tmp_path_factory.mktemp("org"))
    yield made
    stop(made)


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.control("POST", "reset")
    topic = {"topic": "/data/AccountChangeEvent", "replay": "EARLIEST"}
    running.control("POST", "events", json={"managed": {NAME: topic}})
    for name in "ABC":
        running.create("Account", Name=name)
    return running


def opened(twin: Twin, count: int = 2, **more: object) -> Stream:
    stream = Stream(twin, "ManagedSubscribe")
    stream.send(message("ManagedFetchRequest")(**{"developer_name": NAME, "num_requested": count} | more))
    stream.start()
    return stream


def test_a_committed_place_is_where_it_goes_on(twin: Twin) -> None:
    stream = opened(twin)
    first, second = stream.events(2)
    assert (first["Name"], second["Name"]) == ("A", "B")
    commit = message("CommitReplayRequest")(commit_request_id="1", replay_id=second["replay_id"])
    stream.send(message("ManagedFetchRequest")(commit_replay_id_request=commit))
    answer = stream.answer()
    assert (answer.commit_response.commit_request_id, answer.commit_response.replay_id) == ("1", second["replay_id"])
    assert not answer.commit_response.error.msg
    stream.end()
    again = opened(twin)
    assert again.events(1)[0]["Name"] == "C"
    again.end()


def test_a_commit_of_what_never_was_fails_and_the_stream_goes_on(twin: Twin) -> None:
    stream = opened(twin)
    stream.events(2)
    commit = message("CommitReplayRequest")(commit_request_id="x", replay_id=b"\xff" * 8)
    stream.send(message("ManagedFetchRequest")(num_requested=1, commit_replay_id_request=commit))
    answer = stream.answer()
    assert answer.commit_response.error.code == 2
    assert stream.events(1)[0]["Name"] == "C"
    stream.end()


def test_a_subscription_that_nobody_set_up_is_refused(twin: Twin) -> None:
    for more, code in (
        ({"developer_name": "Nothing"}, "managed.subscription.developer.name.not.found"),
        (
            {"developer_name": "", "subscription_id": "18x000000000000AAA"},
            "managed.subscription.subscription.id.not.found",
        ),
        ({"subscription_id": "18x000000000000AAA"}, "managed.subscription.id.or.developer.name.empty"),
        ({"num_requested": -1}, "managed.subscription.fetch.request.events.invalid"),
    ):
        stream = opened(twin, **more)
        assert code_of(stream.refused()) == code
        stream.end()


def test_subscriptions_and_channels_are_set_up_by_tooling_too(twin: Twin) -> None:
    metadata = {"topicName": "/data/Sales__chn", "defaultReplay": "EARLIEST", "label": "Deals", "state": "RUN"}
    for kind, name, wish in (
        ("PlatformEventChannel", "Sales__chn", {"channelType": "data", "label": "Sales"}),
        ("PlatformEventChannelMember", "Sales_Account",
         {"eventChannel": "Sales__chn", "selectedEntity": "AccountChangeEvent"}),
        ("ManagedEventSubscription", "Deals", metadata),
    ):  # fmt: skip
        made = twin.call("POST", f"tooling/sobjects/{kind}", json={"FullName": name, "Metadata": wish}).json()
        assert made["success"]
    query = "SELECT Id, DeveloperName, Metadata FROM ManagedEventSubscription WHERE DeveloperName = 'Deals' LIMIT 1"
    (found,) = twin.call("GET", "tooling/query/", params={"q": query}).json()["records"]
    assert (found["Id"], found["Metadata"]["state"]) == (made["id"], "RUN")
    stream = opened(twin, 3, developer_name="", subscription_id=found["Id"])
    assert [event["Name"] for event in stream.events(3)] == ["A", "B", "C"]
    stream.end()


@pytest.mark.parametrize(
    "query", ["SELECT Id FROM ApexClass", "SELECT Nothing FROM ManagedEventSubscription",
              "SELECT Id FROM PlatformEventChannelMember WHERE EventChannel LIKE 'S%'"],
)  # fmt: skip
def test_tooling_knows_no_more_than_that(twin: Twin, query: str) -> None:
    answer = twin.session.get(f"{twin.url}/services/data/v62.0/tooling/query", params={"q": query}, timeout=10)
    assert answer.status_code == 400
