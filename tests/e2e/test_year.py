"""Does everything agree after a year that people lived in both twins, through real processes?"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.stage import Stage, staged

OPPORTUNITIES = 100


def figures(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((stage.folder / "year.json").read_text(), parse_float=Decimal)
    return found


def test_a_short_year_leaves_nothing_unexplained(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        words = ("--opportunities", str(OPPORTUNITIES), "--stretch", "61", "--json", "year.json")
        done = stage.run("year", *words)
        assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
        told = figures(stage)
    assert told["unexplained"] == 0
    orders = told["flows"]["opportunity_to_sales_order"]
    assert orders["target_count"] > OPPORTUNITIES / 4
    assert orders["source_count"] == orders["target_count"] + sum(orders["dead_letters"].values())
    for flow in told["flows"].values():
        assert flow["waiting"] == {}
        held = flow["held_total"]
        for currency, worth in flow["source_total"].items():
            parts = flow["target_total"].get(currency, 0) + held.get(currency, 0)
            assert Decimal(worth) == Decimal(parts), currency
    assert {"deals won", "orders billed", "invoices paid"} <= told["acts"].keys()
