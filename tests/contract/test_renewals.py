"""Does a renewal travel from Salesforce to NetSuite by real connectors, in the world that the account itself shows?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from connectors import netsuite, salesforce
from connectors.governor import DailyBudget, Governor
from flows.model import Reading
from mappings.values import Reference
from tests.contract.test_netsuite_places import Open
from tests.sandbox import salesforce_api
from tests.sandbox.netsuite_twin import Twin as NetSuiteTwin
from tests.sandbox.netsuite_twin import running
from tests.sandbox.salesforce_api import Twin as SalesforceTwin
from tests.unit.core_stage import Stage

RENEWALS, CHECK = "renewal_to_sales_order", "revenue_recognition"
LICENCE = {
    "id": "70", "itemId": "LIC-1", "basePrice": "100.00", "revenueRecognitionRule": {"id": "2"},
    "deferredRevenueAccount": {"id": "7"}, "createRevenuePlansOn": {"id": "-1"},
}  # fmt: skip


@dataclass
class Companies:
    """Both systems, and the core between them."""

    crm: SalesforceTwin
    erp: NetSuiteTwin
    stage: Stage

    def made(self, kind: str, **fields: Any) -> str:
        answer = self.crm.call("POST", f"sobjects/{kind}", json=fields)
        assert answer.ok, answer.text
        return str(answer.json()["id"])

    def changed(self, kind: str, number: str, **fields: Any) -> None:
        answer = self.crm.call("PATCH", f"sobjects/{kind}/{number}", json=fields)
        assert answer.ok, answer.text

    def carry(self, flow: str, *ids: str) -> None:
        self.stage.capture(flow, Reading.NAMED, *ids)
        self.stage.work(5)

    def asked(self, query: str) -> list[dict[str, str]]:
        answer = self.erp.ask(query)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]  # type: ignore[no-any-return] # rows of text

    def letters(self) -> dict[str, Any]:
        return {one.source_id: one for one in self.stage.ledger.reports.dead_letters(None, None, None)}


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Companies]:
    with ExitStack() as stack:
        crm = stack.enter_context(salesforce_api.in_process(tmp_path))
        erp = stack.enter_context(running(tmp_path))
        assert erp.load([{"type": "serviceSaleItem", "record": LICENCE}]).status_code == 200
        yield Companies(crm, erp, _stage(crm, erp, tmp_path))


def _stage(crm: SalesforceTwin, erp: NetSuiteTwin, folder: Path) -> Stage:
    redis: Any = fakeredis.FakeRedis()
    known = salesforce.Connection(crm.url, crm.known.client_id, crm.known.client_secret)
    here = salesforce.connect(known, Governor(redis, "org", 20), DailyBudget(redis, "org", share=0.99))
    keys = erp.keys
    tokens = (keys.consumer_key, keys.consumer_secret, keys.token_id, keys.token_secret)
    there = netsuite.connect(netsuite.Connection(erp.url, keys.account, *tokens), Open(), netsuite.Transports())
    stage = Stage(folder)
    stage.services = replace(
        stage.services,
        sources={"salesforce": here.source, "netsuite": there.source},
        targets={"salesforce": here.target, "netsuite": there.target},
        catalogue=there.catalogue,
        world=there.world,
        clock=lambda: datetime.now(UTC),
    )
    return stage


@pytest.fixture
def contract(both: Companies) -> dict[str, str]:
    """A customer with a running contract, and a product to renew."""
    account = both.made("Account", Name="Acme Renewing", BillingCountry="United States")
    fields = {"AccountId": account, "StartDate": "2026-01-01", "ContractTerm": 12, "Status": "Draft"}
    number = both.made("Contract", **fields)
    both.changed("Contract", number, Status="Activated")
    book = both.crm.found("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE")[0]["Id"]
    product = both.made("Product2", Name="Licence", ProductCode="LIC-1", IsActive=True)
    entry = both.made("PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=100, IsActive=True)
    return {"account": account, "contract": number, "book": book, "entry": entry}


def renewal(both: Companies, known: dict[str, str], **fields: Any) -> str:
    own = {
        "Name": "Renewal 2027", "AccountId": known["account"], "ContractId": known["contract"], "Type": "Renewal",
        "StageName": "Renewal", "CloseDate": "2026-11-20", "Pricebook2Id": known["book"],
    }  # fmt: skip
    number = both.made("Opportunity", **(own | fields))
    line = {"OpportunityId": number, "PricebookEntryId": known["entry"], "Quantity": 12, "UnitPrice": 100}
    both.made("OpportunityLineItem", **line)
    both.made("OpportunityLineItem", **(line | {"Quantity": 2, "UnitPrice": 46.05, "ServiceDate": "2027-07-01"}))
    return number


def test_a_renewal_is_ordered_once_for_its_term_and_its_revenue_is_planned_as_expected(
    both: Companies, contract: dict[str, str]
) -> None:
    first = renewal(both, contract)
    both.carry(RENEWALS, first)
    key = f"SF-REN-{contract['contract']}-2027-01-01"
    (order,) = both.asked(f"SELECT id, foreigntotal FROM transaction WHERE externalid = '{key}'")
    assert order["foreigntotal"] == "1292.1"
    days = "TO_CHAR(revrecstartdate, 'YYYY-MM-DD') AS first, TO_CHAR(revrecenddate, 'YYYY-MM-DD') AS last"
    lines = both.asked(f"SELECT {days} FROM transactionline WHERE transaction = {order['id']} AND mainline = 'F'")
    assert lines == [{"first": "2027-01-01", "last": "2027-12-31"}, {"first": "2027-07-01", "last": "2027-12-31"}]

    second = renewal(both, contract, Name="The same again")
    both.carry(RENEWALS, second)
    assert (both.letters()[second].code, both.letters()[second].candidates) == ("RENEWAL_CONFLICT", (first,))
    assert both.asked("SELECT COUNT(*) AS n FROM transaction WHERE type = 'SalesOrd'") == [{"n": "1"}]

    assert both.erp.record("PATCH", f"salesOrder/{order['id']}", {"orderStatus": {"id": "B"}}).status_code == 204
    both.carry(CHECK, order["id"])
    assert both.stage.states(CHECK) == {"delivered": 1}
    plans = both.asked(f"SELECT SUM(amount) AS total FROM revenueplan WHERE sourcetransaction = {order['id']}")
    assert plans == [{"total": "1292.1"}]


def test_a_renewal_that_is_lost_closes_its_lines_and_an_approved_one_is_left_alone(
    both: Companies, contract: dict[str, str]
) -> None:
    first = renewal(both, contract)
    both.carry(RENEWALS, first)
    (order,) = both.asked("SELECT id FROM transaction WHERE type = 'SalesOrd'")
    closed = f"SELECT isclosed FROM transactionline WHERE transaction = {order['id']} AND mainline = 'F'"
    both.changed("Opportunity", first, StageName="Closed Lost")
    both.carry(RENEWALS, first)
    assert [row["isclosed"] for row in both.asked(closed)] == ["T", "T"]
    both.changed("Opportunity", first, StageName="Renewal", Name="Back again")
    both.carry(RENEWALS, first)
    assert [row["isclosed"] for row in both.asked(closed)] == ["F", "F"]
    assert both.erp.record("PATCH", f"salesOrder/{order['id']}", {"orderStatus": {"id": "B"}}).status_code == 204
    both.changed("Opportunity", first, Name="Too late")
    both.carry(RENEWALS, first)
    assert both.letters()[first].code == "CHANGE_ORDER_NEEDED"


def test_only_renewals_are_renewed(both: Companies, contract: dict[str, str]) -> None:
    plain = renewal(both, contract, Type="New Customer")
    early = renewal(both, contract, StageName="Prospecting")
    won = renewal(both, contract, StageName="Closed Won")
    assert both.stage.capture(RENEWALS).read == 1
    renewal(both, contract, StageName="Closed Won", Type=None)
    renewal(both, contract, StageName="Closed Won", Type="New Customer")
    assert both.stage.capture("opportunity_to_sales_order").read == 2
    both.carry(RENEWALS, plain, early)
    assert both.stage.states(RENEWALS) == {"filtered": 2, "delivered": 1}
    assert list(both.stage.ledger.memory.bindings({Reference(RENEWALS, won)}))
