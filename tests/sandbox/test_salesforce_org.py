"""Does the Salesforce twin behave as an org does, to clients that know nothing of it?"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from sandbox.salesforce.ids import make_id
from sandbox.twin import credentials

ROOT = Path(__file__).resolve().parent.parent.parent
SERVE = """
import sys
from pathlib import Path
from sandbox.salesforce.serve import run
run("127.0.0.1", 0, Path(sys.argv[1]), latency="off", seed="test")
"""
ACCOUNT, PRODUCT, ENTRY, BOOK = (make_id(prefix, 1) for prefix in ("001", "01t", "01u", "01s"))
PARENT = make_id("001", 2)


@dataclass
class Org:
    """A running twin, and a client's session with it."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def known(self) -> credentials.SalesforceCredentials:
        return credentials.salesforce("test", self.folder)

    def sign_in(self, **form: str) -> requests.Response:
        own = {"client_id": self.known.client_id, "client_secret": self.known.client_secret}
        return requests.post(f"{self.url}/services/oauth2/token", data=own | form, timeout=10)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/services/data/v62.0/{path}", timeout=10, **more)

    def query(self, text: str, **headers: str) -> requests.Response:
        return self.call("GET", "query", params={"q": text}, headers=headers)

    def found(self, text: str) -> list[dict[str, Any]]:
        answer = self.query(text)
        assert answer.ok, answer.text
        return [without_attributes(record) for record in answer.json()["records"]]

    def fault(self, **wish: Any) -> None:
        assert requests.post(f"{self.url}/_twin/faults", json=wish, timeout=10).status_code == 201


def without_attributes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_attributes(inner) for name, inner in value.items() if name != "attributes"}
    return [without_attributes(inner) for inner in value] if isinstance(value, list) else value


def start(folder: Path) -> Org:
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return Org(process.stdout.readline().split()[-1], folder, process)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    org = start(tmp_path_factory.mktemp("org"))
    yield org
    org.process.terminate()
    org.process.wait(10)


@pytest.fixture
def org(running: Org) -> Org:
    requests.post(f"{running.url}/_twin/reset", timeout=10)
    requests.delete(f"{running.url}/_twin/faults", timeout=10)
    lines = "\n".join(json.dumps({"type": kind, "record": record}) for kind, record in company())
    loaded = requests.post(f"{running.url}/_twin/load", data=lines.encode(), timeout=10)
    assert loaded.ok, loaded.text
    token = running.sign_in(grant_type="client_credentials").json()["access_token"]
    running.session.headers["Authorization"] = f"Bearer {token}"
    return running


def company() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "Account", {"Id": PARENT, "Name": "Mother", "CurrencyIsoCode": "USD"}
    yield "Account", {"Id": ACCOUNT, "Name": "Käse & Co", "ParentId": PARENT, "CurrencyIsoCode": "USD"}
    yield "Product2", {"Id": PRODUCT, "Name": "GTX", "ProductCode": "GTX"}
    yield "Pricebook2", {"Id": BOOK, "Name": "Standard"}
    yield "PricebookEntry", {"Id": ENTRY, "Pricebook2Id": BOOK, "Product2Id": PRODUCT, "UnitPrice": "10"}
    for number in range(1, 501):
        won = "Closed Won" if number % 2 else "Prospecting"
        yield (
            "Opportunity",
            {
                "Id": make_id("006", number),
                "Name": f"Deal {number:03d}",
                "StageName": won,
                "CloseDate": f"2026-01-{1 + number % 28:02d}",
                "CurrencyIsoCode": "USD",
                "AccountId": ACCOUNT if number % 5 else None,
            },
        )
        yield (
            "OpportunityLineItem",
            {
                "Id": make_id("00k", number),
                "OpportunityId": make_id("006", number),
                "Product2Id": PRODUCT,
                "Quantity": "2",
                "UnitPrice": "10.25",
            },
        )


def assertion(org: Org, **changes: Any) -> str:
    claims = {
        "iss": org.known.client_id,
        "sub": org.known.username,
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 180,
    }
    key = credentials.salesforce_key_file(org.folder).read_text()
    return jwt.encode(claims | changes, key, algorithm="RS256")


JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_every_grant_signs_in(org: Org) -> None:
    known = org.known
    password = known.password + known.security_token
    grants = [
        {"grant_type": "client_credentials"},
        {"grant_type": "password", "username": known.username, "password": password},
        {"grant_type": "refresh_token", "refresh_token": known.refresh_token},
        {"grant_type": JWT, "assertion": assertion(org)},
    ]
    for grant in grants:
        answer = org.sign_in(**grant)
        assert answer.ok, (grant, answer.text)
        assert answer.json()["instance_url"] == org.url


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_secret": "no"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "no"}, "invalid_client_id"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "old"}, "invalid_grant"),
        ({"grant_type": JWT, "assertion": "none"}, "invalid_grant"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_grant_is_refused(org: Org, form: dict[str, str], error: str) -> None:
    answer = org.sign_in(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    "changes", [{"exp": 1}, {"exp": int(time.time()) + 9999}, {"sub": "nobody"}, {"aud": "https://elsewhere.example"}]
)
def test_a_wrong_assertion_is_refused(org: Org, changes: dict[str, Any]) -> None:
    assert org.sign_in(grant_type=JWT, assertion=assertion(org, **changes)).status_code == 400


def test_a_call_without_a_token_is_refused_as_a_list(org: Org) -> None:
    answer = requests.get(f"{org.url}/services/data/v62.0/limits", timeout=10)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


class Plain(HTTPAdapter):
    """Sends a client's https to the twin's http."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request.url = str(request.url).replace("https://twin.my.salesforce.com", self.url)
        return super().send(request, *args, **more)


def test_simple_salesforce_cannot_tell(org: Org) -> None:
    session = requests.Session()
    session.mount("https://", Plain(org.url))
    token = str(org.session.headers["Authorization"]).removeprefix("Bearer ")
    client = Salesforce(instance="twin.my.salesforce.com", session_id=token, session=session, version="62.0")
    assert client.query_all("SELECT Id FROM Opportunity")["totalSize"] == 500
    made = client.Account.create({"Name": "New"})
    client.Account.update(made["id"], {"Phone": "555"})
    assert client.Account.get(made["id"])["Phone"] == "555"
    assert client.Account.describe()["keyPrefix"] == "001"
    client.Account.delete(made["id"])
    rows = client.bulk2.Opportunity.query("SELECT Id, Name FROM Opportunity WHERE StageName = 'Closed Won'")
    assert sum(page.count("\n") for page in rows) >= 250


WHERE = [
    ("StageName = 'closed won'", 250),
    ("StageName != 'Closed Won'", 250),
    ("Amount > 20 AND Amount <= 20.50", 500),
    ("NOT (StageName = 'Closed Won' OR Name LIKE 'Deal 00%')", 246),
    ("Name LIKE '%00'", 5),
    ("Name IN ('Deal 001', 'Deal 002', 'None')", 2),
    ("Name NOT IN ('Deal 001')", 499),
    ("AccountId = null", 100),
    ("Account.Name = 'Käse & Co' AND Account.Parent.Name = 'Mother'", 400),
    ("AccountId IN (SELECT Id FROM Account WHERE ParentId != null)", 400),
    ("IsWon = true AND HasOpportunityLineItem = true", 250),
    ("CloseDate = 2026-01-02", 18),
    ("CloseDate >= 2026-01-02 AND CloseDate < 2026-01-04", 36),
    ("SystemModstamp >= 2020-01-01T00:00:00Z", 500),
    ("CreatedDate = TODAY", 500),
    ("CreatedDate = LAST_N_DAYS:3", 500),
    ("CreatedDate < YESTERDAY", 0),
    (f"Id = '{make_id('006', 7)[:15]}'", 1),
    ("Name = 'it\\'s'", 0),
]


@pytest.mark.parametrize(("condition", "count"), WHERE)
def test_conditions(org: Org, condition: str, count: int) -> None:
    assert org.query(f"SELECT COUNT() FROM Opportunity WHERE {condition}").json()["totalSize"] == count


def test_parents_and_children(org: Org) -> None:
    lines = "(SELECT Quantity, Product2.Name FROM OpportunityLineItems)"
    asked = f"SELECT Name, Account.Phone, Account.Parent.Name, {lines} FROM Opportunity"
    first, fifth = (org.found(f"{asked} WHERE Name = 'Deal 00{number}'")[0] for number in (1, 5))
    assert first["Account"] == {"Phone": None, "Parent": {"Name": "Mother"}}
    assert fifth["Account"] is None
    assert first["OpportunityLineItems"]["records"] == [{"Quantity": 2.0, "Product2": {"Name": "GTX"}}]
    assert org.found("SELECT Name, (SELECT Id FROM Contacts) FROM Account LIMIT 1")[0]["Contacts"] is None


def test_aggregates_order_and_limits(org: Org) -> None:
    found = org.found(
        "SELECT StageName, COUNT(Id) n, SUM(Amount) FROM Opportunity GROUP BY StageName ORDER BY StageName"
    )
    assert found == [
        {"StageName": "Closed Won", "n": 250, "expr0": 5125.0},
        {"StageName": "Prospecting", "n": 250, "expr0": 5125.0},
    ]
    assert [row["Name"] for row in org.found("SELECT Name FROM Opportunity ORDER BY Name DESC LIMIT 2 OFFSET 1")] == [
        "Deal 499",
        "Deal 498",
    ]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT Foo FROM Opportunity", "INVALID_FIELD", "No such column 'Foo' on entity 'Opportunity'"),
        ("SELECT Id FROM Foo", "INVALID_TYPE", "sObject type 'Foo' is not supported"),
        (
            "SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01'",
            "INVALID_FIELD",
            "should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Opportunity WHERE", "MALFORMED_QUERY", "ERROR at Row:1"),
        ("SELECT Id, (SELECT Id FROM Foos) FROM Opportunity", "INVALID_TYPE", "Didn't understand relationship 'Foos'"),
        ("SELECT Boss.Name FROM Opportunity", "INVALID_FIELD", "Didn't understand relationship 'Boss'"),
    ],
)
def test_a_wrong_query_is_refused_in_salesforce_s_words(org: Org, text: str, code: str, words: str) -> None:
    answer = org.query(text)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert words in answer.json()[0]["message"]


def test_a_long_answer_comes_in_pages_and_the_cursor_wins_over_q(org: Org) -> None:
    answer = org.query("SELECT Id FROM Opportunity", **{"Sforce-Query-Options": "batchSize=200"}).json()
    seen = len(answer["records"])
    while not answer["done"]:
        answer = org.session.get(
            f"{org.url}{answer['nextRecordsUrl']}", params={"q": "SELECT Id FROM Account"}, timeout=10
        ).json()
        seen += len(answer["records"])
    assert (seen, answer["totalSize"]) == (500, 500)


def test_records_are_written_by_id_and_by_external_id(org: Org) -> None:
    path = "sobjects/Account/NetSuite_Internal_ID__c/77"
    made = org.call("PATCH", path, json={"Name": "Bound"})
    again = org.call("PATCH", path, json={"Name": "Bound again"})
    assert (made.status_code, again.status_code) == (201, 200)
    assert again.json() == {"id": made.json()["id"], "success": True, "errors": [], "created": False}
    assert org.call("PATCH", f"sobjects/Account/{made.json()['id']}", json={"Phone": "1"}).status_code == 204
    assert org.call("DELETE", f"sobjects/Account/{made.json()['id']}").status_code == 204
    assert org.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"Phone": "1"}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "N" * 256}, "STRING_TOO_LONG"),
        ({"Name": "N", "Nonsense": 1}, "INVALID_FIELD"),
        ({"Name": "N", "SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Name": "N", "ParentId": "nobody"}, "MALFORMED_ID"),
        ({"Name": "N", "ParentId": make_id("001", 999)}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"Name": "N", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR"),
        ({"Name": "N", "AnnualRevenue": 10**19}, "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_a_wrong_record_is_refused(org: Org, record: dict[str, Any], code: str) -> None:
    assert org.call("POST", "sobjects/Account", json=record).json()[0]["errorCode"] == code


def many(org: Org, records: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
    rows = [{"attributes": {"type": "Opportunity"}} | record for record in records]
    found: list[dict[str, Any]] = org.call("PATCH", "composite/sobjects", json={"records": rows} | more).json()
    return found


def test_a_collection_answers_each_record_for_itself_unless_it_is_all_or_none(org: Org) -> None:
    rows = [
        {"id": make_id("006", 1), "NetSuite_Internal_ID__c": "5"},
        {"id": make_id("006", 2), "NetSuite_Internal_ID__c": "5"},
    ]
    assert [row["success"] for row in many(org, rows)] == [True, False]
    strict = many(org, [{"id": make_id("006", 3), "NetSuite_Order_Number__c": "1"}, rows[1]], allOrNone=True)
    assert [row["errors"][0]["statusCode"] for row in strict] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "DUPLICATE_VALUE",
    ]
    assert org.found("SELECT Name FROM Opportunity WHERE NetSuite_Order_Number__c = '1'") == []
    assert many(org, [{}] * 201)[0]["errorCode"] == "EXCEEDED_MAX_SIZE_REQUEST"


def test_amounts_roll_up_from_lines_and_cannot_be_set_over_them(org: Org) -> None:
    deal = make_id("006", 1)
    line = {"OpportunityId": deal, "PricebookEntryId": ENTRY, "Quantity": 1, "UnitPrice": 0.05}
    assert org.call("POST", "sobjects/OpportunityLineItem", json=line).status_code == 201
    assert org.found(f"SELECT Amount FROM Opportunity WHERE Id = '{deal}'") == [{"Amount": 20.55}]
    assert (
        len(org.found(f"SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '{deal}' AND Product2.Name = 'GTX'"))
        == 2
    )
    assert (
        org.call("PATCH", f"sobjects/Opportunity/{deal}", json={"Amount": 1}).json()[0]["errorCode"]
        == "INVALID_FIELD_FOR_INSERT_UPDATE"
    )


def test_a_query_job_gives_csv_pages_with_locators(org: Org) -> None:
    wish = {
        "operation": "query",
        "query": "SELECT Id, Account.Name, Amount, SystemModstamp, PO_Number__c FROM Opportunity",
    }
    job = org.call("POST", "jobs/query", json=wish).json()
    assert org.call("GET", f"jobs/query/{job['id']}").json()["state"] == "JobComplete"
    locator, pages = "", []
    while locator != "null":
        page = org.call("GET", f"jobs/query/{job['id']}/results", params={"maxRecords": "200", "locator": locator})
        assert page.headers["Content-Type"] == "text/csv"
        pages.append(page.content.decode().splitlines())
        assert int(page.headers["Sforce-NumberOfRecords"]) == len(pages[-1]) - 1
        locator = page.headers["Sforce-Locator"]
    assert [len(page) for page in pages] == [201, 201, 101]
    assert pages[0][1].split(",")[1:3] == ['"Käse & Co"', '"20.5"']
    assert pages[0][1].endswith('.000Z",""')
    assert org.call("DELETE", f"jobs/query/{job['id']}").status_code == 204


@pytest.mark.parametrize(
    "text",
    [
        "SELECT COUNT() FROM Account",
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT Id FROM Account OFFSET 5",
    ],
)
def test_a_query_job_refuses_what_bulk_cannot_do(org: Org, text: str) -> None:
    assert org.call("POST", "jobs/query", json={"operation": "query", "query": text}).status_code == 400


def test_the_limits_are_told_on_every_answer(org: Org) -> None:
    assert org.call("GET", "limits/").headers["Sforce-Limit-Info"].startswith("api-usage=")
    assert org.session.get(f"{org.url}/services/data/v30.0/limits", timeout=10).status_code == 410


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("daily_limit", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("busy", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("expire", 401, "INVALID_SESSION_ID"),
        ("lock", 400, "UNABLE_TO_LOCK_ROW"),
    ],
)
def test_faults_of_the_org_s_own(org: Org, kind: str, status: int, code: str) -> None:
    org.fault(kind=kind, match="limits")
    answer = org.call("GET", "limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)


def test_faults_of_the_line(org: Org) -> None:
    org.fault(kind="status", status=503, match="limits", retry_after=7)
    assert org.call("GET", "limits").headers["Retry-After"] == "7"
    org.fault(kind="maintenance", match="limits")
    assert "maintenance" in org.call("GET", "limits").text
    org.fault(kind="garbage", match="limits")
    with pytest.raises(ValueError, match="Expecting"):
        org.call("GET", "limits").json()
    assert org.call("GET", "limits").ok
    armed = requests.get(f"{org.url}/_twin/faults", timeout=10).json()
    assert [fault["fired"] for fault in armed] == [1, 1, 1]


@pytest.mark.parametrize(("kind", "written"), [("drop_before", False), ("drop", True), ("commit_then_500", True)])
def test_a_fault_around_a_write_leaves_it_done_or_undone(org: Org, kind: str, written: bool) -> None:  # noqa: FBT001 — a table's column
    org.fault(kind=kind, match="POST .*Account")
    if kind == "commit_then_500":
        assert org.call("POST", "sobjects/Account", json={"Name": "Perhaps"}).status_code == 500
    else:
        with pytest.raises(requests.ConnectionError):
            org.call("POST", "sobjects/Account", json={"Name": "Perhaps"})
    assert bool(org.found("SELECT Id FROM Account WHERE Name = 'Perhaps'")) is written


@pytest.mark.parametrize("wish", [{"kind": "nonsense"}, {"match": "("}, {"sort": "status"}])
def test_a_fault_that_makes_no_sense_is_refused(org: Org, wish: dict[str, str]) -> None:
    assert requests.post(f"{org.url}/_twin/faults", json=wish, timeout=10).status_code == 400


def test_a_bad_line_loads_nothing(org: Org) -> None:
    lines = '{"type": "Account", "record": {"Name": "One"}}\n{"type": "Account", "record": {}}'
    answer = requests.post(f"{org.url}/_twin/load", data=lines, timeout=10)
    assert (answer.status_code, answer.json()["line"]) == (400, 2)
    assert not org.found("SELECT Id FROM Account WHERE Name = 'One'")


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    first = start(tmp_path)
    requests.post(f"{first.url}/_twin/load", data='{"type": "Account", "record": {"Name": "Kept"}}', timeout=10)
    first.process.kill()
    first.process.wait(10)
    second = start(tmp_path)
    try:
        assert requests.get(f"{second.url}/_twin/records/Account", timeout=10).json()["records"][0]["Name"] == "Kept"
    finally:
        second.process.terminate()
        second.process.wait(10)
