"""Does a contract's subscription follow Salesforce where an account sells by subscriptions: made, renewed, amended, once?"""

from __future__ import annotations

from typing import Any

import pytest

from flows.model import Reading
from tests.contract.test_renewals import Companies, both, contract, renewal

__all__ = ["both", "contract"]  # fixtures that are used here as well
RENEWALS, AMENDMENTS = "renewal_to_subscription", "amendment_to_subscription"


def _post(both: Companies, kind: str, **body: Any) -> str:
    answer = both.erp.record("POST", kind, body)
    assert answer.status_code == 204, answer.text
    return answer.headers["Location"].rsplit("/", 1)[1]


def _read(both: Companies, path: str) -> Any:
    return both.erp.record("GET", f"{path}?expandSubResources=true&simpleEnumFormat=true").json()


def _plan(both: Companies) -> tuple[str, str]:
    """Make a plan of one monthly service at 10 each, and its price book."""
    members = [{"item": {"id": "7"}, "isRequired": True, "subscriptionLineType": "2"}]
    plan = _post(both, "subscriptionPlan", itemId="CARE", initialTerm={"id": 1}, member={"items": members})
    tiers = [{"fromVal": 0, "pricingOption": {"id": "-101"}, "value": 10}]
    prices = _post(both, "pricePlan", currency={"id": "1"}, pricePlanType="2", priceTiers={"items": tiers})
    interval = {
        "subscriptionPlanLineNumber": 1,
        "pricePlan": {"id": prices},
        "frequency": "MONTHLY",
        "repeatEvery": "1",
    }
    book = {"subscriptionPlan": {"id": plan}, "name": "Standard", "priceInterval": {"items": [interval]}}
    return plan, _post(both, "priceBook", **book)


@pytest.fixture
def care(both: Companies, contract: dict[str, str]) -> str:
    """Let the account sell by subscriptions, one of them older than us; the contract is for the plan `Care`."""
    plan, book = _plan(both)
    own = {"customer": {"id": "501"}, "subscriptionPlan": {"id": plan}, "priceBook": {"id": book}}
    elder = _post(both, "subscription", **own, initialTerm={"id": 1}, startDate="2025-01-01", externalId="ELDER")
    now = both.stage.services.clock()
    for table, number in (("subscription_plan", plan), ("price_book", book)):
        both.stage.ledger.memory.set_override(table, "Care", number, "ann", now)
    both.changed("Contract", contract["contract"], NetSuite_Plan__c="Care")
    return elder


def _carried(both: Companies, flow: str, number: str) -> None:
    """Carry a record, and all that it waits behind."""
    both.stage.capture(flow, Reading.NAMED, number)
    both.stage.work(12)


def amendment(both: Companies, known: dict[str, str], quantity: int) -> str:
    own = {"Type": "Amendment", "StageName": "Closed Won", "CloseDate": "2026-07-01", "Name": "Other seats"}
    number = both.made("Opportunity", **own, AccountId=known["account"], ContractId=known["contract"])
    both.changed("Opportunity", number, Pricebook2Id=known["book"])
    line = {"PricebookEntryId": known["entry"], "Quantity": quantity, "UnitPrice": 10, "NetSuite_Line_ID__c": "1"}
    both.made("OpportunityLineItem", OpportunityId=number, **line)
    return number


@pytest.mark.usefixtures("care")
def test_a_renewal_brings_its_subscription_along_and_extends_it_once(both: Companies, contract: dict[str, str]) -> None:
    first = renewal(both, contract)
    _carried(both, RENEWALS, first)
    made = both.asked(f"SELECT id FROM subscription WHERE externalid = 'SF-SUB-{contract['contract']}'")
    whole = _read(both, f"subscription/{made[0]['id']}")
    assert (whole["startDate"], whole["endDate"]) == ("2026-01-01", "2027-12-31")
    assert both.stage.states(RENEWALS) == {"delivered": 1}
    second = renewal(both, contract)
    _carried(both, RENEWALS, second)
    assert both.letters()[second].code == "RENEWAL_CONFLICT"
    both.changed("Opportunity", first, Name="Another name")
    _carried(both, RENEWALS, first)
    assert _read(both, f"subscription/{made[0]['id']}")["endDate"] == "2027-12-31"
    assert len(both.asked("SELECT id FROM subscriptionchangeorder")) == 1
    assert both.asked("SELECT COUNT(*) AS n FROM transaction WHERE type = 'SalesOrd'") == [{"n": "0"}]


def test_an_elder_subscription_is_extended_where_the_contract_names_it(
    both: Companies, contract: dict[str, str], care: str
) -> None:
    both.changed("Contract", contract["contract"], NetSuite_Internal_ID__c=care)
    _carried(both, RENEWALS, renewal(both, contract))
    assert _read(both, f"subscription/{care}")["endDate"] == "2027-12-31"
    assert len(both.asked("SELECT id FROM subscription")) == 1


@pytest.mark.usefixtures("care")
def test_more_and_fewer_are_intervals_to_the_same_end(both: Companies, contract: dict[str, str]) -> None:
    more = amendment(both, contract, 17)
    _carried(both, AMENDMENTS, more)
    _carried(both, AMENDMENTS, amendment(both, contract, 3))
    made = both.asked(f"SELECT id FROM subscription WHERE externalid = 'SF-SUB-{contract['contract']}'")
    whole = _read(both, f"subscription/{made[0]['id']}")
    assert [row["quantity"] for row in whole["priceInterval"]["items"]] == [1, 17, 3]
    assert whole["endDate"] == "2026-12-31"
    (line,) = both.crm.found(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{more}'")
    both.changed("OpportunityLineItem", line["Id"], Quantity=18)
    both.changed("Opportunity", more, NextStep="touched")
    _carried(both, AMENDMENTS, more)
    assert both.letters()[more].code == "ALREADY_CARRIED_OUT"


def test_an_account_of_orders_gets_no_subscription(both: Companies, contract: dict[str, str]) -> None:
    _carried(both, RENEWALS, renewal(both, contract))
    assert both.stage.states(RENEWALS) == {"filtered": 1}
    _carried(both, "amendment_to_sales_order", amendment(both, contract, 5))
    days = "TO_CHAR(revrecstartdate, 'YYYY-MM-DD') AS first, TO_CHAR(revrecenddate, 'YYYY-MM-DD') AS last"
    lines = both.asked(f"SELECT {days} FROM transactionline WHERE mainline = 'F' AND revrecstartdate IS NOT NULL")
    assert lines == [{"first": "2026-07-01", "last": "2026-12-31"}]


def test_plans_without_a_subscription_leave_it_open(both: Companies, contract: dict[str, str]) -> None:
    assert both.stage.services.world().name == "orders"
    _plan(both)
    assert both.stage.services.world().name == ""
    _carried(both, RENEWALS, renewal(both, contract))
    assert both.stage.states(RENEWALS) == {"waiting": 1}
    assert both.stage.ledger.memory.pauses() == {}
