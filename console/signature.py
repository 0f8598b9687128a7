"""Who signed this message, and when? HMAC-SHA256 over `timestamp.body`, in hex behind `v1=`."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from console.office import among
from console.refusal import Refusal

TIMESTAMP, SIGNATURE = "Isthmus-Timestamp", "Isthmus-Signature"
SCHEME = "v1="
TOLERANCE = timedelta(minutes=5)
DIGITS = 12  # no moment in seconds has more for the next thirty thousand years


def sign(key: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a message, as its header carries it."""
    return SCHEME + hmac.new(key, timestamp.encode() + b"." + body, sha256).hexdigest()


def verify(keys: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raise Refusal unless one of the header's signatures was made with one of the keys, less than five minutes ago."""
    timestamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "")
    if not timestamp or not given:
        raise _refusal("MISSING_SIGNATURE", f"The headers {TIMESTAMP} and {SIGNATURE} are wanted.")
    expected = [sign(key, timestamp, body).encode() for key in keys]
    if not any([among(one.strip().encode(), expected) for one in given.split(",")]):  # noqa: C419 — all are compared, so that time tells nothing
        raise _refusal("WRONG_SIGNATURE", "No signature fits this body, this timestamp and this hook's keys.")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= DIGITS):
        raise _refusal("WRONG_TIMESTAMP", f"{TIMESTAMP} is not a whole number of seconds since 1970.")
    if abs(now.timestamp() - int(timestamp)) >= TOLERANCE.total_seconds():
        raise _refusal("STALE_TIMESTAMP", f"{TIMESTAMP} is five minutes or more away from our clock.")


def _refusal(code: str, message: str) -> Refusal:
    hint = f"{SIGNATURE}: v1=hex(HMAC-SHA256(key, timestamp + '.' + body)); sign anew for each try, by a clock that is right."
    return Refusal(401, code, message, hint)
