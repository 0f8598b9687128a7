"""How is the NetSuite twin started? With its credentials from a seed, and its state in a folder."""

from pathlib import Path

from sandbox.netsuite.app import NetSuiteConfig, build
from sandbox.twin import credentials
from sandbox.twin.server import listen, serve


def run(host: str, port: int, folder: Path, *, latency: str, seed: str, slots: int = 5) -> None:
    """Serve the account until a signal ends it; `slots` is its limit of concurrent calls."""
    keys = credentials.netsuite(seed, folder)
    app = build(NetSuiteConfig(keys, folder / "netsuite.sqlite", latency, slots))
    serve("netsuite", app, listen(host, port))
