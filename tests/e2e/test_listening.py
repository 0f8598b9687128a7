"""Does a change in Salesforce reach NetSuite within seconds through the listener alone, and after the listener is killed?"""

from __future__ import annotations

import json
import shlex
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.stage import ROOT, Stage, kill, staged, until

ORDERS = "opportunity_to_sales_order"
SECONDS = 10.0
OPEN = "SELECT Id FROM Opportunity WHERE StageName != 'Closed Won' AND HasOpportunityLineItem = true AND Amount > 0 LIMIT 8"


@dataclass
class Scene:
    """A running house whose timetables ask once a day, and a person at work in its Salesforce."""

    stage: Stage
    person: requests.Session
    deals: Iterator[str]

    def call(self, method: str, path: str, **more: Any) -> Any:
        url = f"{self.stage.addresses['salesforce']}/services/data/v62.0/{path}"
        answer = self.person.request(method, url, timeout=10, **more)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def query(self, soql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "query", params={"q": soql})["records"]
        return found

    def win(self) -> str:
        deal = next(self.deals)
        self.call("PATCH", f"sobjects/Opportunity/{deal}", json={"StageName": "Closed Won"})
        return deal

    def orders(self, deal: str) -> list[dict[str, Any]]:
        """Return the Sales Orders that NetSuite has of a deal."""
        records = self.stage.books("netsuite", "records/salesOrder?limit=20000")["records"]
        return [one for one in records if deal in json.dumps(one)]

    def arrives(self, deal: str) -> float:
        began = time.monotonic()
        until(lambda: bool(self.orders(deal)), SECONDS, f"the Sales Order of {deal}")
        return time.monotonic() - began


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("listening")
    with staged(folder) as stage:
        done = stage.run("demo", "--opportunities", "60", "--keep", ISTHMUS_FLOWS_FOLDER=str(seldom(folder)))
        assert done.returncode == 0, done.stderr
        made = Scene(stage, person(stage), iter(()))
        made.deals = iter([one["Id"] for one in made.query(OPEN)])
        yield made


def seldom(folder: Path) -> Path:
    """Return a copy of the shipped flows that are due once a day, so that no poll can do the listener's work."""
    copied = folder / "flows"
    shutil.copytree(ROOT / "mappings", copied, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for path in copied.glob("*.yaml"):
        path.write_text(path.read_text().replace("every: 5m", "every: 1d"))
    return copied


def person(stage: Stage) -> requests.Session:
    words = shlex.split((stage.folder / ".isthmus/demo/twins.env").read_text(), comments=True)
    known = dict(word.removeprefix("export ").split("=", 1) for word in words if "=" in word)
    form = {"client_id": known["SF_CLIENT_ID"], "client_secret": known["SF_CLIENT_SECRET"]}
    session = requests.Session()
    url = f"{known['SF_URL']}/services/oauth2/token"
    token = session.post(url, data=form | {"grant_type": "client_credentials"}, timeout=10).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    return session


def test_a_won_deal_is_an_order_within_seconds(scene: Scene) -> None:
    deal = scene.win()
    assert scene.arrives(deal) < SECONDS
    assert len(scene.orders(deal)) == 1
    assert {run["reading"] for run in scene.stage.answer("runs", "--limit", "1")} == {"named"}


@pytest.mark.parametrize("change", [{"Quantity": 77}, {"Description": "Of a line alone: its deal is not saved"}])
def test_a_line_that_is_edited_changes_its_order(scene: Scene, change: dict[str, Any]) -> None:
    deal = scene.win()
    scene.arrives(deal)
    (before,) = scene.orders(deal)
    line = scene.query(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{deal}' LIMIT 1")[0]
    scene.call("PATCH", f"sobjects/OpportunityLineItem/{line['Id']}", json=change)
    until(lambda: scene.orders(deal) != [before], SECONDS, "the order was changed")
    assert str(next(iter(change.values()))) in json.dumps(scene.orders(deal))
    assert len(scene.orders(deal)) == 1


def test_a_listener_that_is_killed_misses_nothing(scene: Scene) -> None:
    kill(scene.stage.pids["listen"])
    deals = [scene.win(), scene.win()]
    for deal in deals:
        until(lambda deal=deal: bool(scene.orders(deal)), 40, f"the Sales Order of {deal}")  # type: ignore[misc] # mypy reads no default of a lambda
    assert [len(scene.orders(deal)) for deal in deals] == [1, 1]


def test_who_listens_is_told(scene: Scene) -> None:
    told = scene.stage.answer("status")["listening"]
    assert [one["name"] for one in told] == ["salesforce /data/ChangeEvents"]
    assert told[0]["holder"]
    assert "listens, last heard at" in scene.stage.run("status").stdout
