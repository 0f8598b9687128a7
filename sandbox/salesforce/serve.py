"""How is the Salesforce twin started? With its credentials from a seed, and its state in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sandbox.salesforce.app import SalesforceConfig, build
from sandbox.salesforce.events.pubsub.server import PubSubAddress
from sandbox.twin import credentials
from sandbox.twin.server import Address, Ends, open_ends, serve


def run(address: Address, folder: Path, *, latency: str, seed: str, pubsub_port: int = 0) -> None:
    """Serve the org until a signal ends it."""
    ends = open_ends(address, folder)
    known = credentials.salesforce(seed, folder)
    config = SalesforceConfig(known, folder / "salesforce.sqlite", latency)
    app = build(replace(config, pubsub=_events(address, pubsub_port, ends)))
    serve("salesforce", app, ends)


def _events(address: Address, port: int, ends: Ends) -> PubSubAddress:
    """Say where the Pub/Sub API listens: beside the org, and with TLS on a free port when the org has TLS."""
    if ends.identity is None:
        return PubSubAddress(address.host, port)
    return PubSubAddress(address.host, port, 0, ends.identity.certificate, ends.identity.key)
