"""Does the main job keep its promises, on the public set, through real processes?"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.e2e.stage import Stage, kill, real_set, staged, until

ORDERS = "opportunity_to_sales_order"
DELIVERED, HELD, ALL = 3509, 729, 4238
ORDERED_WORTH, HELD_WORTH, ALL_WORTH = "6494956.00", "3510578.00", "10005534.00"


def first_figures(stage: Stage) -> None:
    summary = stage.summary
    assert (summary["read"], summary["selected"], summary["delivered"]) == (8800, ALL, DELIVERED)
    assert summary["dead_letters"] == {"INVALID_SKU": HELD}
    assert (summary["value_delivered"], summary["value_dead"]) == (Decimal(ORDERED_WORTH), Decimal(HELD_WORTH))
    assert stage.books("netsuite", "totals/salesOrder") == {"count": DELIVERED, "totals": {"USD": ORDERED_WORTH}}


def mend_and_replay(stage: Stage) -> None:
    assert stage.run("tables", "set", "sku", "GTXPro", "GTX Pro").returncode == 0
    assert stage.run("dead-letters", "replay", "--code", "INVALID_SKU").returncode == 0
    until(lambda: stage.counts()[ORDERS].get("delivered") == ALL, 90, "all orders delivered after the replay")
    assert stage.books("netsuite", "totals/salesOrder") == {"count": ALL, "totals": {"USD": ALL_WORTH}}
    assert "dead" not in stage.counts()[ORDERS]


def every_opportunity_carries_its_number(stage: Stage) -> None:
    stage.run("capture", "sales_order_to_opportunity")
    flow = "sales_order_to_opportunity"
    until(lambda: stage.counts()[flow].get("delivered", 0) >= ALL, 90, "all numbers written back")
    orders = {order["id"]: order for order in records(stage, "netsuite", "salesOrder")}
    won = [deal for deal in records(stage, "salesforce", "Opportunity") if deal["StageName"] == "Closed Won"]
    assert len(won) == ALL
    for deal in won:
        order = orders[deal["NetSuite_Internal_ID__c"]]
        assert deal["NetSuite_Order_Number__c"] == order["tranId"]
        assert Decimal(deal["NetSuite_Order_Total__c"]) == Decimal(deal["Amount"]) == Decimal(order["total"])
        assert deal["NetSuite_Sync_Status__c"] == "Synced"


def records(stage: Stage, side: str, kind: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = stage.books(side, f"records/{kind}?limit=20000")["records"]
    return found


def second_full_capture_writes_nothing(stage: Stage) -> None:
    before = stage.books("netsuite", "usage")["writes"]
    newest = max(run["id"] for run in stage.answer("runs"))
    stage.run("capture", ORDERS, "--full")
    until(lambda: any(run["id"] > newest and run["reading"] == "full" for run in stage.answer("runs")), 30, "it began")
    until(lambda: settled(stage), 90, "the second capture settled")
    assert stage.books("netsuite", "usage")["writes"] == before
    assert stage.counts()[ORDERS]["unchanged"] >= ALL


def settled(stage: Stage) -> bool:
    live = {"pending", "leased", "waiting"}
    done = all(not live & {state for state, number in row.items() if number} for row in stage.counts().values())
    return done and all(run["finished_at"] for run in stage.answer("runs"))


def test_the_whole_job_over_soap_on_the_embedded_parts(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        done = stage.run("demo", "--data", str(real_set()), "--json", "summary.json", "--keep")
        assert done.returncode == 0, done.stderr
        first_figures(stage)
        letters = stage.answer("dead-letters", "list", "--limit", "1000")
        assert len(letters) == HELD
        assert {letter["value"] for letter in letters} == {"GTXPro"}
        assert {letter["candidates"][0] for letter in letters} == {"GTX Pro"}
        mend_and_replay(stage)
        every_opportunity_carries_its_number(stage)
        second_full_capture_writes_nothing(stage)
        assert stage.summary["seconds"] < 180


def test_the_same_figures_over_rest(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        done = stage.run("demo", "--data", str(real_set()), "--transport", "rest", "--json", "summary.json", "--keep")
        assert done.returncode == 0, done.stderr
        first_figures(stage)
        mend_and_replay(stage)


def test_a_killed_worker_and_a_wiped_broker_change_no_figure(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        demo = stage.start("demo", "--data", str(real_set()), "--json", "summary.json", "--keep")
        until((tmp_path / ".isthmus/demo/state.json").exists, 60, "the stack is up")
        until(lambda: stage.counts().get(ORDERS, {}).get("delivered", 0) > 300, 60, "some orders delivered")
        kill(stage.pids["deliver"])
        until(lambda: stage.counts()[ORDERS].get("delivered", 0) > 1200, 120, "orders go on after the kill")
        redis.Redis(port=urlsplit(stage.addresses["broker"]).port or 0).flushall()
        kill(stage.pids["control"])
        assert demo.wait(240) == 0, (tmp_path / "demo.out").read_text()
        first_figures(stage)
        orders = records(stage, "netsuite", "salesOrder")
        assert len({order["externalId"] for order in orders}) == len(orders) == DELIVERED
        attempts = json.loads(stage.run("trace", orders[0]["id"], "--json").stdout)["attempts"]
        assert attempts


@pytest.mark.parametrize("transport", ["soap", "rest"])
@pytest.mark.parametrize("broker", ["redis", "amqp"])
def test_the_same_figures_on_postgresql_with_redis_and_rabbitmq(
    tmp_path: Path, broker: str, transport: str, services: dict[str, str]
) -> None:
    with staged(tmp_path) as stage:
        done = stage.run(
            "demo", "--data", str(real_set()), "--transport", transport, "--json", "summary.json", "--keep",
            "--broker", services[broker], "--ledger", services["postgresql"],
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        first_figures(stage)
        if transport == "soap":
            mend_and_replay(stage)
