"""Does a call that brings no answer become the right error, and does nothing secret come out with it?"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import HIDDEN, broken, calling, exact_json, exact_text, redact, session
from flows.errors import IsthmusError, Misconfigured, Transient, Unreachable, Unsettled

SECRET = "00DxyzSECRETtoken1234567890"


@contextmanager
def peer(answer: bytes | None) -> Iterator[str]:
    """Serve one connection: read a request, then send `answer` and close; None keeps silent until the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            if answer is None:
                over.wait(5)
            else:
                connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x?access_token={SECRET}"
    finally:
        over.set()
        thread.join(5)
        listener.close()


def failure(url: str, *, write: bool) -> IsthmusError:
    with session((0.5, 0.2)) as calls, pytest.raises(IsthmusError) as caught, calling("Salesforce", write=write):
        exact_json(calls.post(url, headers={"Authorization": f"Bearer {SECRET}"}))
    return caught.value


def test_a_refused_connection_was_never_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/", write=True)
    assert isinstance(error, Unreachable)
    assert error.code == "SALESFORCE_UNREACHABLE"
    assert "refused" in error.message


def test_an_unknown_host_was_never_sent() -> None:
    assert isinstance(failure("http://no-such-host.invalid/", write=True), Unreachable)


def test_plain_text_where_tls_is_expected_was_never_sent() -> None:
    with peer(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert isinstance(failure(url.replace("http:", "https:"), write=True), Unreachable)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="silence"),
        pytest.param(b"", id="closed without an answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[", id="half an answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<htm>", id="not JSON"),
    ],
)
def test_a_write_without_an_answer_is_unsettled_and_a_read_transient(answer: bytes | None) -> None:
    with peer(answer) as url:
        assert isinstance(failure(url, write=True), Unsettled)
    with peer(answer) as url:
        error = failure(url, write=False)
    assert type(error) is Transient


def test_nobody_is_waited_for_longer_than_the_timeout() -> None:
    begun = time.monotonic()
    with peer(None) as url:
        failure(url, write=True)
    assert time.monotonic() - begun < 3


def test_a_malformed_address_stops_everything() -> None:
    assert isinstance(failure("acme.my.salesforce.com", write=False), Misconfigured)


def test_no_secret_stands_in_the_error_or_its_cause() -> None:
    with peer(b"") as url:
        error = failure(url, write=True)
    assert SECRET not in f"{error} {error.message} {error.hint}"
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}==",
        f'{{"access_token": "{SECRET}", "x": 1}}',
        f"grant_type=jwt&assertion={SECRET}.a-b.c&x=1",
        f"<ns:sessionId>{SECRET}</ns:sessionId>",
        f'OAuth realm="1", oauth_signature="{SECRET}", oauth_token="{SECRET}"',
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    assert SECRET not in redact(text)
    assert HIDDEN in redact(text)


def test_plain_words_pass_the_redaction() -> None:
    words = "No such column 'Basic__c' on entity 'Opportunity'"
    assert redact(words) == words


def test_the_vendor_name_leads_the_code() -> None:
    assert broken("NetSuite", requests.ReadTimeout(), write=True).code == "NETSUITE_NO_ANSWER"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_decimal_keeps_its_digits_on_the_wire(value: Decimal) -> None:
    assert Decimal(exact_text(value)) == value


def test_exact_text_is_json() -> None:
    value = {"a": [Decimal("1E+2"), None, True, 'q"é\u2028', 3], "b": {}}
    assert json.loads(exact_text(value), parse_float=Decimal) == value


@pytest.mark.parametrize("value", [1.5, float("nan"), Decimal("NaN"), object()])
def test_what_is_not_exact_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        exact_text(value)
