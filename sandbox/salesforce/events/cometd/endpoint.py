"""What is answered at `/cometd/{version}`? Bayeux messages: handshake, connect, subscribe, unsubscribe, disconnect.

Codes and words are those of the vendor's page "Streaming API Error Codes".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.salesforce.events.bell import heard_within
from sandbox.salesforce.events.cometd.clients import Client, Clients
from sandbox.salesforce.events.log import EventLog
from sandbox.salesforce.events.pubsub.batches import Reader
from sandbox.salesforce.events.settings import Settings
from sandbox.salesforce.events.topics import Topics
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.signin import token_of
from sandbox.twin.faults import Faults

Message: TypeAlias = dict[str, Any]
NEW, ALL = -1, -2
OLDEST = 23
REPLAY = (
    "400::The replayId {{{0}}} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to "
    "replay only new events."
)


class Bayeux:
    """The long-polling endpoint of one org."""

    def __init__(
        self, log: EventLog, topics: Topics, settings: Settings, faults: Faults, sessions: Sessions
    ) -> None:  # fmt: skip
        self._log = log
        self._topics = topics
        self._settings = settings
        self._faults = faults
        self._sessions = sessions
        self._clients = Clients(log)

    def routes(self) -> list[Route]:
        """Return the endpoint; some clients append the kind of message to the path."""
        paths = ("/cometd/{version}", "/cometd/{version}/{kind:path}", "/cometd")
        return [Route(path, self.answer, methods=["POST", "GET"]) for path in paths]

    async def answer(self, request: Request) -> Response:
        """Answer a list of messages with a list; GET is an attempt at another transport, which there is not."""
        version = str(request.path_params.get("version", ""))
        if request.method == "GET" or not version:
            return JSONResponse({"error": "400::API version in the URI is mandatory. URI format: '/cometd/62.0'"}, 400)
        if not version.partition(".")[0].isdigit() or float(version.partition(".")[0]) < OLDEST:
            words = "400::Unsupported API version. Only API versions '23.0' and above are supported."
            return JSONResponse([{"error": f"{words} URI format: '/cometd/62.0'", "successful": False}], 400)
        messages = _messages(await request.body())
        if messages is None:
            return JSONResponse([{"error": "400::Message could not be parsed", "successful": False}], 400)
        good = self._sessions.find(token_of(request)) is not None
        answers: list[Message] = []
        for message in messages:
            answers += await self._one(message, signed_in=good)
        return JSONResponse(answers)

    async def _one(self, message: Message, *, signed_in: bool) -> list[Message]:
        channel = str(message.get("channel", ""))
        if not signed_in:
            return [_reply(message, _stranger(channel))]
        if channel == "/meta/handshake":
            return [_reply(message, self._handshake(message))]
        client = self._clients.find(message.get("clientId"))
        if client is None:
            again = {"advice": {"reconnect": "handshake", "interval": 0}}
            return [_reply(message, {"error": "403::Unknown client", "successful": False} | again)]
        if channel == "/meta/connect":
            return await self._connect(message, client)
        steps: dict[str, Callable[[Message, Client], Message]] = {
            "/meta/subscribe": self._subscribe, "/meta/unsubscribe": self._unsubscribe,
            "/meta/disconnect": self._disconnect,
        }  # fmt: skip
        step = steps.get(channel)
        found = step(message, client) if step else {"error": f"404::Unknown channel {channel}", "successful": False}
        return [_reply(message, {"clientId": client.id} | found)]

    def _handshake(self, message: Message) -> Message:
        if "long-polling" not in message.get("supportedConnectionTypes", ["long-polling"]):
            kinds = ", ".join(map(str, message["supportedConnectionTypes"]))
            return {"error": f"400::Invalid connection type {kinds}", "successful": False}
        return {
            "ext": {"replay": True, "payload.format": True},
            "minimumVersion": "1.0",
            "clientId": self._clients.new().id,
            "supportedConnectionTypes": ["long-polling"],
            "version": "1.0",
            "successful": True,
        }

    async def _connect(self, message: Message, client: Client) -> list[Message]:
        """Answer at once the first time and when there are events; else when there are, or when the time is over."""
        seconds = self._settings.long_poll
        advice = {"advice": {"interval": 0, "timeout": round(seconds * 1000), "reconnect": "retry"}}
        known, client.connected = client.connected, True
        asked = message.get("advice")
        wait = seconds if known and (not isinstance(asked, dict) or asked.get("timeout") != 0) else 0.0
        events = client.events()
        if not events and wait:
            events = await self._wait(client, wait)
        done = {"clientId": client.id, "successful": True} | ({} if known else advice)
        return [*events, _reply(message, done)]

    async def _wait(self, client: Client, seconds: float) -> list[Message]:
        client.waiting += 1
        try:
            with self._log.bell.listening() as heard:
                while await heard_within(heard, seconds):
                    if events := client.events():
                        return events
        finally:
            client.waiting -= 1
            self._clients.find(client.id)
        return client.held()

    def _subscribe(self, message: Message, client: Client) -> Message:
        wished = message.get("subscription")
        channels = wished if isinstance(wished, list) else [wished]
        found: Message = {"subscription": wished, "successful": True}
        for channel in channels:
            error = self._begin(str(channel or ""), message, client)
            if error:
                return found | {"error": error, "successful": False}
        self._log.bell.ring()
        return found

    def _begin(self, channel: str, message: Message, client: Client) -> str:
        """Subscribe to a channel; returns what is wrong."""
        if not channel:
            return "400::Channel name not specified"
        if not channel.startswith("/"):
            return "400::Channel subscriptions must start with a leading '/'"
        topic = self._topics.find(channel)
        if topic is None:
            return f"400::The channel you requested to subscribe to does not exist {{{channel}}}"
        replay = _replay(message, channel)
        if replay not in {NEW, ALL} and (replay > self._log.tip() or not self._log.knows(replay)):
            return REPLAY.format(replay)
        place = {NEW: self._log.tip(), ALL: 0}.get(replay, replay)
        client.readers[channel] = Reader(self._log, topic, self._faults, place, self._settings)
        return ""

    def _unsubscribe(self, message: Message, client: Client) -> Message:
        client.readers.pop(str(message.get("subscription")), None)
        return {"subscription": message.get("subscription"), "successful": True}

    def _disconnect(self, _message: Message, client: Client) -> Message:
        self._clients.remove(client)
        return {"successful": True}


def _messages(body: bytes) -> list[Message] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    messages = found if isinstance(found, list) else [found]
    return messages if all(isinstance(one, dict) for one in messages) else None


def _reply(message: Message, found: Message) -> Message:
    named = {"id": message["id"]} if "id" in message else {}
    return {"channel": message.get("channel", "")} | named | found


def _stranger(channel: str) -> Message:
    words = "401::Authentication invalid"
    if channel == "/meta/handshake":
        return {"ext": {"sfdc": {"failureReason": words}, "replay": True, "payload.format": True},
                "advice": {"reconnect": "none"}, "error": "403::Handshake denied", "successful": False}  # fmt: skip
    return {"advice": {"reconnect": "none", "interval": 0}, "error": words, "successful": False}


def _replay(message: Message, channel: str) -> int:
    """Return from where a subscription begins, new events alone when nothing is said."""
    ext = message.get("ext")
    wished = ext.get("replay") if isinstance(ext, dict) else None
    found = wished.get(channel, NEW) if isinstance(wished, dict) else NEW
    return int(found) if str(found).lstrip("-").isdigit() else 0
