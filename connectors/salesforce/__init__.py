"""How we speak Salesforce: REST for small reads and all writes, Bulk API 2.0 for large reads."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.salesforce.connection import Connection
from connectors.salesforce.line import Budgets, Day, Governor, Line
from connectors.salesforce.source import Habits, SalesforceSource
from connectors.salesforce.target import SalesforceTarget

__all__ = ["Connection", "Salesforce", "connect"]


@dataclass(frozen=True)
class Salesforce:
    """Both halves of the connector over one line."""

    source: SalesforceSource
    target: SalesforceTarget


def connect(connection: Connection, governor: Governor, day: Day, *, bulk_from: int = 2000) -> Salesforce:
    """Return the connector; nothing is called yet. `bulk_from`: from how many records query jobs are used."""
    line = Line(connection, Budgets(governor, day))
    return Salesforce(SalesforceSource(line, Habits(bulk_from)), SalesforceTarget(line))
