"""Who is calling? Token-based sign-in for SOAP and REST, tokens of OAuth 2.0, and the audit trail of every attempt.

A caller learns only "Invalid login attempt."; the true reason stands in the trail, as in the Login Audit Trail
(netsuite.md 2.3).
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import jwt

from sandbox.twin.credentials import NetSuiteCredentials

DRIFT = 300  # seconds a timestamp may be off
LOCK_AFTER = 5
LOCK_FOR = 1800
TOKEN_LIFE = 3600
_ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Denied(Exception):
    """The caller is not let in; the text is the true reason, for the audit trail only."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token-based caller says; `text` is the base string that its signature covers."""

    account: str
    consumer_key: str
    token: str
    nonce: str
    timestamp: str
    method: str
    signature: str
    text: str


def encoded(text: str) -> str:
    """Percent-encode as RFC 5849 3.6 does."""
    return quote(text, safe="-._~")


def signature(text: str, consumer_secret: str, token_secret: str) -> str:
    """Sign a base string with HMAC-SHA256 under both secrets; base64."""
    key = f"{encoded(consumer_secret)}&{encoded(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


@dataclass
class Door:
    """Verifies callers; remembers nonces, failures, locks and bearer tokens until a restart."""

    keys: NetSuiteCredentials
    now: Callable[[], float] = time.time
    trail: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1000))
    _nonces: dict[str, float] = field(default_factory=dict)
    _bearers: dict[str, float] = field(default_factory=dict)
    _failures: int = 0
    _locked_until: float = 0.0

    def reset(self) -> None:
        """Forget failures, locks and the trail; nonces and tokens stay as they are."""
        self._failures, self._locked_until = 0, 0.0
        self.trail.clear()

    def expire(self) -> None:
        """End every bearer token, as a fault does."""
        self._bearers.clear()

    def _note(self, channel: str, reason: str, who: str) -> None:
        self.trail.append({"time": self.now(), "channel": channel, "result": reason or "Success", "token": who})

    def _settled(self, channel: str, who: str, reason: str) -> None:
        """Write the outcome down; five failures in a row lock the token for half an hour."""
        self._note(channel, reason, who)
        if not reason:
            self._failures = 0
            return
        if who == self.keys.token_id and reason != "temporary_locked":
            self._failures += 1
            if self._failures >= LOCK_AFTER:
                self._failures, self._locked_until = 0, self.now() + LOCK_FOR
        raise Denied(reason)

    def token_based(self, channel: str, claim: Claim) -> None:
        """Let a token-based caller in, or raise `Denied`."""
        self._settled(channel, claim.token, self._reason(claim))

    def refuse(self, channel: str, reason: str, who: str = "") -> None:
        """Refuse a caller whose claim could not even be read."""
        self._settled(channel, who, reason)

    def _reason(self, claim: Claim) -> str:
        checks = (
            (self.now() < self._locked_until, "temporary_locked"),
            (claim.method != "HMAC-SHA256", "UnknownAlgorithm"),
            (claim.account != self.keys.account, "account_rejected"),
            (claim.consumer_key != self.keys.consumer_key, "consumer_key_unknown"),
            (claim.token != self.keys.token_id, "token_rejected"),
            (not self._timely(claim.timestamp), "InvalidTimestamp"),
            (not (6 <= len(claim.nonce) <= 64 and claim.nonce.isalnum()), "nonce_rejected"),  # noqa: PLR2004 — netsuite.md 2.3
            (not self._signed(claim), "InvalidSignature"),
        )
        reason = next((words for failed, words in checks if failed), "")
        return reason or ("" if self._fresh(claim) else "nonce_used")

    def _timely(self, stamp: str) -> bool:
        return stamp.isdecimal() and abs(self.now() - int(stamp)) <= DRIFT

    def _signed(self, claim: Claim) -> bool:
        wanted = signature(claim.text, self.keys.consumer_secret, self.keys.token_secret)
        return hmac.compare_digest(wanted.encode(), claim.signature.encode())

    def _fresh(self, claim: Claim) -> bool:
        now = self.now()
        used = f"{claim.timestamp} {claim.nonce}"
        if len(self._nonces) > 20_000:  # noqa: PLR2004 — prune seldom: a scan a call would cost more than the check
            self._nonces = {one: until for one, until in self._nonces.items() if until > now}
        fresh = used not in self._nonces
        self._nonces[used] = now + 2 * DRIFT
        return fresh

    def bearer(self, token: str) -> None:
        """Let a caller with an access token in, or raise `Denied`."""
        live = self._bearers.get(token, 0.0) > self.now()
        self._settled("OAuth2", self.keys.client_id, "" if live else "invalid_token")

    def exchange(self, form: dict[str, str], audience: str) -> str:
        """Give an access token for a signed assertion (client credentials, netsuite.md 3.7), or raise `Denied`."""
        reason = self._assertion_fault(form, audience)
        self._settled("OAuth2", self.keys.client_id, reason)
        token = secrets.token_urlsafe(48)
        self._bearers[token] = self.now() + TOKEN_LIFE
        return token

    def _assertion_fault(self, form: dict[str, str], audience: str) -> str:
        if form.get("grant_type") != "client_credentials" or form.get("client_assertion_type") != _ASSERTION:
            return "unsupported_grant_type"
        try:
            kid = jwt.get_unverified_header(form.get("client_assertion", "")).get("kid")
            claims = jwt.decode(
                form["client_assertion"],
                self.keys.public_key.decode(),
                algorithms=list(_ALGORITHMS),
                audience=audience,
                options={"require": ["iss", "aud", "iat", "exp", "scope"]},
            )
        except (jwt.PyJWTError, KeyError, ValueError) as error:
            return f"assertion_rejected: {error}"
        long = claims["exp"] - claims["iat"] > TOKEN_LIFE
        known = kid == self.keys.certificate_id and claims["iss"] == self.keys.client_id
        return "" if known and not long else "certificate_or_client_rejected"
