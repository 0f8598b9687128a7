"""Do we sign in as often as needed, and no oftener?"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from connectors.salesforce.auth import SignIn
from connectors.salesforce.connection import Connection
from connectors.salesforce.line import Budgets, Line
from flows.errors import Misconfigured, Unreachable
from tests.unit.salesforce_peer import EXPIRED, NOW, Books, Peer, answering, failure, line


@pytest.fixture
def peer() -> Iterator[Peer]:
    with answering() as made:
        yield made


def test_an_ended_session_is_renewed_once_even_for_a_write(peer: Peer) -> None:
    peer.answers = [EXPIRED, (200, [{"id": "1", "success": True}])]
    assert line(peer).change("PATCH", "composite/sobjects", {"records": []}, NOW) == [{"id": "1", "success": True}]
    assert [headers["Authorization"] for _, _, headers, _ in peer.calls] == ["Bearer token-1", "Bearer token-2"]
    assert peer.calls[0][3] == peer.calls[1][3]
    assert peer.calls[1][2]["Sforce-Call-Options"] == "client=isthmus"


def test_a_session_that_is_refused_again_stops_everything(peer: Peer) -> None:
    peer.answers = [EXPIRED] * 9
    assert isinstance(failure(lambda: line(peer).get("limits", NOW)), Misconfigured)
    assert peer.sign_ins == 2
    assert len(peer.calls) == 2


def test_a_wrong_secret_is_told_in_the_vendors_words(peer: Peer) -> None:
    peer.sign_in = (400, {"error": "invalid_client", "error_description": "invalid client credentials"})
    error = failure(lambda: line(peer).get("limits", NOW))
    assert isinstance(error, Misconfigured)
    assert error.code == "SALESFORCE_SIGN_IN"
    assert "invalid client credentials" in error.message
    assert "secret is wrong" in error.hint
    assert peer.sign_ins == 1


def test_a_sign_in_desk_that_is_down_is_no_wrong_secret(peer: Peer) -> None:
    peer.sign_in = (503, "<html>We are setting things up</html>")
    assert type(failure(lambda: line(peer).change("PATCH", "x", {}, NOW))) is Unreachable


def test_the_assertion_is_signed_for_the_login_host_and_three_minutes(peer: Peer) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    connection = Connection(peer.url, "key", username="me@x", private_key=key.private_bytes(*forms).decode())
    calls = Line(connection, Budgets(Books(), Books()), clock=lambda: 1_900_000_000.0)
    peer.answers = [(200, {"a": 1})]
    calls.get("limits", NOW)
    form = {name: values[0] for name, values in parse_qs(peer.asked[0][3].decode()).items()}
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    host = "https://login.salesforce.com"
    claims = jwt.decode(form["assertion"], key.public_key(), ["RS256"], audience=host, options={"verify_exp": False})
    assert claims == {"iss": "key", "sub": "me@x", "aud": host, "exp": 1_900_000_180}


def test_a_key_that_is_none_is_refused_without_being_shown(peer: Peer) -> None:
    connection = Connection(peer.url, "key", username="me", private_key="-----BEGIN NONSENSE")
    error = failure(lambda: Line(connection, Budgets(Books(), Books())).get("limits", NOW))
    assert error.code == "SALESFORCE_SIGN_IN"
    assert "NONSENSE" not in str(error)


def test_a_token_is_renewed_before_it_ends(peer: Peer) -> None:
    time = [0.0]
    calls = Line(Connection(peer.url, "key", "secret"), Budgets(Books(), Books()), clock=lambda: time[0])
    peer.answers = [(200, {"a": 1})] * 3
    for moment in (0.0, 2900.0, 2950.0):
        time[0] = moment
        calls.get("limits", NOW)
    assert peer.sign_ins == 2


def test_many_threads_sign_in_once(peer: Peer) -> None:
    peer.answers = [(200, {"a": 1})] * 8
    calls = line(peer)
    threads = [threading.Thread(target=calls.get, args=("limits", NOW)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(peer.calls) == 8
    assert peer.sign_ins == 1


def test_a_token_renewed_by_another_thread_is_kept(peer: Peer) -> None:
    import requests  # noqa: PLC0415 — only this test speaks without a line

    with requests.Session() as calls:
        desk = SignIn(Connection(peer.url, "key", "secret"), calls, lambda: 0.0)
        old = desk.token()
        desk.forget(old)
        new = desk.token()
        desk.forget(old)
        assert desk.token() is new
    assert peer.sign_ins == 2
