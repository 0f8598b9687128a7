"""Does every Celery setting exist, and does every task and queue have its place?"""

from __future__ import annotations

import pytest
from celery.app.defaults import NAMESPACES, flatten

from flows.catalogue import lanes
from mappings.loading import load_flows
from workers import app as subject
from workers.queues import queues
from workers.settings import ROOT

GROUPS = {name: getattr(subject, name) for name in ("DELIVERY", "WIRE", "CONNECTIONS", "WATCHING")}
KNOWN = {name for name, _ in flatten(NAMESPACES)}  # type: ignore[str-unpack] # the stubs say text, it yields pairs


@pytest.mark.parametrize("name", [name for group in GROUPS.values() for name in group])
def test_every_setting_is_one_that_celery_knows(name: str) -> None:
    assert name in KNOWN, f"{name} would be ignored without a word"


@pytest.mark.parametrize("url", ["redis://x", "amqp://x"])
def test_every_lane_has_a_queue(url: str) -> None:
    flows = load_flows(ROOT / "mappings").values()
    names = {queue.name for queue in queues(flows, url)}
    assert set(lanes(flows)) | {"control", "capture", "answer", "enqueue", "backfill", "dead_letter"} == names


def test_only_json_is_read_from_the_wire() -> None:
    assert subject.WIRE["accept_content"] == ["json"]


def test_on_rabbitmq_all_queues_are_quorum_queues_but_the_one_that_others_declare() -> None:
    declared = queues(load_flows(ROOT / "mappings").values(), "amqp://x")
    plain = {queue.name for queue in declared if not queue.queue_arguments}
    assert plain == {"enqueue"}
