"""Is a signed assertion good for a sign-in? The claims of the JWT bearer flow (salesforce.md 1.1)."""

from __future__ import annotations

import re
import time
from typing import Any

import jwt

from sandbox.salesforce.refusals import SignInRefused
from sandbox.twin.credentials import SalesforceCredentials

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LONGEST = 300  # seconds that an assertion may reach into the future
SKEW = 30  # seconds by which the clocks may differ
AUDIENCES = re.compile(r"https://(login|test|[\w.-]+\.my)\.salesforce\.com(/services/oauth2/token)?/?")


def check_assertion(known: SalesforceCredentials, assertion: str, base: str) -> None:
    """Refuse a wrong assertion with the words of the real sign-in; `base` is the org's address as the client sees it."""
    claims = _claims(assertion)
    if claims.get("iss") != known.client_id:
        raise SignInRefused("invalid_client_id", "client identifier invalid")
    _check_signature(known, assertion)
    if not _is_ours(claims.get("aud"), base):
        raise SignInRefused("invalid_grant", "audience is invalid")
    if not -SKEW < _seconds_left(claims) <= LONGEST + SKEW:
        raise SignInRefused("invalid_grant", "expired authorization code")
    user = claims.get("sub") or claims.get("prn") or ""
    if str(user).lower() != known.username.lower():
        raise SignInRefused("invalid_grant", "user hasn't approved this consumer")


def _claims(assertion: str) -> dict[str, Any]:
    try:
        return jwt.decode_complete(assertion, options={"verify_signature": False})["payload"]  # type: ignore[no-any-return] # a JSON object
    except jwt.PyJWTError as error:
        raise SignInRefused("invalid_grant", "invalid assertion") from error


def _check_signature(known: SalesforceCredentials, assertion: str) -> None:
    """Check the signature alone: `exp` may be text (simple-salesforce), which a JWT library would not take."""
    unchecked = {f"verify_{name}": False for name in ("exp", "aud", "iat", "nbf", "iss", "sub", "jti")}
    try:
        jwt.decode(assertion, known.public_key.decode(), algorithms=["RS256"], options=unchecked)  # type: ignore[arg-type] # a table of switches
    except jwt.PyJWTError as error:
        raise SignInRefused("invalid_grant", "invalid assertion") from error


def _is_ours(audience: Any, base: str) -> bool:
    named = audience if isinstance(audience, list) else [audience]
    host = base.partition("://")[2]
    own = {f"{scheme}://{host}{path}" for scheme in ("http", "https") for path in ("", "/services/oauth2/token")}
    return any(str(one).rstrip("/") in own or AUDIENCES.fullmatch(str(one)) for one in named)


def _seconds_left(claims: dict[str, Any]) -> float:
    """Return how long the assertion lives; what is no number (text or not) has never lived."""
    try:
        return float(claims["exp"]) - time.time()
    except (KeyError, TypeError, ValueError):
        return float("-inf")
