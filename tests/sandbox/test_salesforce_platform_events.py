"""Can programs publish platform events, over gRPC and over REST, and do they outlive the twin?"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import grpc
import pytest

from sandbox.salesforce.events.pubsub.wire import message
from sandbox.twin.tls import authority_file
from tests.sandbox.events_twin import CUSTOM, EARLIEST, SERVE, Stream, Twin, code_of, start, stop

SYNC = "/event/Sync_Request__e"
IMPORTS = "import sys\nfrom sandbox.twin.server import MorePorts"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = start(tmp_path_factory.mktemp("org"))
    yield twin
    stop(twin)


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.control("DELETE", "events")
    return running


def event(twin: Twin, **fields: Any) -> Any:
    schema_id = twin.topic(SYNC).schema_id
    kept = io.BytesIO()
    body = {"CreatedDate": 1767312000000, "CreatedById": "005Ws0000000000AAA"} | fields
    fastavro.schemaless_writer(kept, fastavro.parse_schema(twin.schema(schema_id)), body)
    return message("ProducerEvent")(id="mine", schema_id=schema_id, payload=kept.getvalue())


def test_a_published_event_reaches_its_subscriber(twin: Twin) -> None:
    assert twin.topic(SYNC).can_publish
    request = message("PublishRequest")(topic_name=SYNC, events=[event(twin, Object__c="Account", Full__c=True)])
    answer = twin.rpc("Publish")(request, metadata=twin.metadata)
    (result,) = answer.results
    (found,) = twin.read(SYNC, 1)
    assert (found["Object__c"], found["Full__c"], found["id"]) == ("Account", True, "mine")
    assert found["replay_id"] == result.replay_id
    assert (result.correlation_key, answer.schema_id) == ("mine", twin.topic(SYNC).schema_id)


def test_a_bad_event_does_not_hold_up_the_good_ones(twin: Twin) -> None:
    bad = message("ProducerEvent")(id="bad", schema_id=twin.topic(SYNC).schema_id, payload=b"\x01")
    request = message("PublishRequest")(topic_name=SYNC, events=[bad, event(twin, Object__c="Account")])
    first, second = twin.rpc("Publish")(request, metadata=twin.metadata).results
    assert (first.error.code, first.correlation_key, first.replay_id) == (1, "bad", b"")
    assert second.replay_id
    assert not second.error.msg
    assert len(twin.read(SYNC, 1)) == 1


@pytest.mark.parametrize(
    ("topic", "code"),
    [("/data/AccountChangeEvent", "topic.meta.permission"), ("/event/Nothing__e", "topic.not.found"),
     (SYNC, "publish.event.count.invalid")],
)  # fmt: skip
def test_a_batch_that_makes_no_sense_is_refused(twin: Twin, topic: str, code: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        twin.rpc("Publish")(message("PublishRequest")(topic_name=topic), metadata=twin.metadata)
    assert code_of(caught.value) == code


def test_a_publish_stream_answers_each_batch(twin: Twin) -> None:
    stream = Stream(twin, "PublishStream")
    stream.send(message("PublishRequest")(topic_name=SYNC, events=[event(twin, Object__c="A")]))
    stream.start()
    assert len(stream.answer().results) == 1
    stream.send(message("PublishRequest")(events=[event(twin, Object__c="B"), event(twin, Object__c="C")]))
    assert len(stream.answer().results) == 2
    stream.send(message("PublishRequest")(topic_name="/event/Order_Event__e", events=[event(twin)]))
    assert code_of(stream.refused()) == "publish.topic.mismatch"
    stream.end()
    assert [found["Object__c"] for found in twin.read(SYNC, 3)] == ["A", "B", "C"]


def test_rest_publishes_too(twin: Twin) -> None:
    answer = twin.call("POST", "sobjects/Sync_Request__e", json={"Record_Id__c": "006", "Priority__c": 2,
                                                                 "Requested_At__c": "2026-01-02T00:00:00Z"})  # fmt: skip
    body = answer.json()
    assert (answer.status_code, body["success"], body["id"][:3]) == (201, True, "e01")
    assert body["errors"][0]["statusCode"] == "OPERATION_ENQUEUED"
    (found,) = twin.read(SYNC, 1)
    assert (found["Record_Id__c"], found["Priority__c"], found["Requested_At__c"]) == ("006", 2.0, 1767312000000)
    assert found["id"] == body["errors"][0]["message"]


def test_a_collection_publishes_many(twin: Twin) -> None:
    records = [{"attributes": {"type": "Sync_Request__e"}, "Object__c": name} for name in ("A", "B")]
    records.append({"attributes": {"type": "Sync_Request__e"}, "Nothing__c": "C"})
    results = twin.call("POST", "composite/sobjects", json={"records": records}).json()
    assert [result["success"] for result in results] == [True, True, False]
    assert [found["Object__c"] for found in twin.read(SYNC, 2)] == ["A", "B"]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"Nothing__c": 1}, "INVALID_FIELD"), ({"Record_Id__c": "x" * 19}, "STRING_TOO_LONG"),
     ({"Priority__c": "many"}, "JSON_PARSER_ERROR"), ({"Requested_At__c": "soon"}, "JSON_PARSER_ERROR")],
)  # fmt: skip
def test_rest_refuses_what_does_not_fit(twin: Twin, body: dict[str, Any], code: str) -> None:
    url = f"{twin.url}/services/data/v62.0/sobjects/Sync_Request__e"
    answer = twin.session.post(url, json=body, timeout=10)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_the_schema_is_also_there_over_rest(twin: Twin) -> None:
    found = twin.call("GET", "sobjects/Sync_Request__e/eventSchema?payloadFormat=COMPACT").json()
    assert found["uuid"] == twin.topic(SYNC).schema_id
    by_id = twin.call("GET", f"event/eventSchema/{found['uuid']}?payloadFormat=COMPACT").json()
    assert by_id == found
    assert [field["name"] for field in found["fields"]][:2] == ["CreatedDate", "CreatedById"]
    told = twin.call("GET", "sobjects/Sync_Request__e/eventSchema").json()
    assert (told["type"], told["uuid"]) == ("expanded-record", found["uuid"])
    payload = told["fields"][0]["type"]["fields"][1]["type"]["fields"]
    assert {field["name"]: field["type"] for field in payload}["CreatedDate"] == "string"


def test_an_event_is_described_as_something_to_be_created(twin: Twin) -> None:
    told = twin.call("GET", "sobjects/Sync_Request__e/describe").json()
    assert (told["createable"], told["queryable"], told["keyPrefix"]) == (True, False, "e01")
    fields = {field["name"]: field for field in told["fields"]}
    assert (fields["ReplayId"]["createable"], fields["Object__c"]["createable"]) == (False, True)
    assert (fields["Object__c"]["length"], fields["Requested_At__c"]["type"]) == (80, "datetime")


def test_events_and_schemas_outlive_a_kill(tmp_path: Any) -> None:
    first = start(tmp_path)
    try:
        first.create("Account", Name="A")
        first.create("Account", Name="B")
        (seen,) = first.read("/data/AccountChangeEvent", 1)
        schema_id = first.topic("/data/AccountChangeEvent").schema_id
    finally:
        stop(first)  # with SIGKILL
    second = start(tmp_path)
    try:
        (found,) = second.read("/data/AccountChangeEvent", 1, CUSTOM, seen["replay_id"])
        assert found["Name"] == "B"
        assert second.topic("/data/AccountChangeEvent").schema_id == schema_id
        second.create("Account", Name="C")
        newest = second.read("/data/AccountChangeEvent", 3, EARLIEST)[2]
        assert newest["replay_id"] > found["replay_id"]
    finally:
        stop(second)


def test_the_vendors_host_is_served_with_tls(tmp_path: Path) -> None:
    twin = start(tmp_path, SERVE.replace("seed=", "more=MorePorts(tls=0), seed=").replace("import sys", IMPORTS, 1))
    try:
        trusted = grpc.ssl_channel_credentials(authority_file(tmp_path).read_bytes())
        named = (("grpc.ssl_target_name_override", "api.pubsub.salesforce.com"),)
        with grpc.secure_channel(twin.control("GET", "events")["pubsub_tls"], trusted, options=named) as channel:
            twin.__dict__["channel"] = channel
            assert twin.topic(SYNC).can_publish
    finally:
        stop(twin)
