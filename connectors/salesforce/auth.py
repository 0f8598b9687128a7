"""Who calls? One access token for a process, renewed before it ends and once after a refusal (salesforce.md 1.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import jwt
import requests

from connectors.http import calling, exact_json
from connectors.salesforce.connection import Connection
from connectors.salesforce.errors import decoded, error_of, refusal_of
from flows.errors import Misconfigured

BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIFE = 180  # seconds an assertion lives; Salesforce refuses more than five minutes
SESSION = 3000.0  # seconds a token is used where its end is not told; a shorter session policy is met by the 401
MARGIN = 60.0  # seconds before its end at which a token counts as spent
ORGANIZATION = re.compile(r"/id/(00D[A-Za-z0-9]{12,15})/")  # in the identity address that comes with a token
HINTS = {
    "invalid_client_id": "The consumer key is not known there: check client id and address.",
    "invalid_client": "The consumer secret is wrong, or the flow is not enabled in the connected app.",
    "invalid_grant": "Approve the app for the user, check user name, key and the machine's clock.",
    "invalid_assertion": "Check the private key against the app's certificate, and the login address.",
}


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, the address it is good for, until when (seconds of the handed clock), and the org's id."""

    value: str
    instance: str
    until: float
    organization: str = ""


class SignIn:
    """Holds the process's token."""

    def __init__(self, connection: Connection, session: requests.Session, clock: Callable[[], float]) -> None:
        """Take a session for the sign-in calls; `clock` gives Unix seconds."""
        self._connection = connection
        self._session = session
        self._clock = clock
        self._lock = Lock()
        self._token: Token | None = None

    def token(self) -> Token:
        """Return a token that is good for now; raises Misconfigured("SALESFORCE_SIGN_IN") when we are not let in."""
        with self._lock:
            if self._token is None or self._clock() >= self._token.until - MARGIN:
                self._token = self._fetch()
            return self._token

    def forget(self, refused: Token) -> None:
        """Drop a refused token; one that another thread has renewed meanwhile stays."""
        with self._lock:
            if self._token is refused:
                self._token = None

    def _fetch(self) -> Token:
        with calling("Salesforce", write=False):
            reply = self._session.post(f"{self._connection.url.rstrip('/')}/services/oauth2/token", data=self._form())
            if reply.status_code != requests.codes.ok:
                raise _not_let_in(reply)
            answer = exact_json(reply)
        return self._read(answer)

    def _form(self) -> dict[str, str]:
        connection = self._connection
        if connection.has_key:
            return {"grant_type": BEARER, "assertion": assertion(connection, int(self._clock()))}
        secret = connection.client_secret or ""
        return {"grant_type": "client_credentials", "client_id": connection.client_id, "client_secret": secret}

    def _read(self, answer: dict[str, Any]) -> Token:
        life = float(answer.get("expires_in") or SESSION)
        instance = self._connection.url if self._connection.is_loopback else str(answer["instance_url"])
        found = ORGANIZATION.search(str(answer.get("id") or ""))
        until = self._clock() + life
        return Token(str(answer["access_token"]), instance.rstrip("/"), until, found[1] if found else "")


def assertion(connection: Connection, now: int) -> str:
    """Return the signed JWT that stands for the integration user during three minutes."""
    claims = {"iss": connection.client_id, "sub": connection.username, "aud": connection.audience, "exp": now + LIFE}
    try:
        return jwt.encode(claims, connection.private_key or "", algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        words = "The private key cannot be read: it must be an RSA key as PEM text."
        raise Misconfigured("SALESFORCE_SIGN_IN", words) from None  # the cause may quote the key


def _not_let_in(reply: requests.Response) -> Exception:
    refusal = refusal_of(reply.status_code, decoded(reply.content))
    if reply.status_code >= requests.codes.server_error or reply.status_code == requests.codes.too_many_requests:
        return error_of(refusal, write=False)
    words = f"Salesforce did not let us in: {refusal.message or refusal.code or reply.status_code}."
    return Misconfigured("SALESFORCE_SIGN_IN", words, hint=HINTS.get(refusal.code, "Check the connected app."))
