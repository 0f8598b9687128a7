"""Does each of Salesforce's refusals say what happens next?"""

from __future__ import annotations

import pytest

from connectors.salesforce.connection import Connection
from connectors.salesforce.errors import CODES, STATUSES, Expired, Refusal, error_of, refusal_of
from flows.errors import IsthmusError, Misconfigured, Rejected, Throttled, Transient, Unreachable, Unsettled


def judged(status: int, code: str, words: str = "words", *, write: bool = True) -> IsthmusError:
    return error_of(Refusal(words, code, status), write=write)


@pytest.mark.parametrize(
    ("status", "code", "words", "kind"),
    [
        (401, "INVALID_SESSION_ID", "Session expired or invalid", Expired),
        (403, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", Misconfigured),
        (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Transient),
        (0, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "x: UNABLE_TO_LOCK_ROW, y", Transient),
        (0, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "a trigger threw", Rejected),
        (0, "UNKNOWN_EXCEPTION", "An unexpected error occurred", Transient),
        (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred", Unsettled),
        (502, "", "<html>Bad Gateway</html>", Unsettled),
        (503, "", "<html>We are setting things up</html>", Unreachable),
        (503, "SERVER_UNAVAILABLE", "Server is too busy", Unreachable),
        (400, "INVALID_FIELD", "No such column 'X' on entity 'Y'", Misconfigured),
        (400, "MALFORMED_QUERY", "unexpected token", Misconfigured),
        (0, "STRING_TOO_LONG", "too long", Rejected),
        (0, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", Rejected),
        (0, "DUPLICATE_VALUE", "duplicate value found", Rejected),
        (0, "A_CODE_OF_TOMORROW", "new", Rejected),
        (410, "", "gone", Misconfigured),
    ],
)
def test_the_table(status: int, code: str, words: str, kind: type[IsthmusError]) -> None:
    assert type(judged(status, code, words)) is kind


def test_a_servers_fault_leaves_a_read_free_to_go_again() -> None:
    assert type(judged(500, "UNKNOWN_EXCEPTION", write=False)) is Transient


def test_one_code_stands_for_two_limits_and_the_words_tell_them_apart() -> None:
    day = judged(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    crowd = judged(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")
    assert isinstance(day, Throttled)
    assert isinstance(crowd, Throttled)
    assert (day.code, day.wait) == ("DAILY_LIMIT", 900.0)
    assert (crowd.code, crowd.wait) == ("SALESFORCE_BUSY", 5.0)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ([{"message": "m", "errorCode": "C", "fields": ["F"]}], "C", "m"),
        ([{"message": "m", "statusCode": "C"}], "C", "m"),
        ({"error": "C", "error_description": "m"}, "C", "m"),
        ({"exceptionCode": "C", "exceptionMessage": "m"}, "C", "m"),
        ("<html><b>Down</b> for\nnow</html>", "", "Down for now"),
        ("", "", ""),
        ([], "", ""),
        (None, "", ""),
    ],
)
def test_all_shapes_of_refusals_are_read(content: object, code: str, words: str) -> None:
    refusal = refusal_of(400, content)
    assert (refusal.code, refusal.message) == (code, words)


def test_a_rejection_names_the_fields() -> None:
    said = [{"statusCode": "STRING_TOO_LONG", "message": "m", "fields": ["Name", "X"]}]
    error = error_of(refusal_of(0, said), write=True)
    assert isinstance(error, Rejected)
    assert error.field == "Name, X"


def test_a_person_is_told_what_to_do() -> None:
    for code in CODES:
        error = judged(400, code)
        assert error.hint or isinstance(error, Transient), code
    assert set(STATUSES) & {401, 403, 503}


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_the_audience_is_the_login_host(url: str, audience: str) -> None:
    assert Connection(url, "key", "secret").audience == audience
    assert Connection(url, "key", "secret", login_url="https://x/").audience == "https://x"


@pytest.mark.parametrize(
    "url", ["http://acme.my.salesforce.com", "ftp://127.0.0.1", "acme", "http://127.0.0.1.evil.com"]
)
def test_plain_http_is_for_loopback_only(url: str) -> None:
    with pytest.raises(Misconfigured):
        Connection(url, "key", "secret")
    assert Connection("http://127.0.0.1:8081", "key", "secret").is_loopback


def test_a_connection_shows_no_secret() -> None:
    shown = repr(Connection("https://x", "key", "SECRET", "me", "PEM"))
    assert "SECRET" not in shown
    assert "PEM" not in shown


def test_a_connection_without_credentials_is_refused() -> None:
    with pytest.raises(Misconfigured):
        Connection("https://x", "key", username="me")
    with pytest.raises(Misconfigured):
        Connection("https://x", "key", "secret", api_version="v62")
