"""Which access tokens are live? OAuth 2.0 client credentials with a certificate, kept in the state file (netsuite.md 3.7)."""

import hashlib
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from jwt.types import Options

from sandbox.twin.credentials import NetSuiteCredentials

TOKEN_LIFE = 3600
SCOPES = frozenset({"rest_webservices", "restlets", "suite_analytics"})
_ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TABLES = """
CREATE TABLE IF NOT EXISTS access_token (hash TEXT PRIMARY KEY, scopes TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS assertion (jti TEXT PRIMARY KEY, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS certificate (id TEXT PRIMARY KEY, key TEXT NOT NULL);
"""
_CHECKS: Options = {"require": ["iss", "aud", "iat", "exp", "scope"], "verify_aud": False}


@dataclass(frozen=True)
class Unfit(Exception):
    """An assertion is not accepted: `reason` for the trail, `error` the OAuth word for the caller."""

    reason: str
    error: str = "invalid_request"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _public_key(pem: bytes) -> str:
    """Read a certificate or a public key; raise ValueError for anything else."""
    certified = b"BEGIN CERTIFICATE" in pem
    key = x509.load_pem_x509_certificate(pem).public_key() if certified else serialization.load_pem_public_key(pem)
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, spki).decode()


def scopes_of(claim: Any) -> frozenset[str]:
    """Read a scope claim: a list, or a text with commas or blanks; raise `Unfit` for what is no scope."""
    names = claim.replace(",", " ").split() if isinstance(claim, str) else claim
    if not isinstance(names, list) or not names or not SCOPES.issuperset(map(str, names)):
        raise Unfit(f"scope_mismatched: {claim}", "invalid_scope")
    return frozenset(names)


class Sessions:
    """Gives access tokens for signed assertions, and knows them again; a token survives a restart."""

    def __init__(self, keys: NetSuiteCredentials, connection: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._keys = keys
        self._connection = connection
        self._now = now
        connection.executescript(_TABLES)

    def expire(self) -> None:
        """End every token."""
        self._connection.execute("DELETE FROM access_token")

    def scopes(self, token: str) -> frozenset[str] | None:
        """Give the scopes of a live token; None when it is none."""
        query = "SELECT scopes FROM access_token WHERE hash = ? AND until > ?"
        row = self._connection.execute(query, (_hash(token), self._now())).fetchone()
        return frozenset(row[0].split()) if row else None

    def exchange(self, form: dict[str, str], audience: str) -> str:
        """Give an access token for an assertion, or raise `Unfit`."""
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != _ASSERTION:
            raise Unfit("unsupported_grant_type", "unsupported_grant_type")
        claims = self._claims(form.get("client_assertion", ""), audience)
        scopes = scopes_of(claims["scope"])
        self._once(claims)
        token = secrets.token_urlsafe(64)
        row = (_hash(token), " ".join(sorted(scopes)), self._now() + TOKEN_LIFE)
        self._connection.execute("INSERT INTO access_token VALUES (?, ?, ?)", row)
        return token

    def certify(self, pem: bytes) -> str:
        """Take in one more certificate, or its public key, and give the id that assertions name it by."""
        key = _public_key(pem)
        number = hashlib.sha256(key.encode()).hexdigest()[:32]
        self._connection.execute("INSERT OR REPLACE INTO certificate VALUES (?, ?)", (number, key))
        return number

    def _key(self, kid: object) -> str:
        if kid == self._keys.certificate_id:
            return self._keys.public_key.decode()
        row = self._connection.execute("SELECT key FROM certificate WHERE id = ?", (str(kid),)).fetchone()
        if row is None:
            raise Unfit(f"certificate_unknown: {kid}", "invalid_client")
        return str(row[0])

    def _claims(self, assertion: str, audience: str) -> dict[str, Any]:
        try:
            key = self._key(jwt.get_unverified_header(assertion).get("kid"))
            claims: dict[str, Any] = jwt.decode(assertion, key, list(_ALGORITHMS), _CHECKS, leeway=60)
        except (jwt.PyJWTError, ValueError) as error:
            raise Unfit(f"assertion_rejected: {error}") from error
        # netsuite-python sends the URL as Python prints a tuple of it, and is let in: the vendor looks for it in the text.
        if audience not in str(claims["aud"]):
            raise Unfit(f"audience_mismatched: {claims['aud']}")
        if claims["iss"] != self._keys.client_id:
            raise Unfit(f"client_unknown: {claims['iss']}", "invalid_client")
        if claims["exp"] - claims["iat"] > TOKEN_LIFE:
            raise Unfit("assertion_lives_too_long")
        return claims

    def _once(self, claims: dict[str, Any]) -> None:
        """Refuse an assertion id that was used before; one without an id may come again, as the vendor asks for none."""
        if "jti" not in claims:
            return
        self._connection.execute("DELETE FROM assertion WHERE until < ?", (self._now() - TOKEN_LIFE,))
        try:
            self._connection.execute("INSERT INTO assertion VALUES (?, ?)", (str(claims["jti"]), claims["exp"]))
        except sqlite3.IntegrityError:
            raise Unfit(f"assertion_replayed: {claims['jti']}") from None
