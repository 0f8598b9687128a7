"""Does a nightly flow run at night, once, and never by day? Real workers and beats, over the twins, in two time zones."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import redis

from beat_schedule import LOOK_SECONDS
from ledger.ledger import Ledger
from ledger.migrate import migrate
from tests.e2e.stage import ROOT, environment, until
from workers.app import sender
from workers.embedded import server_command
from workers.queues import CAPTURE
from workers.stack import free_port, read_assignments
from workers.supervisor import Child, Supervisor

FLOW = "orders_by_night"
CELERY = (sys.executable, "-m", "celery", "-A", "workers.worker")
SHIPPED = ROOT / "mappings/sales_order_to_opportunity.yaml"


def zone_where_it_is(hour: int) -> str:
    """Return the name of a zone in which it is this hour of the day now; `Etc/GMT-3` is three hours ahead of UTC."""
    ahead = (hour - datetime.now(UTC).hour) % 24
    return f"Etc/GMT-{ahead}" if ahead <= 14 else f"Etc/GMT+{24 - ahead}"


@dataclass
class Site:
    """An installation of its own beside another one: a zone, a ledger, a broker, one worker, two beats."""

    name: str
    zone: str
    broker: str
    ledger: Ledger
    folder: Path

    @property
    def runs(self) -> list[datetime | None]:
        """Return the occurrences of the flow's runs."""
        assert {run.failure for run in self.ledger.reports.runs(None)} <= {None}
        return [run.occurrence for run in self.ledger.reports.runs(None) if run.flow == FLOW]

    @property
    def calls(self) -> int:
        """Return how many calls to NetSuite the budget of this installation let through."""
        server = redis.Redis.from_url(self.broker)
        return sum(int(server.get(key) or 0) for key in server.scan_iter("isthmus:{netsuite*}:used"))

    def ticks(self) -> int:
        """Return how often its worker was asked whether the flow is due."""
        return len(re.findall(r"Task isthmus\.capture\[", (self.folder / f"logs/{self.name}-worker.log").read_text()))

    def tick(self) -> None:
        """Ask once more, as a third beat would."""
        sender(self.broker).send_task("isthmus.capture", args=[FLOW], kwargs={"scheduled": True}, queue=CAPTURE)


def settings(site: Site, twins: dict[str, str], flows: Path) -> dict[str, str]:
    """Return a site's settings."""
    pairs = {"CLIENT_ID": "SF_CLIENT_ID", "CLIENT_SECRET": "SF_CLIENT_SECRET", "URL": "SF_URL"}
    found = {f"ISTHMUS_SALESFORCE__{name}": twins[given] for name, given in pairs.items()}
    for name in ("URL", "ACCOUNT", "CONSUMER_KEY", "CONSUMER_SECRET", "TOKEN_ID", "TOKEN_SECRET"):
        found[f"ISTHMUS_NETSUITE__{name}"] = twins[f"NS_{name}"]
    return found | {
        "ISTHMUS_BROKER_URL": site.broker,
        "ISTHMUS_LEDGER_URL": str(site.ledger.engine.url),
        "ISTHMUS_COMPANY_ZONE": site.zone,
        "ISTHMUS_FLOWS_FOLDER": str(flows),
    }


def nightly(folder: Path) -> Path:
    """Write a folder with one flow that runs at 22:00."""
    shutil.copytree(ROOT / "mappings/tables", folder / "tables")
    text = SHIPPED.read_text().replace("flow: sales_order_to_opportunity", f"flow: {FLOW}", 1)
    text, changed = re.subn(r"^every: .*$", "at: 22:00\nwindow: 22:00-05:00", text, flags=re.MULTILINE)
    assert changed == 1
    (folder / f"{FLOW}.yaml").write_text(text)
    return folder


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[tuple[Site, Site]]:
    supervisor = Supervisor(tmp_path, environment())
    try:
        broker, twins = start_around(supervisor, tmp_path)
        flows = nightly(tmp_path / "flows")
        pair = tuple(
            site(name, zone_where_it_is(hour), f"{broker}/{database}", tmp_path)
            for database, (name, hour) in enumerate((("day", 14), ("night", 22)))
        )
        for one in pair:
            start_site(supervisor, one, settings(one, twins, flows))
        yield pair[0], pair[1]
    finally:
        supervisor.stop()


def start_around(supervisor: Supervisor, folder: Path) -> tuple[str, dict[str, str]]:
    """Start broker and twins; returns their addresses."""
    port, env_file = free_port(), folder / "twins.env"
    broker = f"redis://127.0.0.1:{port}"
    ready = partial(answers, broker)
    supervisor.start(Child("broker", server_command(folder / "broker", port), ready=ready))
    ports = ("--salesforce-port", str(free_port()), "--netsuite-port", str(free_port()), "--latency", "off")
    serve = (sys.executable, "-m", "sandbox", "serve", *ports, "--env-file", str(env_file))
    supervisor.start(Child("twins", serve, ready=env_file.exists))
    for name in ("broker", "twins"):
        supervisor.wait_ready(name)
    return broker, read_assignments(env_file)


def answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url).ping())
    except redis.RedisError:
        return False


def site(name: str, zone: str, broker: str, folder: Path) -> Site:
    url = f"sqlite:///{folder / name}.sqlite"
    migrate(url)
    return Site(name, zone, broker, Ledger(url), folder)


def start_site(supervisor: Supervisor, one: Site, own: dict[str, str]) -> None:
    worker = (*CELERY, "worker", "-n", one.name, "-P", "threads", "-c", "4", "-l", "INFO")
    supervisor.start(Child(f"{one.name}-worker", worker, own))
    for number in (1, 2):
        beat = (*CELERY, "beat", "--schedule", str(one.folder / f"{one.name}-{number}"), "--pidfile=")
        supervisor.start(Child(f"{one.name}-beat-{number}", beat, own))


def test_at_14_o_clock_nothing_is_called_and_at_22_the_flow_runs_once(sites: tuple[Site, Site]) -> None:
    if datetime.now(UTC).minute >= 57:
        pytest.skip("the hour is about to change, and with it what the zones of this test show")
    day, night = sites
    until(lambda: day.ticks() >= 2 and night.ticks() >= 2, LOOK_SECONDS + 90, "both beats of both sites have ticked")
    for one in sites:
        for _ in range(3):
            one.tick()
        until(lambda one=one: one.ticks() >= 5, 30, "three more ticks were taken")  # type: ignore[misc] # bound at once
    until(lambda: len(night.runs) > 0 and night.ledger.reports.runs(1)[0].finished_at is not None, 30, "the run ended")
    assert (day.runs, day.calls) == ([], 0)
    (begun,) = night.runs
    assert begun is not None
    assert timedelta() <= datetime.now(UTC) - begun < timedelta(hours=1)
    assert night.calls > 0
