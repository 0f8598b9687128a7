"""Can a person start, see, stop and resume a backfill, and is what makes no sense refused with words?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.migrate import migrate
from tests.e2e.stage import Stage

FLOW = "account_to_customer"


class Office(Stage):
    """A folder with a ledger and a broker, and nobody who works."""

    def __init__(self, folder: Path, broker: str) -> None:
        super().__init__(folder)
        self.settings = {
            "ISTHMUS_BROKER_URL": broker,
            "ISTHMUS_LEDGER_URL": f"sqlite:///{folder / 'ledger.sqlite'}",
            "ISTHMUS_COMPANY_ZONE": "America/New_York",
            "ISTHMUS_SALESFORCE__URL": "http://127.0.0.1:9",
            "ISTHMUS_SALESFORCE__CLIENT_ID": "key",
            "ISTHMUS_SALESFORCE__CLIENT_SECRET": "secret",
            "ISTHMUS_NETSUITE__URL": "http://127.0.0.1:9",
            "ISTHMUS_NETSUITE__ACCOUNT": "1",
        }
        migrate(self.settings["ISTHMUS_LEDGER_URL"])

    def says(self, *words: str) -> tuple[int, str]:
        """Run a command of `isthmus backfill`; returns its exit code and all that it said, on one line."""
        done = self.run("backfill", *words, **self.settings)
        assert "Traceback" not in done.stderr
        return done.returncode, " ".join((done.stdout + done.stderr).split())

    def listed(self) -> list[dict[str, Any]]:
        """Return the backfills as JSON."""
        found: list[dict[str, Any]] = json.loads(self.run("backfill", "list", "--json", **self.settings).stdout)
        return found


@pytest.fixture
def office(tmp_path: Path, services: dict[str, str]) -> Office:
    return Office(tmp_path, services["redis"])


def test_a_backfill_is_started_seen_stopped_and_resumed(office: Office) -> None:
    code, said = office.says("start", FLOW, "--since", "2026-01-01", "--until", "2026-04-01", "--yes")
    assert (code, said) == (0, f"Backfill 1 of {FLOW} has begun. Follow it with: isthmus backfill watch 1")
    (one,) = office.listed()
    assert (one["run"], one["state"], one["since"]) == (1, "reading", "2026-01-01T05:00:00+00:00")
    assert (one["until"], one["done"], one["read"]) == ("2026-04-01T04:00:00+00:00", 0, 0)
    assert office.says("start", FLOW, "--since", "2026-01-01", "--yes")[1].startswith(
        f"isthmus: backfill 1 of {FLOW} is under way; stop it first"
    )
    assert office.says("stop", "1")[1].startswith("Backfill 1 has stopped.")
    assert office.listed()[0]["state"] == "stopped"
    assert office.says("stop", "1")[0] == 1
    code, said = office.says("watch", "1")
    assert code == 1
    assert "STOPPED: by" in said
    assert office.says("resume", "1")[0] == 0
    assert office.listed()[0]["state"] == "reading"


def test_what_makes_no_sense_is_refused_with_words(office: Office) -> None:
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    for words, expected in (
        (("account_to_customers", "--since", "2026-01-01"), "no flow is called 'account_to_customers'; there are:"),
        ((FLOW, "--since", "yesterday"), "--since yesterday: not a date or time such as 2026-01-01"),
        ((FLOW, "--since", tomorrow), "is still to come: there is nothing to read"),
        ((FLOW, "--since", "2026-02-01", "--until", "2026-01-01"), "is not after --since 2026-02-01"),
    ):
        code, said = office.says("start", *words, "--yes")
        assert code == 1
        assert expected in said
    assert office.says("start", FLOW, "--since", "2026-01-01")[0] == 1  # nobody answers the question
    assert office.says("stop", "7")[0] == office.says("resume", "7")[0] == office.says("watch", "7")[0] == 1
    assert office.listed() == []
