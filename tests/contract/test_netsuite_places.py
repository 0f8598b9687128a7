"""Against which NetSuite accounts are the connector's promises tested, and do they let us in? A twin, and a real one.

A real account is used when ISTHMUS_TEST_NETSUITE_URL is set, with _ACCOUNT, _CONSUMER_KEY, _CONSUMER_SECRET,
_TOKEN_ID, _TOKEN_SECRET, _SUBSIDIARY (an internal id) and _ITEM (the name of an active item) beside it; it keeps what
the tests write.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

import pytest
import requests

from connectors.http import session
from connectors.netsuite.connection import Connection, Line
from connectors.netsuite.rest import Rest
from connectors.netsuite.soap import Soap
from connectors.netsuite.source import NetSuiteSource
from connectors.netsuite.suiteql import SuiteQl
from connectors.netsuite.target import NetSuiteTarget
from connectors.netsuite.wire import Wire
from flows.model import Priority
from mappings.language import Flow
from mappings.rules import Rule
from mappings.values import Payload, Ref
from tests.sandbox.netsuite_contract import CONTRACT, violations

ROOT = Path(__file__).parents[2]
NAMES = ("URL", "ACCOUNT", "CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET")
SERVE = """
import sys
from pathlib import Path
from sandbox.netsuite.serve import Manner, run
manner = Manner(wsdl=Path(sys.argv[2]) if sys.argv[2:] else None)
run("127.0.0.1", 0, Path(sys.argv[1]), latency="off", seed="contract", manner=manner)
"""
ITEMS = [
    {"type": "serviceSaleItem", "record": {"itemId": "SVC-1", "displayName": "Help", "basePrice": "100.00"}},
    {"type": "nonInventorySaleItem", "record": {"itemId": "OLD-1", "basePrice": "1", "isInactive": True}},
]
Transport = Literal["soap", "rest"]


@dataclass(frozen=True)
class End:
    system: str
    object: str
    key: str = "externalId"
    version: str = ""
    cursor: str = "lastmodifieddate"
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Paths:
    own: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Declared:
    """As much of a flow as a connector looks at."""

    flow: str
    source: End
    target: End
    own: tuple[str, ...] = ()
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gone: Mapping[str, Rule] = field(default_factory=dict)
    fields: Mapping[str, Rule] = field(default_factory=lambda: {"externalId": Rule(**{"from": "id"})})

    def paths(self) -> Paths:
        return Paths(self.own, self.children)


def declared(kind: str, version: str, *own: str, **more: Any) -> Flow:
    ends = End("netsuite", kind, **more.pop("source", {})), End("netsuite", kind, version=version)
    return cast("Flow", Declared("contract", *ends, own, **more))


CUSTOMERS = declared("customer", "custentity_sf_version")
ORDER_COLUMNS = ("id", "tranid", "status", "custbody_sf_opportunity_id", "trandate")
ORDERS = declared("salesOrder", "custbody_sf_version", *ORDER_COLUMNS)


class Open:
    """A budget that lets everything through and counts refusals."""

    refusals = 0

    @contextmanager
    def slot(self, priority: Priority, wait: float) -> Iterator[None]:
        assert priority
        assert wait > 0
        yield

    def refused(self) -> None:
        self.refusals += 1


@dataclass(frozen=True)
class Place:
    """An account to test against; `twin` is the address of its control API, empty for a real one."""

    connection: Connection
    subsidiary: str
    item: str
    twin: str = ""

    def arm(self, **fault: object) -> None:
        if not self.twin:
            pytest.skip("a real account has no faults to arm")
        requests.post(f"{self.twin}/_twin/faults", json={"times": 1} | fault, timeout=5).raise_for_status()


@contextmanager
def place_of(name: str, folder: Path) -> Iterator[Place]:
    """Give the twin or the real account; skips aloud where there is none."""
    if name == "real":
        yield _real()
    else:
        with _twin(folder) as opened:
            yield opened


def _real() -> Place:
    around = os.environ  # noqa: TID251 — only the caller of the tests can name a real account
    given = {name: around.get(f"ISTHMUS_TEST_NETSUITE_{name}", "") for name in (*NAMES, "SUBSIDIARY", "ITEM")}
    if not all(given.values()):
        pytest.skip("no real account: set ISTHMUS_TEST_NETSUITE_URL and the names beside it")
    url, account, key, key_secret, token, token_secret = (given[name] for name in NAMES)
    return Place(Connection(url, account, key, key_secret, token, token_secret), given["SUBSIDIARY"], given["ITEM"])


@contextmanager
def _twin(folder: Path) -> Iterator[Place]:
    pytest.importorskip("sandbox.netsuite.serve", reason="the NetSuite twin is not here")
    credentials = pytest.importorskip("sandbox.twin.credentials")
    command = [sys.executable, "-c", SERVE, str(folder), *([str(CONTRACT)] if CONTRACT else [])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as twin:
        try:
            assert twin.stdout is not None
            url = twin.stdout.readline().split()[-1]
            loaded = "\n".join(map(json.dumps, ITEMS))
            requests.post(f"{url}/_twin/load", data=loaded, timeout=5).raise_for_status()
            keys: Any = credentials.netsuite("contract", folder)
            passport = (keys.consumer_key, keys.consumer_secret, keys.token_id, keys.token_secret)
            pem = credentials.netsuite_key_file(folder).read_text("utf-8")
            machine = {"client_id": keys.client_id, "certificate_id": keys.certificate_id, "private_key": pem}
            yield Place(Connection(url, keys.account, *passport, **machine), "1", "SVC-1", url)
            told = violations(url)
            assert not told, told
        finally:
            twin.terminate()


@dataclass(frozen=True)
class Opened:
    place: Place
    target: NetSuiteTarget
    source: NetSuiteSource
    suiteql: SuiteQl
    soap: Soap
    budget: Open

    def count(self, query: str) -> int:
        return int(next(iter(self.suiteql.rows(query, Priority.BATCH)[0].values())))


@contextmanager
def opening(place: Place, transport: Transport) -> Iterator[Opened]:
    with session(place.connection.timeout) as line_session:
        budget = Open()
        line = Line(place.connection, line_session, budget, time.time)
        wire = Wire(line)
        suiteql = SuiteQl(wire)
        soap = Soap(line)
        target = NetSuiteTarget(soap, Rest(wire), suiteql, default=transport)
        yield Opened(place, target, NetSuiteSource(suiteql), suiteql, soap, budget)


def customer(place: Place, key: str, version: str = "v1") -> Payload:
    address = {"country": "US", "addr1": "1 Main St", "city": "Springfield", "state": "IL", "zip": "62701"}
    entry = {"defaultBilling": True, "defaultShipping": True, "label": "Main", "addressBookAddress": address}
    fields: dict[str, Any] = {
        "companyName": f"Ünicode & Söhne {key}",
        "isPerson": False,
        "subsidiary": Ref(place.subsidiary),
        "addressBook": {"items": [entry]},
        "custentity_sf_version": version,
    }
    return Payload(key, fields, ())


def order(place: Place, key: str, entity: str, item: str) -> Payload:
    line = {"item": Ref(item), "quantity": Decimal("2.5"), "price": Ref("-1"), "rate": Decimal("10.10")}
    fields: dict[str, Any] = {
        "entity": Ref(entity),
        "subsidiary": Ref(place.subsidiary),
        "tranDate": date(2026, 3, 1),
        "memo": "contract",
        "orderStatus": Ref("A"),
        "billingAddress": {"country": "NO", "addr1": "Karl Johans gate 1", "city": "Oslo"},
        "custbody_sf_opportunity_id": key,
        "custbody_sf_version": "2026-03-01T00:00:00.000Z",
        "item": {"items": [line, {**line, "quantity": Decimal(1), "custcol_sf_line_id": "00k"}]},
    }
    return Payload(key, fields, ())


@pytest.mark.parametrize("name", ["twin", "real"])
def test_the_account_lets_us_in_and_its_clock_is_near_ours(name: str, tmp_path: Path) -> None:
    with place_of(name, tmp_path) as place, opening(place, "soap") as opened:
        told = opened.soap.server_time(Priority.REALTIME)
        assert abs(datetime.now(UTC) - told) < timedelta(minutes=5)
        assert opened.count("SELECT COUNT(*) AS n FROM item") > 0
