"""Airbyte's source-salesforce: check, discover and read by Bulk API 2.0, as the platform runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from diary import Diary

KNOWN = os.environ
SOURCE = str(Path(sys.executable).parent / "source-salesforce")
FOLDER = Path.cwd() / "airbyte-salesforce"
FOLDER.mkdir(exist_ok=True)
config, catalog = FOLDER / "config.json", FOLDER / "catalog.json"
diary = Diary()


def run(verb: str, *words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [SOURCE, verb, "--config", str(config), *words], capture_output=True, text=True, check=False, timeout=130
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for one in told:
        if one["type"] == "CONTROL":  # the platform keeps a configuration that the source has changed: its new token
            config.write_text(json.dumps(one["control"]["connectorConfig"]["config"]))
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-500:])
    return told


def check() -> str:
    return str(next(one["connectionStatus"]["status"] for one in run("check") if one["type"] == "CONNECTION_STATUS"))


def discover() -> list[str]:
    found = next(one["catalog"]["streams"] for one in run("discover") if one["type"] == "CATALOG")
    chosen = [one for one in found if one["name"] == "Account"]
    streams = [
        {
            "stream": one,
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
            "cursor_field": ["SystemModstamp"],
        }
        for one in chosen
    ]
    catalog.write_text(json.dumps({"streams": streams}))
    return sorted(one["name"] for one in found)


def read() -> dict[str, Any]:
    told = run("read", "--catalog", str(catalog))
    rows = [one["record"] for one in told if one["type"] == "RECORD"]
    return {
        "streams": sorted({row["stream"] for row in rows}),
        "accounts": sorted(row["data"]["Name"] for row in rows if row["data"]["Name"].startswith("Tap")),
    }


config.write_text(json.dumps({
    "client_id": KNOWN["SF_CLIENT_ID"], "client_secret": KNOWN["SF_CLIENT_SECRET"], "refresh_token": sys.argv[1], "auth_type": "Client",
    "start_date": "2026-10-01T00:00:00Z", "is_sandbox": False, "streams_criteria": [{"criteria": "exacts", "value": "Account"}],
}))  # fmt: skip
diary("check", check)
diary("discover", discover)
diary("read", read)
diary("token", lambda: json.loads(config.read_text())["refresh_token"])
diary.tell()
