"""How is the Salesforce twin started? With its credentials from a seed, and its state in a folder."""

from __future__ import annotations

from pathlib import Path

from sandbox.salesforce.app import SalesforceConfig, build
from sandbox.twin import credentials
from sandbox.twin.server import listen, serve


def run(host: str, port: int, folder: Path, *, latency: str, seed: str) -> None:
    """Serve the org until a signal ends it."""
    known = credentials.salesforce(seed, folder)
    app = build(SalesforceConfig(known, folder / "salesforce.sqlite", latency))
    serve("salesforce", app, listen(host, port))
