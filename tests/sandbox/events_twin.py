"""A running Salesforce twin with a REST session and a gRPC channel, for the tests of its events."""

from __future__ import annotations

import io
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import fastavro
import grpc
import requests
from urllib3.util import Retry

from sandbox.salesforce.events.pubsub.wire import METHODS, SERVICE, message
from sandbox.twin import credentials

ROOT = Path(__file__).resolve().parent.parent.parent
ORGANIZATION = "00DWs0000000001MAA"
PREFIX = "sfdc.platform.eventbus.grpc."
LATEST, EARLIEST, CUSTOM = 0, 1, 2
SERVE = """
import sys
from pathlib import Path
from sandbox.salesforce.serve import run
run("127.0.0.1", 0, Path(sys.argv[1]), latency="off", seed="test")
"""


@dataclass
class Twin:
    """A running org, a client's session with it, and a channel to its Pub/Sub API."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    session: requests.Session = field(default_factory=requests.Session)
    token: str = ""

    def sign_in(self) -> None:
        known = credentials.salesforce("test", self.folder)
        form = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret}
        self.session.mount("http://", requests.adapters.HTTPAdapter(max_retries=Retry(connect=20, backoff_factor=0.05)))
        self.token = self.session.post(f"{self.url}/services/oauth2/token", data=form, timeout=10).json()[
            "access_token"
        ]
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.session.request(method, f"{self.url}/services/data/v62.0/{path}", timeout=10, **more)
        assert answer.ok, answer.text
        return answer

    def create(self, kind: str, **fields: Any) -> str:
        return str(self.call("POST", f"sobjects/{kind}", json=fields).json()["id"])

    def change(self, kind: str, record_id: str, **fields: Any) -> None:
        self.call("PATCH", f"sobjects/{kind}/{record_id}", json=fields)

    def control(self, method: str, path: str, **more: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/_twin/{path}", timeout=10, **more)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **wish: Any) -> None:
        self.control("POST", "faults", json=wish)

    @cached_property
    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(self.control("GET", "events")["pubsub"])

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return (("accesstoken", self.token), ("instanceurl", self.url), ("tenantid", ORGANIZATION))

    def rpc(self, name: str) -> Any:
        asked, answered, streams = METHODS[name]
        make = self.channel.stream_stream if streams else self.channel.unary_unary
        return make(
            f"/{SERVICE}/{name}",
            request_serializer=message(asked).SerializeToString,
            response_deserializer=message(answered).FromString,
        )

    def topic(self, name: str) -> Any:
        return self.rpc("GetTopic")(message("TopicRequest")(topic_name=name), metadata=self.metadata)

    def schema(self, schema_id: str) -> Any:
        answer = self.rpc("GetSchema")(message("SchemaRequest")(schema_id=schema_id), metadata=self.metadata)
        return json.loads(answer.schema_json)

    def wait_for_subscriber(self, topic: str) -> None:
        for _ in range(200):
            if topic in self.control("GET", "events")["subscribers"]:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"nobody subscribes to {topic}")

    @contextmanager
    def subscribed(
        self, topic: str, count: int = 100, preset: int = LATEST, replay_id: bytes = b""
    ) -> Iterator[Stream]:
        stream = Stream(self)
        stream.ask(count, topic_name=topic, replay_preset=preset, replay_id=replay_id)
        stream.start()
        try:
            yield stream
        finally:
            stream.end()

    def read(self, topic: str, count: int, preset: int = EARLIEST, replay_id: bytes = b"") -> list[dict[str, Any]]:
        with self.subscribed(topic, count, preset, replay_id) as stream:
            return stream.events(count)


class Stream:
    """One Subscribe stream, whose requests are put in by hand."""

    def __init__(self, twin: Twin, name: str = "Subscribe") -> None:
        self._twin = twin
        self._name = name
        self._requests: queue.Queue[Any] = queue.Queue()
        self._schemas: dict[str, Any] = {}
        self.answers: Any = None

    def ask(self, count: int, **more: Any) -> None:
        self.send(message("FetchRequest")(num_requested=count, **more))

    def send(self, request: Any) -> None:
        self._requests.put(request)

    def start(self) -> None:
        """Open the stream."""
        self.answers = self._twin.rpc(self._name)(iter(self._requests.get, None), metadata=self._twin.metadata)

    def end(self) -> None:
        self._requests.put(None)
        self.answers.cancel()

    def answer(self) -> Any:
        return next(self.answers)

    def events(self, count: int) -> list[dict[str, Any]]:
        """Return the next events, decoded, with their replay ids; None-valued fields left out."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += [self.decode(event) for event in self.answer().events]
        return found

    def decode(self, event: Any) -> dict[str, Any]:
        schema_id = event.event.schema_id
        if schema_id not in self._schemas:
            self._schemas[schema_id] = fastavro.parse_schema(self._twin.schema(schema_id))
        body: Any = fastavro.schemaless_reader(io.BytesIO(event.event.payload), self._schemas[schema_id], None)
        shown = {name: value for name, value in body.items() if value is not None}
        return shown | {"replay_id": event.replay_id, "id": event.event.id}

    def refused(self) -> grpc.Call:
        """Return the error with which the stream ends."""
        caught: list[Any] = []

        def drain() -> None:
            try:
                for _ in self.answers:
                    pass
            except grpc.RpcError as error:
                caught.append(error)

        thread = threading.Thread(target=drain)
        thread.start()
        thread.join(10)
        assert caught, "the stream did not end with an error"
        found: grpc.Call = caught[0]
        return found


def code_of(error: Any) -> str:
    """Return the vendor's code of an error, without its long prefix."""
    found = dict(error.trailing_metadata())
    assert found["rpc-id"] in error.details()
    return str(found["error-code"]).removeprefix(PREFIX)


def start(folder: Path, serve: str = SERVE, **environment: str) -> Twin:
    process = subprocess.Popen(
        [sys.executable, "-c", serve, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=environment or None,
    )  # fmt: skip
    assert process.stdout
    address = next(line.split()[2] for line in process.stdout if line.split()[1] == "salesforce")
    twin = Twin(address, folder, process)
    twin.sign_in()
    return twin


def stop(twin: Twin) -> None:
    if "channel" in twin.__dict__:
        twin.channel.close()
    twin.process.kill()
    twin.process.wait()
    if twin.process.stdout:
        twin.process.stdout.close()
