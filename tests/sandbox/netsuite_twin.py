"""How do tests reach a NetSuite twin? One in this process, on a free port, with the credentials to sign in."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import uvicorn
from requests_oauthlib import OAuth1

from sandbox.netsuite.app import NetSuiteConfig, build
from sandbox.twin import credentials
from sandbox.twin.server import listen
from tests.sandbox.netsuite_contract import CONTRACT, violations

_ACME = {"id": "501", "companyName": "Acme", "externalId": "SF-ACC-1", "subsidiary": {"id": "1"}}
ITEMS = [
    {"type": "serviceSaleItem", "record": {"id": "7", "itemId": "SVC-1", "displayName": "Help", "basePrice": "100.00"}},
    {"type": "inventoryItem", "record": {"id": "8", "itemId": "BOX-1", "displayName": "Box", "basePrice": "9.99"}},
    {"type": "nonInventorySaleItem", "record": {"id": "9", "itemId": "OLD-1", "basePrice": "1", "isInactive": True}},
    {"type": "customer", "record": _ACME},
]


class Twin:
    """A running twin: its address, its keys, and signed calls."""

    def __init__(self, url: str, keys: credentials.NetSuiteCredentials, folder: Path) -> None:
        self.url = url
        self.keys = keys
        self.key_file = credentials.netsuite_key_file(folder)

    def oauth(self) -> OAuth1:
        keys = self.keys
        secrets = (keys.consumer_key, keys.consumer_secret, keys.token_id, keys.token_secret)
        return OAuth1(*secrets, realm=keys.account, signature_method="HMAC-SHA256")

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Send one signed REST call; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, self.url + path, json=body, headers=named, auth=self.oauth(), timeout=10)

    def record(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Send one signed call to the record service."""
        return self.call(method, f"/services/rest/record/v1/{path}", body, **headers)

    def ask(self, query: str, *params: str, page: str = "") -> requests.Response:
        """Ask SuiteQL."""
        body = {"q": query, "params": list(params)}
        return self.call("POST", f"/services/rest/query/v1/suiteql{page}", body, Prefer="transient")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Steer the twin."""
        answer = requests.request(method, f"{self.url}/_twin/{path}", json=body, timeout=10)
        return answer.json()

    def load(self, records: list[dict[str, Any]]) -> requests.Response:
        """Load records through the control API."""
        text = "\n".join(json.dumps(one) for one in records)
        return requests.post(f"{self.url}/_twin/load", data=text.encode(), timeout=10)


@contextmanager
def running(
    folder: Path,
    *,
    slots: int = 5,
    latency: str = "off",
    state: Path | None = None,
    strict: bool = False,
    wsdl: Path | None = CONTRACT,
) -> Iterator[Twin]:
    """Run a twin with items and one customer in it; SOAP traffic that breaks the published contract fails the test."""
    keys = credentials.netsuite("tests", folder)
    app = build(NetSuiteConfig(keys, state, latency, slots, strict, wsdl))
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        twin = Twin(f"http://127.0.0.1:{listener.getsockname()[1]}", keys, folder)
        assert twin.load(ITEMS).status_code == 200
        yield twin
        told = violations(twin.url)
        assert not told, told
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def order(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Give an order's body for REST: customer 501, one line of 2.5 x 10.10 unless told."""
    line = {"item": {"id": "7"}, "quantity": 2.5, "rate": 10.10, "price": {"id": "-1"}}
    return {"entity": {"id": "501"}, "item": {"items": list(lines) or [line]}, **fields}
