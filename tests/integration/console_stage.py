"""The front door as it stands open: the real application under uvicorn, over a real ledger."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import uvicorn

from console.app import build
from console.office import Hook, Keys, Office
from console.signature import sign
from flows.ask import Front
from flows.model import Ask
from ledger.ledger import Ledger
from ledger.migrate import migrate
from mappings.loading import load_flows
from tests.unit.core_stage import CUSTOMERS, MAPPINGS, ORDERS, START, Knocks
from workers.front import listen

ORGANIZATION = "00DWs0000000001MAA"
PATH, OLD_PATH = "a-long-secret-path", "the-former-secret-path"
KEY, OLD_KEY, TOKEN = "hook-key-for-crm-0001", "hook-key-for-crm-0000", "token-of-our-service"
FLOWS = {CUSTOMERS, ORDERS, "sales_order_to_opportunity"}  # the others that read the same objects are left out
KEYS = Keys(
    hooks={
        "crm": Hook((KEY.encode(), OLD_KEY.encode())),
        "erp": Hook((b"hook-key-for-erp-0001",), "netsuite"),
    },
    outbound=(PATH.encode(), OLD_PATH.encode()),
    organizations=(ORGANIZATION[:15],),
    tokens=(TOKEN.encode(),),
)


@dataclass
class Door:
    """A front door with a ledger behind it, and the clock that it goes by."""

    ledger: Ledger
    url: str = ""
    now: datetime = START
    bell: Knocks = field(default_factory=Knocks)

    def post(self, path: str, body: bytes | str, **headers: str) -> requests.Response:
        return requests.post(self.url + path, data=body, headers=headers, timeout=20)

    def signed(self, body: object, *, name: str = "crm", key: str = KEY, age: float = 0.0) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.post(f"/hooks/{name}", data, **self.signature(data, key, age))

    def signature(self, body: bytes, key: str = KEY, age: float = 0.0) -> Mapping[str, str]:
        stamp = str(int((self.now - timedelta(seconds=age)).timestamp()))
        return {"Isthmus-Timestamp": stamp, "Isthmus-Signature": sign(key.encode(), stamp, body)}

    def asks(self) -> dict[tuple[str, str], Ask]:
        found = self.ledger.queue.asked(self.now + timedelta(days=1), 10_000)
        return {(ask.flow, ask.source_id): ask for ask in found}

    def heard(self, count: int = 1) -> list[tuple[str, list[str]]]:
        """Return the knocks that were passed on; they come after the answer."""
        until(lambda: len(self.bell.captures) >= count)
        return self.bell.captures


@contextmanager
def standing(folder: Path, keys: Keys = KEYS, patience: float = 5.0) -> Iterator[Door]:
    """Open the front door on a free port; it is shut afterwards."""
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    migrate(url)
    door = Door(Ledger(url))
    flows = {name: flow for name, flow in load_flows(MAPPINGS).items() if name in FLOWS}
    front = Front(flows, door.ledger.queue, door.bell, lambda: door.now)
    application = build(Office(front, keys, patience=patience))
    listener = listen("127.0.0.1", 0)
    door.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(application, access_log=False, log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield door
    finally:
        server.should_exit = True
        thread.join(20)
        door.ledger.close()


def until(holds: Callable[[], Any], patience: float = 10.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # noqa: TID251 — a test may wait
