"""What do all calls of the Pub/Sub API share, and what does each pass on its way in? Sign-in, faults, the log of requests."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter, time
from typing import Any, TypeAlias

import grpc

from sandbox.salesforce.events.log import EventLog
from sandbox.salesforce.events.pubsub.errors import CUT, Broken
from sandbox.salesforce.events.pubsub.wire import SERVICE
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.events.topics import Topic, Topics
from sandbox.salesforce.sessions import ORGANIZATION, Sessions
from sandbox.salesforce.store import Store
from sandbox.twin.faults import Fault, Faults
from sandbox.twin.usage import Entry, Usage

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Work: TypeAlias = Callable[[], Awaitable[Any]]
TENANT = f"CORE/prod/{ORGANIZATION}"
FAULTS = {
    "status": "service.unavailable", "maintenance": "service.unavailable", "commit_then_500": "service.unavailable",
    "drop_before": CUT, "expire": "service.auth.error", "busy": "concurrent.client.limit.exceeded",
    "daily_limit": "subscription.limit.exceeded",
}  # fmt: skip
DAY = 24 * 3600 * 1000


@dataclass
class Desk:
    """What the calls share; `sessions` knows which tokens live."""

    store: Store
    log: EventLog
    topics: Topics
    settings: Settings
    faults: Faults
    usage: Usage
    sessions: Sessions
    window: int = 0
    delivered: int = 0
    subscribers: dict[str, str] = field(default_factory=dict)  # topics by the ids of open streams

    def topic(self, name: str) -> Topic:
        """Return a topic by its name; raise Broken when there is none."""
        if not name.strip():
            raise Broken("topic.validation.empty")
        found = self.topics.find(name)
        if found is None:
            raise Broken("topic.not.found", org=TENANT, topic=name)
        return found

    def deliver(self, count: int) -> None:
        """Count deliveries of one day of the twin's clock; raise Broken beyond the allocation."""
        now = self.log.milliseconds()
        if not self.window <= now < self.window + DAY:
            self.window, self.delivered = now, 0
        self.delivered += count
        if self.delivered > self.settings.delivered:
            raise Broken("subscription.limit.exceeded")

    def recognise(self, metadata: Mapping[str, str]) -> None:
        """Refuse a call without a living token, an instance and this org's id in its metadata."""
        for name in ("accesstoken", "instanceurl", "tenantid"):
            if not metadata.get(name, "").strip():
                raise Broken("service.auth.headers.invalid", name=name)
        if metadata["tenantid"][:15] != ORGANIZATION[:15] or not metadata["instanceurl"].startswith("http"):
            raise Broken("service.auth.error")
        if self.sessions.find(metadata["accesstoken"]) is None:
            raise Broken("service.auth.error")


@dataclass
class Call:
    """One call under way."""

    desk: Desk
    method: str
    context: Context
    rpc_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    fault: Fault | None = None

    async def answer(self, work: Work) -> Any:
        """Do the work of a call that has been admitted, and turn what goes wrong into a status with its trailers."""
        began = perf_counter()
        status = 200
        try:
            self.desk.recognise(_metadata(self.context))
            return await work()
        except Broken as broken:
            status = 500
            return await self._break_off(broken)
        finally:
            self.desk.usage.note(self._entry(status, round(1000 * (perf_counter() - began), 1)))

    async def _break_off(self, broken: Broken) -> Any:
        """End the call; a cut stream tells nothing of who cut it."""
        if not broken.code:
            return await self.context.abort(broken.status, str(broken))
        trailers = (("error-code", broken.code), ("rpc-id", self.rpc_id), ("type", self.method))
        return await self.context.abort(broken.status, f"{broken} rpcId: {self.rpc_id}", trailers)

    async def meet_fault(self, topic: str) -> None:
        """Let the fault strike that is armed for a call about a topic, described as `POST /…/Method topic`."""
        self.fault = self.desk.faults.striking(f"POST /{SERVICE}/{self.method} {topic}".rstrip())
        kind = self.fault.kind if self.fault else ""
        if self.fault and kind == "slow":
            await asyncio.sleep(self.fault.seconds)
        if kind == "expire":
            self.desk.sessions.end(_metadata(self.context)["accesstoken"])
        if kind in FAULTS:
            raise Broken(FAULTS[kind])

    def _entry(self, status: int, spent: float) -> Entry:
        return Entry(
            at=time(),
            method="POST",
            path=f"/{SERVICE}/{self.method}",
            query="",
            channel="Pub/Sub",
            operation=self.method,
            status=status,
            ms=spent,
            fault=self.fault.kind if self.fault else "",
            matched=self.fault.match if self.fault else "",
        )


def _metadata(context: Context) -> dict[str, str]:
    found = context.invocation_metadata() or ()
    return {str(name): str(value) for name, value in found}
