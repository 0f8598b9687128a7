"""Does what knocks from outside reach NetSuite at once, exactly once, and turned away where it should be?"""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.e2e.stage import Stage, staged, until

ORDERS = "opportunity_to_sales_order"
OPEN = (
    "SELECT Id FROM Opportunity WHERE StageName NOT IN ('Closed Won', 'Closed Lost') AND AccountId != null "
    "AND HasOpportunityLineItem = true ORDER BY Id LIMIT 40"
)
ENDS = {"delivered", "unchanged", "superseded", "filtered", "dead"}
FIFTY_MEGABYTES = 50 * 1024**2


class Org:
    """A client's session with the Salesforce twin of a stage."""

    def __init__(self, stage: Stage) -> None:
        settings = (stage.folder / ".isthmus/demo/settings.env").read_text()
        self.settings = dict(word.removeprefix("ISTHMUS_").split("=", 1) for word in shlex.split(settings))
        self.url = stage.addresses["salesforce"]
        self._session = requests.Session()
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings["SALESFORCE__CLIENT_ID"],
            "client_secret": self.settings["SALESFORCE__CLIENT_SECRET"],
        }
        token = self._session.post(f"{self.url}/services/oauth2/token", data=form, timeout=30).json()["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self.open = [row["Id"] for row in self.call("GET", "query", params={"q": OPEN}).json()["records"]]

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self._session.request(method, f"{self.url}/services/data/v62.0/{path}", timeout=30, **more)
        assert answer.ok, answer.text
        return answer

    def control(self, method: str, path: str, **more: Any) -> Any:
        answer = self._session.request(method, f"{self.url}/_twin/{path}", timeout=30, **more)
        assert answer.ok, answer.text
        return answer.json()

    def win(self, deal: str) -> None:
        self.call("PATCH", f"sobjects/Opportunity/{deal}", json={"StageName": "Closed Won"})

    @property
    def path(self) -> str:
        """Return the secret path of Outbound Messages."""
        found: str = json.loads(self.settings["CONSOLE__OUTBOUND"])[0]
        return found

    @property
    def token(self) -> str:
        found: str = json.loads(self.settings["CONSOLE__TOKENS"])[0]
        return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("webhooks")) as one:
        done = one.run("demo", "--opportunities", "300", "--json", "summary.json", "--keep")
        assert done.returncode == 0, done.stderr
        yield one


@pytest.fixture(scope="module")
def org(stage: Stage) -> Org:
    return Org(stage)


def states(stage: Stage, deal: str) -> list[str]:
    found = stage.answer("trace", deal)["deliveries"]
    return [one["state"] for one in found if (one["flow"], one["source_id"]) == (ORDERS, deal)]


def ended(stage: Stage, deal: str) -> bool:
    known = states(stage, deal)
    return bool(known) and set(known) <= ENDS


def orders(stage: Stage) -> int:
    return int(stage.books("netsuite", "totals/salesOrder")["count"])


def test_deals_told_twice_and_out_of_order_become_one_order_each(stage: Stage, org: Org) -> None:
    before, deals = orders(stage), org.open[:6]
    org.control("POST", "outbound", json={
        "object": "Opportunity", "fields": ["SystemModstamp"], "when": {"StageName": "Closed Won"},
        "url": f"{stage.addresses['console']}/hooks/salesforce/{org.path}",
    })  # fmt: skip
    for kind in ("duplicate", "reorder"):
        org.control("POST", "faults", json={"kind": kind, "match": "EVENT outbound/Opportunity", "times": 3})
    for deal in deals:
        org.win(deal)
    until(lambda: all(ended(stage, deal) for deal in deals), 60, "every deal that was won came to its end")
    until(lambda: org.control("GET", "outbound")["waiting"] == 0, 30, "every message was acknowledged")
    org.control("DELETE", "outbound")
    assert orders(stage) - before == sum("delivered" in states(stage, deal) for deal in deals) > 0


def enqueue(stage: Stage, org: Org, body: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {org.token}"}
    return requests.post(f"{stage.addresses['console']}/api/enqueue", json=body, headers=headers, timeout=30)


def test_an_older_version_after_a_newer_one_and_a_repetition_change_nothing(stage: Stage, org: Org) -> None:
    deal = org.open[7]
    org.win(deal)
    stamp = org.call("GET", f"sobjects/Opportunity/{deal}").json()["SystemModstamp"]
    for version in (stamp, "2020-01-01T00:00:00Z", stamp):
        assert enqueue(stage, org, {"object": "Opportunity", "ids": [deal], "version": version}).status_code == 202
    until(lambda: ended(stage, deal), 60, "the deal came to its end")
    before = orders(stage)
    assert enqueue(stage, org, {"object": "Opportunity", "ids": [deal]}).status_code == 202
    until(lambda: len(stage.answer("runs")) > 0, 10, "runs are told")
    assert len(states(stage, deal)) == 1
    assert orders(stage) == before


def test_an_event_for_a_record_that_was_deleted_is_answered_and_stays_nowhere(stage: Stage, org: Org) -> None:
    deal = org.open[8]
    org.call("DELETE", f"sobjects/Opportunity/{deal}")
    before = stage.answer("runs")[0]["id"]
    answer = enqueue(stage, org, {"object": "Opportunity", "ids": [deal], "deleted": False})
    assert answer.status_code == 202

    def read() -> bool:
        return any(
            run["reading"] == "named" and run["finished_at"] for run in stage.answer("runs") if run["id"] > before
        )

    until(read, 30, "the deleted record was asked for")
    assert set(states(stage, deal)) <= ENDS


def test_fifty_megabytes_are_refused_and_never_held(stage: Stage) -> None:
    console = psutil.Process(stage.pids["console"])
    host, _, port = stage.addresses["console"].removeprefix("http://").partition(":")
    before = console.memory_info().rss
    for head in (f"Content-Length: {FIFTY_MEGABYTES}", "Transfer-Encoding: chunked"):
        with socket.create_connection((host, int(port)), timeout=30) as line:
            line.sendall(f"POST /hooks/crm HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
            for _ in range(50 if "chunked" in head else 0):
                line.sendall(b"100000\r\n" + b" " * 0x100000 + b"\r\n")
            assert line.recv(64).startswith(b"HTTP/1.1 413")
    assert console.memory_info().rss - before < FIFTY_MEGABYTES / 5


def test_no_key_stands_in_a_log_or_an_argument(stage: Stage, org: Org) -> None:
    for path in (f"hooks/salesforce/{org.path}", "hooks/crm", "api/enqueue"):
        requests.post(f"{stage.addresses['console']}/{path}", data=b"<wrong/>", timeout=30)
    keys = [key for group in json.loads(org.settings["CONSOLE__HOOKS"]).values() for key in group]
    keys += [org.path, org.token]
    told = " ".join(path.read_text(errors="replace") for path in (stage.folder / ".isthmus/demo/logs").iterdir())
    arguments = " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in stage.pids.values())
    assert "knock.refused" in told
    assert not [key for key in keys if key in told or key in arguments]
