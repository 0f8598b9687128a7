"""What does the SOAP interface look like? Loads the shipped WSDL under the configured endpoint's names."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import requests
import zeep
from zeep.transports import Transport

FOLDER = Path(__file__).parent / "wsdl"
SHIPPED = "2025_2"
SERVICE = "urn:platform_{}.webservices.netsuite.com"
PORT = "NetSuiteBinding"


class Wire(Transport):  # type: ignore[misc]  # zeep ships no types
    """Zeep's way to the network: our session with its timeouts; schemas come from the package, never from afar."""

    def __init__(self, session: requests.Session, endpoint: str, timeout: tuple[float, float]) -> None:
        agent = session.headers.get("User-Agent")
        super().__init__(cache=None, operation_timeout=timeout, session=session)
        session.headers["User-Agent"] = agent or "isthmus"  # zeep puts its own name on the session that it is given
        self._endpoint = endpoint

    def load(self, url: str) -> bytes:
        """Return a shipped schema with its version rewritten; namespaces differ by nothing else (netsuite.md 1.2)."""
        return _shipped(Path(url).name).replace(SHIPPED.encode(), self._endpoint.encode())

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        """Send one request. Zeep would log the whole message, which holds signatures and customers' values."""
        reply: requests.Response = self.session.post(
            address, data=message, headers=headers, timeout=self.operation_timeout
        )
        return reply


@cache
def _shipped(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def client(session: requests.Session, endpoint: str, timeout: tuple[float, float]) -> Any:
    """Return a zeep client of the shipped interface; about 20 ms."""
    settings = zeep.Settings(forbid_entities=True, forbid_dtd=True, xml_huge_tree=False)
    return zeep.Client(str(FOLDER / "netsuite.wsdl"), transport=Wire(session, endpoint, timeout), settings=settings)


def service(of: Any, endpoint: str, address: str) -> Any:
    """Return the callable operations at `address`; the WSDL's own address is not the account's (netsuite.md 2.2)."""
    return of.create_service(f"{{{SERVICE.format(endpoint)}}}{PORT}", address)
