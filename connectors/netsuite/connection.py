"""Which NetSuite account is meant, and with which credentials?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import requests

from flows.errors import Misconfigured
from flows.model import Priority

ENDPOINTS = ("2023_2", "2024_1", "2024_2", "2025_1", "2025_2")
PASSPORT = ("consumer_key", "consumer_secret", "token_id", "token_secret")
MACHINE = ("client_id", "certificate_id", "private_key")


@dataclass(frozen=True)
class Connection:
    """One account and how to sign in to it.

    `url` is the account's own host without a path; `account` may be written either way (`1234567-sb1`,
    `1234567_SB1`). Token credentials (four values) serve SOAP and REST; client id, certificate id and private key (PEM)
    serve REST by OAuth 2.0 and go first there, since SOAP takes tokens only (netsuite.md 3.7). `timeout` is (connect,
    read) in seconds.
    """

    url: str
    account: str
    consumer_key: str = ""
    consumer_secret: str = field(default="", repr=False)
    token_id: str = ""
    token_secret: str = field(default="", repr=False)
    client_id: str | None = None
    certificate_id: str | None = None
    private_key: str | None = field(default=None, repr=False)
    endpoint: str = "2025_2"
    timeout: tuple[float, float] = (5.0, 60.0)

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in {"http", "https"}:
            raise Misconfigured("NETSUITE_URL", "The address must begin with https:// (or http:// on loopback).")
        if self.endpoint not in ENDPOINTS:
            known = ", ".join(ENDPOINTS)
            raise Misconfigured("NETSUITE_ENDPOINT", f"Endpoint {self.endpoint} is not known; known are {known}.")
        if not (self.has_token or self.has_certificate):
            raise Misconfigured("NETSUITE_SIGN_IN", "Neither token nor certificate is configured completely.")

    @property
    def has_token(self) -> bool:
        """Whether all four values of a token are here."""
        return all(getattr(self, name) for name in PASSPORT)

    @property
    def has_certificate(self) -> bool:
        """Whether all three values of OAuth 2.0 client credentials are here."""
        return all(getattr(self, name) for name in MACHINE)

    @property
    def realm(self) -> str:
        """The account as sign-in wants it: upper case, underscores; the host's form is refused (netsuite.md 2.2)."""
        return self.account.upper().replace("-", "_")

    @property
    def service(self) -> str:
        """The SOAP address of the configured endpoint."""
        return f"{self.url.rstrip('/')}/services/NetSuitePort_{self.endpoint}"

    @property
    def rest(self) -> str:
        """The root of all REST addresses."""
        return f"{self.url.rstrip('/')}/services/rest"


class Governor(Protocol):
    """The account's shared budget of concurrent calls."""

    def slot(self, priority: Priority, wait: float) -> AbstractContextManager[object]:
        """Hold one of the account's slots; raises Throttled when none is free within `wait` seconds."""

    def refused(self) -> object:
        """Learn that the account refused a call for concurrency."""


@dataclass(frozen=True)
class Line:
    """What every call needs: where to, over which session, under which budget. `wait` is seconds for a slot."""

    connection: Connection
    session: requests.Session
    governor: Governor
    clock: Callable[[], float]
    wait: float = 5.0
