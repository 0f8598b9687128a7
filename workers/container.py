"""How is everything wired? The only place that knows every concrete class; built once a process."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import redis
from celery import Celery

from connectors import netsuite, salesforce
from connectors.governor import DailyBudget, Governor
from connectors.netsuite.catalogue import Aged
from flows.changes import Changes
from flows.pace import Pace
from flows.ports import Services
from flows.world import World
from ledger.ledger import Ledger
from mappings.loading import load_flows
from mappings.tables import load_tables
from workers.bell import CeleryBell
from workers.keeping import LeaseKeeper
from workers.settings import NetSuiteSettings, SalesforceSettings, Settings

WORLD_AGE = timedelta(hours=1)  # an account does not change its way of selling from one minute to the next
SALESFORCE_CALLS = 20  # at once; Salesforce limits only calls that run 20 s or longer, to 25 (salesforce.md 1.8)


def wire(settings: Settings, app: Celery) -> Services:
    """Return the services of this process; systems are called only when a task calls them."""
    flows = load_flows(settings.flows_folder)
    ledger = Ledger(settings.ledger_url)
    budget = redis.Redis.from_url(settings.budget, socket_timeout=5, socket_connect_timeout=5)
    crm = _salesforce(settings.salesforce, budget)
    erp = _netsuite(settings.netsuite, budget)
    pace = Pace(slots=settings.netsuite.slots)
    return Services(
        flows=flows,
        sources={"salesforce": crm.source, "netsuite": erp.source},
        targets={"salesforce": crm.target, "netsuite": erp.target},
        queue=ledger.queue,
        memory=ledger.memory,
        past=ledger.past,
        bell=CeleryBell(app),
        catalogue=Aged(erp.catalogue, now),
        world=_world(settings.netsuite, erp),
        tables=load_tables(settings.flows_folder / "tables"),
        zone=settings.zone,
        clock=now,
        jitter=random.random,
        keeping=LeaseKeeper(ledger.queue, pace.claimed, now),
        keeping_turns=LeaseKeeper(ledger.past, pace.claimed, now),
        pace=pace,
    )


def now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def ears(settings: Settings) -> Changes:
    """Return what hears of Salesforce's changes, for one watch; nothing is called yet."""
    known = settings.salesforce
    budget = redis.Redis.from_url(settings.budget, socket_timeout=5, socket_connect_timeout=5)
    connection = _org(known)
    governor, day = _salesforce_budget(connection, budget)
    return salesforce.listen(connection, governor, day, known.pubsub_address)


def _world(known: NetSuiteSettings, erp: netsuite.NetSuite) -> Callable[[], World]:
    if known.world == "ask":
        return Aged(erp.world, now, WORLD_AGE)
    said = World(known.world, "ISTHMUS_NETSUITE__WORLD says so.")
    return lambda: said


def _salesforce(known: SalesforceSettings, budget: redis.Redis) -> salesforce.Salesforce:
    connection = _org(known)
    governor, day = _salesforce_budget(connection, budget)
    return salesforce.connect(connection, governor, day, bulk_from=known.bulk_from)


def _org(known: SalesforceSettings) -> salesforce.Connection:
    return salesforce.Connection(
        url=known.url,
        client_id=known.client_id,
        client_secret=known.client_secret.get_secret_value() if known.client_secret else None,
        username=known.username,
        private_key=known.private_key_file.read_text() if known.private_key_file else None,
        api_version=known.api_version,
    )


def _salesforce_budget(connection: salesforce.Connection, budget: redis.Redis) -> tuple[Governor, DailyBudget]:
    name = f"salesforce:{connection.host}"
    return Governor(budget, name, SALESFORCE_CALLS), DailyBudget(budget, name)


def _netsuite(known: NetSuiteSettings, budget: redis.Redis) -> netsuite.NetSuite:
    connection = netsuite.Connection(
        url=known.url,
        account=known.account,
        consumer_key=known.consumer_key,
        consumer_secret=known.consumer_secret.get_secret_value(),
        token_id=known.token_id,
        token_secret=known.token_secret.get_secret_value(),
        client_id=known.client_id,
        certificate_id=known.certificate_id,
        private_key=known.private_key_file.read_text() if known.private_key_file else None,
        endpoint=known.endpoint,
    )
    governor = Governor(budget, f"netsuite:{connection.realm}", known.slots, reserve=min(1, known.slots - 1))
    return netsuite.connect(connection, governor, netsuite.Transports(known.transport, known.transports))
