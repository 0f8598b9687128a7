"""What happens next, after NetSuite said no? The one table from codes and words (netsuite.md 2.8, 3.5, 7)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial

from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled

WORDS_KEPT = 200
PAUSE = 1.0  # seconds; no Retry-After is documented for any channel (netsuite.md 3.5)
GATEWAYS = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Refusal:
    """What NetSuite said: words, code, HTTP status, SOAP fault element, and the path REST names; empty where absent."""

    message: str
    code: str = ""
    status: int = 0
    fault: str = ""
    path: str = ""


class Next(Enum):
    """What happens next; `UNKNOWN` is look-up for a write and another try for a read."""

    REJECT = Rejected
    THROTTLE = Throttled
    WAIT = Transient
    REST = Unreachable
    UNKNOWN = Unsettled
    STOP = Misconfigured


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of the table. `code` renames, so that one trouble has one name over SOAP and REST."""

    next: Next
    hint: str = ""
    code: str = ""


SIGN_IN = Row(Next.STOP, "Check the keys; NetSuite's Login Audit Trail tells the true cause.", "NETSUITE_SIGN_IN")
ROLE = Row(Next.STOP, "Give the integration's role this permission, or take the field out of the mapping.")
BUSY = Row(Next.THROTTLE, code="NETSUITE_BUSY")
AGAIN = Row(Next.WAIT)
LOOK = Row(Next.UNKNOWN)
DUPLICATE = Row(Next.REJECT, "Another record has this name. Give it our external id, or rename one, then replay.")
PERIOD = Row(Next.REJECT, "The accounting period or the record is closed to changes. Open it, then replay.")
PARENT = Row(Next.REJECT, "The record referred to is missing. Create it, then replay.", "INVALID_KEY_OR_REF")
SPLIT = Row(Next.REJECT, "The request is larger than NetSuite takes.")
VALUE = Row(Next.REJECT, "Correct the value at the source, or its mapping, then replay.")
CLOSED = Row(Next.REST, "NetSuite is under maintenance.", "NETSUITE_MAINTENANCE")
VERSION = Row(Next.STOP, "Choose an endpoint that NetSuite still serves.")
UNKNOWN_NAME = Row(Next.STOP, "The mapping writes a field that NetSuite does not have.", "UNKNOWN_FIELD")

WORDS: tuple[tuple[str, Row], ...] = (  # REST puts nearly all refusals under USER_ERROR (netsuite.md 3.5)
    (r"concurrent request limit exceeded|only one request may be made against a session", BUSY),
    (r"invalid login attempt|ambiguous authentication", SIGN_IN),
    (r"scheduled maintenance|down for maintenance|NLDatabaseOffline|NoCompanyDbsOnline", CLOSED),
    (r"status (is )?unknown|unknown status", LOOK),
    (r"not (been )?processed", Row(Next.WAIT, code="NOT_PROCESSED")),
    (r"current role does not have permission|do not have permissions? to", ROLE),
    (r"reference key|invalid field value .* for the following field", PARENT),
    (r"already exists", DUPLICATE),
    (r"record has been changed|ConcurrentModificationException", AGAIN),
    (r"session invalidation is in progress|connection pool is not", AGAIN),
    (r"locked by a user defined workflow|period .*closed|closed .*period", PERIOD),
    (r"an unexpected error occurred", LOOK),
)
CODES: dict[str, Row] = {
    code: row
    for row, codes in (
        (
            BUSY,
            (
                "WS_REQUEST_BLOCKED WS_CONCUR_SESSION_DISALLWD EXCEEDED_MAX_CONCUR_RQST CONCURRENCY_LIMIT_EXCEEDED "
                "SSS_REQUEST_LIMIT_EXCEEDED"
            ),
        ),
        (SIGN_IN, "INVALID_LOGIN INVALID_LOGIN_CREDENTIALS INVALID_LOGIN_ATTEMPT INVALID_ACCT"),
        (CLOSED, "ACCT_TEMP_UNAVAILABLE"),
        (AGAIN, "SESSION_TIMED_OUT WS_LOG_IN_REQD SEARCH_TIMED_OUT RCRD_HAS_BEEN_CHANGED RCRD_EDITED_SINCE_RETRIEVED"),
        (LOOK, "UNEXPECTED_ERROR SSS_TIME_LIMIT_EXCEEDED"),
        (ROLE, "INSUFFICIENT_PERMISSION PERMISSION_VIOLATION WS_PERMISSION_REQD WS_FEATURE_REQD"),
        (VERSION, "INVALID_WS_VERSION UNSUPPORTED_WS_VERSION"),
        (UNKNOWN_NAME, "NONEXISTENT_FIELD"),
        (PARENT, "INVALID_KEY_OR_REF INVALID_REF_KEY INVALID_RCRD_REF RCRD_DSNT_EXIST NONEXISTENT_ID"),
        (DUPLICATE, "DUP_RCRD DUP_ENTITY DUP_ITEM UNIQUE_CUST_ID_REQD UNIQUE_RCRD_ID_REQD NONUNIQUE_INDEX_VALUE"),
        (
            PERIOD,
            (
                "TRAN_PERIOD_CLOSED TRAN_PRD_CLOSED CLOSED_TRAN_PRD TRANS_EDIT_DISALLWD VALID_PRD_REQD "
                "RCRD_LOCKED_BY_WF INVALID_ORD_STATUS TRANS_IN_USE MISSING_ACCT_PRD"
            ),
        ),
        (SPLIT, "MAX_RCRDS_EXCEEDED"),
        (VALUE, "USER_ERROR DATA_REQD MISSING_REQD_FLD INVALID_FLD_VALUE EXCEEDED_MAX_FIELD_LENGTH"),
    )
    for code in codes.split()
}
FAULTS: dict[str, Row] = {
    "exceededConcurrentRequestLimitFault": BUSY,
    "exceededRequestLimitFault": BUSY,
    "exceededUsageLimitFault": BUSY,
    "exceededRecordCountFault": SPLIT,
    "exceededRequestSizeFault": SPLIT,
    "invalidCredentialsFault": SIGN_IN,
    "invalidSessionFault": AGAIN,
    "insufficientPermissionFault": ROLE,
    "invalidAccountFault": SIGN_IN,
    "invalidVersionFault": VERSION,
    "unexpectedErrorFault": LOOK,
}
ADDRESS = Row(Next.STOP, "Check the account's URL and the record type.", "NETSUITE_ADDRESS")
STATUSES: dict[int, Row] = {401: SIGN_IN, 403: ROLE, 404: ADDRESS, 405: ADDRESS, 429: BUSY, 413: SPLIT}
GENERAL = frozenset({"USER_ERROR", "INVALID_CONTENT", ""})
NAMES: tuple[str, ...] = (
    r"Invalid (?P<field>\w+) reference key (?P<value>[^\s.]+)",
    r"Invalid Field Value (?P<value>\S+) for the following field: (?P<field>\w+)",
    r"(?:required field|field|element)s?:? (?P<field>[a-z]\w+)",
)


def error_of(refusal: Refusal, *, write: bool = True) -> IsthmusError:
    """Return the error that says what happens next. A read's unknown outcome is merely another try."""
    row = _row(refusal)
    code = row.code or refusal.code or f"HTTP_{refusal.status}"
    if row.next is Next.UNKNOWN and not write:
        return Transient(code, refusal.message, hint=row.hint)
    return _MAKERS[row.next](refusal, row, code)


def words_of_page(content: bytes) -> str:
    """Return the first words of a page that came instead of an answer: maintenance says so in HTML only."""
    text = re.sub(r"<[^>]*>", " ", content[:4000].decode("utf-8", "replace"))
    return " ".join(text.split())[:WORDS_KEPT] or "no text"


def _row(refusal: Refusal) -> Row:
    by_words = next((row for pattern, row in WORDS if re.search(pattern, refusal.message, re.IGNORECASE)), None)
    if refusal.code in CODES and refusal.code not in GENERAL:
        return by_words if by_words and refusal.code == "UNEXPECTED_ERROR" else CODES[refusal.code]
    return by_words or CODES.get(refusal.code) or FAULTS.get(refusal.fault) or _by_status(refusal.status)


def _by_status(status: int) -> Row:
    if status in GATEWAYS or status >= 500:  # noqa: PLR2004 — the class of server errors
        return LOOK
    return STATUSES.get(status, VALUE)


def _reject(refusal: Refusal, row: Row, code: str) -> Rejected:
    named = _named(refusal.message)
    field = refusal.path or named.get("field", "")
    return Rejected(code, field=field, value=named.get("value"), message=refusal.message, hint=row.hint)


def _named(message: str) -> dict[str, str]:
    found = next((match for pattern in NAMES if (match := re.search(pattern, message))), None)
    return found.groupdict() if found else {}


def _plain(kind: type[Transient | Unsettled | Misconfigured], refusal: Refusal, row: Row, code: str) -> IsthmusError:
    return kind(code, refusal.message, hint=row.hint)


def _throttle(refusal: Refusal, row: Row, code: str) -> Throttled:
    return Throttled(code, refusal.message, wait=PAUSE, hint=row.hint)


_MAKERS: dict[Next, Callable[[Refusal, Row, str], IsthmusError]] = {
    Next.REJECT: _reject,
    Next.THROTTLE: _throttle,
    Next.WAIT: partial(_plain, Transient),
    Next.REST: partial(_plain, Unreachable),
    Next.UNKNOWN: partial(_plain, Unsettled),
    Next.STOP: partial(_plain, Misconfigured),
}
