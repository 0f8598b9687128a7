"""Does the door let in who may, keep out who may not, and write down why?"""

import base64
import hashlib
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from requests_oauthlib import OAuth1

from sandbox.netsuite.rest.oauth import Seen, base_string, header_parts
from sandbox.netsuite.signin import DRIFT, Door, signature
from sandbox.twin import credentials
from sandbox.twin.state import open_state
from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.test_netsuite_rest_jobs import process

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CUSTOMER = "/services/rest/record/v1/customer/501"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _signed(twin: Twin, place: str = CUSTOMER, **changed: str) -> requests.Response:
    keys = twin.keys
    realm, method = changed.get("realm", keys.account), changed.get("method", "HMAC-SHA256")
    secrets = (keys.consumer_key, changed.get("secret", keys.consumer_secret), keys.token_id, keys.token_secret)
    oauth = OAuth1(*secrets, realm=realm, signature_method=method, timestamp=changed.get("timestamp"))
    return requests.get(twin.url + place, auth=oauth, timeout=10)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"secret": "wrong"}, "InvalidSignature"),
        ({"method": "HMAC-SHA1"}, "UnknownAlgorithm"),
        ({"realm": "1234567-sb1"}, "account_rejected"),
        ({"timestamp": str(int(time.time()) - DRIFT - 60)}, "InvalidTimestamp"),
    ],
)
def test_a_caller_learns_nothing_and_the_trail_says_why(twin: Twin, changed: Any, reason: str) -> None:
    answer = _signed(twin, **changed)
    detail = answer.json()["o:errorDetails"][0]
    assert (answer.status_code, detail["o:errorCode"]) == (401, "INVALID_LOGIN")
    assert detail["detail"].startswith("Invalid login attempt. For more details, see the Login Audit Trail")
    assert answer.headers["WWW-Authenticate"] == f'OAuth realm="{twin.keys.account}"'
    assert twin.control("GET", "audit")[-1]["result"] == reason
    assert _signed(twin).status_code == 200


@pytest.mark.parametrize(
    "query", ["q=companyName+IS+%22a%2Bb%22", "q=memo%20IS%20%22a%26b%3D%25%22", "fields=&limit=1", "a=1&a=2&b"]
)
def test_parameters_are_signed_decoded_and_encoded_again(twin: Twin, query: str) -> None:
    assert _signed(twin, f"/services/rest/record/v1/customer?{query}").status_code in {200, 400}


def test_the_hash_of_the_body_is_signed_with_everything_else(twin: Twin) -> None:
    body = b'{"phone": "123"}'
    keys, stamp = twin.keys, str(int(time.time()))
    parts = {
        "oauth_body_hash": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        "oauth_consumer_key": keys.consumer_key,
        "oauth_token": keys.token_id,
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_timestamp": stamp,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_version": "1.0",
    }
    scheme, host = twin.url.split("://")
    text = base_string(Seen("PATCH", scheme, host, CUSTOMER), parts)
    parts["oauth_signature"] = signature(text, keys.consumer_secret, keys.token_secret)
    quoted = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in parts.items())
    headers = {"Authorization": f'OAuth realm="{keys.account}", {quoted}', "Content-Type": "application/json"}
    assert requests.patch(twin.url + CUSTOMER, data=body, headers=headers, timeout=10).status_code == 204
    without = headers["Authorization"].replace('oauth_body_hash="', 'oauth_body_hash="x')
    answer = requests.patch(twin.url + CUSTOMER, data=body, headers={**headers, "Authorization": without}, timeout=10)
    assert answer.status_code == 401


def test_the_published_examples_are_reproduced() -> None:
    header = (
        'OAuth realm="123456", oauth_nonce="fjaLirsIcCGVZWzBX0pg", oauth_timestamp="1508242306", oauth_version="1.0", '
        'oauth_consumer_key="ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4", '
        'oauth_token="2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc", '
        'oauth_signature_method="HMAC-SHA256"'
    )
    secrets = (
        "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5",
        "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295",
    )
    seen = Seen("GET", "https", "123456.suitetalk.api.netsuite.com", "/services/rest/record/v1/employee/40")
    assert (
        signature(base_string(seen, header_parts(header)), *secrets) == "B5OIWznZ2YP0OB7VrJrGkYsTh+8H+5T9Hag+o92q0zY="
    )


def _form(twin: Twin, alg: str = "ES256", **changed: Any) -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": twin.keys.client_id,
        "scope": ["rest_webservices", "restlets"],
        "aud": f"{twin.url}/services/rest/auth/oauth2/v1/token",
        "iat": now,
        "exp": now + 3600,
    }
    claims |= {name: value for name, value in changed.items() if name != "kid"}
    headers = {"kid": changed.get("kid", twin.keys.certificate_id)}
    assertion = jwt.encode(claims, twin.key_file.read_bytes(), alg, headers)
    return {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}


def _exchanged(twin: Twin, form: dict[str, str]) -> requests.Response:
    return requests.post(f"{twin.url}/services/rest/auth/oauth2/v1/token", data=form, timeout=10)


def test_a_token_is_given_for_a_scope_as_list_or_text(twin: Twin) -> None:
    for scope in (["rest_webservices"], "rest_webservices", "restlets,rest_webservices"):
        body = _exchanged(twin, _form(twin, scope=scope)).json()
        assert (str(body["expires_in"]), body["token_type"].lower()) == ("3600", "bearer")
        bearer = {"Authorization": f"Bearer {body['access_token']}"}
        assert requests.get(twin.url + CUSTOMER, headers=bearer, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"exp": int(time.time()) + 7200}, "invalid_request"),
        ({"exp": int(time.time()) - 3600}, "invalid_request"),
        ({"aud": "https://elsewhere.example/token"}, "invalid_request"),
        ({"iss": "somebody"}, "invalid_client"),
        ({"kid": "unknown"}, "invalid_client"),
        ({"scope": ["everything"]}, "invalid_scope"),
    ],
)
def test_an_assertion_that_is_not_right_gives_no_token(twin: Twin, changed: Any, error: str) -> None:
    answer = _exchanged(twin, _form(twin, **changed))
    assert (answer.status_code in {400, 401}, answer.json()) == (True, {"error": error})
    assert twin.control("GET", "audit")[-1]["result"] != "Success"


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("PS256", rsa.generate_private_key(65537, 2048)),
        ("ES384", ec.generate_private_key(ec.SECP384R1())),
        ("ES512", ec.generate_private_key(ec.SECP521R1())),
    ],
)
def test_every_certificate_that_was_uploaded_signs(twin: Twin, alg: str, key: Any) -> None:
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = requests.post(f"{twin.url}/_twin/certificates", data=pem, timeout=10).json()["id"]
    place, now = f"{twin.url}/services/rest/auth/oauth2/v1/token", time.time()
    # As netsuite-python writes it: the audience is a tuple's text, the scope has a comma and a blank, times are floats.
    claims = {
        "iss": twin.keys.client_id,
        "scope": "restlets, rest_webservices",
        "aud": str((place,)),
        "exp": now + 3600,
        "iat": now,
    }
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION}
    for named, status in ((kid, 200), (twin.keys.certificate_id, 400)):
        signed = jwt.encode(claims, key, alg, {"kid": named, "typ": "JWT"})
        assert _exchanged(twin, {**form, "client_assertion": signed}).status_code == status
    assert requests.post(f"{twin.url}/_twin/certificates", data=b"nothing", timeout=10).status_code == 400


def test_an_assertion_with_an_id_is_taken_once(twin: Twin) -> None:
    form = _form(twin, jti=uuid.uuid4().hex)
    assert [_exchanged(twin, form).status_code for _ in range(2)] == [200, 400]
    assert "replayed" in twin.control("GET", "audit")[-1]["result"]


def test_a_token_ends_after_an_hour_and_outlives_the_process(tmp_path: Path) -> None:
    keys = credentials.netsuite("tests", tmp_path)
    now = [1_000_000.0]
    door = Door(keys, open_state(None), lambda: now[0])
    place = "https://twin.example/token"
    claims = {
        "iss": keys.client_id,
        "scope": "restlets",
        "aud": place,
        "iat": int(time.time()),
        "exp": int(time.time()) + 60,
    }
    key = credentials.netsuite_key_file(tmp_path).read_bytes()
    assertion = jwt.encode(claims, key, "ES256", {"kid": keys.certificate_id})
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION, "client_assertion": assertion}
    token = door.exchange(form, place)
    assert door.sessions.scopes(token) == frozenset({"restlets"})
    now[0] += 3601
    assert door.sessions.scopes(token) is None


def test_tokens_outlive_a_kill(tmp_path: Path) -> None:
    with process(tmp_path, "off") as (twin, running_process):
        token = _exchanged(twin, _form(twin)).json()["access_token"]
        running_process.kill()
        assert running_process.wait() != 0
    with process(tmp_path, "off") as (twin, _):
        bearer = {"Authorization": f"Bearer {token}"}
        place = f"{twin.url}/services/rest/record/v1/currency/1"
        assert requests.get(place, headers=bearer, timeout=10).status_code == 200
        twin.control("POST", "faults", {"match": "currency", "kind": "expire"})
        ended = [requests.get(place, headers=bearer, timeout=10) for _ in range(2)]
        assert [answer.status_code for answer in ended] == [401, 401]
        assert 'error="invalid_token"' in ended[1].headers["WWW-Authenticate"]
