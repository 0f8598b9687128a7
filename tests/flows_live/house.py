"""How do whole flows run in a test? Both real connectors and a real ledger over both twins, without a broker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from connectors import netsuite, salesforce
from connectors.http import exact_text
from connectors.netsuite.catalogue import Aged
from connectors.salesforce.line import Line
from flows.model import Priority, Reading
from ledger.reports import DeliveryReport
from mappings.values import Reference
from tests.contract.salesforce_org import Org, serve
from tests.contract.test_netsuite_places import Open
from tests.sandbox.netsuite_twin import Twin, running
from tests.unit.core_stage import Stage

NOW = Priority.REALTIME
CONVERT = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com">
<e:Header><p:SessionHeader><p:sessionId>{token}</p:sessionId></p:SessionHeader></e:Header>
<e:Body><p:convertLead><p:leadConverts>{wish}</p:leadConverts></p:convertLead></e:Body></e:Envelope>"""
ORDERS = "/services/rest/record/v1/salesOrder"


@dataclass
class House:
    """Both twins with everything between them."""

    erp: Twin
    org: Org
    line: Line
    stage: Stage

    def make(self, kind: str, *wishes: Mapping[str, object]) -> list[str]:
        """Create records in Salesforce and return their ids."""
        return self._write("POST", [{"attributes": {"type": kind}, **wish} for wish in wishes])

    def edit(self, kind: str, record_id: str, **fields: object) -> None:
        """Change a record in Salesforce, a moment after the last change: its versions are whole seconds."""
        requests.post(f"{self.org.control}/_twin/clock", json={"advance": 2}, timeout=10).raise_for_status()
        self._write("PATCH", [{"attributes": {"type": kind}, "id": record_id, **fields}])

    def delete(self, *ids: str) -> None:
        """Put records into Salesforce's recycle bin."""
        self.line.change("DELETE", f"composite/sobjects?ids={','.join(ids)}&allOrNone=true", None, NOW)

    def convert(self, lead: str) -> str:
        """Convert a lead without a deal, as the partner API does it, and return its account."""
        token = self.line.sign_in.token()
        wish = "<p:convertedStatus>Closed - Converted</p:convertedStatus>"
        wish += f"<p:doNotCreateOpportunity>true</p:doNotCreateOpportunity><p:leadId>{lead}</p:leadId>"
        text = CONVERT.format(token=token.value, wish=wish)
        address = f"{token.instance}/services/Soap/u/66.0"
        answer = requests.post(
            address, text.encode(), headers={"Content-Type": "text/xml", "SOAPAction": '""'}, timeout=10
        )
        assert "<success>true</success>" in answer.text, answer.text
        return answer.text.split("<accountId>")[1].split("<")[0]

    def crm(self, soql: str) -> list[Any]:
        """Return what Salesforce answers to a query."""
        found: list[Any] = self.line.query(soql, NOW)["records"]
        return found

    def books(self, query: str) -> list[dict[str, Any]]:
        """Return what NetSuite answers to a SuiteQL query."""
        answer = self.erp.ask(query)
        assert answer.status_code == requests.codes.ok, answer.text
        rows: list[dict[str, Any]] = answer.json()["items"]
        return rows

    def record(self, kind: str, target_id: str) -> dict[str, Any]:
        """Return a NetSuite record whole."""
        answer = self.erp.record("GET", f"{kind}/{target_id}?expandSubResources=true")
        assert answer.status_code == requests.codes.ok, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def change(self, kind: str, target_id: str, body: Mapping[str, object], *, replace_: str = "") -> None:
        """Change a NetSuite record, as finance does."""
        query = f"?replace={replace_}" if replace_ else ""
        answer = self.erp.record("PATCH", f"{kind}/{target_id}{query}", body)
        assert answer.status_code == requests.codes.no_content, answer.text

    def found(self, kind: str, body: Mapping[str, object]) -> str:
        """Create a NetSuite record, as finance does, and return its id."""
        answer = self.erp.record("POST", kind, body)
        assert answer.status_code == requests.codes.no_content, answer.text
        return answer.headers["Location"].rsplit("/", 1)[1]

    def become(self, kind: str, target_id: str, what: str, body: Mapping[str, object] | None = None) -> str:
        """Transform a NetSuite record (fulfil, bill, pay) and return the new one's id."""
        answer = self.erp.record("POST", f"{kind}/{target_id}/!transform/{what}", dict(body or {}))
        assert answer.status_code == requests.codes.no_content, answer.text
        return answer.headers["Location"].rsplit("/", 1)[1]

    def run(self, *flows: str, reading: Reading = Reading.CHANGES) -> None:
        """Capture flows, one after the other, each to its end."""
        for flow in flows:
            self.stage.capture(flow, reading)
            self.stage.work(4)
            self.stage.passes(seconds=60)
            self.stage.work(2)

    def letters(self, flow: str | None = None) -> Sequence[DeliveryReport]:
        """Return the dead letters."""
        return self.stage.ledger.reports.dead_letters(flow, None, None)

    def bound(self, flow: str, source_id: str) -> str:
        """Return where a record is bound to."""
        reference = Reference(flow, source_id)
        found = self.stage.ledger.memory.bindings([reference])
        assert reference in found, [(one.code, one.message, one.field) for one in self.letters(flow)]
        return found[reference].target_id

    def _write(self, method: str, records: list[dict[str, object]]) -> list[str]:
        answers = self.line.change(method, "composite/sobjects", {"allOrNone": True, "records": records}, NOW)
        assert all(row["success"] for row in answers), exact_text(answers)
        return [row["id"] for row in answers]


@contextmanager
def opened(folder: Path, transport: Any = "soap") -> Iterator[House]:
    """Open a house with empty books; the clock is the real one, moved on by a test where something waits."""
    (folder / "crm").mkdir()
    orgs = serve("twin", folder / "crm")
    org = next(orgs)
    try:
        with running(folder / "erp") as erp:
            yield _house(erp, org, folder, transport)
    finally:
        next(orgs, None)


def _house(erp: Twin, org: Org, folder: Path, transport: Any) -> House:
    keys = erp.keys
    tokens = (keys.consumer_key, keys.consumer_secret, keys.token_id, keys.token_secret)
    connection = netsuite.Connection(erp.url, keys.account, *tokens)
    finance = netsuite.connect(connection, Open(), netsuite.Transports(transport))
    line = org.line()
    sales = salesforce.connect(org.connection, Open(), _Day())
    stage = Stage(folder)
    stage.now = datetime.now(UTC)
    stage.services = replace(
        stage.services,
        sources={"salesforce": sales.source, "netsuite": finance.source},
        targets={"salesforce": sales.target, "netsuite": finance.target},
        catalogue=Aged(finance.catalogue, lambda: stage.now),
    )
    return House(erp, org, line, stage)


class _Day:
    """A day whose calls never end."""

    def admit(self, priority: Priority) -> None:
        assert priority

    def learn(self, limit_info: str) -> None:
        assert limit_info is not None

    def spent(self) -> None:
        raise AssertionError("the twin's day ended")


def total(rows: Sequence[Mapping[str, Any]], name: str) -> Decimal:
    """Return a column's sum."""
    return sum((Decimal(str(row[name] or 0)) for row in rows), Decimal())
