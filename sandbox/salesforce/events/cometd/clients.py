"""Who listens by long polling? Clients with their subscriptions; one that stays away is forgotten."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.events.cometd.payload import data_of
from sandbox.salesforce.events.log import EventLog
from sandbox.salesforce.events.pubsub.batches import Reader

AWAY = 40.0  # seconds without a connect after which a client is forgotten
MOST = 100  # events in one answer


@dataclass
class Client:
    """One client: its subscriptions by channel, and until when it may stay away."""

    id: str
    readers: dict[str, Reader] = field(default_factory=dict)
    seen: float = field(default_factory=time.monotonic)
    connected: bool = False
    waiting: int = 0

    def events(self) -> list[dict[str, Any]]:
        """Return the next events of all its channels, as messages."""
        return [
            {"channel": channel, "data": data_of(one.kept, gap=one.gap)}
            for channel, reader in self.readers.items()
            for one in reader.take(MOST)
        ]

    def held(self) -> list[dict[str, Any]]:
        """Return events that have waited in vain for one behind them."""
        return [
            {"channel": channel, "data": data_of(one.kept, gap=one.gap)}
            for channel, reader in self.readers.items()
            for one in reader.release()
        ]


class Clients:
    """All clients of one org."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._known: dict[str, Client] = {}

    def new(self) -> Client:
        """Let a client in."""
        self._forget()
        made = Client(secrets.token_hex(14))
        self._known[made.id] = made
        return made

    def find(self, client_id: Any) -> Client | None:
        """Return a client that has not stayed away too long, and note that it was here."""
        self._forget()
        found = self._known.get(str(client_id))
        if found:
            found.seen = time.monotonic()
        return found

    def remove(self, client: Client) -> None:
        """Let a client go."""
        self._known.pop(client.id, None)

    def _forget(self) -> None:
        border = time.monotonic() - AWAY
        gone = [key for key, one in self._known.items() if one.seen < border and not one.waiting]
        for key in gone:
            del self._known[key]
