"""Are NetSuite's signatures those that Oracle publishes, and are tokens renewed when they must be?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.netsuite.auth import Signer, Stamp, assertion, passport, signature
from connectors.netsuite.connection import Connection
from flows.errors import Misconfigured

# Oracle's published example values (netsuite.md 2.3).
KEY = "ef40afdd8abaac111b13825dd5e5e2ddddb44f86d5a0dd6dcf38c20aae6b67e4"
KEY_SECRET = "d26ad321a4b2f23b0741c8d38392ce01c3e23e109df6c96eac6d099e9ab9e8b5"
TOKEN = "2b0ce516420110bcbd36b69e99196d1b7f6de3c6234c5afb799b73d87569f5cc"
TOKEN_SECRET = "c29a677df7d5439a458c063654187e3d678d73aca8e3c9d8bea1478a3eb0d295"
PUBLISHED = Connection("https://123456.suitetalk.api.netsuite.com", "123456", KEY, KEY_SECRET, TOKEN, TOKEN_SECRET)
STAMP = Stamp(1508242306, "fjaLirsIcCGVZWzBX0pg")


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


CURVE = ec.generate_private_key(ec.SECP256R1())
MACHINE = Connection(
    "http://127.0.0.1:1", "1234567_SB1", client_id="client", certificate_id="cert", private_key=pem(CURVE)
)


def test_soap_signature_is_the_published_one() -> None:
    assert signature(PUBLISHED, STAMP) == "tIcC5zyKUmycB5Ml/cNxOHDusw03Y5KPQiXVNUHHp4U="


def test_passport_names_the_account_in_upper_case_with_underscores() -> None:
    written = Connection("https://1234567-sb1.x", "1234567-sb1", KEY, KEY_SECRET, TOKEN, TOKEN_SECRET)
    assert passport(written, STAMP)["account"] == "1234567_SB1"


def test_every_try_has_its_own_nonce_of_letters_and_digits() -> None:
    nonces = {Stamp.now(lambda: 1.0).nonce for _ in range(50)}
    assert len(nonces) == 50
    assert all(re.fullmatch(r"[0-9a-zA-Z]{6,64}", nonce) for nonce in nonces)


def test_rest_signature_covers_the_address_with_its_query() -> None:
    address = "https://123456.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql?limit=1000&offset=0"
    signed = requests.Request("POST", address, data=b"{}", auth=Signer(PUBLISHED, requests.Session(), float).auth())
    header = requests.Session().prepare_request(signed).headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', text)}
    assert given["realm"] == "123456"
    assert given["oauth_signature"] == _by_rfc_5849(address, given)


def _by_rfc_5849(address: str, given: dict[str, str]) -> str:
    root, _, query = address.partition("?")
    signed = {name: value for name, value in given.items() if name not in {"realm", "oauth_signature"}}
    signed |= dict(pair.split("=") for pair in query.split("&"))
    pairs = "&".join(f"{quote(name, safe='')}={quote(signed[name], safe='')}" for name in sorted(signed))
    text = "&".join(quote(part, safe="") for part in ("POST", root, pairs))
    made = hmac.digest(f"{KEY_SECRET}&{TOKEN_SECRET}".encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(made).decode()


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(65537, 3072), "PS256"),
        (CURVE, "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
    ],
)
def test_assertion_is_signed_as_the_key_demands(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, algorithm: str
) -> None:
    connection = Connection("http://127.0.0.1", "1", client_id="me", certificate_id="cert", private_key=pem(key))
    token = assertion(connection, "http://127.0.0.1/token", 1000)
    assert jwt.get_unverified_header(token) == {"alg": algorithm, "kid": "cert", "typ": "JWT"}
    audience = "http://127.0.0.1/token"
    claims = jwt.decode(token, key.public_key(), [algorithm], audience=audience, options={"verify_exp": False})
    assert claims["iss"] == "me"
    assert 0 < claims["exp"] - claims["iat"] <= 3600


def test_a_key_that_is_no_pem_is_misconfigured() -> None:
    broken = Connection("http://127.0.0.1", "1", client_id="me", certificate_id="cert", private_key="nonsense")
    with pytest.raises(Misconfigured, match="PEM"):
        assertion(broken, "x", 1)


def test_secrets_are_not_shown() -> None:
    shown = f"{PUBLISHED!r} {MACHINE!r}"
    assert KEY_SECRET not in shown
    assert TOKEN_SECRET not in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize("wrong", [{"url": "ftp://x"}, {"endpoint": "2031_9"}, {"token_secret": ""}])
def test_a_connection_that_cannot_work_is_refused_at_once(wrong: dict[str, str]) -> None:
    right = {
        "url": "https://x",
        "account": "1",
        "consumer_key": "a",
        "consumer_secret": "b",
        "token_id": "c",
        "token_secret": "d",
    }
    Connection(**right)  # type: ignore[arg-type]  # a table of texts stands for the arguments
    with pytest.raises(Misconfigured):
        Connection(**(right | wrong))  # type: ignore[arg-type]  # as above
