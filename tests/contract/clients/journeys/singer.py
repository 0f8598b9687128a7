"""tap-salesforce: discover, then read over REST or BULK (the first argument) as a pipeline would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from diary import Diary

KNOWN = os.environ
WAY = sys.argv[1]
TAP = str(Path(sys.executable).parent / "tap-salesforce")
FOLDER = Path.cwd() / f"tap-{WAY.lower()}"
STREAMS = ("Account", "Opportunity", "OpportunityLineItem")
FOLDER.mkdir(exist_ok=True)
config, catalog, state = FOLDER / "config.json", FOLDER / "catalog.json", FOLDER / "state.json"
diary = Diary()


def run(*words: str) -> str:
    done = subprocess.run(
        [TAP, "--config", str(config), *words], capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])
    return done.stdout


def discover() -> list[Any]:
    found = json.loads(run("--discover"))
    for stream in found["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = stream["stream"] in STREAMS
    catalog.write_text(json.dumps(found))
    return [len(found["streams"]) > 10, {one["stream"] for one in found["streams"]} >= set(STREAMS)]


def read() -> dict[str, Any]:
    messages = [json.loads(line) for line in run("--properties", str(catalog)).splitlines()]
    records = [one for one in messages if one["type"] == "RECORD"]
    names = sorted(
        one["record"]["Name"]
        for one in records
        if one["stream"] == "Account" and one["record"]["Name"].startswith("Tap")
    )
    state.write_text(json.dumps([one for one in messages if one["type"] == "STATE"][-1]["value"]))
    return {"streams": sorted({one["stream"] for one in records}), "accounts": names}


def again() -> bool:
    """Read on from the state: only what is not older than its bookmark comes."""
    messages = [json.loads(line) for line in run("--properties", str(catalog), "--state", str(state)).splitlines()]
    return all("Name" in one["record"] for one in messages if one["type"] == "RECORD")


config.write_text(json.dumps({
    "client_id": KNOWN["SF_CLIENT_ID"], "client_secret": KNOWN["SF_CLIENT_SECRET"], "refresh_token": sys.argv[2],
    "start_date": "2020-01-01T00:00:00Z", "api_type": WAY, "select_fields_by_default": True, "is_sandbox": False,
}))  # fmt: skip
diary("discover", discover)
diary("read", read)
diary("again", again)
diary("token", lambda: json.loads(config.read_text())["refresh_token"])
diary("rotated", lambda: diary.told["token"] != sys.argv[2])
diary.tell()
