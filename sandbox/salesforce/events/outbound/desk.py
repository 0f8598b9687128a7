"""How are outbound messages set up and watched? Routes of the control API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce.events.outbound.queue import Notification, Queue
from sandbox.salesforce.events.outbound.rules import Rule, RuleRefused, Rules
from sandbox.salesforce.events.values import moment
from sandbox.salesforce.signin import base_of
from sandbox.twin import asked
from sandbox.twin.problems import Unsteered

RULE = (
    '{"object": "Opportunity", "fields": ["StageName"], "url": "http://127.0.0.1:7000/", "when": {"StageName": "Won"}}'
)


class OutboundDesk:
    """The control API's view of outbound messages."""

    def __init__(self, rules: Rules, queue: Queue) -> None:
        self._rules = rules
        self._queue = queue

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/_twin/outbound", self.show, methods=["GET"]),
            Route("/_twin/outbound", self.add, methods=["POST"]),
            Route("/_twin/outbound", self.remove, methods=["DELETE"]),
            Route("/_twin/outbound/{rule}", self.remove, methods=["DELETE"]),
        ]

    async def show(self, request: Request) -> Response:
        """Answer with the rules, and a page of what waits."""
        self._queue.drop_old()
        count, page = self._queue.waiting(asked.whole(request, "limit", 100), asked.whole(request, "offset", 0))
        return JSONResponse(
            {
                "rules": [_rule(rule) for rule in self._rules.all()],
                "waiting": count,
                "queue": [_notification(one) for one in page],
                "counts": self._queue.counts(),
            }
        )

    async def add(self, request: Request) -> Response:
        """Add a rule: `{object, fields, url, when, session, becoming}`."""
        try:
            rule = self._rules.add(await asked.wish(request, RULE), base_of(request))
        except RuleRefused as refused:
            raise Unsteered(400, str(refused), f"send {RULE}") from refused
        return JSONResponse(_rule(rule), 201)

    async def remove(self, request: Request) -> Response:
        """Remove a rule, or all of them, with what waits for them."""
        self._rules.remove(request.path_params.get("rule"))
        self._queue.drop_old()
        return JSONResponse({})


def _rule(rule: Rule) -> dict[str, Any]:
    return asdict(rule)


def _notification(one: Notification) -> dict[str, Any]:
    times = {"queued": moment(one.queued), "due": moment(one.due)}
    return {"id": one.id} | asdict(one) | times
