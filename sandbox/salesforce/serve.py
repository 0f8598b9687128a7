"""How is the Salesforce twin started? With its credentials from a seed, and its state in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sandbox.salesforce.app import SalesforceConfig, build
from sandbox.salesforce.events.pubsub.server import PubSubAddress
from sandbox.twin import credentials
from sandbox.twin.holding import holding
from sandbox.twin.server import NONE_MORE, Ends, MorePorts, open_ends, serve


def run(host: str, port: int, folder: Path, *, latency: str, seed: str, more: MorePorts = NONE_MORE) -> None:
    """Serve the org until a signal ends it."""
    ends = open_ends(host, port, more.tls, folder)
    known = credentials.salesforce(seed, folder)
    config = SalesforceConfig(known, folder / "salesforce.sqlite", latency)
    with holding(folder, "salesforce"):
        app = build(replace(config, pubsub=_events(host, more.pubsub, ends)))
        serve("salesforce", app, ends)


def _events(host: str, port: int, ends: Ends) -> PubSubAddress:
    """Say where the Pub/Sub API listens: beside the org, and with TLS on a free port when the org has TLS."""
    if ends.identity is None:
        return PubSubAddress(host, port)
    return PubSubAddress(host, port, 0, ends.identity.certificate, ends.identity.key)
