"""What does a person read when something is wrong, and is nothing half done?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.stage import ROOT, Stage, is_alive, kill, staged, until

ORDERS = "opportunity_to_sales_order"
FLOW = "account_to_customer.yaml"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("wrong")) as one:
        done = one.run("demo", "--opportunities", "300", "--json", "summary.json", "--keep")
        assert done.returncode == 0, done.stderr
        yield one


@pytest.mark.parametrize(
    ("wrong", "right", "words"),
    [
        ("ownr: sales-ops", "owner: sales-ops", "unknown key 'ownr'; did you mean 'owner'?"),
        ("owner: sales-ops\nowner: me", "owner: sales-ops", "line 4: the key 'owner' stands here a second time"),
        ("as: exernal_id", "as: external_id", "unknown transformation 'exernal_id'; did you mean 'external_id'?"),
    ],
)
def test_a_wrong_mapping_is_named_by_file_and_place(
    stage: Stage, tmp_path: Path, wrong: str, right: str, words: str
) -> None:
    folder = shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    (folder / FLOW).write_text((folder / FLOW).read_text().replace(right, wrong, 1))
    done = stage.run("flows", ISTHMUS_FLOWS_FOLDER=str(folder))
    assert done.returncode == 1
    assert FLOW in done.stderr
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_wrong_salesforce_secret_is_told_once_and_shown_nowhere(stage: Stage) -> None:
    done = stage.run("doctor", ISTHMUS_SALESFORCE__CLIENT_SECRET="not-the-secret")
    assert done.returncode == 1
    assert "SALESFORCE_SIGN_IN" in done.stdout
    assert "not-the-secret" not in done.stdout + done.stderr


def test_a_folder_with_broken_rows_loads_nothing(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,office_location,subsidiary_of\nAcme,Kenya,\n")
    (tmp_path / "products.csv").write_text("product,sales_price\nGTX,10\n")
    (tmp_path / "sales_teams.csv").write_text("sales_agent\nAnna\n")
    header = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    rows = "A1,Anna,GTX,Acme,Won,2017-01-01,2017-02-01,10\nA2,Anna,GTX,Acme,Won,2017-01-01,yesterday,ten\nA3,Anna,GTX\n"
    (tmp_path / "sales_pipeline.csv").write_text(header + rows)
    before = stage.books("salesforce", "totals/Opportunity")
    places = ["--salesforce", stage.addresses["salesforce"], "--netsuite", stage.addresses["netsuite"]]
    done = stage.run("sandbox", "load", "--data", str(tmp_path), *places)
    assert done.returncode == 1
    assert "sales_pipeline.csv:4" in done.stderr
    (tmp_path / "sales_pipeline.csv").write_text(header + rows.rsplit("\n", 2)[0] + "\n")
    again = stage.run("sandbox", "load", "--data", str(tmp_path), *places)
    assert "sales_pipeline.csv:3: close_date: 'yesterday' is not a date" in again.stderr
    assert "sales_pipeline.csv:3: close_value: 'ten' is not an amount" in again.stderr
    assert stage.books("salesforce", "totals/Opportunity") == before


def test_while_netsuite_is_down_nothing_is_burned_and_afterwards_all_goes_on(stage: Stage) -> None:
    before = stage.counts()[ORDERS]
    requests.post(
        f"{stage.addresses['netsuite']}/_twin/faults",
        json={"kind": "maintenance", "match": "upsertList", "times": None},
        timeout=10,
    )
    letters = [letter["id"] for letter in stage.answer("dead-letters", "list", "--code", "INVALID_SKU")]
    assert letters
    for letter in stage.answer("dead-letters", "list", "--code", "INVALID_SKU"):
        stage.run("tables", "set", "sku", letter["value"], letter["candidates"][0])
    stage.run("dead-letters", "replay", "--code", "INVALID_SKU")
    until(lambda: bool(stage.answer("status")["pauses"]), 30, "the connection rests")
    assert stage.counts()[ORDERS].get("dead", 0) == before["dead"] - len(letters)
    requests.delete(f"{stage.addresses['netsuite']}/_twin/faults", timeout=10)
    until(
        lambda: stage.counts()[ORDERS]["delivered"] == before["delivered"] + len(letters),
        120,
        "the held orders are delivered",
    )
    assert not stage.answer("status")["pauses"]


def test_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    with staged(tmp_path) as one:
        demo = one.start("demo", "--opportunities", "3000")
        until((tmp_path / ".isthmus/demo/state.json").exists, 60, "the stack is up")
        pids = one.pids
        demo.send_signal(2)
        assert demo.wait(40) == 130
        until(lambda: not any(is_alive(pid) for pid in pids.values()), 10, "every process has gone")


def test_a_killed_demo_takes_its_processes_along(tmp_path: Path) -> None:
    with staged(tmp_path) as one:
        demo = one.start("demo", "--opportunities", "3000")
        until((tmp_path / ".isthmus/demo/state.json").exists, 60, "the stack is up")
        pids = one.pids
        kill(demo.pid)
        demo.wait(10)
        until(lambda: not any(is_alive(pid) for pid in pids.values()), 20, "every process has gone")
