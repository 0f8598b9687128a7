"""How we speak Salesforce: REST for small reads and all writes, Bulk API 2.0 for large reads, Pub/Sub to hear of changes."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.salesforce.connection import Connection
from connectors.salesforce.eventbus import Address
from connectors.salesforce.events import SalesforceChanges
from connectors.salesforce.line import Budgets, Day, Governor, Line
from connectors.salesforce.source import Habits, SalesforceSource
from connectors.salesforce.target import SalesforceTarget

__all__ = ["Connection", "Salesforce", "connect", "listen"]


@dataclass(frozen=True)
class Salesforce:
    """Both halves of the connector over one line."""

    source: SalesforceSource
    target: SalesforceTarget


def connect(connection: Connection, governor: Governor, day: Day, *, bulk_from: int = 2000) -> Salesforce:
    """Return the connector; nothing is called yet. `bulk_from`: from how many records query jobs are used."""
    line = Line(connection, Budgets(governor, day))
    return Salesforce(SalesforceSource(line, Habits(bulk_from)), SalesforceTarget(line))


def listen(connection: Connection, governor: Governor, day: Day, address: str) -> SalesforceChanges:
    """Return the connector's ear for one session of listening; nothing is called yet."""
    return SalesforceChanges(Line(connection, Budgets(governor, day)), Address(address))
