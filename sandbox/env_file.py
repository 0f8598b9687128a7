"""What does a client need to know of the twins? Addresses and credentials, as a file that a shell can source."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.twin import credentials, tls

API_VERSION, SOAP_VERSION = "62.0", "2025_2"
ITEMS = ("9001", "9002", "9003", "9004", "9005", "9006")  # sellable, in every new account: sandbox/netsuite/lists.yaml


@dataclass(frozen=True)
class Served:
    """What runs: addresses by name (salesforce, netsuite; with TLS also salesforce-tls, netsuite-tls, proxy; pubsub)."""

    addresses: Mapping[str, str]
    seed: str
    state: Path
    slots: int


def write(path: Path, served: Served) -> None:
    """Write the file at once or not at all, readable by its owner alone."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in assignments(served).items())
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(lines)
    fresh.replace(path)


def assignments(served: Served) -> dict[str, str]:
    """Return what stands in the file, by name; what is not served is left out."""
    org, account = credentials.salesforce(served.seed, served.state), credentials.netsuite(served.seed, served.state)
    salesforce, netsuite = served.addresses["salesforce"], served.addresses["netsuite"]
    return {
        "SF_URL": salesforce,
        "SF_USERNAME": org.username,
        "SF_PASSWORD": org.password,
        "SF_SECURITY_TOKEN": org.security_token,
        "SF_CLIENT_ID": org.client_id,
        "SF_CLIENT_SECRET": org.client_secret,
        "SF_REFRESH_TOKEN": org.refresh_token,
        "SF_API_VERSION": API_VERSION,
        "SF_EXT_FIELD": "NetSuite_Internal_ID__c",
        "SF_JWT_KEY_FILE": str(credentials.salesforce_key_file(served.state).resolve()),
        "SF_FAULT_URL": f"{salesforce}/_twin/faults",
        "NS_URL": netsuite,
        "NS_ACCOUNT": account.account,
        "NS_CONSUMER_KEY": account.consumer_key,
        "NS_CONSUMER_SECRET": account.consumer_secret,
        "NS_TOKEN_ID": account.token_id,
        "NS_TOKEN_SECRET": account.token_secret,
        "NS_CLIENT_ID": account.client_id,
        "NS_CERTIFICATE_ID": account.certificate_id,
        "NS_KEY_FILE": str(credentials.netsuite_key_file(served.state).resolve()),
        "NS_SOAP_VERSION": SOAP_VERSION,
        "NS_SUBSIDIARY": "1",
        "NS_ITEM_IDS": ",".join(ITEMS),
        "NS_CONCURRENCY_LIMIT": str(served.slots),
        "NS_FAULT_URL": f"{netsuite}/_twin/faults",
    } | _extras(served)


def _extras(served: Served) -> dict[str, str]:
    """Return what is there only with TLS, or with events."""
    names = {
        "SF_PUBSUB": "pubsub", "SF_PUBSUB_TLS": "pubsub-tls", "SF_TLS_URL": "salesforce-tls", "NS_TLS_URL": "netsuite-tls",
        "TWIN_PROXY": "proxy",
    }  # fmt: skip
    found = {name: served.addresses[key] for name, key in names.items() if key in served.addresses}
    if "salesforce-tls" in served.addresses:
        found["TWIN_CA_FILE"] = str(tls.authority_file(served.state).resolve())
    return found
