"""Is a key given to one record alone, also when many ask at the same moment, on SQLite and on PostgreSQL alike?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.holders import Holder
from ledger.ledger import Ledger
from tests.contract.ledgers import FLOW, NOW, opened

KEY, OTHER = "SF-REN-800-2027-01-01", "SF-REN-800-2028-01-01"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    with opened(request.param, tmp_path) as one:
        yield one


def test_the_first_holds_the_key_and_a_second_is_told_who(ledger: Ledger) -> None:
    assert ledger.memory.hold(FLOW, {"first": KEY}, NOW) == [Holder(KEY, "first")]
    assert ledger.memory.hold(FLOW, {"second": KEY}, NOW) == [Holder(KEY, "first")]
    assert ledger.memory.hold(FLOW, {"first": KEY}, NOW) == [Holder(KEY, "first")]
    assert ledger.memory.hold("another_flow", {"second": KEY}, NOW) == [Holder(KEY, "second")]


def test_a_record_holds_one_key_and_no_second(ledger: Ledger) -> None:
    ledger.memory.hold(FLOW, {"first": KEY}, NOW)
    assert ledger.memory.hold(FLOW, {"first": OTHER}, NOW) == [Holder(KEY, "first")]


def test_a_key_is_let_go_only_from_the_holder_that_is_named(ledger: Ledger) -> None:
    ledger.memory.hold(FLOW, {"first": KEY}, NOW)
    ledger.memory.release(FLOW, [Holder(KEY, "second")])
    assert ledger.memory.hold(FLOW, {"second": KEY}, NOW) == [Holder(KEY, "first")]
    ledger.memory.release(FLOW, [Holder(KEY, "first")])
    assert ledger.memory.hold(FLOW, {"second": KEY}, NOW) == [Holder(KEY, "second")]


def test_of_many_that_ask_at_once_one_is_given_the_key(ledger: Ledger) -> None:
    def ask(number: int) -> Holder:
        (found,) = ledger.memory.hold(FLOW, {f"006-{number}": KEY}, NOW)
        return found

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(40)))) == 1
