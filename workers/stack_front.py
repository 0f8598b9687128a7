"""Which keys, and which process, give the demo its front door?"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Mapping

from workers.settings import ROOT
from workers.supervisor import Child

ORGANIZATION = "00DWs0000000001MAA"  # the Salesforce twin's
HOOKS = {"crm": "salesforce", "erp": "netsuite"}


def front_settings() -> dict[str, str]:
    """Return fresh keys for every way in; they stand in the demo's settings file, which its owner alone can read."""
    return {
        "CONSOLE__HOOKS": json.dumps({name: [secrets.token_urlsafe(24)] for name in HOOKS}),
        "CONSOLE__SYSTEMS": json.dumps(HOOKS),
        "CONSOLE__OUTBOUND": json.dumps([secrets.token_urlsafe(24)]),
        "CONSOLE__ORGANIZATIONS": json.dumps([ORGANIZATION]),
        "CONSOLE__TOKENS": json.dumps([secrets.token_urlsafe(24)]),
    }


def front_child(settings: Mapping[str, str], port: int, answers: Callable[[str], bool]) -> Child:
    """Return the console's process; it is ready when it says that its ledger answers."""
    command = (sys.executable, "-m", "workers.cli", "console", "--port", str(port))
    health = f"http://127.0.0.1:{port}/health"
    return Child("console", command, dict(settings) | {"PYTHONPATH": str(ROOT)}, ready=lambda: answers(health))
