"""Do the doors stand open to others? Another service, whoever listens, and Flower."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import requests

from tests.e2e.stage import Stage, staged, until

ORDERS = "opportunity_to_sales_order"
SERVICE = """
import sys
from celery import Celery
Celery(broker=sys.argv[1]).send_task("isthmus.enqueue", args=[sys.argv[2], [sys.argv[3]]], queue="enqueue")
"""


@pytest.fixture(scope="module", params=["redis", "amqp"])
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, services: dict[str, str]
) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("doors")) as one:
        done = one.run(
            "demo", "--opportunities", "300", "--json", "summary.json", "--keep", "--broker", services[request.param]
        )
        assert done.returncode == 0, done.stderr
        yield one


def test_another_service_enqueues_with_nothing_but_a_name(stage: Stage, tmp_path: Path) -> None:
    deal = stage.answer("dead-letters", "list", "--flow", ORDERS)[0]
    before = len(stage.answer("runs"))
    sent = subprocess.run(
        [sys.executable, "-I", "-c", SERVICE, stage.addresses["broker"], ORDERS, deal["source_id"]],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert sent.returncode == 0, sent.stderr
    until(lambda: len(stage.answer("runs")) > before, 30, "the named record was captured")
    assert stage.answer("runs")[0]["reading"] == "named"


def test_flower_shows_tasks_by_name_and_key_and_no_business_value(stage: Stage) -> None:
    name, _, secret = stage.addresses["flower_sign_in"].partition(":")
    assert requests.get(f"{stage.addresses['flower']}/api/tasks", timeout=10).status_code == 401
    tasks = requests.get(f"{stage.addresses['flower']}/api/tasks", auth=(name, secret), timeout=10).json()
    shown = [task for task in tasks.values() if task["name"] == "isthmus.deliver"]
    assert shown
    assert all(task["args"].startswith(("(opportunity_to", "(account_to", "(sales_order_to")) for task in shown)
    assert "deal" not in json.dumps(tasks)


def test_dead_letters_are_told_to_whoever_listens(stage: Stage) -> None:
    if not stage.addresses["broker"].startswith("redis"):
        pytest.skip("read from Redis's list; RabbitMQ's queue is fed by the same call")
    heard = [json.loads(text) for text in redis.Redis.from_url(stage.addresses["broker"]).lrange("dead_letter", 0, -1)]
    assert {notice["headers"]["task"] for notice in heard} == {"isthmus.dead_letter"}
    assert len(heard) >= sum(stage.summary["dead_letters"].values())


def test_no_secret_stands_in_an_argument(stage: Stage) -> None:
    secret = stage.addresses["flower_sign_in"].partition(":")[2]
    settings = (stage.folder / ".isthmus/demo/settings.env").read_text()
    hidden = [line.partition("=")[2].strip("'") for line in settings.splitlines() if "SECRET" in line]
    assert len(hidden) >= 3
    arguments = " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in stage.pids.values())
    logs = " ".join(path.read_text(errors="replace") for path in (stage.folder / ".isthmus/demo/logs").iterdir())
    for one in [secret, *hidden]:
        assert one not in arguments
        assert one not in logs
    assert oct((stage.folder / ".isthmus/demo/settings.env").stat().st_mode)[-3:] == "600"
