"""How is the Pub/Sub API served? A gRPC server in the twin's own event loop, plain and, with a certificate, with TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from sandbox.salesforce.events.managed import ManagedSubscriptions
from sandbox.salesforce.events.pubsub import publishing
from sandbox.salesforce.events.pubsub.desk import TENANT, Call, Context, Desk
from sandbox.salesforce.events.pubsub.errors import Broken
from sandbox.salesforce.events.pubsub.managed import ManagedSubscription
from sandbox.salesforce.events.pubsub.subscribing import Subscription
from sandbox.salesforce.events.pubsub.wire import METHODS, SERVICE, message
from sandbox.salesforce.events.topics import schema_by_id

OPTIONS = (("grpc.so_reuseport", 0),)  # or a second twin would take half of the calls


@dataclass(frozen=True)
class PubSubAddress:
    """Where to listen: port 0 takes a free one, None none; the TLS port needs certificate chain and key, as PEM files."""

    host: str = "127.0.0.1"
    port: int | None = 0
    tls_port: int | None = None
    certificate: Path | None = None
    key: Path | None = None


class PubSub:
    """The service `eventbus.v1.PubSub`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._managed = ManagedSubscriptions(desk.store.connection, desk.settings)

    async def get_topic(self, request: Any, context: Context) -> Any:
        """Answer GetTopic: what may be done with a topic, and its schema's id."""
        call = Call(self._desk, "GetTopic", context)

        async def work() -> Any:
            topic = self._desk.topic(request.topic_name)
            await call.meet_fault(topic.name)
            return message("TopicInfo")(
                topic_name=topic.name,
                tenant_guid=TENANT,
                can_publish=topic.publishable,
                can_subscribe=True,
                schema_id=topic.schema.id if topic.schema else "",
                rpc_id=call.rpc_id,
            )

        return await call.answer(work)

    async def get_schema(self, request: Any, context: Context) -> Any:
        """Answer GetSchema: an event's Avro schema by its id."""
        call = Call(self._desk, "GetSchema", context)

        async def work() -> Any:
            if not request.schema_id.strip():
                raise Broken("schema.validation.failed")
            await call.meet_fault(request.schema_id)
            schema = schema_by_id(request.schema_id)
            if schema is None:
                raise Broken("schema.meta.permission", schema=request.schema_id)
            return message("SchemaInfo")(schema_json=schema.text, schema_id=schema.id, rpc_id=call.rpc_id)

        return await call.answer(work)

    async def publish(self, request: Any, context: Context) -> Any:
        """Answer Publish."""
        call = Call(self._desk, "Publish", context)
        return await call.answer(lambda: publishing.publish(call, request))

    async def publish_stream(self, requests: AsyncIterator[Any], context: Context) -> None:
        """Answer PublishStream."""
        call = Call(self._desk, "PublishStream", context)
        await call.answer(lambda: publishing.publish_stream(call, requests))

    async def subscribe(self, requests: AsyncIterator[Any], context: Context) -> None:
        """Answer Subscribe."""
        call = Call(self._desk, "Subscribe", context)
        await call.answer(lambda: Subscription(call).run(requests))

    async def managed_subscribe(self, requests: AsyncIterator[Any], context: Context) -> None:
        """Answer ManagedSubscribe."""
        call = Call(self._desk, "ManagedSubscribe", context)
        await call.answer(lambda: ManagedSubscription(call, self._managed).run(requests))


def _method(name: str, behaviour: Any) -> Any:
    asked, answered, streams = METHODS[name]
    make = grpc.stream_stream_rpc_method_handler if streams else grpc.unary_unary_rpc_method_handler
    return make(
        behaviour,
        request_deserializer=message(asked).FromString,
        response_serializer=message(answered).SerializeToString,
    )


class PubSubServer:
    """The listening server; `address` and `tls_address` are host:port once it has started."""

    def __init__(self, desk: Desk, where: PubSubAddress) -> None:
        self._desk = desk
        self._where = where
        self._server: Any = None
        self.address = ""
        self.tls_address = ""

    async def start(self) -> None:
        """Listen; raises RuntimeError when a port is taken."""
        service = PubSub(self._desk)
        behaviours = {
            "GetTopic": service.get_topic, "GetSchema": service.get_schema, "Publish": service.publish,
            "PublishStream": service.publish_stream, "Subscribe": service.subscribe,
            "ManagedSubscribe": service.managed_subscribe,
        }  # fmt: skip
        methods = {name: _method(name, behaviour) for name, behaviour in behaviours.items()}
        self._server = grpc.aio.server(options=OPTIONS)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
        self._listen()
        await self._server.start()

    async def stop(self) -> None:
        """End, and every stream with it."""
        if self._server is not None:
            await self._server.stop(grace=0.5)

    def _listen(self) -> None:
        where = self._where
        if where.port is not None:
            port = self._server.add_insecure_port(_join(where.host, where.port))
            self.address = _join(where.host, port)
        if where.tls_port is not None and where.certificate and where.key:
            pair = (where.key.read_bytes(), where.certificate.read_bytes())
            port = self._server.add_secure_port(
                _join(where.host, where.tls_port), grpc.ssl_server_credentials([pair])
            )  # fmt: skip
            self.tls_address = _join(where.host, port)


def _join(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
