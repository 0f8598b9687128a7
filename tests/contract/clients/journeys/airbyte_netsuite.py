"""Airbyte's source-netsuite: check, discover and read over its hard-coded host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from diary import Diary

KNOWN = os.environ
# Its requests are sent without the environment's trust (requests' own gap), so the trust store itself is put in place.
START = """
import os, sys, certifi
certifi.where = lambda: os.environ["SSL_CERT_FILE"]
from airbyte_cdk.entrypoint import launch
from source_netsuite import SourceNetsuite
launch(SourceNetsuite(), sys.argv[1:])
"""
SOURCE = [sys.executable, "-c", START]
FOLDER = Path.cwd() / "airbyte-netsuite"
FOLDER.mkdir(exist_ok=True)
config, catalog = FOLDER / "config.json", FOLDER / "catalog.json"
diary = Diary()


def run(verb: str, *words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*SOURCE, verb, "--config", str(config), *words], capture_output=True, text=True, check=False, timeout=130
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-1500:])
    return told


def check() -> Any:
    return next(one["connectionStatus"] for one in run("check") if one["type"] == "CONNECTION_STATUS")["status"]


def discover() -> list[str]:
    found = next(one["catalog"]["streams"] for one in run("discover") if one["type"] == "CATALOG")
    streams = [
        {
            "stream": one,
            "sync_mode": one["supported_sync_modes"][-1],
            "destination_sync_mode": "append",
            "cursor_field": ["lastModifiedDate"],
        }
        for one in found
    ]
    catalog.write_text(json.dumps({"streams": streams}))
    return sorted(one["name"] for one in found)


def read() -> dict[str, Any]:
    rows = [one["record"] for one in run("read", "--catalog", str(catalog)) if one["type"] == "RECORD"]
    return {
        "streams": sorted({row["stream"] for row in rows}),
        "customers": sorted(
            row["data"]["companyName"] for row in rows if str(row["data"].get("companyName", "")).startswith("Byte")
        ),
    }


config.write_text(json.dumps({
    "realm": KNOWN["NS_ACCOUNT"], "consumer_key": KNOWN["NS_CONSUMER_KEY"], "consumer_secret": KNOWN["NS_CONSUMER_SECRET"], "token_key": KNOWN["NS_TOKEN_ID"],
    "token_secret": KNOWN["NS_TOKEN_SECRET"], "object_types": ["customer", "salesorder"], "start_datetime": "2026-09-01T00:00:00Z", "window_in_days": 30,
}))  # fmt: skip
diary("check", check)
diary("discover", discover)
diary("read", read)
diary.tell()
