"""How do events live in the twin? They watch the org, start with the server and end with it, and have their own routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce.calls import Routes
from sandbox.salesforce.events.capture import Capture
from sandbox.salesforce.events.cometd.endpoint import Bayeux
from sandbox.salesforce.events.log import RETENTION, EventLog, Kept
from sandbox.salesforce.events.managed import ManagedSubscriptions
from sandbox.salesforce.events.outbound.desk import OutboundDesk
from sandbox.salesforce.events.outbound.queue import Queue
from sandbox.salesforce.events.outbound.rules import Rules
from sandbox.salesforce.events.outbound.sender import Sender
from sandbox.salesforce.events.platform import PlatformEvents
from sandbox.salesforce.events.pubsub.desk import Desk
from sandbox.salesforce.events.pubsub.server import PubSubAddress, PubSubServer
from sandbox.salesforce.events.settings import SettingRefused, SettingsStore
from sandbox.salesforce.events.tooling import Tooling
from sandbox.salesforce.events.topics import Topics, render
from sandbox.salesforce.events.values import moment
from sandbox.salesforce.org import Org
from sandbox.salesforce.sessions import Sessions
from sandbox.twin import asked
from sandbox.twin.control import Control
from sandbox.twin.problems import Unsteered

SETTINGS = '{"captured": ["Account", "Opportunity"], "keep_alive": 5}'


class Events:
    """All events of one org."""

    def __init__(self, org: Org, control: Control, sessions: Sessions, where: PubSubAddress) -> None:
        store = org.store
        self._kept = SettingsStore(store.connection)
        settings = self._kept.settings
        self.log = EventLog(store.connection, store.now)
        org.watchers.append(Capture(store, self.log, settings))
        store.ended.append(self.log.bell.ring)
        org.tells_loads = lambda: settings.loads
        topics = Topics(settings)
        self._desk = Desk(store, self.log, topics, settings, control.faults, control.usage, sessions)
        self._tooling = Tooling(self._kept, ManagedSubscriptions(store.connection, settings))
        self._server = PubSubServer(self._desk, where)
        self._platform = PlatformEvents(store, self.log)
        org.publishes = self._platform.publish_one
        self.cometd = Bayeux(self.log, topics, settings, control.faults, sessions)
        rules = Rules(store)
        queue = Queue(store.connection, store.now, rules)
        org.watchers.append(queue)
        store.emptied += [self.log.clear, queue.clear]
        store.restored += [self._kept.recall, rules.recall, self.log.bell.ring]
        self._outbound = OutboundDesk(rules, queue)
        self._sender = Sender(
            store, rules, queue, control.faults, settings, self.log.bell, lambda: sessions.open().token
        )

    @asynccontextmanager
    async def running(self, _app: Any = None) -> AsyncIterator[None]:
        """Serve for as long as the twin does."""
        await self._server.start()
        self._sender.start()
        try:
            yield
        finally:
            await self._sender.stop()
            await self._server.stop()

    def routes(self) -> Routes:
        """Return the REST resources of events."""
        return [*self._platform.routes(), *self._tooling.routes()]

    def control_routes(self) -> list[Route]:
        """Return the control API of events."""
        return [
            Route("/_twin/events", self._show, methods=["GET"]),
            Route("/_twin/events", self._set, methods=["POST"]),
            Route("/_twin/events", self._clear, methods=["DELETE"]),
            *self._outbound.routes(),
        ]

    async def _show(self, request: Request) -> Response:
        self.log.prune()
        limit = asked.whole(request, "limit", 100)
        oldest = self.log.oldest()
        return JSONResponse(
            {
                "pubsub": self._server.address,
                "pubsub_tls": self._server.tls_address,
                "subscribers": sorted(self._desk.subscribers.values()),
                "counts": self.log.counts(),
                "retained_from": moment(self.log.milliseconds() - RETENTION),
                "oldest": moment(oldest) if oldest is not None else None,
                "tip": self.log.tip(),
                "settings": self._kept.as_json(),
                "events": [_shown(kept) for kept in self.log.newest(limit)],
            }
        )

    async def _set(self, request: Request) -> Response:
        try:
            self._kept.change(await asked.wish(request, SETTINGS))
        except (SettingRefused, TypeError) as refused:
            raise Unsteered(400, str(refused), f"send {SETTINGS}") from refused
        return JSONResponse(self._kept.as_json())

    async def _clear(self, _request: Request) -> Response:
        self.log.clear()
        return JSONResponse({})


def _shown(kept: Kept) -> dict[str, Any]:
    """Return an event as a person reads it: decoded, without the fields that are null."""
    fields = {name: value for name, value in render(kept).items() if value is not None}
    about = {"replay_id": kept.id, "time": moment(kept.at), "name": kept.name, "record": kept.record}
    changed = sorted(kept.body) if kept.kind == "UPDATE" else []
    return about | {"change": kept.kind, "changed": changed, "event": fields}
