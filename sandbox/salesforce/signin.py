"""Who is calling? OAuth 2.0 tokens: JWT bearer, client credentials, password and refresh (salesforce.md 1.1)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.salesforce.org import USER
from sandbox.salesforce.refusals import Refused
from sandbox.twin.credentials import SalesforceCredentials

ORGANIZATION = "00DWs0000000001MAA"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SKEW = 300  # seconds that an assertion may reach into the future


class SignInRefused(Exception):
    """A token request is refused: an OAuth error with its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass
class Door:
    """Gives out access tokens and recognises them; they die with the process, as a session may at any time."""

    credentials: SalesforceCredentials
    lifetime: float = 7200.0
    tokens: dict[str, float] = field(default_factory=dict)

    async def token(self, request: Request) -> Response:
        """Answer `POST /services/oauth2/token`."""
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        try:
            self._check(form | _basic(request.headers.get("authorization", "")), _base(request))
        except SignInRefused as refused:
            return JSONResponse({"error": refused.error, "error_description": str(refused)}, 400)
        return JSONResponse(self._answer(form["grant_type"], _base(request)))

    def recognise(self, request: Request) -> None:
        """Refuse a request without a living token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token if scheme.lower() in {"bearer", "oauth"} else ""
        token = token or request.headers.get("x-sfdc-session", "") or request.query_params.get("oauth_token", "")
        if self.tokens.get(token, 0.0) < time.time():
            raise Refused("INVALID_SESSION_ID", "Session expired or invalid", 401)

    def _check(self, form: Mapping[str, str], base: str) -> None:
        match form.get("grant_type"):
            case "client_credentials":
                self._check_client(form)
            case "password":
                self._check_client(form)
                self._check_password(form)
            case "refresh_token":
                self._check_client(form)
                if not _same(form.get("refresh_token"), self.credentials.refresh_token):
                    raise SignInRefused("invalid_grant", "expired access/refresh token")
            case kind if kind == JWT_GRANT:
                self._check_assertion(form.get("assertion", ""), base)
            case _:
                raise SignInRefused("unsupported_grant_type", "grant type not supported")

    def _check_client(self, form: Mapping[str, str]) -> None:
        if not _same(form.get("client_id"), self.credentials.client_id):
            raise SignInRefused("invalid_client_id", "client identifier invalid")
        if not _same(form.get("client_secret"), self.credentials.client_secret):
            raise SignInRefused("invalid_client", "invalid client credentials")

    def _check_password(self, form: Mapping[str, str]) -> None:
        expected = self.credentials.password, self.credentials.password + self.credentials.security_token
        named = _same(form.get("username"), self.credentials.username)
        if not (named and any(_same(form.get("password"), one) for one in expected)):
            raise SignInRefused("invalid_grant", "authentication failure")

    def _check_assertion(self, assertion: str, base: str) -> None:
        audiences = [base, "https://login.salesforce.com", "https://test.salesforce.com"]
        try:
            claims = jwt.decode(
                assertion, self.credentials.public_key.decode(), algorithms=["RS256"], audience=audiences,
                options={"verify_exp": False},
            )  # fmt: skip
            left = int(claims["exp"]) - time.time()
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            raise SignInRefused("invalid_grant", "invalid assertion") from error
        if not 0 < left <= SKEW:
            raise SignInRefused("invalid_grant", "expired authorization code")
        if claims.get("iss") != self.credentials.client_id:
            raise SignInRefused("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self.credentials.username:
            raise SignInRefused("invalid_grant", "user hasn't approved this consumer")

    def _answer(self, grant: str, base: str) -> dict[str, str]:
        token = f"{ORGANIZATION[:15]}!{secrets.token_urlsafe(48)}"
        self.tokens[token] = time.time() + self.lifetime
        found = {
            "access_token": token,
            "instance_url": base,
            "id": f"{base}/id/{ORGANIZATION}/{USER}",
            "token_type": "Bearer",
            "issued_at": str(int(time.time() * 1000)),
            "signature": secrets.token_urlsafe(32),
            "scope": "api",
        }
        return found | ({"refresh_token": self.credentials.refresh_token} if grant == "password" else {})


def _same(given: str | None, expected: str) -> bool:
    return hmac.compare_digest((given or "").encode(), expected.encode())


def _base(request: Request) -> str:
    """Return scheme and host as the client sees them."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return f"{scheme}://{request.headers.get('x-forwarded-host', request.headers.get('host', ''))}"


def _basic(header: str) -> dict[str, str]:
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(coded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": name, "client_secret": secret}
