"""Does the org let in whom it should, in the words of the real one, by every way that clients know?"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlparse

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from sandbox.salesforce.org import USER
from sandbox.salesforce.sessions import ORGANIZATION
from sandbox.twin import credentials
from tests.sandbox.salesforce_api import JWT, OwnProcess, Twin, in_process, redirected

# as jsforce sends it: another prefix, no header, the default namespace
JSFORCE = (
    '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header>{header}</se:Header><se:Body>'
    '<{operation} xmlns="urn:partner.soap.sforce.com">{body}</{operation}></se:Body></se:Envelope>'
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org"), trusted_ranges=("10.0.0.0/8",)) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.sign_in()
    return running


def soap(
    twin: Twin, operation: str, body: str = "", version: str = "59.0", header: str = "", **headers: str
) -> requests.Response:
    text = JSFORCE.format(operation=operation, body=body, header=header)
    address = f"{twin.url}/services/Soap/u/{version}"
    return requests.post(address, text, headers={"Content-Type": "text/xml", "SOAPAction": '""'} | headers, timeout=10)


def named(twin: Twin, password: str | None = None, username: str | None = None) -> str:
    known = twin.known
    password = known.password + known.security_token if password is None else password
    return f"<username>{username or known.username}</username><password>{password}</password>"


def test_simple_salesforce_signs_in_in_every_way(twin: Twin) -> None:
    known, session = twin.known, redirected(twin)
    key = credentials.salesforce_key_file(twin.folder).read_text()
    app = {"consumer_key": known.client_id, "consumer_secret": known.client_secret}
    ways: list[dict[str, Any]] = [
        {"username": known.username, "password": known.password, "security_token": known.security_token},
        {"username": known.username, "password": known.password, "organizationId": ORGANIZATION},
        {"username": known.username, "password": known.password, **app},
        {"username": known.username, "consumer_key": known.client_id, "privatekey": key},
        {"domain": "acme.my", **app},
        {"session_id": twin.sign_in(), "instance": "acme.my.salesforce.com"},
    ]
    for way in ways:
        client = Salesforce(session=session, **way)
        assert client.query("SELECT COUNT() FROM Account")["done"], way
        assert client.sf_instance.endswith(".salesforce.com"), way


def test_simple_salesforce_is_told_why_it_is_not_let_in(twin: Twin) -> None:
    known, session = twin.known, redirected(twin)
    with pytest.raises(SalesforceAuthenticationFailed) as wrong:
        SalesforceLogin(username=known.username, password="no", security_token="no", session=session)
    assert wrong.value.code == "INVALID_LOGIN"
    with pytest.raises(SalesforceAuthenticationFailed, match="LOGIN_MUST_USE_SECURITY_TOKEN"):
        SalesforceLogin(username=known.username, password=known.password, session=session)
    with pytest.raises(SalesforceAuthenticationFailed, match=r"not available in the API version specified \(65.0\)"):
        Salesforce(username=known.username, password="x", security_token="y", session=session, version="65.0")


def test_soap_login_tells_what_jsforce_looks_for(twin: Twin) -> None:
    answer = soap(twin, "login", named(twin), **{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "acme.example"})
    assert answer.status_code == 200
    assert f"<serverUrl>https://acme.example/services/Soap/u/59.0/{ORGANIZATION[:15]}</serverUrl>" in answer.text
    assert f"<userId>{USER}</userId>" in answer.text
    assert f"<organizationId>{ORGANIZATION}</organizationId>" in answer.text
    assert "<passwordExpired>false</passwordExpired>" in answer.text


def test_a_soap_session_asks_and_signs_out(twin: Twin) -> None:
    token = soap(twin, "login", named(twin)).text.partition("<sessionId>")[2].partition("<")[0]
    header = f'<SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>{token}</sessionId></SessionHeader>'
    assert f"<userName>{twin.known.username}</userName>" in soap(twin, "getUserInfo", header=header).text
    assert "Z</timestamp>" in soap(twin, "getServerTimestamp", header=header).text
    assert "<logoutResponse>" in soap(twin, "logout", header=header).text
    assert "<faultcode>sf:INVALID_SESSION_ID</faultcode>" in soap(twin, "getUserInfo", header=header).text


@pytest.mark.parametrize(
    ("version", "password", "code"),
    [
        ("59.0", "wrong", "INVALID_LOGIN"),
        ("59.0", "", "INVALID_LOGIN"),
        ("64.0", "wrong", "INVALID_LOGIN"),
        ("65.0", None, "INVALID_OPERATION"),
        ("30.0", None, "UNSUPPORTED_API_VERSION"),
        ("99.0", None, "UNSUPPORTED_API_VERSION"),
    ],
)
def test_a_soap_login_is_refused_with_a_fault(twin: Twin, version: str, password: str | None, code: str) -> None:
    answer = soap(twin, "login", named(twin, password), version)
    assert answer.status_code == 500
    assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in answer.text
    assert f"<faultcode>sf:{code}</faultcode>" in answer.text


def test_a_trusted_range_needs_no_token(twin: Twin) -> None:
    assert soap(twin, "login", named(twin, twin.known.password)).status_code == 500
    assert soap(twin, "login", named(twin, twin.known.password), **{"X-Forwarded-For": "10.1.2.3"}).status_code == 200


@pytest.mark.parametrize("text", ["", "<a>", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "<a/>"])
def test_what_is_no_envelope_is_a_fault(twin: Twin, text: str) -> None:
    answer = requests.post(f"{twin.url}/services/Soap/u/59.0", text, timeout=10)
    assert (answer.status_code, "faultcode" in answer.text) == (500, True)


def test_a_refresh_token_rotates(twin: Twin) -> None:
    form = {"grant_type": "refresh_token", "client_id": twin.known.client_id, "client_secret": twin.known.client_secret}
    first = twin.grant(**form, refresh_token=twin.known.refresh_token).json()
    again = twin.grant(**form, refresh_token=twin.known.refresh_token)
    assert (again.status_code, again.json()) == (
        400, {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    )  # fmt: skip
    second = twin.grant(**form, refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] not in {first["refresh_token"], twin.known.refresh_token}


def test_refresh_tokens_may_stand_still(tmp_path: Path) -> None:
    with in_process(tmp_path, rotates_refresh_tokens=False) as twin:
        form = {"client_id": twin.known.client_id, "client_secret": twin.known.client_secret}
        for _ in range(2):
            answer = twin.grant(grant_type="refresh_token", refresh_token=twin.known.refresh_token, **form)
            assert (answer.status_code, "refresh_token" in answer.json()) == (200, False)


def test_rotation_is_switched_while_the_org_runs(twin: Twin) -> None:
    form = {"client_id": twin.known.client_id, "client_secret": twin.known.client_secret}
    back = "http://localhost:1717/back"
    asked = {"response_type": "code", "client_id": form["client_id"], "redirect_uri": back}
    told = requests.get(f"{twin.url}/services/oauth2/authorize", asked, allow_redirects=False, timeout=10)
    code = dict(parse_qsl(urlparse(told.headers["Location"]).query))["code"]
    token = twin.grant(grant_type="authorization_code", code=code, redirect_uri=back, **form).json()["refresh_token"]
    requests.post(f"{twin.url}/_twin/switches", json={"still_refresh_tokens": True}, timeout=10)
    answers = [twin.grant(grant_type="refresh_token", refresh_token=token, **form) for _ in range(2)]
    requests.post(f"{twin.url}/_twin/switches", json={"still_refresh_tokens": False}, timeout=10)
    assert [(one.status_code, "refresh_token" in one.json()) for one in answers] == [(200, False)] * 2


def test_tokens_and_rotation_survive_a_kill(tmp_path: Path) -> None:
    server = OwnProcess(tmp_path)
    try:
        token = server.twin.sign_in()
        known = server.twin.known
        form = {"grant_type": "refresh_token", "client_id": known.client_id, "client_secret": known.client_secret}
        spent = server.twin.grant(**form, refresh_token=known.refresh_token).json()["refresh_token"]
        kept = server.twin.grant(**form, refresh_token=spent).json()["refresh_token"]
        server.kill()
        twin = server.start()
        twin.session.headers["Authorization"] = f"Bearer {token}"
        assert twin.call("GET", "limits").ok
        assert twin.grant(**form, refresh_token=spent).status_code == 400
        assert twin.grant(**form, refresh_token=kept).ok
        assert twin.grant(**form, refresh_token=known.refresh_token).ok
    finally:
        server.kill()


def test_sessions_end_by_time(tmp_path: Path) -> None:
    with in_process(tmp_path, token_lifetime=0.2) as twin:
        assert twin.call("GET", "limits").ok
        time.sleep(0.3)  # noqa: TID251 — a lifetime is over when it is over
        answer = twin.call("GET", "limits")
        assert (answer.status_code, answer.json()) == (
            401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        )  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"left": -5},
        {"aud": "https://test.salesforce.com"},
        {"aud": "https://acme--uat.sandbox.my.salesforce.com"},
        {"sub": "INTEGRATION@isthmus.example"},
    ],
)
def test_an_assertion_is_good(twin: Twin, changes: dict[str, Any]) -> None:
    answer = twin.grant(grant_type=JWT, assertion=twin.assertion(**changes))
    assert answer.ok, answer.text
    assert "refresh_token" not in answer.json()


def test_an_assertion_may_say_its_end_as_a_number(twin: Twin) -> None:
    assert twin.grant(grant_type=JWT, assertion=twin.assertion(exp=int(time.time()) + 240)).ok


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"left": -3600}, "expired authorization code"),
        ({"exp": "soon"}, "expired authorization code"),
        ({"exp": "nan"}, "expired authorization code"),
        ({"aud": "https://elsewhere.example"}, "audience is invalid"),
        ({"sub": "nobody@isthmus.example"}, "user hasn't approved this consumer"),
        ({"iss": "other"}, "client identifier invalid"),
    ],
)
def test_an_assertion_is_refused_in_the_real_words(twin: Twin, changes: dict[str, Any], words: str) -> None:
    answer = twin.grant(grant_type=JWT, assertion=twin.assertion(**changes))
    assert (answer.status_code, answer.json()["error_description"]) == (400, words)


def test_an_assertion_of_another_key_or_none_is_invalid(twin: Twin, tmp_path: Path) -> None:
    credentials.salesforce("test", tmp_path)
    other = Twin(twin.url, tmp_path).assertion()
    head, claims, _ = twin.assertion().split(".")
    for forged in (other, f"{head}.{claims}.", "x.y.z", ""):
        assert twin.grant(grant_type=JWT, assertion=forged).json()["error_description"] == "invalid assertion"


def test_client_credentials_come_in_a_header_too_but_not_to_a_shared_host(twin: Twin) -> None:
    coded = base64.b64encode(f"{twin.known.client_id}:{twin.known.client_secret}".encode()).decode()
    address, form = f"{twin.url}/services/oauth2/token", {"grant_type": "client_credentials"}
    basic = {"Authorization": f"Basic {coded}"}
    assert requests.post(address, form, headers=basic, timeout=10).ok
    refused = requests.post(address, form, headers=basic | {"Host": "login.salesforce.com"}, timeout=10)
    assert refused.json()["error_description"] == "request not supported on this domain"


def test_a_shared_host_sends_on_to_the_org_and_a_forwarded_one_stands(twin: Twin) -> None:
    form = {
        "grant_type": "password", "client_id": twin.known.client_id, "client_secret": twin.known.client_secret,
        "username": twin.known.username, "password": twin.known.password,
    }  # fmt: skip
    address, login = f"{twin.url}/services/oauth2/token", "login.salesforce.com"
    sent_on = requests.post(address, form, headers={"Host": login}, timeout=10).json()
    assert sent_on["instance_url"] == "http://isthmus.my.salesforce.com"
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": login}
    assert requests.post(address, form, headers=forwarded, timeout=10).json()["instance_url"] == f"https://{login}"


def test_a_token_is_taken_in_every_form(twin: Twin) -> None:
    token, address = twin.sign_in(), f"{twin.url}/services/data/v62.0/limits"
    forms: list[dict[str, str]] = [
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"bearer {token}"},
        {"Authorization": f"OAuth {token}"},
        {"X-SFDC-Session": token},
        {"x-sfdc-session": token},
    ]
    for headers in forms:
        assert requests.get(address, headers=headers, timeout=10).ok, headers
    assert requests.get(address, params={"oauth_token": token}, timeout=10).ok
    assert requests.get(address, headers={"Authorization": f"Basic {token}"}, timeout=10).status_code == 401


def test_the_identity_of_a_session(twin: Twin) -> None:
    token = twin.sign_in()
    grant = twin.grant(grant_type=JWT, assertion=twin.assertion()).json()
    identity = requests.get(grant["id"], params={"format": "json", "oauth_token": token}, timeout=10).json()
    assert (identity["user_id"], identity["organization_id"]) == (USER, ORGANIZATION)
    assert identity["urls"]["rest"] == f"{twin.url}/services/data/v{{version}}/"
    told = twin.session.get(f"{twin.url}/services/oauth2/userinfo", timeout=10).json()
    assert told["preferred_username"] == twin.known.username
    refused = requests.get(grant["id"], params={"oauth_token": "dead"}, timeout=10)
    assert (refused.status_code, refused.text) == (403, "Bad_OAuth_Token")


def test_a_token_is_looked_into_and_revoked(twin: Twin) -> None:
    token = twin.sign_in()
    own = {"client_id": twin.known.client_id, "client_secret": twin.known.client_secret}
    introspect, revoke = (f"{twin.url}/services/oauth2/{name}" for name in ("introspect", "revoke"))
    alive = requests.post(introspect, {"token": token, **own}, timeout=10).json()
    assert (alive["active"], alive["username"]) == (True, twin.known.username)
    assert (requests.post(revoke, {"token": token}, timeout=10).content, twin.call("GET", "limits").status_code) == (
        b"",
        401,
    )
    assert requests.post(introspect, {"token": token, **own}, timeout=10).json() == {"active": False}
    assert requests.post(revoke, {"token": token}, timeout=10).json()["error"] == "unsupported_token_type"


def test_a_token_is_good_after_a_restored_state_too(twin: Twin) -> None:
    assert requests.post(f"{twin.url}/_twin/snapshots", json={"name": "before"}, timeout=10).ok
    twin.sign_in()
    assert requests.post(f"{twin.url}/_twin/snapshots/before/restore", timeout=10).ok
    assert twin.call("GET", "limits").ok


def test_a_person_lets_an_app_in(twin: Twin) -> None:
    own = {"client_id": twin.known.client_id, "client_secret": twin.known.client_secret}
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": own["client_id"],
        "redirect_uri": "http://localhost:1717/back",
        "state": "s",
    }
    address = f"{twin.url}/services/oauth2/authorize"
    told = requests.get(address, asked | {"code_challenge": challenge}, allow_redirects=False, timeout=10)
    assert told.headers["Location"].startswith("http://localhost:1717/back?code=")
    given = dict(parse_qsl(urlparse(told.headers["Location"]).query))
    form = {"grant_type": "authorization_code", "redirect_uri": asked["redirect_uri"], "code": given["code"], **own}
    answer = twin.grant(**form, code_verifier=verifier).json()
    assert (given["state"], answer["token_type"]) == ("s", "Bearer")
    assert twin.grant(grant_type="refresh_token", refresh_token=answer["refresh_token"], **own).ok
    assert twin.grant(**form, code_verifier=verifier).json()["error_description"] == "expired authorization code"


def test_logins_are_limited_by_the_hour(tmp_path: Path) -> None:
    with in_process(tmp_path, logins_an_hour=2) as twin:
        assert soap(twin, "login", named(twin)).ok
        refused = twin.grant(grant_type=JWT, assertion=twin.assertion())
        assert (refused.status_code, refused.json()["error_description"]) == (400, "login rate exceeded")
        assert "LOGIN_RATE_EXCEEDED" in soap(twin, "login", named(twin)).text
