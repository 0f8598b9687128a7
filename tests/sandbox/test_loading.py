"""Is a company loaded into both twins or into neither, however the load ends?"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.company.dirt import KINDS
from sandbox.company.generated import generate
from sandbox.company.push import PushFault, push
from sandbox.company.records import Company
from sandbox.salesforce.ids import make_id
from tests.sandbox import netsuite_twin, salesforce_api

STANDARD = 2  # items of this type that every account has
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with ExitStack() as stack:
        folders = [tmp_path_factory.mktemp(name) for name in ("netsuite", "salesforce")]
        account = stack.enter_context(netsuite_twin.running(folders[0], state=folders[0] / "netsuite.sqlite"))
        org = stack.enter_context(salesforce_api.in_process(folders[1]))
        yield org.url, account.url


@pytest.fixture(autouse=True)
def one_record_from_before(places: tuple[str, str]) -> None:
    for url in places:
        requests.post(f"{url}/_twin/reset", timeout=10).raise_for_status()
    before = json.dumps({"type": "Account", "record": {"Id": make_id("001", 999_999), "Name": "From before"}})
    requests.post(f"{places[0]}/_twin/load", data=before, timeout=10).raise_for_status()


def count(url: str, kind: str) -> int:
    found: int = requests.get(f"{url}/_twin/totals/{kind}", timeout=30).json()["count"]
    return found


def snapshots(places: tuple[str, str]) -> list[Any]:
    return [requests.get(f"{url}/_twin/snapshots", timeout=10).json() for url in places]


def test_a_company_with_every_kind_of_dirt_is_taken_by_both_twins(places: tuple[str, str]) -> None:
    wanted = Counter(kind for kind, _ in generate(600, 3, richer=True).salesforce)
    loaded = push(generate(600, 3, richer=True), *places, quiet=True)
    assert loaded["Opportunity"] == 600
    assert {kind: loaded[kind] for kind in wanted} == wanted
    for kind in ("Opportunity", "OpportunityLineItem"):
        assert count(places[0], kind) == wanted[kind]
    assert count(places[0], "Account") == wanted["Account"] + 1
    assert count(places[1], "nonInventorySaleItem") == loaded["nonInventorySaleItem"] + STANDARD
    assert snapshots(places) == [[], []]


def test_a_load_that_is_refused_midway_leaves_what_was_there_before(places: tuple[str, str]) -> None:
    def records() -> Iterator[tuple[str, dict[str, Any]]]:
        yield from generate(2000, 3).salesforce
        yield "Opportunity", {"Id": make_id("006", 5000), "Name": "Bad", "CloseDate": "someday", "StageName": "x"}

    with pytest.raises(PushFault, match="refused Opportunity Bad") as refused:
        push(Company("bad", records(), generate(2000, 3).netsuite, 2000), *places, quiet=True)
    assert "both twins are as they were" in str(refused.value)
    assert [count(places[0], kind) for kind in ("Account", "Opportunity")] == [1, 0]
    assert count(places[1], "nonInventorySaleItem") == STANDARD
    assert snapshots(places) == [[], []]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_load_that_is_broken_off_is_undone(places: tuple[str, str], ending: signal.Signals) -> None:
    words = ["--opportunities", "200000", "--salesforce", places[0], "--netsuite", places[1]]
    command = [sys.executable, "-m", "sandbox", "load", *words]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as loading:
        until = time.monotonic() + 60
        while count(places[0], "Account") < 2:
            assert time.monotonic() < until
        loading.send_signal(ending)
        _, told = loading.communicate(timeout=60)
    assert loading.returncode == 1
    assert "It was broken off." in told
    assert "both twins are as they were" in told
    assert [count(places[0], kind) for kind in ("Account", "Opportunity")] == [1, 0]
    assert count(places[1], "nonInventorySaleItem") == STANDARD


def test_a_twin_that_is_not_there_is_named(places: tuple[str, str]) -> None:
    with pytest.raises(PushFault, match="Connection refused"):
        push(generate(10, 1), places[0], "http://127.0.0.1:9", quiet=True)
    assert count(places[0], "Account") == 1


def test_the_same_seed_gives_the_same_dirt_and_every_kind_of_it_in_its_share() -> None:
    one, same, other = (list(generate(20_000, seed, richer=True).salesforce) for seed in (5, 5, 6))
    clean = list(generate(20_000, 5).salesforce)
    assert one == same
    assert one != other
    kept = {(kind, record["Id"]): record for kind, record in one}
    before = Counter(kind for kind, _ in clean)
    changed = Counter(kind for kind, record in clean if kind != "Product2" and kept[kind, record["Id"]] != record)
    for kind in ("Account", "Opportunity"):
        share = sum(dirt.share for dirt in KINDS if dirt.kind == kind and dirt.name != "NEAR_DUPLICATE")
        assert 0.6 * share < changed[kind] / before[kind] < 1.4 * share, kind
    accounts = Counter(kind for kind, _ in one)["Account"]
    assert 0.01 < accounts / before["Account"] - 1 < 0.06
    lines = [record for kind, record in one if kind == "OpportunityLineItem"]
    for name, value, share in (("Quantity", "0", 0.005), ("Quantity", "2.75", 0.02), ("UnitPrice", "0", 0.005)):
        found = sum(record[name] == value for record in lines) / len(lines)
        assert 0.5 * share < found < 1.6 * share, (name, value)
    assert 0.06 < sum("Discount" in record for record in lines) / len(lines) < 0.1
