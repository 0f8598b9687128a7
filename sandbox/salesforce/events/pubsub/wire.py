"""Which messages does the Pub/Sub API know? A table of names, numbers and types, made into message classes at import.

Each line is a message with its fields in the order of their numbers, which run from 1 without a gap. `*` marks a list. The
pool is our own, so that a client's generated classes may live in the same process.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "eventbus.v1"
SERVICE = f"{PACKAGE}.PubSub"
ENUMS = {"ErrorCode": ("UNKNOWN", "PUBLISH", "COMMIT"), "ReplayPreset": ("LATEST", "EARLIEST", "CUSTOM")}
MESSAGES = {
    "TopicInfo": "topic_name:string tenant_guid:string can_publish:bool can_subscribe:bool schema_id:string rpc_id:string",
    "TopicRequest": "topic_name:string",
    "EventHeader": "key:string value:bytes",
    "ProducerEvent": "id:string schema_id:string payload:bytes headers:*EventHeader",
    "ConsumerEvent": "event:ProducerEvent replay_id:bytes",
    "PublishResult": "replay_id:bytes error:Error correlation_key:string",
    "Error": "code:ErrorCode msg:string",
    "FetchRequest": "topic_name:string replay_preset:ReplayPreset replay_id:bytes num_requested:int32 auth_refresh:string",
    "FetchResponse": "events:*ConsumerEvent latest_replay_id:bytes rpc_id:string pending_num_requested:int32",
    "SchemaRequest": "schema_id:string",
    "SchemaInfo": "schema_json:string schema_id:string rpc_id:string",
    "PublishRequest": "topic_name:string events:*ProducerEvent auth_refresh:string",
    "PublishResponse": "results:*PublishResult schema_id:string rpc_id:string",
    "ManagedFetchRequest": "subscription_id:string developer_name:string num_requested:int32 auth_refresh:string "
    "commit_replay_id_request:CommitReplayRequest",
    "ManagedFetchResponse": "events:*ConsumerEvent latest_replay_id:bytes rpc_id:string pending_num_requested:int32 "
    "commit_response:CommitReplayResponse",
    "CommitReplayRequest": "commit_request_id:string replay_id:bytes",
    "CommitReplayResponse": "commit_request_id:string replay_id:bytes error:Error process_time:int64",
}
METHODS = {  # request, answer, and whether each is a stream
    "GetTopic": ("TopicRequest", "TopicInfo", False),
    "GetSchema": ("SchemaRequest", "SchemaInfo", False),
    "Publish": ("PublishRequest", "PublishResponse", False),
    "Subscribe": ("FetchRequest", "FetchResponse", True),
    "PublishStream": ("PublishRequest", "PublishResponse", True),
    "ManagedSubscribe": ("ManagedFetchRequest", "ManagedFetchResponse", True),
}
_Proto = descriptor_pb2.FieldDescriptorProto
PLAIN = {
    "string": _Proto.TYPE_STRING,
    "bytes": _Proto.TYPE_BYTES,
    "bool": _Proto.TYPE_BOOL,
    "int32": _Proto.TYPE_INT32,
    "int64": _Proto.TYPE_INT64,
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    made = descriptor_pb2.FileDescriptorProto(name="eventbus.v1", package=PACKAGE, syntax="proto3")
    for name, values in ENUMS.items():
        enum = made.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, line in MESSAGES.items():
        message = made.message_type.add(name=name)
        for number, one in enumerate(line.split(), start=1):
            message.field.append(_field(number, one))
    return made


def _field(number: int, line: str) -> descriptor_pb2.FieldDescriptorProto:
    name, _, kind = line.partition(":")
    label = _Proto.LABEL_REPEATED if kind.startswith("*") else _Proto.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind in PLAIN:
        return _Proto(name=name, number=number, label=label, type=PLAIN[kind])
    of_type = _Proto.TYPE_ENUM if kind in ENUMS else _Proto.TYPE_MESSAGE
    return _Proto(name=name, number=number, label=label, type=of_type, type_name=f".{PACKAGE}.{kind}")


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


CLASSES = _classes()


def message(name: str) -> Any:
    """Return the class of a message, e.g. of FetchRequest."""
    return CLASSES[name]
