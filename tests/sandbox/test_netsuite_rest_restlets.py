"""Do the account's RESTlets answer as scripts do, behind the same door and out of the same slots?"""

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, order, running

PLACE = "/app/site/hosting/restlet.nl"
RECORDS = "script=customscript_isthmus_records&deploy=customdeploy_isthmus_records"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def _script(twin: Twin, method: str, query: str, body: Any = None) -> requests.Response:
    return twin.call(method, f"{PLACE}?{query}", body)


def test_any_record_is_created_read_changed_and_deleted(twin: Twin) -> None:
    body = {"recordtype": "salesorder", "externalid": "SF-R1", "record": order(memo="by script")}
    made = _script(twin, "POST", "script=1&deploy=1", body).json()
    assert made["success"] is True
    read = _script(twin, "GET", f"{RECORDS}&recordtype=salesorder&id={made['id']}").json()
    assert (read["memo"], read["externalId"], len(read["item"]["items"])) == ("by script", "SF-R1", 1)
    for _ in range(2):
        put = _script(twin, "PUT", RECORDS, {**body, "record": order(memo="again")}).json()
        assert put["id"] == made["id"]
    read = _script(twin, "GET", f"{RECORDS}&recordtype=salesOrder&externalid=SF-R1").json()
    assert (read["memo"], len(read["item"]["items"])) == ("again", 1)
    assert _script(twin, "DELETE", f"{RECORDS}&recordtype=salesorder&id={made['id']}").json()["success"] is True
    assert _script(twin, "GET", f"{RECORDS}&recordtype=salesorder&id={made['id']}").status_code == 400


@pytest.mark.parametrize(
    ("method", "query", "status", "code"),
    [
        ("GET", "script=99&deploy=1", 404, "SSS_INVALID_SCRIPTLET_ID"),
        ("GET", "script=1&deploy=9", 404, "SSS_INVALID_SCRIPTLET_ID"),
        ("PATCH", "script=1&deploy=1", 405, "SSS_METHOD_NOT_IMPLEMENTED"),
        ("GET", "script=1&deploy=1&recordtype=salesorder&id=999999", 400, "RCRD_DSNT_EXIST"),
    ],
)
def test_what_a_script_cannot_do_is_an_error_of_its_own_shape(
    twin: Twin, method: str, query: str, status: int, code: str
) -> None:
    answer = _script(twin, method, query)
    assert (answer.status_code, set(answer.json()), answer.json()["error"]["code"]) == (status, {"error"}, code)
    assert answer.json()["error"]["message"]


def test_parameters_and_bodies_reach_the_script(twin: Twin) -> None:
    said = _script(twin, "POST", "script=3&deploy=1&customParam=a%20b%2Bc", {"x": 1}).json()
    assert said == {"method": "POST", "parameters": {"customParam": "a b+c"}, "body": {"x": 1}}


def test_too_many_calls_at_once_are_refused_in_the_scripts_way(twin: Twin) -> None:
    twin.control("POST", "faults", {"match": "restlet", "kind": "busy"})
    answer = _script(twin, "GET", "script=3&deploy=1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SSS_REQUEST_LIMIT_EXCEEDED")
    assert _script(twin, "GET", "script=3&deploy=1").status_code == 200


def _token(twin: Twin, *scopes: str) -> str:
    address = f"{twin.url}/services/rest/auth/oauth2/v1/token"
    now = int(time.time())
    claims = {"iss": twin.keys.client_id, "scope": list(scopes), "aud": address, "iat": now, "exp": now + 3600}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(
            claims, twin.key_file.read_bytes(), "ES256", {"kid": twin.keys.certificate_id, "typ": "JWT"}
        ),
    }
    answer = requests.post(address, data=form, timeout=10)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_a_token_opens_what_its_scope_names_and_nothing_else(twin: Twin) -> None:
    places = (f"{twin.url}{PLACE}?script=3&deploy=1", f"{twin.url}/services/rest/record/v1/customer/501")
    for scopes, wanted in ((["restlets"], [200, 403]), (["rest_webservices"], [403, 200])):
        bearer = {"Authorization": f"Bearer {_token(twin, *scopes)}"}
        answers = [requests.get(place, headers=bearer, timeout=10) for place in places]
        assert [answer.status_code for answer in answers] == wanted
        refused = answers[wanted.index(403)]
        assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_a_caller_without_a_signature_stays_outside(twin: Twin) -> None:
    answer = requests.get(f"{twin.url}{PLACE}?script=3&deploy=1", timeout=10)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "INVALID_LOGIN_ATTEMPT")
    assert twin.control("GET", "audit")[-1]["channel"] == "RESTlet"
    assert twin.call("GET", "/rest/tokeninfo").json()["companyId"] == twin.keys.account
