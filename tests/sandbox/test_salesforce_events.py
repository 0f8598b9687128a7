"""What do subscribers of the Pub/Sub API see of the org's changes?"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from sandbox.salesforce.events.pubsub.wire import message
from tests.sandbox.events_twin import CUSTOM, EARLIEST, LATEST, Stream, Twin, code_of, start, stop

ACCOUNTS, OPPORTUNITIES, ALL = "/data/AccountChangeEvent", "/data/OpportunityChangeEvent", "/data/ChangeEvents"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    yield twin
    stop(twin)


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.control("DELETE", "events")
    running.control("DELETE", "faults")
    running.control("POST", "clock", json={})
    running.control("POST", "events", json={"keep_alive": 60, "idle": 60, "overflow": 100_000, "channels": {},
                                            "delivered": 1_000_000, "merges": False, "loads": False})  # fmt: skip
    return running


def names_of(twin: Twin, topic: str, bits: list[str]) -> list[str]:
    """Return the fields that a header's bitmaps stand for, read the way the vendor's sample client does."""
    fields = twin.schema(twin.topic(topic).schema_id)["fields"]
    found = []
    for one in bits:
        position, _, digits = one.rpartition("-")
        inner = fields if not position else fields[int(position)]["type"][-1]["fields"]
        number = int(digits, 16)
        prefix = f"{fields[int(position)]['name']}." if position else ""
        found += [prefix + field["name"] for at, field in enumerate(inner) if number >> at & 1]
    return found


def test_a_created_record_comes_with_all_fields_that_are_not_null(twin: Twin) -> None:
    account = twin.create("Account", Name="Köln & Söhne", BillingCity="Köln", NumberOfEmployees=12, AnnualRevenue=1e6)
    (event,) = twin.read(ACCOUNTS, 1)
    header = event["ChangeEventHeader"]
    assert header["recordIds"] == [account]
    assert (header["entityName"], header["changeType"], header["sequenceNumber"]) == ("Account", "CREATE", 1)
    assert header["changedFields"] == header["nulledFields"] == header["diffFields"] == []
    assert header["changeOrigin"] == "com/salesforce/api/rest/62.0"
    assert (event["Name"], event["NumberOfEmployees"], event["AnnualRevenue"]) == ("Köln & Söhne", 12, 1e6)
    assert event["BillingAddress"]["City"] == "Köln"
    assert event["CreatedDate"] == event["LastModifiedDate"] == header["commitTimestamp"]
    assert not event.keys() & {"SystemModstamp", "IsDeleted", "Id", "Phone", "BillingCity"}


def test_an_update_names_its_fields_by_bits(twin: Twin) -> None:
    account = twin.create("Account", Name="A", Phone="1", BillingCity="Bern", BillingStreet="Gasse 1")
    twin.change("Account", account, Name="B", Phone=None, BillingCity="Basel")
    event = twin.read(ACCOUNTS, 2)[1]
    header = event["ChangeEventHeader"]
    assert header["changeType"] == "UPDATE"
    assert names_of(twin, ACCOUNTS, header["changedFields"]) == [
        "Name", "Phone", "LastModifiedDate", "BillingAddress.City",
    ]  # fmt: skip
    assert names_of(twin, ACCOUNTS, header["nulledFields"]) == ["Phone"]
    assert event["Name"] == "B"
    assert event["BillingAddress"]["City"] == "Basel"
    assert event["BillingAddress"]["Street"] is None
    assert "OwnerId" not in event


def test_a_deleted_record_comes_with_its_header_alone(twin: Twin) -> None:
    account = twin.create("Account", Name="A")
    twin.call("DELETE", f"sobjects/Account/{account}")
    event = twin.read(ACCOUNTS, 2)[1]
    assert event["ChangeEventHeader"]["changeType"] == "DELETE"
    assert event.keys() == {"ChangeEventHeader", "replay_id", "id"}


def test_an_update_that_changes_nothing_is_no_event(twin: Twin) -> None:
    account = twin.create("Account", Name="A")
    twin.change("Account", account, Name="A")
    twin.change("Account", account, Name="B")
    assert [event["ChangeEventHeader"]["changeType"] for event in twin.read(ACCOUNTS, 2)] == ["CREATE", "UPDATE"]
    assert twin.control("GET", "events")["counts"] == {"AccountChangeEvent": 2}


def test_the_clients_name_is_in_the_origin(twin: Twin) -> None:
    twin.call("POST", "sobjects/Account", json={"Name": "A"}, headers={"Sforce-Call-Options": "client=isthmus"})
    assert (
        twin.read(ACCOUNTS, 1)[0]["ChangeEventHeader"]["changeOrigin"] == "com/salesforce/api/rest/62.0;client=isthmus"
    )


def test_a_bulk_job_is_told_as_such(twin: Twin) -> None:
    job = twin.call("POST", "jobs/ingest", json={"object": "Account", "operation": "insert"}).json()
    twin.call("PUT", f"jobs/ingest/{job['id']}/batches", data="Name\nA\nB\n", headers={"Content-Type": "text/csv"})
    twin.call("PATCH", f"jobs/ingest/{job['id']}", json={"state": "UploadComplete"})
    headers = [event["ChangeEventHeader"] for event in twin.read(ACCOUNTS, 2)]
    assert {header["changeOrigin"] for header in headers} == {"com/salesforce/api/bulkapi/62.0"}
    assert len({header["transactionKey"] for header in headers}) == 1


def test_records_of_one_transaction_share_its_key_and_follow_in_order(twin: Twin) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in "ABC"]
    twin.call("POST", "composite/sobjects", json={"records": records, "allOrNone": True})
    twin.create("Account", Name="D")
    headers = [event["ChangeEventHeader"] for event in twin.read(ACCOUNTS, 4)]
    assert len({header["transactionKey"] for header in headers[:3]}) == 1
    assert [header["sequenceNumber"] for header in headers] == [1, 2, 3, 1]
    assert headers[3]["transactionKey"] != headers[0]["transactionKey"]
    assert headers[0]["commitNumber"] == headers[2]["commitNumber"] < headers[3]["commitNumber"]


def test_what_is_rolled_back_is_no_event(twin: Twin) -> None:
    records: list[dict[str, Any]] = [
        {"attributes": {"type": "Account"}, "Name": "A"},
        {"attributes": {"type": "Account"}},
    ]
    twin.call("POST", "composite/sobjects", json={"records": records, "allOrNone": True})
    assert twin.control("GET", "events")["counts"] == {}
    twin.call("POST", "composite/sobjects", json={"records": records[::-1], "allOrNone": False})
    assert twin.control("GET", "events")["counts"] == {"AccountChangeEvent": 1}


def test_the_channel_of_all_events_carries_every_entity(twin: Twin) -> None:
    account = twin.create("Account", Name="A")
    twin.create("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-03-04", AccountId=account)
    assert twin.topic(ALL).schema_id == ""
    first, second = twin.read(ALL, 2)
    assert [event["ChangeEventHeader"]["entityName"] for event in (first, second)] == ["Account", "Opportunity"]
    assert second["CloseDate"] == 1772582400000


def test_a_custom_channel_carries_its_members(twin: Twin) -> None:
    twin.control("POST", "events", json={"channels": {"Sales__chn": ["OpportunityChangeEvent", "Sync_Request__e"]}})
    twin.create("Account", Name="A")
    twin.create("Sync_Request__e", Object__c="Account")
    twin.create("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-03-04")
    first, second = twin.read("/data/Sales__chn", 2)
    assert (first["Object__c"], second["Name"]) == ("Account", "O")


def test_a_subscriber_hears_at_once(twin: Twin) -> None:
    with twin.subscribed(ACCOUNTS) as stream:
        twin.wait_for_subscriber(ACCOUNTS)
        twin.create("Account", Name="live")
        began = time.perf_counter()
        assert stream.events(1)[0]["Name"] == "live"
        assert time.perf_counter() - began < 1


def test_latest_leaves_out_what_was(twin: Twin) -> None:
    twin.create("Account", Name="old")
    with twin.subscribed(ACCOUNTS, preset=LATEST) as stream:
        twin.wait_for_subscriber(ACCOUNTS)
        twin.create("Account", Name="new")
        assert stream.events(1)[0]["Name"] == "new"


def test_a_subscriber_goes_on_behind_its_replay_id(twin: Twin) -> None:
    for name in "ABC":
        twin.create("Account", Name=name)
    first = twin.read(ACCOUNTS, 1)[0]
    assert len(first["replay_id"]) == 8
    rest = twin.read(ACCOUNTS, 2, CUSTOM, first["replay_id"])
    assert [event["Name"] for event in rest] == ["B", "C"]
    again = twin.read(ACCOUNTS, 2, CUSTOM, first["replay_id"] + b"\0\0")
    assert [event["replay_id"] for event in again] == [event["replay_id"] for event in rest]
    assert [event["id"] for event in again] == [event["id"] for event in rest]


def test_credit_is_counted(twin: Twin) -> None:
    for at in range(5):
        twin.create("Account", Name=str(at))
    with twin.subscribed(ACCOUNTS, 2, EARLIEST) as stream:
        answer = stream.answer()
        assert (len(answer.events), answer.pending_num_requested) == (2, 0)
        assert answer.latest_replay_id == answer.events[1].replay_id
        stream.ask(1)
        assert len(stream.answer().events) == 1
        stream.ask(500)
        answer = stream.answer()
        assert (len(answer.events), answer.pending_num_requested) == (2, 98)


def test_a_quiet_stream_is_kept_alive_with_a_fresh_replay_id(twin: Twin) -> None:
    twin.control("POST", "events", json={"keep_alive": 0.2})
    with twin.subscribed(OPPORTUNITIES, 7) as stream:
        twin.wait_for_subscriber(OPPORTUNITIES)
        twin.create("Account", Name="of another topic")
        answer = stream.answer()
        assert not answer.events
        assert answer.pending_num_requested == 7
        assert answer.rpc_id
    twin.create("Opportunity", Name="O", StageName="Prospecting", CloseDate="2026-03-04")
    assert twin.read(OPPORTUNITIES, 1, CUSTOM, answer.latest_replay_id)[0]["Name"] == "O"


def test_who_does_not_ask_again_is_sent_away(twin: Twin) -> None:
    twin.control("POST", "events", json={"idle": 0.3})
    twin.create("Account", Name="A")
    with twin.subscribed(ACCOUNTS, 1, EARLIEST) as stream:
        stream.events(1)
        error = stream.refused()
    assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize(
    ("first", "code", "status"),
    [
        ({"topic_name": "/data/NothingChangeEvent"}, "topic.not.found", "NOT_FOUND"),
        ({"topic_name": ""}, "topic.validation.empty", "INVALID_ARGUMENT"),
        ({"num_requested": 0}, "subscription.fetch.requested.events.invalid", "INVALID_ARGUMENT"),
        ({"replay_preset": CUSTOM}, "subscription.fetch.replayid.validation.failed", "INVALID_ARGUMENT"),
        (
            {"replay_preset": CUSTOM, "replay_id": b"1000001"},
            "subscription.fetch.replayid.corrupted",
            "INVALID_ARGUMENT",
        ),
        (
            {"replay_preset": CUSTOM, "replay_id": b"\xff" * 8},
            "subscription.fetch.replayid.corrupted",
            "INVALID_ARGUMENT",
        ),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(twin: Twin, first: dict[str, Any], code: str, status: str) -> None:
    stream = Stream(twin)
    stream.send(message("FetchRequest")(**{"topic_name": ACCOUNTS, "num_requested": 1} | first))
    stream.start()
    error = stream.refused()
    assert (code_of(error), error.code().name) == (code, status)
    stream.end()


def test_a_stream_keeps_its_topic(twin: Twin) -> None:
    with twin.subscribed(ACCOUNTS) as stream:
        stream.ask(1, topic_name=OPPORTUNITIES)
        assert code_of(stream.refused()) == "subscription.fetch.topic.mismatch"


@pytest.mark.parametrize("left_out", ["accesstoken", "instanceurl", "tenantid"])
def test_nobody_comes_in_without_a_name(twin: Twin, left_out: str) -> None:
    some = tuple(pair for pair in twin.metadata if pair[0] != left_out)
    with pytest.raises(grpc.RpcError) as caught:
        twin.rpc("GetTopic")(message("TopicRequest")(topic_name=ACCOUNTS), metadata=some)
    error: Any = caught.value
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED
    assert code_of(error) == "service.auth.headers.invalid"


@pytest.mark.parametrize("wrong", ["accesstoken", "tenantid"])
def test_a_false_name_does_not_help(twin: Twin, wrong: str) -> None:
    metadata = tuple((name, "00DWs0000000099MAA" if name == wrong else value) for name, value in twin.metadata)
    with pytest.raises(grpc.RpcError) as caught:
        twin.rpc("GetTopic")(message("TopicRequest")(topic_name=ACCOUNTS), metadata=metadata)
    assert code_of(caught.value) == "service.auth.error"


def test_calls_cost_nothing_of_the_daily_limit(twin: Twin) -> None:
    twin.control("DELETE", "usage")
    twin.create("Account", Name="A")
    twin.read(ACCOUNTS, 1)
    usage = twin.control("GET", "usage")
    assert usage["calls"] == 1
    assert usage["by_channel"]["Pub/Sub"] >= 1
    assert usage["in_flight"] == 0


def test_events_are_forgotten_after_three_days(twin: Twin) -> None:
    twin.create("Account", Name="old")
    (old,) = twin.read(ACCOUNTS, 1)
    twin.control("POST", "clock", json={"advance": 72 * 3600 + 1})
    with twin.subscribed(ACCOUNTS, 1, CUSTOM, old["replay_id"]) as stream:
        assert code_of(stream.refused()) == "subscription.fetch.replayid.corrupted"
    twin.create("Account", Name="new")
    assert twin.read(ACCOUNTS, 1)[0]["Name"] == "new"


def test_a_large_transaction_overflows(twin: Twin) -> None:
    twin.control("POST", "events", json={"overflow": 2})
    records = [{"attributes": {"type": "Account"}, "Name": name} for name in "ABCDE"]
    twin.call("POST", "composite/sobjects", json={"records": records, "allOrNone": True})
    events = twin.read(ACCOUNTS, 3)
    kinds = [event["ChangeEventHeader"]["changeType"] for event in events]
    assert kinds == ["CREATE", "CREATE", "GAP_OVERFLOW"]
    assert events[2]["ChangeEventHeader"]["recordIds"] == ["000000000000000AAA"]
    assert "Name" not in events[2]


def test_the_same_change_of_many_records_is_one_event_when_asked(twin: Twin) -> None:
    accounts = [twin.create("Account", Name=name) for name in "ABC"]
    records = [{"attributes": {"type": "Account"}, "id": one, "Site": "Bern"} for one in accounts]
    twin.call("PATCH", "composite/sobjects", json={"records": records})
    assert [len(event["ChangeEventHeader"]["recordIds"]) for event in twin.read(ACCOUNTS, 6)] == [1] * 6
    twin.control("POST", "events", json={"merges": True})
    *_, event = twin.read(ACCOUNTS, 4)
    assert event["ChangeEventHeader"]["recordIds"] == accounts
    assert event["Site"] == "Bern"
    twin.create("Account", Name="D")
    assert twin.read(ACCOUNTS, 1, CUSTOM, event["replay_id"])[0]["Name"] == "D"


def test_what_is_loaded_is_an_event_only_when_asked(twin: Twin) -> None:
    for name, wanted in (("quiet", False), ("told", True)):
        twin.control("POST", "events", json={"loads": wanted})
        line = json.dumps({"type": "Account", "record": {"Name": name}})
        twin.control("POST", "load", data=line)
    (event,) = twin.read(ACCOUNTS, 1)
    assert event["Name"] == "told"
    assert twin.control("GET", "events")["counts"] == {"AccountChangeEvent": 1}


def test_a_reset_empties_the_log_and_a_snapshot_brings_it_back(twin: Twin) -> None:
    twin.create("Account", Name="A")
    twin.control("POST", "events", json={"keep_alive": 7})
    twin.control("POST", "snapshots", json={"name": "here"})
    twin.control("POST", "events", json={"keep_alive": 8})
    twin.control("POST", "reset")
    assert twin.control("GET", "events")["counts"] == {}
    twin.control("POST", "snapshots/here/restore")
    shown = twin.control("GET", "events")
    assert (shown["counts"], shown["settings"]["keep_alive"]) == ({"AccountChangeEvent": 1}, 7)
    assert twin.read(ACCOUNTS, 1)[0]["Name"] == "A"


def test_a_stream_outlives_a_restored_snapshot(twin: Twin) -> None:
    twin.control("POST", "snapshots", json={"name": "before"})
    with twin.subscribed(ACCOUNTS) as stream:
        twin.wait_for_subscriber(ACCOUNTS)
        twin.create("Account", Name="forgotten")
        assert stream.events(1)[0]["Name"] == "forgotten"
        twin.control("POST", "snapshots/before/restore")
        twin.create("Account", Name="new")
        assert stream.events(1)[0]["Name"] == "new"


def test_a_large_text_comes_as_its_difference(twin: Twin) -> None:
    lines = [f"line {at} of a long description" for at in range(80)]
    account = twin.create("Account", Name="A", Description="\n".join(lines))
    lines[40] = "another line"
    twin.change("Account", account, Description="\n".join(lines))
    event = twin.read(ACCOUNTS, 2)[1]
    assert names_of(twin, ACCOUNTS, event["ChangeEventHeader"]["diffFields"]) == ["Description"]
    assert event["Description"].startswith("--- \n+++ ")
    assert "+another line" in event["Description"]


def test_the_delivery_allocation_ends(twin: Twin) -> None:
    twin.control("POST", "events", json={"delivered": 1})
    for name in "AB":
        twin.create("Account", Name=name)
    with twin.subscribed(ACCOUNTS, 2, EARLIEST) as stream:
        assert code_of(stream.refused()) == "subscription.limit.exceeded"


def test_the_schema_is_that_of_real_orgs(twin: Twin) -> None:
    info = twin.topic(ACCOUNTS)
    schema = twin.schema(info.schema_id)
    assert (schema["name"], schema["namespace"]) == ("AccountChangeEvent", "com.sforce.eventbus")
    assert schema["fields"][0]["name"] == "ChangeEventHeader"
    fields = {field["name"]: field for field in schema["fields"]}
    assert fields["Name"]["type"][1:][0] == "string"
    assert fields["CreatedDate"] == {"name": "CreatedDate", "type": ["null", "long"], "doc": "CreatedDate:DateTime",
                                     "default": None}  # fmt: skip
    assert fields["ShippingAddress"]["type"] == ["null", "Address"]
    assert len(info.schema_id) == 22
    assert info.can_subscribe
    assert not info.can_publish


def test_a_schema_that_nobody_names_is_refused(twin: Twin) -> None:
    for schema_id, code in (("", "schema.validation.failed"), ("nothing", "schema.meta.permission")):
        with pytest.raises(grpc.RpcError) as caught:
            twin.schema(schema_id)
        assert code_of(caught.value) == code


def test_the_control_api_shows_events_decoded(twin: Twin) -> None:
    account = twin.create("Account", Name="A")
    twin.change("Account", account, Name="B")
    shown = twin.control("GET", "events")
    assert [event["change"] for event in shown["events"]] == ["UPDATE", "CREATE"]
    assert shown["events"][0]["changed"] == ["LastModifiedDate", "Name"]
    assert shown["events"][0]["event"]["Name"] == "B"
    assert json.dumps(shown)


def test_settings_that_make_no_sense_are_refused(twin: Twin) -> None:
    wishes: list[Any] = [
        "no object",
        {"loads": 1},
        {"captured": ["Nothing"]},
        {"keep_alive": 0},
        {"channels": {"x": []}},
        {"unknown": 1},
    ]
    for wish in wishes:
        answer = twin.session.post(f"{twin.url}/_twin/events", json=wish, timeout=10)
        assert answer.status_code == 400


def test_what_is_not_captured_is_no_event_and_no_topic(twin: Twin) -> None:
    before = twin.control("GET", "events")["settings"]["captured"]
    twin.control("POST", "events", json={"captured": ["Opportunity"]})
    twin.create("Account", Name="A")
    try:
        assert twin.control("GET", "events")["counts"] == {}
        with pytest.raises(grpc.RpcError):
            twin.topic(ACCOUNTS)
    finally:
        twin.control("POST", "events", json={"captured": before})
