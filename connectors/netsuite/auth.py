"""Who calls? Signatures and tokens for SOAP and REST, made fresh for every try (netsuite.md 2.3, 3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import quote

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from requests.auth import AuthBase
from requests_oauthlib import OAuth1

from connectors.http import calling, exact_json
from connectors.netsuite.connection import Connection
from connectors.netsuite.errors import Refusal, error_of
from flows.errors import Misconfigured

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE = 300  # seconds an assertion lives; the vendor allows up to an hour
MARGIN = 60.0  # seconds before its end at which a token counts as spent
CURVES = {256: "ES256", 384: "ES384", 521: "ES512"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes a signature single-use: Unix seconds and a nonce of 6 to 64 letters and digits."""

    timestamp: int
    nonce: str

    @staticmethod
    def now(clock: Callable[[], float]) -> Stamp:
        """Return a stamp for this very try; a used one is refused (netsuite.md 2.3)."""
        return Stamp(int(clock()), secrets.token_hex(16))


def passport(connection: Connection, stamp: Stamp) -> dict[str, Any]:
    """Return the tokenPassport header of one SOAP request, as zeep takes it."""
    return {
        "account": connection.realm,
        "consumerKey": connection.consumer_key,
        "token": connection.token_id,
        "nonce": stamp.nonce,
        "timestamp": stamp.timestamp,
        "signature": {"_value_1": signature(connection, stamp), "algorithm": "HMAC-SHA256"},
    }


def signature(connection: Connection, stamp: Stamp) -> str:
    """Return the SOAP signature: HMAC-SHA256 over account, key, token, nonce and timestamp, in base64."""
    parts = (connection.realm, connection.consumer_key, connection.token_id, stamp.nonce, str(stamp.timestamp))
    key = "&".join(quote(part, safe="") for part in (connection.consumer_secret, connection.token_secret))
    text = "&".join(quote(part, safe="") for part in parts)
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


class Bearer(AuthBase):
    """Puts an access token on a request."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request that is about to leave."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Signer:
    """Signs REST requests: by certificate where there is one, else by token."""

    def __init__(self, connection: Connection, session: requests.Session, clock: Callable[[], float]) -> None:
        self._connection = connection
        self._session = session
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._until = 0.0

    def auth(self) -> AuthBase:
        """Return the authentication of one try; never keep it for the next."""
        if self._connection.has_certificate:
            return Bearer(self._access_token())
        return _one_legged(self._connection)

    def forget(self) -> None:
        """Drop the access token after a refusal, so that the next try signs in anew."""
        with self._lock:
            self._until = 0.0

    def _access_token(self) -> str:
        with self._lock:
            if self._clock() >= self._until - MARGIN:
                self._token, life = self._fetch()
                self._until = self._clock() + life
            return self._token

    def _fetch(self) -> tuple[str, float]:
        address = f"{self._connection.rest}/auth/oauth2/v1/token"
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
        form["client_assertion"] = assertion(self._connection, address, int(self._clock()))
        with calling("NetSuite", write=False):
            reply = self._session.post(address, data=form, timeout=self._connection.timeout)
        if reply.status_code != requests.codes.ok:
            raise _not_let_in(reply)
        answer = exact_json(reply)
        return str(answer["access_token"]), float(answer.get("expires_in", 3600))


def assertion(connection: Connection, audience: str, now: int) -> str:
    """Return the signed JWT of the client-credentials grant; PS256 for RSA keys, ES256/384/512 by curve."""
    claims = {
        "iss": connection.client_id,
        "scope": ["rest_webservices"],
        "aud": audience,
        "iat": now,
        "exp": now + LIFE,
    }
    pem = (connection.private_key or "").encode()
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError as fault:
        raise Misconfigured("NETSUITE_SIGN_IN", "The private key cannot be read: it must be PEM text.") from fault
    algorithm = CURVES[key.curve.key_size] if isinstance(key, EllipticCurvePrivateKey) else "PS256"
    return jwt.encode(claims, pem.decode(), algorithm=algorithm, headers={"kid": connection.certificate_id})


def _one_legged(connection: Connection) -> OAuth1:
    return OAuth1(
        connection.consumer_key,
        connection.consumer_secret,
        connection.token_id,
        connection.token_secret,
        signature_method="HMAC-SHA256",
        realm=connection.realm,
    )


def _not_let_in(reply: requests.Response) -> Exception:
    if reply.status_code >= requests.codes.server_error or reply.status_code == requests.codes.too_many_requests:
        return error_of(Refusal("The token address did not answer.", status=reply.status_code), write=False)
    words = f"NetSuite refused the client credentials (HTTP {reply.status_code})."
    hint = "Check client id, certificate id and key; the Login Audit Trail tells the true cause."
    return Misconfigured("NETSUITE_SIGN_IN", words, hint=hint)
