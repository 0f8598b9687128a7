"""Which org does the contract suite run against: the twin, and a real one when its credentials are given?"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import fakeredis
import pytest
import requests

from connectors.governor import DailyBudget, Governor
from connectors.salesforce.connection import Connection
from connectors.salesforce.line import Budgets, Line
from connectors.salesforce.source import Habits, SalesforceSource
from flows.model import Page, Priority, Record
from mappings.language import Flow

ROOT = Path(__file__).resolve().parents[2]
NOW, LATER = Priority.REALTIME, Priority.BATCH
REST, BULK = Habits(bulk_from=10**9, page=3), Habits(bulk_from=0, sheet=3)
MARK = f"Isthmus {uuid.uuid4().hex[:12]}"
NAMES = (f'{MARK} O\'Neil & "Söhne"', f"{MARK}, two\nlines", f"{MARK} 日本\u2028x")


@dataclass(frozen=True)
class Side:
    """One end of a flow, as the connector reads it."""

    cursor: str = "SystemModstamp"
    where: Mapping[str, bool | int | str] = field(default_factory=dict)
    key: str = "Id"
    version: str | None = None
    object: str = "Opportunity"


@dataclass(frozen=True)
class Paths:
    """What a mapping reads."""

    own: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Declared:
    """As much of a flow as a connector asks for."""

    source: Side
    target: Side
    read: Paths
    gone: Mapping[str, object] = field(default_factory=dict)

    def paths(self) -> Paths:
        return self.read


def flow(where: Mapping[str, bool | int | str], target: Side | None = None) -> Flow:
    """Return a flow of opportunities with parents over two levels, and with lines."""
    own = ("Id", "Name", "Amount", "CloseDate", "IsWon", "Probability", "Account.Name", "Account.Parent.Name")
    children = {"OpportunityLineItems": ("Id", "Quantity", "UnitPrice", "SortOrder", "Product2.ProductCode")}
    return cast("Flow", Declared(Side(where=where), target or Side(), Paths(own, children)))


WON = flow({"StageName": "Closed Won", "Type": MARK})


@dataclass(frozen=True)
class Org:
    """An org under test; `control` is the twin's steering, None for a real org."""

    connection: Connection
    control: str | None

    def line(self) -> Line:
        redis: Any = fakeredis.FakeRedis()
        return Line(self.connection, Budgets(Governor(redis, "org", 20), DailyBudget(redis, "org", share=0.99)))

    def arm(self, **fault: object) -> None:
        if self.control is None:
            pytest.skip("a real org does not fail on command")
        requests.delete(f"{self.control}/_twin/faults", timeout=5).raise_for_status()
        requests.post(f"{self.control}/_twin/faults", json=fault, timeout=5).raise_for_status()


def serve(kind: str, folder: Path) -> Iterator[Org]:
    """Yield the `real` org, or a `twin` whose state lies in the folder."""
    if kind == "real":
        yield Org(_real(), None)
        return
    twin = ["-m", "sandbox", "serve", "--salesforce-port", "0", "--netsuite-port", "0", "--latency", "off"]
    files = ["--state", str(folder), "--env-file", str(folder / "env")]
    with subprocess.Popen([sys.executable, *twin, *files], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        known = _announced(process, folder / "env")
        connection = Connection(known["SF_URL"], known["SF_CLIENT_ID"], known["SF_CLIENT_SECRET"], timeout=(2, 2))
        key = Path(known["SF_JWT_KEY_FILE"]).read_text()
        yield Org(replace(connection, username=known["SF_USERNAME"], private_key=key), known["SF_URL"])
        process.terminate()


def _announced(process: subprocess.Popen[str], file: Path) -> dict[str, str]:
    """Return what the twins write down, once both have said that they are ready."""
    assert process.stdout is not None
    for _ in range(2):
        assert process.stdout.readline().startswith("ready ")
    end = time.monotonic() + 10
    while not file.exists() and time.monotonic() < end:
        threading.Event().wait(0.02)
    pairs = (line.partition("=") for line in file.read_text().splitlines())
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def _real() -> Connection:
    environment = os.environ  # noqa: TID251 — credentials of a real org reach the suite by no other way
    known = {name: environment.get(f"ISTHMUS_TEST_SALESFORCE_{name}") for name in ("URL", "CLIENT_ID", "CLIENT_SECRET")}
    if not all(known.values()):
        pytest.skip("no real org: set ISTHMUS_TEST_SALESFORCE_URL, _CLIENT_ID and _CLIENT_SECRET")
    return Connection(str(known["URL"]), str(known["CLIENT_ID"]), known["CLIENT_SECRET"])


def fill(org: Org) -> Sequence[str]:
    """Make seven won opportunities, the first with two lines, the last without account and lines; and a lost one."""
    line = org.line()
    (parent,) = create(line, "Account", [{"Name": f"{MARK} parent"}])
    accounts = create(line, "Account", [{"Name": name, "ParentId": parent} for name in NAMES[:2]])
    accounts += create(line, "Account", [{"Name": NAMES[2]}])
    book, sold = priced(line)
    plain = {"StageName": "Closed Won", "CloseDate": "2026-03-01", "Type": MARK, "Pricebook2Id": book}
    wishes = [{**plain, "Name": f"{MARK} {n}", "AccountId": accounts[n % 3]} for n in range(6)]
    wishes += [{**plain, "Name": NAMES[0]}, {**plain, "Name": "lost", "StageName": "Closed Lost"}]
    ids = create(line, "Opportunity", wishes)
    one = {**sold, "Quantity": Decimal("2.50"), "UnitPrice": Decimal("1234.10")}
    create(line, "OpportunityLineItem", [{**one, "OpportunityId": owner} for owner in (ids[0], *ids[:5])])
    return ids


def delete(line: Line, *ids: str) -> None:
    """Put records into the recycle bin."""
    answers = line.change("DELETE", f"composite/sobjects?ids={','.join(ids)}&allOrNone=true", None, NOW)
    assert all(row["success"] for row in answers), answers


def create(line: Line, kind: str, wishes: Sequence[Mapping[str, object]]) -> list[str]:
    records = [{"attributes": {"type": kind}, **wish} for wish in wishes]
    answers = line.change("POST", "composite/sobjects", {"allOrNone": True, "records": records}, NOW)
    assert all(row["success"] for row in answers), answers
    return [row["id"] for row in answers]


def priced(line: Line) -> tuple[str, dict[str, str]]:
    """Return a price book, and how a line names a product in it."""
    found = line.query("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE", NOW)["records"]
    book = found[0]["Id"] if found else create(line, "Pricebook2", [{"Name": "Standard", "IsActive": True}])[0]
    (product,) = create(line, "Product2", [{"Name": MARK, "ProductCode": 'GTX, "Pro"', "IsActive": True}])
    entry = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": Decimal("9.99"), "IsActive": True}
    return book, {"PricebookEntryId": create(line, "PricebookEntry", [entry])[0], "Product2Id": product}


def read(org: Org, habits: Habits, since: datetime | None = None) -> list[Page]:
    return list(SalesforceSource(org.line(), habits).changed(WON, since))


def records(pages: Sequence[Page]) -> list[Record]:
    return sorted((one for page in pages for one in page.records), key=lambda one: one.id)
