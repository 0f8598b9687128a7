"""Who is calling? OAuth 2.0 tokens: JWT bearer, client credentials, password and refresh (salesforce.md 1.1)."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.assertions import JWT_GRANT, check_assertion
from sandbox.salesforce.consent import Consent
from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import Refused, SignInRefused
from sandbox.salesforce.sessions import ORGANIZATION, Session, Sessions
from sandbox.twin.credentials import SalesforceCredentials
from sandbox.twin.seen import seen

HOUR = 3600.0
SHARED_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})
MY_DOMAIN = "isthmus.my.salesforce.com"
UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass
class Door:
    """Lets callers in by OAuth, and recognises them afterwards; where it `rotates`, a refresh token is good for one use."""

    credentials: SalesforceCredentials
    sessions: Sessions
    rotates: Callable[[], bool]
    logins_an_hour: int = 3600
    consent: Consent = field(init=False)
    _logins: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        """Let people agree to what clients ask."""
        self.consent = Consent(self.credentials)

    async def authorize(self, request: Request) -> Response:
        """Answer `GET /services/oauth2/authorize`."""
        return self.consent.code(request)

    def count_login(self) -> None:
        """Count an attempt; refuse more than a user may make in an hour."""
        now = time.time()
        while self._logins and self._logins[0] < now - HOUR:
            self._logins.popleft()
        if len(self._logins) >= self.logins_an_hour:
            raise SignInRefused("invalid_grant", "login rate exceeded")
        self._logins.append(now)

    async def token(self, request: Request) -> Response:
        """Answer `POST /services/oauth2/token`."""
        form = await form_of(request)
        try:
            self.count_login()
            self._check(form, base_of(request))
        except SignInRefused as refused:
            return refused.response()
        return JSONResponse(self._answer(form, request), headers=UNCACHED)

    def recognise(self, request: Request) -> Session:
        """Return the session of a request; refuse one without a living token."""
        found = self.sessions.find(token_of(request))
        if found is None:
            raise Refused("INVALID_SESSION_ID", "Session expired or invalid", 401)
        return found

    def check_client(self, form: Mapping[str, str]) -> None:
        """Refuse a wrong consumer key or secret."""
        if not same(form.get("client_id"), self.credentials.client_id):
            raise SignInRefused("invalid_client_id", "client identifier invalid")
        if not same(form.get("client_secret"), self.credentials.client_secret):
            raise SignInRefused("invalid_client", "invalid client credentials")

    def _check(self, form: Mapping[str, str], base: str) -> None:
        match form.get("grant_type"):
            case "client_credentials":
                if base.partition("://")[2] in SHARED_HOSTS:
                    raise SignInRefused("invalid_grant", "request not supported on this domain")
                self.check_client(form)
            case "password":
                self.check_client(form)
                self._check_password(form)
            case "refresh_token":
                self.check_client(form)
                self._check_refresh_token(form)
            case "authorization_code":
                self.check_client(form)
                self.consent.exchange(form)
            case kind if kind == JWT_GRANT:
                check_assertion(self.credentials, form.get("assertion", ""), base)
            case _:
                raise SignInRefused("unsupported_grant_type", "grant type not supported")

    def _check_password(self, form: Mapping[str, str]) -> None:
        """The app relaxes IP restrictions, so the security token may be appended or left out."""
        expected = self.credentials.password, self.credentials.password + self.credentials.security_token
        named = same(form.get("username", "").lower(), self.credentials.username.lower())
        if not (named and any(same(form.get("password"), one) for one in expected)):
            raise SignInRefused("invalid_grant", "authentication failure")

    def _check_refresh_token(self, form: Mapping[str, str]) -> None:
        token = form.get("refresh_token", "")
        good = self.sessions.use_up(token) if self.rotates() else self.sessions.is_refresh_token(token)
        if not good:
            raise SignInRefused("invalid_grant", "expired access/refresh token")

    def _answer(self, form: Mapping[str, str], request: Request) -> dict[str, str]:
        session = self.sessions.open()
        identity, issued = f"{base_of(request)}/id/{ORGANIZATION}/{USER}", str(int(session.issued * 1000))
        kind = form["grant_type"]
        renewable = kind == "authorization_code" or (kind == "refresh_token" and self.rotates())
        return {
            "access_token": session.token,
            **({"refresh_token": self.sessions.new_refresh_token()} if renewable else {}),
            "signature": self._signature(identity + issued),
            "scope": "refresh_token api id",
            "instance_url": home_of(request),
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    def _signature(self, text: str) -> str:
        """Sign as the real one does: HMAC-SHA256 of identity URL and time, keyed with the consumer secret."""
        return base64.b64encode(hmac.digest(self.credentials.client_secret.encode(), text.encode(), "sha256")).decode()


async def form_of(request: Request) -> dict[str, str]:
    """Return the parameters of a token request, from query, body and Basic header."""
    body = (await request.body()).decode("utf-8", "replace")
    form = dict(request.query_params) | dict(parse_qsl(body, keep_blank_values=True))
    return form | _basic(request.headers.get("authorization", ""))


def token_of(request: Request) -> str:
    """Return the access token that a request carries, in any of the ways that clients know (salesforce.md 1.1)."""
    scheme, _, token = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() in {"bearer", "oauth"} and token:
        return token.strip()
    return request.headers.get("x-sfdc-session") or request.query_params.get("oauth_token") or ""


def same(given: str | None, expected: str) -> bool:
    """Compare a secret in constant time."""
    return hmac.compare_digest((given or "").encode(), expected.encode())


def base_of(request: Request) -> str:
    """Return scheme and host as the client sees them (clients.md, Hosts)."""
    return "://".join(seen(request))


def home_of(request: Request) -> str:
    """Return where the org's API is for this client: a host shared by all orgs sends it on to the org's own.

    A host that a TLS end in front has forwarded stands as it is: who knows which others that end serves (clients.md).
    """
    scheme, host = seen(request)
    shared = host.partition(":")[0].lower() in SHARED_HOSTS and "x-forwarded-host" not in request.headers
    return f"{scheme}://{MY_DOMAIN if shared else host}"


def _basic(header: str) -> dict[str, str]:
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(coded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": name, "client_secret": secret}
