"""grpcio with the vendor's own stubs: a change channel over TLS, on a loopback port and through the proxy under the real host."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import grpc
import requests
from diary import Diary
from sfprotostash import pubsub_api_pb2 as api
from sfprotostash.pubsub_api_pb2_grpc import PubSubStub

KNOWN = os.environ
TOPIC, ORG = "/data/AccountChangeEvent", "00DWs0000000001MAA"
form = {
    "grant_type": "client_credentials",
    "client_id": KNOWN["SF_CLIENT_ID"],
    "client_secret": KNOWN["SF_CLIENT_SECRET"],
}
token = requests.post(f"{KNOWN['SF_URL']}/services/oauth2/token", data=form, timeout=20).json()
CALLER = (("accesstoken", token["access_token"]), ("instanceurl", token["instance_url"]), ("tenantid", ORG))
TRUST = grpc.ssl_channel_credentials(Path(KNOWN["TWIN_CA_FILE"]).read_bytes())
diary = Diary()


def walk(target: str, *options: tuple[str, Any]) -> list[Any]:
    with grpc.secure_channel(target, TRUST, options=options) as channel:
        stub = PubSubStub(channel)
        topic = stub.GetTopic(api.TopicRequest(topic_name=TOPIC), metadata=CALLER, timeout=20)
        schema = json.loads(
            stub.GetSchema(api.SchemaRequest(schema_id=topic.schema_id), metadata=CALLER, timeout=20).schema_json
        )
        done = threading.Event()

        def wishes() -> Iterator[Any]:
            yield api.FetchRequest(topic_name=TOPIC, replay_preset=api.ReplayPreset.LATEST, num_requested=1)
            done.wait(20)

        stream = stub.Subscribe(wishes(), metadata=CALLER, timeout=30)
        threading.Timer(0.7, change).start()
        for answer in stream:
            if answer.events:
                done.set()
                event = answer.events[0]
                told = fastavro.schemaless_reader(io.BytesIO(event.event.payload), fastavro.parse_schema(schema))
                return [
                    told["Name"],
                    told["ChangeEventHeader"]["changeType"],
                    len(event.replay_id) >= 8,
                    topic.can_subscribe,
                ]
    return []


def change() -> None:
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    requests.post(
        f"{KNOWN['SF_URL']}/services/data/v62.0/sobjects/Account", json={"Name": "gRPC ä"}, headers=headers, timeout=20
    )


def stranger() -> str:
    with grpc.secure_channel(KNOWN["SF_PUBSUB_TLS"], TRUST, options=(("grpc.enable_http_proxy", 0),)) as channel:
        bad = (("accesstoken", "x"), *CALLER[1:])
        try:
            PubSubStub(channel).GetTopic(api.TopicRequest(topic_name=TOPIC), metadata=bad, timeout=20)
        except grpc.RpcError as error:
            return str(dict(error.trailing_metadata()).get("error-code"))
    return "let in"


diary("loopback", lambda: walk(KNOWN["SF_PUBSUB_TLS"], ("grpc.enable_http_proxy", 0)))
diary("the vendor's host", lambda: walk("api.pubsub.salesforce.com:7443", ("grpc.http_proxy", KNOWN["TWIN_PROXY"])))
diary("stranger", stranger)
diary.tell()
