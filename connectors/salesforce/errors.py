"""What happens next, after Salesforce said no? The only table from its answers to errors (salesforce.md 1.7, 2.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from connectors.http import redact
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled

QUARTER = 900.0  # seconds: the daily limit is a rolling one, and a little of it comes back in a quarter of an hour
MOMENT = 5.0  # seconds: a limit of calls at once passes with the calls


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Salesforce said: words, code, HTTP status (0 for a row of a collection) and the fields it names."""

    message: str
    code: str = ""
    status: int = 0
    fields: tuple[str, ...] = ()


class Expired(Misconfigured):
    """The session has ended; one new sign-in mends it, and if it does not, the credentials are wrong."""


class Next(Enum):
    """What happens next; `UNKNOWN` is look-up for a write and another try for a read."""

    REJECT = "reject"
    LIMIT = "limit"
    WAIT = "wait"
    REST = "rest"
    UNKNOWN = "unknown"
    STOP = "stop"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the table. `code` renames; `wait` is in seconds, for limits."""

    next: Next
    hint: str = ""
    code: str = ""
    wait: float = 0.0


AGAIN = Row(Next.WAIT)
RENEW = Row(Next.RENEW, code="SALESFORCE_SESSION", hint="Check the sign-in and the connected app's session policy.")
CLOSED = Row(Next.REST, "Salesforce is down or under maintenance; see its status page.", "SALESFORCE_MAINTENANCE")
DAY = Row(Next.LIMIT, "The org's calls of the day are used up. Raise its API limit.", "DAILY_LIMIT", QUARTER)
CROWD = Row(Next.LIMIT, code="SALESFORCE_BUSY", wait=MOMENT)
NAME = Row(Next.STOP, "Correct the name in the flow, or let the integration user see the field (field-level security).")
ASKED = Row(Next.STOP, "Salesforce did not understand our request: correct the flow's `source` and fields.")
RIGHTS = Row(Next.STOP, "Give the integration user the missing permission.")
VALUE = Row(Next.REJECT, "Correct the value at the source, or its mapping, then replay.")
RULE = Row(Next.REJECT, "A rule of the org refused it; the words are its administrator's. Satisfy it, then replay.")
GONE = Row(Next.REJECT, "The record is deleted or not visible in Salesforce. Restore it, or dismiss this.")
TWIN = Row(Next.REJECT, "Another record holds this value already. Correct one of the two, then replay.")
FULL = Row(Next.STOP, "The org's storage is full. Make room.")

WORDS: tuple[tuple[str, Row], ...] = (  # first: one code stands for several troubles
    (r"UNABLE_TO_LOCK_ROW|unable to obtain exclusive access", AGAIN),
    (r"not valid for use with the REST API", RIGHTS),
    (r"TotalRequests Limit exceeded", DAY),
    (r"Concurrent\w* Limit exceeded", CROWD),
    (r"We are (setting things up|down for maintenance)|scheduled maintenance", CLOSED),
    (r"Implementation restriction|compound data not supported|is not supported by the Bulk API", ASKED),
)

CODES: Mapping[str, Row] = {
    "INVALID_SESSION_ID": RENEW,
    "REQUEST_LIMIT_EXCEEDED": DAY,
    "LIMIT_EXCEEDED": DAY,
    "SERVER_UNAVAILABLE": CLOSED,
    "UNABLE_TO_LOCK_ROW": AGAIN,
    "QUERY_TIMEOUT": AGAIN,
    "INVALID_QUERY_LOCATOR": AGAIN,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": AGAIN,
    "PROCESSING_HALTED": AGAIN,
    "ENTITY_IS_LOCKED": RULE,
    "INVALID_FIELD": NAME,
    "INVALID_TYPE": NAME,
    "INVALID_FIELD_FOR_INSERT_UPDATE": NAME,
    "MALFORMED_QUERY": ASKED,
    "JSON_PARSER_ERROR": ASKED,
    "MISSING_ARGUMENT": ASKED,
    "INVALID_QUERY_FILTER_OPERATOR": ASKED,
    "NOT_FOUND": ASKED,
    "UNSUPPORTED_API_VERSION": Row(Next.STOP, "Choose an API version that the org has."),
    "API_DISABLED_FOR_ORG": RIGHTS,
    "API_CURRENTLY_DISABLED": RIGHTS,
    "INSUFFICIENT_ACCESS": RIGHTS,
    "INSUFFICIENT_ACCESS_OR_READONLY": Row(Next.REJECT, "Give our user access to this record, then replay."),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Row(Next.REJECT, "Give access to the record it refers to."),
    "TXN_SECURITY_METERING_ERROR": RIGHTS,
    "STORAGE_LIMIT_EXCEEDED": FULL,
    "MALFORMED_ID": VALUE,
    "INVALID_CROSS_REFERENCE_KEY": GONE,
    "ENTITY_IS_DELETED": GONE,
    "DUPLICATE_VALUE": TWIN,
    "DUPLICATES_DETECTED": TWIN,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": RULE,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": RULE,
    "FIELD_INTEGRITY_EXCEPTION": RULE,
}

STATUSES: Mapping[int, Row] = {  # last: what a code does not tell
    401: RENEW,
    403: RIGHTS,
    404: ASKED,
    406: CLOSED,
    410: Row(Next.STOP, "This API version is retired. Choose a newer one."),
    414: Row(Next.STOP, "The flow asks for more fields than one query can carry."),
    420: CROWD,
    429: CROWD,
    431: Row(Next.STOP, "The flow asks for more fields than one query can carry."),
    503: CLOSED,
}


def error_of(refusal: Refusal, *, write: bool) -> IsthmusError:
    """Return the error for one refusal; after a write, a server's fault leaves the outcome open."""
    row = _row(refusal)
    code = row.code or refusal.code or f"SALESFORCE_HTTP_{refusal.status}"
    words = redact(refusal.message.strip()) or f"Salesforce answered HTTP {refusal.status} without words."
    return _error(row, code, words, refusal, write=write)


def refusal_of(status: int, content: Any) -> Refusal:
    """Return what an error answer says; `content` is decoded JSON, or text where the edge answers in HTML."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, Mapping):
        return Refusal(_plain(str(first or "")), status=status)
    code = first.get("errorCode") or first.get("statusCode") or first.get("exceptionCode") or first.get("error") or ""
    words = first.get("message") or first.get("exceptionMessage") or first.get("error_description") or ""
    return Refusal(str(words), str(code), status, tuple(map(str, first.get("fields") or ())))


def decoded(body: bytes) -> Any:
    """Return an error answer's JSON, or its text where it is none."""
    text = body.decode("utf-8", errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _row(refusal: Refusal) -> Row:
    for pattern, row in WORDS:
        if re.search(pattern, refusal.message, re.IGNORECASE):
            return row
    found = CODES.get(refusal.code) or STATUSES.get(refusal.status)
    if found:
        return found
    if refusal.code == "UNKNOWN_EXCEPTION" and not refusal.status:
        return AGAIN  # one row of a collection: it was rolled back, the call itself was answered
    return Row(Next.UNKNOWN) if refusal.status >= 500 else VALUE  # noqa: PLR2004 — the HTTP classes


def _error(row: Row, code: str, words: str, refusal: Refusal, *, write: bool) -> IsthmusError:
    if row.next is Next.REJECT:
        return Rejected(code, field=_listed(refusal.fields), message=words, hint=row.hint)
    if row.next is Next.LIMIT:
        return Throttled(code, words, wait=row.wait, hint=row.hint)
    return _kind(row.next, write=write)(code, words, hint=row.hint)


def _kind(after: Next, *, write: bool) -> type[IsthmusError]:
    unknown = Unsettled if write else Transient
    kinds = {Next.WAIT: Transient, Next.REST: Unreachable, Next.STOP: Misconfigured, Next.RENEW: Expired}
    return kinds.get(after, unknown)


def _listed(fields: Sequence[str]) -> str:
    return ", ".join(fields)


def _plain(page: str) -> str:
    """Return the words of an HTML page, shortened."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())[:300]
