"""What does the org capture, on which channels, and how patient is it? Kept in the state, changed through the control API."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox.salesforce.model import objects

# A fresh org captures five entities (salesforce.md 3.3); this one has bought more, as flows for orders need them.
CAPTURED = (
    "Account", "Contact", "Lead", "Opportunity", "OpportunityLineItem", "Quote", "QuoteLineItem", "Order", "OrderItem",
    "Contract", "Product2", "Pricebook2", "PricebookEntry",
)  # fmt: skip


class SettingRefused(ValueError):
    """A setting makes no sense; the message says why."""


@dataclass
class Settings:
    """How events behave.

    captured: entities with change events; channels: custom channel `X__chn` → the names of its events; managed: developer
    name of a managed subscription → `{"topic": …, "replay": "LATEST" or "EARLIEST"}`. In seconds: keep_alive, until an
    empty answer; idle, until a subscriber without credit is sent away (salesforce.md 3.4); long_poll, for which a CometD
    connect waits; outbound_retry, the first wait before an outbound message is sent again; outbound_timeout, for an answer
    to it. overflow: changes of one transaction that are told one by one; delivered: events for subscribers in 24 hours.
    merges: the same change of many records is one event; loads: what the control API loads is told, too.
    """

    captured: list[str] = field(default_factory=lambda: _present(CAPTURED))
    channels: dict[str, list[str]] = field(default_factory=dict)
    managed: dict[str, dict[str, str]] = field(default_factory=dict)
    keep_alive: float = 60.0
    idle: float = 60.0
    long_poll: float = 110.0
    overflow: int = 100_000
    merges: bool = False
    loads: bool = False
    delivered: int = 50_000_000
    outbound_retry: float = 10.0
    outbound_timeout: float = 60.0

    def change(self, wish: dict[str, Any]) -> None:
        """Take over the settings of a wish, all or none."""
        known = {one.name: one for one in fields(self)}
        unknown = sorted(set(wish) - set(known))
        if unknown:
            raise SettingRefused(f"unknown {', '.join(unknown)}; known: {', '.join(known)}")
        for name, value in wish.items():
            _check(name, value)
        for name, value in wish.items():
            setattr(self, name, value)

    def captures(self, entity: str) -> bool:
        """Tell whether changes of an entity make events."""
        return entity in self.captured


def _present(names: tuple[str, ...]) -> list[str]:
    known = objects()
    standard = [known[name.lower()].name for name in names if name.lower() in known]
    return standard + [found.name for found in known.values() if found.name.endswith("__c")]


def _check(name: str, value: Any) -> None:
    if name == "captured":
        _check_entities(value)
    elif name == "channels":
        _check_channels(value)
    elif name == "managed":
        _check_managed(value)
    elif name in {"merges", "loads"}:
        if not isinstance(value, bool):
            raise SettingRefused(f"{name}: expected true or false")
    elif not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise SettingRefused(f"{name}: expected a number above 0")


def _check_entities(value: Any) -> None:
    names = {found.name for found in objects().values()}
    if not isinstance(value, list) or not set(value) <= names:
        raise SettingRefused(f"captured: expected a list of objects of the org, such as {', '.join(CAPTURED[:3])}")


def _check_channels(value: Any) -> None:
    shaped = isinstance(value, dict) and all(
        name.endswith("__chn") and isinstance(events, list) for name, events in value.items()
    )
    if not shaped:
        raise SettingRefused('channels: expected {"Sales__chn": ["OpportunityChangeEvent", …]}')


def _check_managed(value: Any) -> None:
    shaped = isinstance(value, dict) and all(
        isinstance(spec, dict) and spec.keys() <= {"topic", "replay"} and "topic" in spec for spec in value.values()
    )
    if not shaped:
        raise SettingRefused('managed: expected {"Sync": {"topic": "/data/ChangeEvents", "replay": "EARLIEST"}}')


class SettingsStore:
    """Keeps the settings in the org's state."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS event_settings (one INTEGER PRIMARY KEY, kept TEXT NOT NULL)")
        found = connection.execute("SELECT kept FROM event_settings").fetchone()
        self.settings = Settings(**json.loads(found[0])) if found else Settings()

    def recall(self) -> None:
        """Take over what the state says now: somebody has restored another one."""
        found = self._connection.execute("SELECT kept FROM event_settings").fetchone()
        self.settings.change(json.loads(found[0]) if found else asdict(Settings()))

    def as_json(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self.settings)

    def change(self, wish: dict[str, Any]) -> None:
        """Change the settings and keep them."""
        self.settings.change(wish)
        kept = json.dumps(asdict(self.settings))
        self._connection.execute("INSERT OR REPLACE INTO event_settings VALUES (1, ?)", (kept,))
