"""How is the NetSuite twin started? With its credentials from a seed, and its state in a folder."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.netsuite.app import NetSuiteConfig, build
from sandbox.twin import credentials
from sandbox.twin.holding import holding
from sandbox.twin.server import NONE_MORE, MorePorts, open_ends, serve


@dataclass(frozen=True)
class Manner:
    """How the account behaves: its limit of concurrent calls, and what its SOAP face validates and serves."""

    slots: int = 5
    strict: bool = False
    wsdl: Path | None = None


USUAL = Manner()


def run(  # noqa: PLR0913 — what a twin is started with
    host: str, port: int, folder: Path, *, latency: str, seed: str, manner: Manner = USUAL, more: MorePorts = NONE_MORE
) -> None:
    """Serve the account until a signal ends it."""
    ends = open_ends(host, port, more.tls, folder)
    keys = credentials.netsuite(seed, folder)
    state = folder / "netsuite.sqlite"
    config = NetSuiteConfig(keys, state, latency, manner.slots, strict=manner.strict, wsdl=manner.wsdl)
    with holding(folder, "netsuite"):
        serve("netsuite", build(config), ends)
