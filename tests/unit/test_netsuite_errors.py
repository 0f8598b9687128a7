"""Does every refusal of NetSuite get the answer that the retry policy demands (netsuite.md 7)?"""

from __future__ import annotations

import pytest

from connectors.netsuite.errors import Refusal, error_of
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled

BUSY = "SuiteTalk concurrent request limit exceeded. Request blocked."
REST_BUSY = "Concurrent request limit exceeded. Request blocked."
LOGIN = "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI."
UNEXPECTED = "An unexpected error occurred. Error ID: 1"

CREDENTIALS = "invalidCredentialsFault"
NO_RIGHT = "Your current role does not have permission to perform this action."
EXISTS = "Error while accessing a resource. This entity already exists."

CASES: list[tuple[Refusal, type[IsthmusError], str]] = [
    (Refusal(BUSY, "WS_REQUEST_BLOCKED", 500, "exceededConcurrentRequestLimitFault"), Throttled, "NETSUITE_BUSY"),
    (Refusal(BUSY, "", 500, "exceededConcurrentRequestLimitFault"), Throttled, "NETSUITE_BUSY"),
    (Refusal(REST_BUSY, "USER_ERROR", 429), Throttled, "NETSUITE_BUSY"),
    (Refusal("Bad Request", "CONCURRENCY_LIMIT_EXCEEDED", 429), Throttled, "NETSUITE_BUSY"),
    (Refusal("HTTP 429", status=429), Throttled, "NETSUITE_BUSY"),
    (Refusal(LOGIN, "INVALID_LOGIN", 401), Misconfigured, "NETSUITE_SIGN_IN"),
    (Refusal(LOGIN, "INVALID_LOGIN_CREDENTIALS", 500, CREDENTIALS), Misconfigured, "NETSUITE_SIGN_IN"),
    (Refusal("Ambiguous authentication", "USER_ERROR", 500, CREDENTIALS), Misconfigured, "NETSUITE_SIGN_IN"),
    # A real capture: the code speaks louder than the fault's element (netsuite.md 2.8).
    (Refusal(UNEXPECTED, "UNEXPECTED_ERROR", 500, CREDENTIALS), Unsettled, "UNEXPECTED_ERROR"),
    (Refusal(UNEXPECTED, "UNEXPECTED_ERROR", 500), Unsettled, "UNEXPECTED_ERROR"),
    (Refusal("HTTP 502 Bad Gateway", status=502), Unsettled, "HTTP_502"),
    (Refusal("We are undergoing regularly scheduled maintenance.", "", 503), Unreachable, "NETSUITE_MAINTENANCE"),
    (Refusal("status unknown", "UNEXPECTED_ERROR"), Unsettled, "UNEXPECTED_ERROR"),
    (Refusal("The record was not processed.", "USER_ERROR"), Transient, "NOT_PROCESSED"),
    (Refusal("Record has been changed", "RCRD_HAS_BEEN_CHANGED"), Transient, "RCRD_HAS_BEEN_CHANGED"),
    (Refusal("", "SESSION_TIMED_OUT", 500, "invalidSessionFault"), Transient, "SESSION_TIMED_OUT"),
    (Refusal("This entity already exists.", "DUP_ENTITY"), Rejected, "DUP_ENTITY"),
    (Refusal(EXISTS, "USER_ERROR", 400), Rejected, "USER_ERROR"),
    (Refusal("The period is closed.", "TRAN_PERIOD_CLOSED"), Rejected, "TRAN_PERIOD_CLOSED"),
    (Refusal("No.", "INSUFFICIENT_PERMISSION", 403), Misconfigured, "INSUFFICIENT_PERMISSION"),
    (Refusal(NO_RIGHT, "USER_ERROR", 400), Misconfigured, "USER_ERROR"),
    (Refusal("Unknown field foo", "NONEXISTENT_FIELD", 400), Misconfigured, "UNKNOWN_FIELD"),
    (Refusal("Too many", "MAX_RCRDS_EXCEEDED", 500, "exceededRecordCountFault"), Rejected, "MAX_RCRDS_EXCEEDED"),
    (Refusal("HTTP 404 Not Found", status=404), Misconfigured, "NETSUITE_ADDRESS"),
    (Refusal("Something that nobody has seen before.", "BRAND_NEW_CODE", 400), Rejected, "BRAND_NEW_CODE"),
]


@pytest.mark.parametrize(("refusal", "kind", "code"), CASES, ids=lambda part: getattr(part, "code", None))
def test_the_table_says_what_happens_next(refusal: Refusal, kind: type[IsthmusError], code: str) -> None:
    error = error_of(refusal)
    assert type(error) is kind
    assert error.code == code
    assert refusal.message in error.message


@pytest.mark.parametrize(
    ("message", "code", "field", "value"),
    [
        ("Invalid entity reference key 99.", "INVALID_KEY_OR_REF", "entity", "99"),
        ("Invalid item reference key 12 for subsidiary 1.", "INVALID_KEY_OR_REF", "item", "12"),
        (
            "You have entered an Invalid Field Value 53384 for the following field: entity.",
            "USER_ERROR",
            "entity",
            "53384",
        ),
    ],
)
def test_a_missing_reference_names_field_and_value_alike_over_both_transports(
    message: str, code: str, field: str, value: str
) -> None:
    error = error_of(Refusal(message, code))
    assert isinstance(error, Rejected)
    assert (error.code, error.field, error.value) == ("INVALID_KEY_OR_REF", field, value)


def test_the_path_that_rest_names_is_the_field() -> None:
    error = error_of(Refusal("Enter a value.", "USER_ERROR", 400, path="item.items[2]"))
    assert isinstance(error, Rejected)
    assert error.field == "item.items[2]"


def test_an_unknown_outcome_of_a_read_is_merely_another_try() -> None:
    assert type(error_of(Refusal("HTTP 500", status=500), write=False)) is Transient
    assert type(error_of(Refusal("HTTP 500", status=500), write=True)) is Unsettled
