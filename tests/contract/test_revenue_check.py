"""Does the nightly check find what NetSuite plans wrongly, say it to the cent, and clear it when it is mended?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import netsuite
from flows.catalogue import kinds
from flows.model import Reading
from ledger.stories import Stories
from mappings.values import Reference
from tests.contract.test_netsuite_places import Open
from tests.sandbox.netsuite_twin import Twin, order, running
from tests.unit.core_stage import Stage

CHECK = "revenue_recognition"
EVEN, EXACT_DAYS, ON_BILLING = {"id": "1"}, {"id": "2"}, {"id": "-2"}
TERM = {"revRecStartDate": "2026-01-15", "revRecEndDate": "2026-04-14"}


def item(number: int, **fields: Any) -> dict[str, Any]:
    own = {"id": str(number), "itemId": f"LIC-{number}", "basePrice": "100.00", "createRevenuePlansOn": {"id": "-1"}}
    usual = {"revenueRecognitionRule": EXACT_DAYS, "deferredRevenueAccount": {"id": "7"}}
    return {"type": "serviceSaleItem", "record": own | usual | fields}


ITEMS = [
    item(70),
    item(71, revenueRecognitionRule=EVEN, createRevenuePlansOn=ON_BILLING),
    item(72, deferredRevenueAccount=None),
    {"type": "discountItem", "record": {"id": "20", "itemId": "TEN-OFF", "rate": "-10.0%"}},
]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        assert one.load(ITEMS).status_code == 200
        yield one


@pytest.fixture
def stage(twin: Twin, tmp_path: Path) -> Stage:
    keys = twin.keys
    tokens = (keys.consumer_key, keys.consumer_secret, keys.token_id, keys.token_secret)
    erp = netsuite.connect(netsuite.Connection(twin.url, keys.account, *tokens), Open(), netsuite.Transports())
    made = Stage(tmp_path)
    made.services = replace(
        made.services,
        sources={"netsuite": erp.source},
        targets={"netsuite": erp.target},
        clock=lambda: datetime.now(UTC),
    )
    return made


def line(number: int, rate: str, **fields: Any) -> dict[str, Any]:
    return {"item": {"id": str(number)}, "quantity": 1, "rate": rate, "price": {"id": "-1"}, **fields}


def approved(twin: Twin, name: str, *lines: dict[str, Any], **fields: Any) -> str:
    body = order(*lines, externalId=f"SF-OPP-{name}", orderStatus={"id": "B"}, **fields)
    answer = twin.record("POST", "salesOrder", body)
    assert answer.status_code == 204, answer.text
    return answer.headers["Location"].rsplit("/", 1)[1]


def checked(stage: Stage, order_id: str) -> dict[str, Any]:
    """Check one order now, and tell how its newest delivery ended."""
    stage.capture(CHECK, Reading.NAMED, order_id)
    stage.work(2)
    told = Stories(stage.ledger.engine, kinds(stage.services.flows.values())).trace(order_id).deliveries[-1]
    return {name: getattr(told, name) for name in ("state", "code", "field", "value", "candidates")}


def test_plans_that_are_right_are_delivered_with_discounts_and_all(twin: Twin, stage: Stage) -> None:
    discount = {"item": {"id": "20"}}
    header = {"discountItem": {"id": "20"}, "discountRate": "-33.33"}
    order_id = approved(twin, "right", line(70, "1200.01", **TERM), discount, line(8, "50"), **header)
    assert checked(stage, order_id)["state"] == "delivered"
    (binding,) = stage.ledger.memory.bindings([Reference(CHECK, order_id)]).values()
    assert binding.target_id.isdigit()


def test_a_rule_that_was_changed_afterwards_is_found_and_clears_by_itself(twin: Twin, stage: Stage) -> None:
    order_id = approved(twin, "rule", line(70, "90.00", **TERM))
    assert twin.record("PATCH", "serviceSaleItem/70", {"revenueRecognitionRule": EVEN}).status_code == 204
    try:
        found = checked(stage, order_id)
        assert (found["state"], found["code"], found["field"]) == ("dead", "REVENUE_PLAN_DIFFERS", "Jan 2026")
        assert (found["value"], found["candidates"]) == ("17.00", ("22.50",))
    finally:
        twin.record("PATCH", "serviceSaleItem/70", {"revenueRecognitionRule": EXACT_DAYS})
    assert checked(stage, order_id)["state"] == "delivered"
    assert stage.states(CHECK) == {"delivered": 1, "superseded": 1}


def test_a_line_without_a_plan_is_missed(twin: Twin, stage: Stage) -> None:
    order_id = approved(twin, "missing", line(70, "90.00", doNotCreateRevenueElement=True, **TERM))
    found = checked(stage, order_id)
    assert (found["state"], found["code"], found["candidates"]) == ("dead", "REVENUE_PLAN_MISSING", ("90.00",))


def test_what_is_planned_on_billing_is_expected_as_far_as_it_is_billed(twin: Twin, stage: Stage) -> None:
    order_id = approved(twin, "billing", line(71, "90.00", **(TERM | {"quantity": 4})))
    assert checked(stage, order_id)["state"] == "delivered"
    bill = {"item": {"items": [{"orderLine": 1, "quantity": 1}]}}
    assert twin.record("POST", f"salesOrder/{order_id}/!transform/invoice", bill).status_code == 204
    assert checked(stage, order_id)["state"] == "delivered"
    plans = twin.ask(f"SELECT amount FROM revenueplan WHERE sourcetransaction = {order_id}").json()["items"]
    assert plans == [{"amount": "90"}]


def test_a_line_without_an_end_runs_as_long_as_it_or_its_rule_says(twin: Twin, stage: Stage) -> None:
    begins = {"revRecStartDate": "2026-01-15"}
    assert twin.record("PATCH", "revenueRecognitionRule/3", {"termInMonths": 6}).status_code == 204
    assert twin.load([item(73, revenueRecognitionRule={"id": "3"})]).status_code == 200
    own, of_the_rule = line(70, "90.00", revRecTermInMonths=3, **begins), line(73, "100.00", **begins)
    order_id = approved(twin, "months", own, of_the_rule, line(73, "10.00"))
    assert checked(stage, order_id)["state"] == "delivered"
    last = "SELECT TO_CHAR(MAX(enddate), 'YYYY-MM-DD') AS last FROM revenueplanplannedrevenue"
    plans = f"SELECT id FROM revenueplan WHERE sourcetransaction = {order_id} ORDER BY id"
    found = [
        twin.ask(f"{last} WHERE revenueplan = {one['id']}").json()["items"] for one in twin.ask(plans).json()["items"]
    ]
    assert [one[0]["last"] for one in found][:2] == ["2026-04-14", "2026-07-14"]


def test_what_cannot_be_planned_is_said_before_the_months_end(twin: Twin, stage: Stage) -> None:
    ends_late = TERM | {"revRecEndDate": "2039-12-31"}
    cases = {
        "DEFERRED_ACCOUNT_MISSING": line(72, "90.00", **TERM),
        "REVENUE_RULE_MISSING": line(7, "90.00", **TERM),
        "REVENUE_DATES_MISSING": line(70, "90.00", revRecStartDate="2026-01-15"),
        "INSUFCNT_NUM_PRDS_FOR_REV_REC": line(70, "90.00", **ends_late),
    }
    for code, bad in cases.items():
        found = checked(stage, approved(twin, code.lower().replace("_", "-"), bad))
        assert (found["state"], found["code"]) == ("dead", code)


def test_a_night_reads_every_order_that_earns_and_no_other(twin: Twin, stage: Stage) -> None:
    earning = approved(twin, "night", line(70, "90.00", **TERM))
    approved(twin, "plain", line(8, "50"))
    waiting = twin.record("POST", "salesOrder", order(line(70, "90.00", **TERM), externalId="SF-OPP-waiting"))
    assert waiting.status_code == 204
    tally = stage.capture(CHECK)
    held = twin.ask("SELECT COUNT(*) AS n FROM revenueelement WHERE sourcetransaction = " + earning).json()
    assert held["items"] == [{"n": "1"}]
    assert tally.read == stage.services.sources["netsuite"].total(stage.services.flows[CHECK])
    stage.work(3)
    assert stage.states(CHECK)["delivered"] >= 1
    again = stage.capture(CHECK)
    assert (again.new, again.known) == (tally.read, 0)
