"""Does the reconciliation see every way in which two systems can disagree, and nothing where they agree?"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.balance import Balance, balance
from flows.reconcile import reconcile
from flows.standing import Present
from mappings.language import Flow
from tests.unit.core_stage import CUSTOMERS, ORDERS, Stage, account, deal

ORDER = f"T-SF-OPP-{deal().id}"


class Held:
    """What the target holds, as a test says it."""

    def __init__(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        self.records = records

    def of(self, _flow: Flow) -> Mapping[str, Mapping[str, Any]]:
        return self.records

    def currency(self, _system: str, value: str) -> str:
        return {"1": "USD"}.get(value, value)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.has(CUSTOMERS, account())
    stage.capture(CUSTOMERS)
    stage.work()
    stage.has(ORDERS, deal())
    return stage


def order(**changes: Any) -> dict[str, Any]:
    """Return the order of deal 1 as NetSuite would list it."""
    line = {"line": 1, "item": {"id": "501"}, "quantity": "1", "rate": "50.0", "price": {"id": "-1"},
            "custcol_sf_line_id": "00k000000000001AAA"}  # fmt: skip
    own = {
        "externalId": f"SF-OPP-{deal().id}", "entity": {"id": f"T-SF-ACC-{account().id}"}, "tranDate": "2026-11-20",
        "memo": "Deal 1", "custbody_sf_opportunity_id": deal().id, "item": [line], "total": "50", "currency": {"id": "1"},
    }  # fmt: skip
    return own | changes


def compared(stage: Stage, held: Mapping[str, Mapping[str, Any]], wins: Any = None) -> Balance:
    """Compare the orders, by default without asking whose change stands."""
    flow = stage.services.flows[ORDERS].model_copy(update={"wins": wins})
    return balance(ORDERS, reconcile(flow, stage.services, Held(held)))


def delivered(stage: Stage) -> None:
    stage.capture(ORDERS)
    stage.work()


def test_what_is_at_the_target_as_it_was_sent_agrees_to_the_cent(stage: Stage) -> None:
    delivered(stage)
    found = compared(stage, {ORDER: order()})
    assert (found.source_count, found.target_count, found.unexplained) == (1, 1, 0), found.examples
    assert found.source_total == found.target_total == {"USD": Decimal(50)}


def test_a_dead_letter_is_an_explanation_and_is_counted_by_its_code(stage: Stage) -> None:
    stage.has(ORDERS, deal(sku="GTXPro"))
    delivered(stage)
    found = compared(stage, {})
    assert (found.dead_letters, found.unexplained) == ({"INVALID_SKU": 1}, 0)
    assert (found.target_total, found.held_total) == ({}, {"USD": Decimal(50)})


def test_what_waits_is_told_apart_from_what_is_dead(stage: Stage) -> None:
    stage.capture(ORDERS)
    found = compared(stage, {})
    assert (found.waiting, found.dead_letters, found.unexplained) == ({"pending": 1}, {}, 0)


def test_a_record_that_nobody_has_captured_is_unexplained(stage: Stage) -> None:
    found = compared(stage, {})
    assert [one.code for one in found.examples] == ["NOT_BOUND"]


def test_a_change_that_was_never_captured_is_unexplained(stage: Stage) -> None:
    delivered(stage)
    stage.has(ORDERS, deal(version=2, Name="Renamed"))
    assert [one.code for one in compared(stage, {ORDER: order()}).examples] == ["OLD_VERSION"]


def test_a_target_that_has_gone_is_unexplained(stage: Stage) -> None:
    delivered(stage)
    assert [one.code for one in compared(stage, {}).examples] == ["GONE"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"memo": "Another"}, "memo: sent Deal 1, the target holds Another"),
        ({"entity": {"id": "9"}}, "entity"),
        ({"tranDate": "2026-11-21"}, "tranDate"),
        ({"item": []}, "item.items.count: sent 1, the target holds 0"),
        ({"item": [order()["item"][0] | {"rate": "50.01"}]}, "item.items.0.rate"),
        ({"item": order()["item"] * 2}, "item.items.count"),
    ],
)
def test_a_field_in_which_they_differ_is_named(stage: Stage, change: dict[str, Any], words: str) -> None:
    delivered(stage)
    (found,) = compared(stage, {ORDER: order(**change)}).examples
    assert found.code == "DIFFERS"
    assert words in found.words


def test_a_cent_of_difference_in_the_worth_is_seen(stage: Stage) -> None:
    delivered(stage)
    found = compared(stage, {ORDER: order(total="50.01")})
    assert [one.code for one in found.examples] == ["WORTH_DIFFERS"]
    assert found.source_total != found.target_total


def test_an_account_that_moves_afterwards_leaves_its_orders_as_they_are(stage: Stage) -> None:
    stage.has(ORDERS, deal(Account={"BillingCity": "Austin"}))
    delivered(stage)
    stage.has(ORDERS, deal(Account={"BillingCity": "Buffalo"}))
    held = order(billingAddress={"city": "Austin"})
    assert compared(stage, {ORDER: held}).unexplained == 0
    assert compared(stage, {ORDER: held | {"memo": "Another"}}).unexplained == 1


def test_a_deal_without_an_amount_is_worth_an_order_of_nought_and_no_other(stage: Stage) -> None:
    stage.has(ORDERS, deal(Amount=None))
    delivered(stage)
    assert compared(stage, {ORDER: order(total="0.00")}).unexplained == 0
    assert compared(stage, {ORDER: order()}).unexplained == 1


def test_what_people_changed_there_stands_by_the_flow_s_wins(stage: Stage) -> None:
    delivered(stage)
    rewritten = {ORDER: order(memo="Call first")}
    fields = stage.target.held[ORDER.removeprefix("T-")].fields | {"memo": "Call first"}
    stage.target.present[ORDER] = Present(ORDER, fields, "2026-12-01T00:00:00.000Z")
    assert compared(stage, rewritten, "person").unexplained == 0
    assert compared(stage, rewritten).unexplained == 1
    del stage.target.held[ORDER.removeprefix("T-")], stage.target.present[ORDER]
    assert compared(stage, rewritten, "person").unexplained == 1


def test_what_people_changed_stands_beside_an_address_that_has_moved(stage: Stage) -> None:
    stage.has(ORDERS, deal(Account={"BillingCity": "Austin"}))
    delivered(stage)
    stage.has(ORDERS, deal(Account={"BillingCity": "Buffalo"}))
    fields = stage.target.held[ORDER.removeprefix("T-")].fields | {"memo": "Call first"}
    stage.target.present[ORDER] = Present(ORDER, fields, "2026-12-01T00:00:00.000Z")
    rewritten = {ORDER: order(memo="Call first", billingAddress={"city": "Austin"})}
    assert compared(stage, rewritten, "person").unexplained == 0
