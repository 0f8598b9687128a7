"""Which Salesforce org is meant, and with which credentials?"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.http import TIMEOUT
from flows.errors import Misconfigured

VERSION = re.compile(r"\d\d\.0")
PRODUCTION, SANDBOX = "https://login.salesforce.com", "https://test.salesforce.com"


@dataclass(frozen=True)
class Connection:
    """One org and how to sign in to it.

    `url` is the org's My Domain address. A user name and a private key (PEM text) sign in by JWT bearer and go first,
    else the client secret by client credentials. `login_url` is the JWT's audience where it is neither production's nor
    a sandbox's own. `timeout` is (connect, read) in seconds.
    """

    url: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    username: str | None = None
    private_key: str | None = field(default=None, repr=False)
    login_url: str | None = None
    api_version: str = "62.0"
    timeout: tuple[float, float] = TIMEOUT

    def __post_init__(self) -> None:
        if self.scheme != "https" and not (self.scheme == "http" and self.is_loopback):
            hint = "Plain http is for a twin on this machine."
            raise Misconfigured("SALESFORCE_ADDRESS", "The Salesforce address must begin with https://.", hint=hint)
        if not VERSION.fullmatch(self.api_version):
            raise Misconfigured("SALESFORCE_VERSION", f"API version {self.api_version!r} is not of the form 62.0.")
        if not (self.has_key or self.client_secret):
            words = "Neither user name and private key nor a client secret is configured."
            raise Misconfigured("SALESFORCE_SIGN_IN", words)

    @property
    def scheme(self) -> str:
        """The address's scheme."""
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        """The address's host and, where it is given, port."""
        return urlsplit(self.url).netloc

    @property
    def is_loopback(self) -> bool:
        """Whether the address stays on this machine."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"

    @property
    def has_key(self) -> bool:
        """Whether the JWT bearer flow is configured."""
        return bool(self.username and self.private_key)

    @property
    def audience(self) -> str:
        """Whom the JWT is for: the login host, not the org's own (salesforce.md 1.1)."""
        if self.login_url:
            return self.login_url.rstrip("/")
        return SANDBOX if ".sandbox." in self.host else PRODUCTION
