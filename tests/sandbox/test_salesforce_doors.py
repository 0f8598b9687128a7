"""Does the org take requests in all the ways in which clients send them, and refuse the others as the real one does?"""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlparse

import pytest
import requests

from tests.sandbox.salesforce_api import Twin, in_process


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


def call(twin: Twin, method: str, path: str, **more: object) -> requests.Response:
    return twin.session.request(method, f"{twin.url}{path}", timeout=10, **more)  # type: ignore[arg-type] # what requests takes


@pytest.mark.parametrize(
    "path",
    [
        "/services/data/v62.0/limits/",
        "/services/data/v62.0/Limits",
        "/Services/Data/V62.0/LIMITS",
        "/services/data/v62.0/",
        "/services/data/",
        "/services/data/v62.0/sobjects/account/Describe/",
    ],
)
def test_paths_are_taken_in_any_case_and_with_a_last_slash(twin: Twin, path: str) -> None:
    assert call(twin, "GET", path).status_code == 200


def test_head_is_get_without_a_body_and_options_tell_methods(twin: Twin) -> None:
    head = call(twin, "HEAD", "/services/data/v62.0/limits")
    assert (head.status_code, head.content, "api-usage=" in head.headers["Sforce-Limit-Info"]) == (200, b"", True)
    assert "PATCH" in call(twin, "OPTIONS", "/services/data/v62.0/limits").headers["Allow"]


def test_patch_may_come_as_a_parameter_of_post(twin: Twin) -> None:
    made = twin.call("POST", "sobjects/Account", json={"Name": "A"}).json()["id"]
    path = f"sobjects/Account/{made}"
    assert twin.call("POST", path, params={"_HttpMethod": "PATCH"}, json={"Phone": "4"}).status_code == 204
    assert twin.call("GET", path).json()["Phone"] == "4"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/services/data/v62.0/nowhere", 404, "NOT_FOUND"),
        ("GET", "/services/data/v62.0/sobjects/Nobody/describe", 404, "NOT_FOUND"),
        ("GET", "/services/nowhere", 404, "NOT_FOUND"),
        ("GET", "/services/data/v99.0/limits", 404, "NOT_FOUND"),
        ("GET", "/services/data/v30.0/limits", 410, "GONE"),
        ("DELETE", "/services/data/v62.0/limits", 405, "METHOD_NOT_ALLOWED"),
        ("PUT", "/services/data/v62.0/query", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/services/oauth2/token", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_is_not_there_is_refused_as_a_list(twin: Twin, method: str, path: str, status: int, code: str) -> None:
    answer = call(twin, method, path)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
    if path.startswith("/services/data"):
        assert answer.headers["Sforce-Limit-Info"].startswith("api-usage=")


def test_a_dead_token_is_told_before_what_is_not_there(twin: Twin) -> None:
    answer = requests.get(
        f"{twin.url}/services/data/v62.0/nowhere", headers={"Authorization": "Bearer dead"}, timeout=10
    )
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_zipped_bodies_are_taken_and_broken_ones_refused(twin: Twin) -> None:
    body = gzip.compress(json.dumps({"Name": "Zipped"}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert twin.call("POST", "sobjects/Account", data=body, headers=headers).status_code == 201
    for broken in (b"no gzip", body[:-5]):
        assert twin.call("POST", "sobjects/Account", data=broken, headers=headers).status_code == 415


def test_chunked_bodies_are_taken(twin: Twin) -> None:
    pieces = iter([b'{"Name": ', b'"Chunked"}'])
    answer = twin.call("POST", "sobjects/Account", data=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201


def test_a_web_socket_is_refused_cleanly(twin: Twin) -> None:
    host = urlparse(twin.url)
    connection = http.client.HTTPConnection(str(host.hostname), host.port, timeout=10)
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    connection.request("GET", "/cometd/59.0", headers=upgrade)
    answer = connection.getresponse()
    assert 400 <= answer.status < 500
    answer.read()
    assert call(twin, "GET", "/services/data/").ok


def test_limits_have_the_names_that_clients_read(twin: Twin) -> None:
    limits = twin.call("GET", "limits").json()
    for name in ("DailyApiRequests", "DailyBulkApiBatches", "DailyBulkV2QueryJobs", "DailyBulkV2QueryFileStorageMB"):
        assert limits[name]["Max"] >= limits[name]["Remaining"] > 0


def test_a_pretty_answer_is_the_same_answer(twin: Twin) -> None:
    plain, pretty = (call(twin, "GET", "/services/data/v62.0/", headers={"X-PrettyPrint": flag}) for flag in ("0", "1"))
    assert (plain.json(), "\n" in plain.text) == (pretty.json(), False)
    assert pretty.text.startswith('{\n  "sobjects" : ')


def test_records_are_counted_by_object(twin: Twin) -> None:
    twin.reset()
    twin.load(("Account", {"Name": "A"}), ("Account", {"Name": "B"}))
    params = {"sObjects": "Account,Contact,Nobody__c"}
    assert twin.call("GET", "limits/recordCount", params=params).json() == {
        "sObjects": [{"count": 2, "name": "Account"}]
    }
    assert {"count": 2, "name": "Account"} in twin.call("GET", "limits/recordCount").json()["sObjects"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The HTTP entity body is required, but this request has no entity body."),
        (b'{"Name":', "Unexpected end-of-input at [line:1, column:9]"),
        (b'{"Name"\n;1}', "Unexpected character (';' (code 59)): expected a valid value at [line:2, column:1]"),
        (b'{"a":' * 100_000, "Invalid UTF-8 or nesting in the body"),
        (b'"\xff"', "Invalid UTF-8 or nesting in the body"),
    ],
)
def test_a_body_that_is_no_json_is_refused_with_the_place(twin: Twin, body: bytes, words: str) -> None:
    answer = twin.call("POST", "sobjects/Account", data=body)
    assert answer.status_code == 400
    assert answer.json() == [{"message": words, "errorCode": "JSON_PARSER_ERROR"}]
