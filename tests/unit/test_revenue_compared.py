"""Is a plan that is a cent off found, and is one that only caught up on closed months let through?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.model import Reading, Record
from mappings.revenue.comparing import difference
from mappings.revenue.netting import Progress, Sold, net
from tests.unit.core_stage import Stage

D = Decimal
CHECK = "revenue_recognition"
MONTHS = ("Jan 2026", "Feb 2026", "Mar 2026")
CENTS = st.integers(-(10**6), 10**6).map(lambda cents: D(cents) / 100)


def line(*amounts: str, closed: tuple[str, ...] = ()) -> dict[str, Any]:
    schedule = [{"period": name, "amount": D(amount)} for name, amount in zip(MONTHS, amounts, strict=True)]
    return {"key": "1", "item": "LIC-1", "schedule": [one | {"closed": one["period"] in closed} for one in schedule]}


def planned(*amounts: str) -> dict[str, Decimal]:
    return {name: D(amount) for name, amount in zip(MONTHS, amounts, strict=False)}


def test_a_plan_that_agrees_differs_in_nothing() -> None:
    assert difference(line("33.33", "33.33", "33.34"), planned("33.33", "33.33", "33.34")) is None


def test_a_cent_in_the_wrong_month_is_named_with_month_and_both_amounts() -> None:
    found = difference(line("33.33", "33.33", "33.34"), planned("33.34", "33.33", "33.33"))
    assert found is not None
    assert (found.code, found.field, found.value, found.candidates) == (
        "REVENUE_PLAN_DIFFERS", "Jan 2026", "33.34", ("33.33",)
    )  # fmt: skip
    assert "LIC-1" in found.message
    assert "1 more periods" in found.message


def test_a_month_that_nobody_expects_is_named_too() -> None:
    found = difference(line("50.00", "50.00", "0.00"), planned("50", "30") | {"Apr 2026": D(20)})
    assert found is not None
    assert (found.field, found.value, found.candidates) == ("Feb 2026", "30.00", ("50.00",))


def test_a_plan_over_another_amount_is_named_as_a_whole() -> None:
    found = difference(line("33.33", "33.33", "33.34"), planned("30", "30", "30"))
    assert found is not None
    assert (found.code, found.value, found.candidates) == ("REVENUE_AMOUNT_DIFFERS", "90.00", ("100.00",))


@pytest.mark.parametrize("there", [None, {}])
def test_a_line_without_a_plan_is_missing_unless_nothing_is_due(there: dict[str, Decimal] | None) -> None:
    found = difference(line("10.00", "10.00", "10.00"), there)
    assert found is not None
    assert (found.code, found.candidates) == ("REVENUE_PLAN_MISSING", ("30.00",))
    assert difference(line("0.00", "0.00", "0.00"), there) is None


def test_what_closed_months_missed_may_stand_in_the_first_open_one() -> None:
    late = line("30.00", "30.00", "30.00", closed=("Jan 2026",))
    caught_up = {"Feb 2026": D(60), "Mar 2026": D(30)}
    assert difference(late, caught_up, "Feb 2026") is None
    assert difference(late, planned("30", "30", "30"), "Feb 2026") is None
    assert difference(late, caught_up) is not None
    assert difference(late, {"Feb 2026": D(30), "Mar 2026": D(60)}, "Feb 2026") is not None
    gone = line("30.00", "30.00", "30.00", closed=MONTHS)
    assert difference(gone, {"Apr 2026": D(90)}, "Apr 2026") is None


@given(st.lists(st.tuples(CENTS, st.booleans()), min_size=1, max_size=8), CENTS)
def test_discounts_lose_no_cent(rows: list[tuple[Decimal, bool]], off: Decimal) -> None:
    lines = [Sold(str(number), amount, less and number > 0) for number, (amount, less) in enumerate(rows)]
    found = net(lines, off, 2)
    whole = sum((amount for amount, _ in rows), D(0))
    assert sum(found.values(), D(0)) == whole + (off if whole else D(0))
    assert set(found) == {one.key for one in lines if not one.is_discount}


def test_as_much_is_due_as_is_billed_or_fulfilled() -> None:
    assert Progress("-1", D(3)).due(D("100.00"), 2) == D("100.00")
    assert Progress("-2", D(3), billed=D(1)).due(D("100.00"), 2) == D("33.33")
    assert Progress("-3", D(3), billed=D(3)).due(D("100.00"), 2) == D("0.00")


def test_a_check_compares_anew_although_nothing_of_the_order_has_changed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    record = {
        "id": "101",
        "tranid": "SO1",
        "currency": "USD",
        "foreigntotal": D(1),
        "opens": "",
        "lines": {"records": []},
    }
    for night in (1, 2):
        seen = f"2026-11-{night:02d}T22:00:00.000Z"
        stage.has(CHECK, Record("101", seen, record | {"seen": seen}))
        stage.capture(CHECK, Reading.FULL)
        stage.work(1)
    assert stage.target.calls == [["101"], ["101"]]
    assert stage.states(CHECK) == {"delivered": 2}


def test_a_flow_that_writes_still_spares_the_call(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    flow = stage.services.flows[CHECK]
    writes = flow.model_copy(update={"target": flow.target.model_copy(update={"verify": False})})
    stage.services = replace(stage.services, flows={**stage.services.flows, CHECK: writes})
    record = {"id": "101", "tranid": "SO1", "currency": "USD", "foreigntotal": D(1), "lines": {"records": []}}
    for version in (1, 2):
        stage.has(CHECK, Record("101", f"2026-11-{version:02d}T22:00:00.000Z", record))
        stage.capture(CHECK, Reading.FULL)
        stage.work(1)
    assert stage.target.calls == [["101"]]
