"""Who is calling? Token-based sign-in for SOAP and REST, tokens of OAuth 2.0, and the audit trail of every attempt.

A caller learns only "Invalid login attempt."; the true reason stands in the trail, as in the Login Audit Trail
(netsuite.md 2.3).
"""

import base64
import hashlib
import hmac
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from sandbox.netsuite.sessions import Sessions, Unfit
from sandbox.twin.credentials import NetSuiteCredentials

DRIFT = 300  # seconds a timestamp may be off
LOCK_AFTER = 5
LOCK_FOR = 1800
_MOST_LIFELONG = 1000


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


@lru_cache(maxsize=512)  # most of what is signed is the same at every call
def encoded(text: str) -> str:
    """Percent-encode as RFC 5849 3.6 does."""
    return quote(text, safe="-._~")


def signature(text: str, consumer_secret: str, token_secret: str) -> str:
    """Sign a base string with HMAC-SHA256 under both secrets; base64."""
    key = f"{encoded(consumer_secret)}&{encoded(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


class Nonces:
    """Remembers each nonce for as long as its timestamp could be timely; two generations, so that none is searched through."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._young: set[str] = set()
        self._old: set[str] = set()
        self._turned = now()

    def fresh(self, used: str) -> bool:
        """Tell whether this nonce is new, and remember it."""
        if self._now() - self._turned > 2 * DRIFT:
            self._old, self._young, self._turned = self._young, set(), self._now()
        if used in self._young or used in self._old:
            return False
        self._young.add(used)
        return True


class Door:
    """Verifies callers; remembers nonces, failures and locks until a restart, access tokens beyond it."""

    def __init__(
        self, keys: NetSuiteCredentials, connection: sqlite3.Connection, now: Callable[[], float] = time.time
    ) -> None:
        self.keys = keys
        self.now = now
        self.trail: deque[dict[str, Any]] = deque(maxlen=1000)
        self.sessions = Sessions(keys, connection, now)
        self._nonces = Nonces(now)
        self._failures = 0
        self._locked_until = 0.0
        self._lifelong: set[tuple[str, str, str]] = set()

    def reset(self) -> None:
        """Forget failures, locks and the trail; nonces and tokens stay as they are."""
        self._failures, self._locked_until = 0, 0.0
        self.trail.clear()

    def expire(self) -> None:
        """End every access token, as a fault does."""
        self.sessions.expire()

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

    def token_based(self, channel: str, claim: Claim, lifelong: str = "") -> bool:
        """Let a token-based caller in, or raise `Denied`.

        `lifelong` names the host of a client that signs once for its whole life: what was let in from there before is
        let in again, to the letter. Returns whether that was so.
        """
        known = (lifelong, claim.text, claim.signature)
        again = bool(lifelong) and known in self._lifelong and self.now() >= self._locked_until
        self._settled(channel, claim.token, "" if again else self._reason(claim))
        if lifelong and len(self._lifelong) < _MOST_LIFELONG:
            self._lifelong.add(known)
        return again

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
            (not (6 <= len(claim.nonce) <= 64), "nonce_rejected"),  # noqa: PLR2004 — netsuite.md 2.3
            (not self._signed(claim), "InvalidSignature"),
        )
        reason = next((words for failed, words in checks if failed), "")
        fresh = bool(reason) or self._nonces.fresh(f"{claim.timestamp} {claim.nonce}")
        return reason or ("" if fresh else "nonce_used")

    def _timely(self, stamp: str) -> bool:
        return stamp.isdecimal() and abs(self.now() - int(stamp)) <= DRIFT

    def _signed(self, claim: Claim) -> bool:
        wanted = signature(claim.text, self.keys.consumer_secret, self.keys.token_secret)
        return hmac.compare_digest(wanted.encode(), claim.signature.encode())

    def bearer(self, channel: str, token: str) -> frozenset[str]:
        """Let a caller with an access token in and give the token's scopes, or raise `Denied`."""
        scopes = self.sessions.scopes(token)
        self._settled(channel, self.keys.client_id, "invalid_token" if scopes is None else "")
        return scopes or frozenset()

    def exchange(self, form: dict[str, str], audience: str) -> str:
        """Give an access token for a signed assertion, or raise `Denied` with the OAuth word for the caller."""
        try:
            token = self.sessions.exchange(form, audience)
        except Unfit as unfit:
            self._note("OAuth2", unfit.reason, self.keys.client_id)
            raise Denied(unfit.error) from unfit
        self._note("OAuth2", "", self.keys.client_id)
        return token
