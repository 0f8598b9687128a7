"""How is the Pub/Sub API called? Its messages by their numbers, a channel of our own, and each call under the token.

Only what a subscriber sends and reads is declared; protobuf passes over the rest. Descriptors are made at import, so there
is no generated code to keep (salesforce.md 3.4).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from connectors.salesforce.auth import SignIn, Token
from connectors.salesforce.errors import Expired
from connectors.salesforce.event_errors import error_of
from flows.errors import Misconfigured

PACKAGE = "eventbus.v1"
PUBLIC = "api.pubsub.salesforce.com:7443"
PATIENCE = 30.0  # seconds for a call that is answered once
LATEST, CUSTOM = 0, 2  # the presets of a subscription's beginning
OPTIONS = (
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),  # four times the largest answer that is announced
    ("grpc.use_local_subchannel_pool", 1),  # a fresh channel tries at once; how long to wait is the listener's to say
)
_Proto = descriptor_pb2.FieldDescriptorProto
TEXT, BYTES, FLAG, NUMBER = _Proto.TYPE_STRING, _Proto.TYPE_BYTES, _Proto.TYPE_BOOL, _Proto.TYPE_INT32
MESSAGES: dict[str, dict[str, tuple[int, Any]]] = {
    "TopicRequest": {"topic_name": (1, TEXT)},
    "TopicInfo": {"topic_name": (1, TEXT), "can_subscribe": (4, FLAG)},
    "SchemaRequest": {"schema_id": (1, TEXT)},
    "SchemaInfo": {"schema_json": (1, TEXT), "schema_id": (2, TEXT)},
    "FetchRequest": {
        "topic_name": (1, TEXT),
        "replay_preset": (2, NUMBER),  # an enumeration; on the wire it is a number
        "replay_id": (3, BYTES),
        "num_requested": (4, NUMBER),
    },
    "ProducerEvent": {"id": (1, TEXT), "schema_id": (2, TEXT), "payload": (3, BYTES)},
    "ConsumerEvent": {"event": (1, "ProducerEvent"), "replay_id": (2, BYTES)},
    "FetchResponse": {
        "events": (1, ["ConsumerEvent"]),
        "latest_replay_id": (2, BYTES),
        "rpc_id": (3, TEXT),
        "pending_num_requested": (4, NUMBER),
    },
}


@dataclass(frozen=True)
class Address:
    """Where the event bus is: host and port. TLS always, but on this machine, where a twin needs none."""

    target: str = PUBLIC

    def __post_init__(self) -> None:
        host, _, port = self.target.rpartition(":")
        if not host or "/" in host or not port.isdigit():
            words = f"The address of the Pub/Sub API must be host:port, not {self.target!r}."
            raise Misconfigured("PUBSUB_ADDRESS", words, hint=f"Salesforce's own is {PUBLIC}.")

    @property
    def is_loopback(self) -> bool:
        """Whether the address stays on this machine."""
        host = self.target.rpartition(":")[0].strip("[]")
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def open(self) -> grpc.Channel:
        """Return a channel; nothing is sent yet."""
        if self.is_loopback:
            return grpc.insecure_channel(self.target, options=(*OPTIONS, ("grpc.enable_http_proxy", 0)))
        return grpc.secure_channel(self.target, grpc.ssl_channel_credentials(), options=OPTIONS)


class EventBus:
    """Calls over one channel, each under the process's token."""

    def __init__(self, channel: grpc.Channel, sign_in: SignIn) -> None:
        self._channel = channel
        self._sign_in = sign_in
        self._token: Token | None = None

    def ask(self, method: str, request: Any, answer: str) -> Any:
        """Make a call that is answered once; a token that is refused is renewed once, then the refusal stands."""
        call = self._channel.unary_unary(_route(method), **_codec(request, answer))
        try:
            return self._asked(call, request)
        except Expired:  # refused before anything was done
            self.forget()
            return self._asked(call, request)

    def subscribe(self, requests: Iterator[Any]) -> Any:
        """Open a Subscribe stream; what it answers is iterated over."""
        opened = self._channel.stream_stream(_route("Subscribe"), **_codec(message("FetchRequest")(), "FetchResponse"))
        return opened(requests, metadata=self._metadata())

    def forget(self) -> None:
        """Let the next call sign in anew, unless another thread has done so meanwhile."""
        if self._token:
            self._sign_in.forget(self._token)

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        token = self._token = self._sign_in.token()
        if not token.organization:
            words = "Salesforce let us in without telling the org's id, which its Pub/Sub API asks for."
            raise Misconfigured("SALESFORCE_ORGANIZATION", words, hint="Let the connected app have the scope `id`.")
        return (("accesstoken", token.value), ("instanceurl", token.instance), ("tenantid", token.organization))

    def _asked(self, call: Any, request: Any) -> Any:
        metadata = self._metadata()
        try:
            return call(request, timeout=PATIENCE, metadata=metadata)
        except grpc.RpcError as fault:
            raise error_of(fault) from None  # the cause's text may quote metadata


def message(name: str) -> Any:
    """Return the class of a message."""
    return CLASSES[name]


def _route(method: str) -> str:
    return f"/{PACKAGE}.PubSub/{method}"


def _codec(request: Any, answer: str) -> dict[str, Any]:
    return {
        "request_serializer": type(request).SerializeToString,
        "response_deserializer": message(answer).FromString,
    }


def _file() -> descriptor_pb2.FileDescriptorProto:
    made = descriptor_pb2.FileDescriptorProto(name=f"{PACKAGE}.subscriber", package=PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        known = made.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            known.field.append(_declared(field, number, kind))
    return made


def _declared(name: str, number: int, kind: Any) -> descriptor_pb2.FieldDescriptorProto:
    label = _Proto.LABEL_REPEATED if isinstance(kind, list) else _Proto.LABEL_OPTIONAL
    kind = kind[0] if isinstance(kind, list) else kind
    if isinstance(kind, str):
        inner = f".{PACKAGE}.{kind}"
        return _Proto(name=name, number=number, label=label, type=_Proto.TYPE_MESSAGE, type_name=inner)
    return _Proto(name=name, number=number, label=label, type=kind)


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()  # our own: another client's stubs may live in this process
    pool.Add(_file())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


CLASSES = _classes()
