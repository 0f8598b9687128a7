"""How is the NetSuite twin started? With its credentials from a seed, and its state in a folder."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.netsuite.app import NetSuiteConfig, build
from sandbox.twin import credentials
from sandbox.twin.server import Address, open_ends, serve


@dataclass(frozen=True)
class Manner:
    """How the account behaves: its pace, its limit of concurrent calls, and what its SOAP face validates and serves."""

    latency: str = "demo"
    slots: int = 5
    strict: bool = False
    wsdl: Path | None = None


def run(address: Address, folder: Path, manner: Manner, *, seed: str) -> None:
    """Serve the account until a signal ends it."""
    ends = open_ends(address, folder)
    keys = credentials.netsuite(seed, folder)
    state = folder / "netsuite.sqlite"
    app = build(NetSuiteConfig(keys, state, manner.latency, manner.slots, strict=manner.strict, wsdl=manner.wsdl))
    serve("netsuite", app, ends)
