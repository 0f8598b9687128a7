"""How we speak NetSuite: SOAP and REST for writing, SuiteQL for reading, one error table for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.http import session
from connectors.netsuite import billing, earning, plans
from connectors.netsuite.billing import SuiteBilling
from connectors.netsuite.catalogue import load
from connectors.netsuite.connection import Connection, Governor, Line
from connectors.netsuite.earning import RevenueOrders
from connectors.netsuite.plans import RevenuePlans
from connectors.netsuite.rest import Rest
from connectors.netsuite.routing import SourceByObject, TargetByObject
from connectors.netsuite.soap import Soap
from connectors.netsuite.source import NetSuiteSource
from connectors.netsuite.suiteql import SuiteQl
from connectors.netsuite.target import NetSuiteTarget, Transport
from connectors.netsuite.wire import Wire
from connectors.netsuite.world import world_of
from flows.ports import Source, Target
from flows.world import World
from mappings.catalogue import Catalogue

__all__ = ["Connection", "NetSuite", "Transports", "connect"]


@dataclass(frozen=True)
class Transports:
    """Which transport writes: `default`, and the flows that use another one."""

    default: Transport = "soap"
    by_flow: Mapping[str, Transport] = field(default_factory=dict)


@dataclass(frozen=True)
class NetSuite:
    """Both halves of the connector over one line, the item catalogue, and how the account sells over time."""

    source: Source
    target: Target
    catalogue: Callable[[], Catalogue]
    world: Callable[[], World]


def connect(connection: Connection, governor: Governor, transports: Transports) -> NetSuite:
    """Return the connector; nothing is called yet."""
    line = Line(connection, session(connection.timeout), governor, time.time)
    wire = Wire(line)
    suiteql = SuiteQl(wire)
    soap = Soap(line) if connection.has_token else None
    target = NetSuiteTarget(soap, Rest(wire), suiteql, transports.default, transports.by_flow)
    own: dict[str, Target] = {plans.OBJECT: RevenuePlans(suiteql)}
    own |= dict.fromkeys(billing.TABLES, SuiteBilling(Rest(wire), suiteql))
    return NetSuite(
        SourceByObject(NetSuiteSource(suiteql), {earning.OBJECT: RevenueOrders(suiteql, time.time)}),
        TargetByObject(target, own),
        lambda: load(suiteql),
        lambda: world_of(suiteql),
    )
