"""Do clients of the older Streaming API hear of events by long polling?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.events_twin import Twin, start, stop

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
    running.control("POST", "events", json={"long_poll": 5})
    return running


class Client:
    """A Bayeux client, message by message."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self.id = ""
        self.id = self.say("/meta/handshake", version="1.0", supportedConnectionTypes=["long-polling"])[0]["clientId"]

    def say(self, channel: str, **more: Any) -> list[dict[str, Any]]:
        message = {"channel": channel, "id": "1"} | ({"clientId": self.id} if self.id else {}) | more
        answer = self._twin.session.post(f"{self._twin.url}/cometd/59.0", json=[message], timeout=10)
        assert answer.status_code == 200
        found: list[dict[str, Any]] = answer.json()
        return found

    def subscribe(self, channel: str, replay: int | None = None) -> dict[str, Any]:
        ext = {"ext": {"replay": {channel: replay}}} if replay is not None else {}
        return self.say("/meta/subscribe", subscription=channel, **ext)[0]

    def events(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += [message["data"] for message in self.say("/meta/connect")[:-1]]
        return found


def test_all_that_is_kept_is_told(twin: Twin) -> None:
    account = twin.create("Account", Name="A", BillingCity="Bern")
    twin.change("Account", account, Name="B", BillingCity="Basel")
    client = Client(twin)
    assert client.subscribe(ACCOUNTS, -2)["successful"]
    first, second = client.events(2)
    header = second["payload"]["ChangeEventHeader"]
    assert (header["changeType"], header["recordIds"]) == ("UPDATE", [account])
    assert set(header["changedFields"]) == {"Name", "BillingAddress.City", "LastModifiedDate"}
    assert second["payload"]["BillingAddress"] == {"City": "Basel"}
    assert second["payload"]["LastModifiedDate"].endswith("Z")
    assert "OwnerId" not in second["payload"]
    assert first["payload"]["OwnerId"]
    assert second["event"]["replayId"] > first["event"]["replayId"]
    assert second["schema"] == twin.topic(ACCOUNTS).schema_id


def test_a_waiting_client_hears_at_once(twin: Twin) -> None:
    client = Client(twin)
    client.subscribe(ACCOUNTS)
    client.say("/meta/connect")
    heard: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: heard.extend(client.events(1)))
    thread.start()
    twin.create("Account", Name="live")
    thread.join(3)
    assert [data["payload"]["Name"] for data in heard] == ["live"]


def test_nobody_waits_for_ever(twin: Twin) -> None:
    twin.control("POST", "events", json={"long_poll": 0.2})
    client = Client(twin)
    first = client.say("/meta/connect")
    assert first[0]["advice"]["reconnect"] == "retry"
    assert client.say("/meta/connect") == [
        {"channel": "/meta/connect", "id": "1", "clientId": client.id, "successful": True}
    ]


def test_a_platform_event_is_told_in_its_own_shape(twin: Twin) -> None:
    client = Client(twin)
    client.subscribe("/event/Sync_Request__e")
    twin.create("Sync_Request__e", Object__c="Account", Requested_At__c="2026-01-02T00:00:00Z")
    (data,) = client.events(1)
    assert data["payload"]["Object__c"] == "Account"
    assert data["payload"]["Requested_At__c"].startswith("2026-01-02T00:00:00")
    assert data["event"]["EventUuid"]


def test_a_client_goes_on_behind_its_replay_id(twin: Twin) -> None:
    for name in "ABC":
        twin.create("Account", Name=name)
    first = Client(twin)
    first.subscribe(ACCOUNTS, -2)
    seen = first.events(3)[0]["event"]["replayId"]
    second = Client(twin)
    assert second.subscribe(ACCOUNTS, seen)["successful"]
    assert [data["payload"]["Name"] for data in second.events(2)] == ["B", "C"]


def test_a_stale_replay_id_is_refused_in_the_vendors_words(twin: Twin) -> None:
    answer = Client(twin).subscribe(ACCOUNTS, 17)
    assert not answer["successful"]
    assert answer["error"].startswith("400::The replayId {17} you provided was invalid.")


@pytest.mark.parametrize("channel", ["/data/NothingChangeEvent", "/event/Nothing__e", "/topic/Old"])
def test_a_channel_that_is_none_is_refused(twin: Twin, channel: str) -> None:
    answer = Client(twin).subscribe(channel)
    assert answer["error"] == f"400::The channel you requested to subscribe to does not exist {{{channel}}}"


def test_a_stranger_is_not_let_in(twin: Twin) -> None:
    bad = {"Authorization": "OAuth nobody"}
    hello = [{"channel": "/meta/handshake", "supportedConnectionTypes": ["long-polling"]}]
    answer = twin.session.post(f"{twin.url}/cometd/59.0", json=hello, headers=bad, timeout=10).json()[0]
    assert (answer["error"], answer["successful"]) == ("403::Handshake denied", False)
    assert answer["ext"]["sfdc"]["failureReason"] == "401::Authentication invalid"


def test_a_client_that_has_gone_is_unknown(twin: Twin) -> None:
    client = Client(twin)
    assert client.say("/meta/disconnect")[0]["successful"]
    answer = client.say("/meta/connect")[0]
    assert answer["error"] == "403::Unknown client"
    assert answer["advice"]["reconnect"] == "handshake"


def test_another_transport_is_refused(twin: Twin) -> None:
    assert twin.session.get(f"{twin.url}/cometd/59.0", timeout=10).status_code == 400


def test_a_doubled_event_comes_twice(twin: Twin) -> None:
    twin.fault(kind="duplicate", match=f"EVENT {ACCOUNTS} CREATE")
    client = Client(twin)
    client.subscribe(ACCOUNTS)
    twin.create("Account", Name="A")
    first, second = client.events(2)
    assert first == second
