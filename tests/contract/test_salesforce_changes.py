"""Does the connector hear what the org tells, in order, through every kind of trouble, and say what happens next?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from connectors.governor import DailyBudget, Governor
from connectors.salesforce.change_events import Schema, told
from connectors.salesforce.connection import Connection
from connectors.salesforce.eventbus import Address
from connectors.salesforce.events import Manners, SalesforceChanges
from connectors.salesforce.line import Budgets, Line
from flows.changes import Change, Heard, Kin, Kind
from flows.errors import Lapsed, Misconfigured, Throttled, Transient, Unreachable
from mappings.loading import load_flows
from sandbox.twin import credentials
from tests.sandbox.events_twin import ROOT, SERVE, Twin, start, stop

ALL = "/data/ChangeEvents"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    yield twin
    stop(twin)


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.control("DELETE", "events")
    running.control("DELETE", "faults")
    running.control("POST", "events", json={"keep_alive": 60, "idle": 60, "overflow": 100_000, "merges": False})
    running.sign_in()
    return running


def ears(twin: Twin, **manners: Any) -> SalesforceChanges:
    known = credentials.salesforce("test", twin.folder)
    connection = Connection(twin.url, known.client_id, known.client_secret)
    redis = fakeredis.FakeRedis()
    line = Line(connection, Budgets(Governor(redis, "events", 10), DailyBudget(redis, "events")))
    return SalesforceChanges(line, Address(twin.control("GET", "events")["pubsub"]), Manners(**manners))


def hear(ear: SalesforceChanges, act: Callable[[], object], count: int, position: str = "") -> list[Heard]:
    """Follow, act once the twin knows of us, and return answers until so many changes are heard."""
    found: list[Heard] = []
    for heard in following(ear, act, position):
        found.append(heard)
        if sum(len(one.changes) for one in found) >= count:
            ear.stop()
    return found


def following(ear: SalesforceChanges, act: Callable[[], object], position: str = "") -> Iterator[Heard]:
    acting = threading.Timer(0.4, act)
    acting.start()
    yield from ear.follow(ALL, position)
    acting.join()


def changes(heard: list[Heard]) -> list[Change]:
    return [change for one in heard for change in one.changes]


def origin(twin: Twin) -> str:
    """Return the position before everything."""
    twin.create("Contact", LastName="Before")
    (found,) = hear(ears(twin), lambda: twin.create("Contact", LastName="First"), 1)
    return found.position


def test_a_record_s_life_is_heard_in_order(twin: Twin) -> None:
    def live() -> None:
        account = twin.create("Account", Name="A", BillingCity="Bern")
        twin.change("Account", account, Name="B", BillingCity="Basel")
        twin.call("DELETE", f"sobjects/Account/{account}")

    found = changes(hear(ears(twin), live, 3))
    assert [one.kind for one in found] == [Kind.CREATED, Kind.UPDATED, Kind.DELETED]
    assert len({one.ids for one in found}) == 1
    assert sorted(found[1].fields or ()) == ["BillingAddress.City", "Name"]
    assert found[0].fields is found[2].fields is None
    assert {one.object for one in found} == {"Account"}
    assert not any(one.own for one in found)
    assert abs(found[0].at.timestamp() - time.time()) < 60


def test_our_own_writes_are_known_by_their_client(twin: Twin) -> None:
    def write() -> None:
        for client in ("client=isthmus", "client=isthmus2", "client=other"):
            twin.call("POST", "sobjects/Account", json={"Name": "A"}, headers={"Sforce-Call-Options": client})

    assert [one.own for one in changes(hear(ears(twin), write, 3))] == [True, False, False]


def test_we_go_on_where_we_were(twin: Twin) -> None:
    position = origin(twin)
    kept = [twin.create("Account", Name=name) for name in "ABCDE"]
    assert [one.ids[0] for one in changes(hear(ears(twin, events=2), lambda: None, 5, position))] == kept


def test_a_position_in_the_midst_is_that_of_the_answer(twin: Twin) -> None:
    position = origin(twin)
    kept = [twin.create("Account", Name=name) for name in "ABCDE"]
    first = hear(ears(twin, events=2), lambda: None, 2, position)
    rest = hear(ears(twin), lambda: None, 3, first[-1].position)
    assert [one.ids[0] for one in changes(rest)] == kept[len(changes(first)) :]


def test_an_empty_answer_keeps_the_position_fresh(twin: Twin) -> None:
    twin.control("POST", "events", json={"keep_alive": 0.2})
    ear = ears(twin)
    heard = next(ear.follow(ALL, ""))
    assert heard.changes == ()
    assert heard.position


@pytest.mark.parametrize("position", ["00000000deadbeef", "not hexadecimal", "00"])
def test_an_unknown_position_is_lapsed(twin: Twin, position: str) -> None:
    with pytest.raises(Lapsed):
        next(ears(twin).follow(ALL, position))


def test_a_position_older_than_three_days_is_lapsed(twin: Twin) -> None:
    position = origin(twin)
    twin.control("POST", "clock", json={"advance": 73 * 3600})
    try:
        twin.create("Account", Name="Later")
        with pytest.raises(Lapsed):
            next(ears(twin).follow(ALL, position))
    finally:
        twin.control("POST", "clock", json={})


def test_a_token_that_ends_at_the_door_is_renewed(twin: Twin) -> None:
    twin.fault(kind="expire", match="POST /eventbus.v1.PubSub/Subscribe", nth=1)

    def act() -> None:
        twin.sign_in()
        twin.create("Account", Name="A")

    found = changes(hear(ears(twin), act, 1))
    assert [one.kind for one in found] == [Kind.CREATED]


def test_a_token_that_never_serves_is_misconfigured(twin: Twin) -> None:
    twin.fault(kind="expire", match="POST /eventbus.v1.PubSub/Subscribe", times=5)
    with pytest.raises(Misconfigured) as caught:
        next(ears(twin).follow(ALL, ""))
    assert caught.value.code == "SALESFORCE_SESSION"


@pytest.mark.parametrize(
    ("kind", "error"),
    [("maintenance", Unreachable), ("drop_before", Unreachable), ("busy", Throttled), ("daily_limit", Throttled)],
)
def test_each_refusal_says_what_happens_next(twin: Twin, kind: str, error: type[Exception]) -> None:
    twin.fault(kind=kind, match="POST /eventbus.v1.PubSub/Subscribe")
    with pytest.raises(error):
        next(ears(twin).follow(ALL, ""))


def test_a_stream_that_is_cut_ends_as_unreachable_behind_what_it_told(twin: Twin) -> None:
    position = origin(twin)
    twin.create("Account", Name="A")
    twin.fault(kind="drop", match="POST /eventbus.v1.PubSub/Subscribe")
    followed = ears(twin).follow(ALL, position)
    assert len(next(followed).changes) == 1
    with pytest.raises(Transient):
        next(followed)


def test_silence_is_a_dead_connection(twin: Twin) -> None:
    with pytest.raises(Unreachable) as caught:
        next(ears(twin, silence=0.3).follow(ALL, ""))
    assert caught.value.code == "PUBSUB_SILENT"


def test_a_slow_consumer_is_no_silence(twin: Twin) -> None:
    position = origin(twin)
    for name in "ABC":
        twin.create("Account", Name=name)
    ear = ears(twin, events=1, silence=0.5)
    seen = 0
    for heard in ear.follow(ALL, position):
        threading.Event().wait(0.7)
        seen += len(heard.changes)
        if seen == 3:
            ear.stop()


def test_a_topic_that_is_not_there_is_misconfigured(twin: Twin) -> None:
    with pytest.raises(Misconfigured) as caught:
        next(ears(twin).follow("/data/No_Such__chn", ""))
    assert caught.value.code == "PUBSUB_TOPIC"
    assert "ISTHMUS_SALESFORCE__CHANNEL" in caught.value.hint


def test_gap_and_overflow_tell_that_something_was_lost(twin: Twin) -> None:
    twin.fault(kind="gap", match="EVENT /data/ChangeEvents UPDATE")
    account = twin.create("Account", Name="A")
    (gap,) = changes(hear(ears(twin), lambda: twin.change("Account", account, Name="B"), 1))
    assert (gap.kind, gap.ids, gap.fields) == (Kind.UPDATED, (account,), None)
    twin.control("POST", "events", json={"overflow": 2})
    rows = [{"attributes": {"type": "Account"}, "Name": f"Many {number}"} for number in range(6)]
    body = {"allOrNone": True, "records": rows}
    found = changes(hear(ears(twin), lambda: twin.call("POST", "composite/sobjects", json=body), 3))
    assert Kind.LOST in {one.kind for one in found}
    assert {one.object for one in found} == {"Account"}


def test_platform_events_of_the_same_channel_are_no_changes(twin: Twin) -> None:
    twin.control("POST", "events", json={"channels": {"Sales__chn": ["AccountChangeEvent", "Sync_Request__e"]}})

    def act() -> None:
        twin.call("POST", "sobjects/Sync_Request__e", json={})
        twin.create("Account", Name="A")

    ear = ears(twin)
    threading.Timer(0.4, act).start()
    for heard in ear.follow("/data/Sales__chn", ""):
        if heard.changes:
            assert [one.object for one in heard.changes] == ["Account"]
            ear.stop()


def test_kin_are_the_flow_s_own_object_and_its_children(twin: Twin) -> None:
    flows = load_flows(ROOT / "mappings")
    found = ears(twin).kin([flows["opportunity_to_sales_order"], flows["account_to_customer"]])
    assert found["Opportunity"] == [Kin("opportunity_to_sales_order")]
    assert found["OpportunityLineItem"] == [Kin("opportunity_to_sales_order", "OpportunityId")]
    assert found["Account"] == [Kin("account_to_customer")]


def test_parents_are_found_even_of_deleted_children(twin: Twin) -> None:
    account = twin.create("Account", Name="A")
    contact = twin.create("Contact", LastName="C", AccountId=account)
    alone = twin.create("Contact", LastName="D")
    twin.call("DELETE", f"sobjects/Contact/{contact}")
    assert ears(twin).parents("Contact", "AccountId", [contact, alone, "003000000000001AAA"]) == {contact: account}


def test_bytes_that_no_schema_fits_are_a_loss_not_an_end(twin: Twin) -> None:
    schema = Schema(json.dumps(twin.schema(twin.topic("/data/AccountChangeEvent").schema_id)))
    found = told(schema, b"\xff" * 9)
    assert found
    assert (found.kind, found.object) == (Kind.LOST, "")


@pytest.mark.parametrize("target", ["api.example.com", "https://api.example.com:7443", "api.example.com:port", ":1"])
def test_an_address_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(Misconfigured):
        Address(target)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "[::1]:1", "localhost:1"])
def test_this_machine_is_spoken_to_without_tls(host: str) -> None:
    assert Address(host).is_loopback


@pytest.mark.parametrize("host", ["api.pubsub.salesforce.com:7443", "10.0.0.1:7443", "127.example.com:443"])
def test_nobody_else_is(host: str) -> None:
    assert not Address(host).is_loopback


SECURE = SERVE.replace("seed=", "more=MorePorts(tls=0), seed=").replace(
    "import sys", "import sys\nfrom sandbox.twin.server import MorePorts", 1
)
KNOCK = """
import sys, grpc
from connectors.salesforce.eventbus import Address
with Address(sys.argv[1]).open() as channel:
    try:
        grpc.channel_ready_future(channel).result(float(sys.argv[2]))
        print("open")
    except grpc.FutureTimeoutError:
        print("shut")
"""


def test_elsewhere_only_tls_with_a_certificate_that_is_trusted_is_spoken(tmp_path: Path) -> None:
    twin = start(tmp_path, SECURE)
    try:
        places = twin.control("GET", "events")
        secure, plain = (f"ipv4:{places[name]}" for name in ("pubsub_tls", "pubsub"))  # so written, it is no loopback
        trusted = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(tmp_path / "tls/ca.pem")}
        assert knock(secure, trusted, 20) == "open"
        assert knock(secure, {}, 2) == "shut"
        assert knock(plain, trusted, 2) == "shut"
    finally:
        stop(twin)


def knock(address: str, trusted: dict[str, str], patience: float) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}  # noqa: TID251 — the test sets the scene
    command = (sys.executable, "-c", KNOCK, address, str(patience))
    environment = own | {"PYTHONPATH": str(ROOT)} | trusted
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()
