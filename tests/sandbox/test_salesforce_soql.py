"""Does the org answer SOQL as the real one does: what it finds, how it shows it, and in which words it refuses?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.salesforce.ids import make_id
from tests.sandbox.salesforce_api import OwnProcess, Twin, in_process

ACME, SON, JP = (make_id("001", number) for number in (1, 2, 3))
BOSS = make_id("005", 7)
DEALS = [
    ("Alpha", ACME, "Closed Won", "100.10", "2026-01-15", "USD", "Web"),
    ("beta", ACME, "Closed Won", "200.20", "2026-02-15", "EUR", "Web"),
    ("Gamma 100%", SON, "Prospecting", "300.30", "2026-03-15", "USD", None),
    ("Delta_x", SON, "Closed Lost", None, "2025-12-31", "USD", "Other"),
    ("Omega 'q' \\ \"d\"", None, "Prospecting", "5000", "2026-03-16", "JPY", "Phone Inquiry"),
]
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


def company() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "User", {"Id": BOSS, "LastName": "Boss", "Username": "boss@isthmus.example"}
    yield "Account", {"Id": ACME, "Name": "Acme", "BillingCity": "Köln", "BillingCountry": "DE", "OwnerId": BOSS}
    yield "Account", {"Id": SON, "Name": "Acme Son", "ParentId": ACME, "AnnualRevenue": "1000000", "Industry": "Energy"}
    yield "Account", {"Id": JP, "Name": "Nippon", "ParentId": SON, "CurrencyIsoCode": "JPY"}
    for number in range(1, 4):
        yield "Contact", {"LastName": f"Person {number}", "AccountId": ACME, "Email": f"p{number}@acme.example"}
    for number, (name, account, stage, amount, closes, code, source) in enumerate(DEALS, start=1):
        record = {"Id": make_id("006", number), "Name": name, "AccountId": account, "StageName": stage, "Amount": amount,
                  "CloseDate": closes, "CurrencyIsoCode": code, "LeadSource": source}  # fmt: skip
        yield "Opportunity", {key: value for key, value in record.items() if value is not None}
    for number in range(1, 4):
        yield "Product2", {"Id": make_id("01t", number), "Name": f"Widget {number}", "ProductCode": f"W-{number}"}
        line = {"OpportunityId": make_id("006", 1), "Product2Id": make_id("01t", number), "Quantity": number}
        yield "OpportunityLineItem", line | {"UnitPrice": "10.05", "SortOrder": 4 - number}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as one:
        requests.post(f"{one.url}/_twin/clock", json={"now": NOON.isoformat(), "frozen": True}, timeout=10)
        one.load(*company())
        one.sign_in()
        yield one


def ask(twin: Twin, text: str, path: str = "query", **headers: str) -> requests.Response:
    return twin.call("GET", path, params={"q": text}, headers=headers)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if name != "attributes"}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def found(twin: Twin, text: str) -> list[dict[str, Any]]:
    answer = ask(twin, text)
    assert answer.ok, (text, answer.text)
    records: list[dict[str, Any]] = plain(answer.json()["records"])
    return records


CONDITIONS = [
    ("Name = 'ALPHA'", "Alpha"),
    ("Name LIKE '%100\\%'", "Gamma"),
    ("Name LIKE 'Delta\\_x'", "Delta_x"),
    ("Name LIKE '_eta'", "beta"),
    ("Name = 'Omega \\'q\\' \\\\ \\\"d\\\"'", "Omega"),
    ("Name = '\\u0041lpha'", "Alpha"),
    ("Amount = null", "Delta_x"),
    ("Amount != 60.3", "beta Gamma Delta_x Omega"),
    ("NOT Amount > 200", "Alpha Delta_x"),
    ("LeadSource NOT IN ('Web', 'Other')", "Gamma Omega"),
    ("LeadSource IN ('Web', null)", "Alpha beta Gamma"),
    ("LeadSource = ''", "Gamma"),
    ("Account.Name = null", "Omega"),
    ("Account.Parent.Name = 'acme'", "Gamma Delta_x"),
    ("Account.Parent.Owner.LastName = 'Boss'", "Gamma Delta_x"),
    ("Account.Name != 'Acme'", "Gamma Delta_x Omega"),
    ("(StageName = 'Closed Won' OR StageName = 'Closed Lost') AND Amount = null", "Delta_x"),
    ("IsWon = TRUE AND IsClosed = true", "Alpha beta"),
    ("Amount > USD150", "beta Gamma"),
    ("Amount >= EUR184.18", "beta Gamma"),
    ("CloseDate = THIS_MONTH", "Gamma Omega"),
    ("CloseDate = LAST_MONTH", "beta"),
    ("CloseDate = THIS_QUARTER AND CloseDate < TODAY", "Alpha beta Gamma"),
    ("CloseDate = LAST_FISCAL_YEAR", "Delta_x"),
    ("CloseDate = THIS_WEEK", "Gamma Omega"),
    ("CloseDate = TODAY", "Omega"),
    ("CloseDate = YESTERDAY", "Gamma"),
    ("CloseDate = LAST_N_DAYS:1", "Gamma Omega"),
    ("CloseDate = N_DAYS_AGO:1", "Gamma"),
    ("CloseDate = N_MONTHS_AGO:2", "Alpha"),
    ("CloseDate = LAST_N_QUARTERS:1", "Delta_x"),
    ("CloseDate > NEXT_WEEK", ""),
    ("CloseDate != THIS_YEAR", "Delta_x"),
    ("CloseDate >= 2026-03-15", "Gamma Omega"),
    ("CreatedDate >= 2026-03-16T12:00:00.000+00:00", "Alpha beta Gamma Delta_x Omega"),
    ("CreatedDate < 2026-03-16T13:00:00+01:00", ""),
    ("CALENDAR_YEAR(CloseDate) = 2025", "Delta_x"),
    ("DAY_ONLY(CreatedDate) = 2026-03-16", "Alpha beta Gamma Delta_x Omega"),
    ("Id IN (SELECT OpportunityId FROM OpportunityLineItem)", "Alpha"),
    ("AccountId NOT IN (SELECT ParentId FROM Account)", "Omega"),
    ("AccountId IN (SELECT Id FROM Account WHERE Name LIKE '%son')", "Gamma Delta_x"),
    (f"AccountId = '{ACME[:15]}'", "Alpha beta"),
    (f"Id > '{make_id('006', 3)}'", "Delta_x Omega"),
    ("Opportunity.Name = 'Alpha'", "Alpha"),
    ("Amount IN (60.30, 5e3)", "Alpha Omega"),
]


@pytest.mark.parametrize(("condition", "names"), CONDITIONS)
def test_conditions_find_what_they_mean(twin: Twin, condition: str, names: str) -> None:
    rows = found(twin, f"SELECT Name FROM Opportunity WHERE {condition} ORDER BY Id")
    assert [row["Name"].split()[0] for row in rows] == names.split()
    counted = ask(twin, f"select count() from Opportunity where {condition}").json()
    assert counted == {"totalSize": len(rows), "done": True, "records": []}


SHOWN = [
    (
        "SELECT o.Name, Account.Owner.LastName, o.Account.Parent.Name FROM Opportunity o WHERE o.Name = 'Alpha'",
        [{"Name": "Alpha", "Account": {"Owner": {"LastName": "Boss"}, "Parent": None}}],
    ),
    ("SELECT Name, Account.Name FROM Opportunity WHERE AccountId = null", [{"Name": DEALS[4][0], "Account": None}]),
    (
        "SELECT BillingAddress, ShippingAddress FROM Account WHERE Name = 'Acme'",
        [{"BillingAddress": {"city": "Köln", "country": "DE", "geocodeAccuracy": None, "latitude": None, "longitude": None,
                             "postalCode": None, "state": None, "street": None}, "ShippingAddress": None}],
    ),
    ("SELECT convertCurrency(Amount) FROM Opportunity WHERE Name = 'beta'", [{"Amount": 217.61}]),
    ("SELECT convertCurrency(Amount) a, Amount FROM Opportunity WHERE Name = 'beta'", [{"a": 217.61, "Amount": 200.2}]),
    (
        "SELECT FORMAT(Amount) f, FORMAT(CloseDate), toLabel(StageName) FROM Opportunity WHERE Name = 'beta'",
        [{"f": "EUR 200.20", "CloseDate": "2/15/2026", "StageName": "Closed Won"}],
    ),
    ("SELECT toLabel(ForecastCategory) FROM Opportunity WHERE Name = 'Alpha'", [{"ForecastCategory": "Closed"}]),
    ("SELECT Name FROM Opportunity ORDER BY Amount DESC NULLS LAST LIMIT 2 OFFSET 1", [{"Name": "Gamma 100%"}, {"Name": "beta"}]),
    ("SELECT Name FROM Opportunity ORDER BY Amount LIMIT 1", [{"Name": "Delta_x"}]),
    ("SELECT Name\n FROM  Account\nWHERE Name LIKE 'nip%'  FOR VIEW", [{"Name": "Nippon"}]),
    ("SELECT Name FROM Account USING SCOPE mine WHERE Name LIKE 'Acme%' ORDER BY Name", [{"Name": "Acme Son"}]),
    ("SELECT a.Name FROM Opportunity o, o.Account a WHERE o.Name = 'Alpha'", [{"Account": {"Name": "Acme"}}]),
    ("SELECT Name, IsCorporate, ConversionRate FROM CurrencyType WHERE IsoCode = 'JPY'", None),
    ("SELECT IsoCode, IsCorporate, ConversionRate, DecimalPlaces FROM CurrencyType WHERE IsoCode = 'JPY'",
     [{"IsoCode": "JPY", "IsCorporate": False, "ConversionRate": 147.5, "DecimalPlaces": 0}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SHOWN)
def test_records_are_shown_as_the_real_org_shows_them(twin: Twin, text: str, expected: Any) -> None:
    if expected is None:
        assert ask(twin, text).json()[0]["errorCode"] == "INVALID_FIELD"
    else:
        assert found(twin, text) == expected


YEAR, MONTH = "CALENDAR_YEAR(CloseDate)", "CALENDAR_MONTH(CloseDate)"
GROUPED = [
    ("SELECT COUNT(Id), COUNT(Amount) n, COUNT_DISTINCT(StageName) FROM Opportunity", [{"expr0": 5, "n": 4, "expr1": 3}]),
    (
        "SELECT StageName, SUM(Amount) total FROM Opportunity GROUP BY StageName ORDER BY COUNT(Id) DESC, StageName",
        [{"StageName": "Closed Won", "total": 277.91}, {"StageName": "Prospecting", "total": 334.2},
         {"StageName": "Closed Lost", "total": None}],
    ),
    (
        "SELECT Account.Name, COUNT(Id) FROM Opportunity GROUP BY Account.Name HAVING COUNT(Id) > 1 ORDER BY Account.Name",
        [{"Name": "Acme", "expr0": 2}, {"Name": "Acme Son", "expr0": 2}],
    ),
    (
        f"SELECT {YEAR} y, {MONTH}, MAX(CloseDate) FROM Opportunity WHERE CloseDate < 2026-02-01 "  # noqa: ISC004 — one text
        f"GROUP BY {YEAR}, {MONTH} ORDER BY {YEAR}",
        [{"y": 2025, "expr0": 12, "expr1": "2025-12-31"}, {"y": 2026, "expr0": 1, "expr1": "2026-01-15"}],
    ),
    ("SELECT AVG(Quantity), MIN(UnitPrice), SUM(TotalPrice) FROM OpportunityLineItem",
     [{"expr0": 2.0, "expr1": 10.05, "expr2": 60.3}]),
    ("SELECT LeadSource s FROM Opportunity GROUP BY LeadSource ORDER BY LeadSource NULLS LAST",
     [{"s": "Other"}, {"s": "Phone Inquiry"}, {"s": "Web"}, {"s": None}]),
    ("SELECT LeadSource, COUNT(Id) c FROM Opportunity WHERE LeadSource != null GROUP BY ROLLUP(LeadSource)",
     [{"LeadSource": "Other", "c": 1}, {"LeadSource": "Phone Inquiry", "c": 1}, {"LeadSource": "Web", "c": 2},
      {"LeadSource": None, "c": 4}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), GROUPED)
def test_groups_add_up(twin: Twin, text: str, expected: list[dict[str, Any]]) -> None:
    assert found(twin, text) == expected
    assert ask(twin, text).json()["records"][0]["attributes"] == {"type": "AggregateResult"}


def test_every_record_knows_its_address_also_when_its_id_was_not_asked_for(twin: Twin) -> None:
    (record,) = ask(twin, "SELECT Account.Name, Name FROM Opportunity WHERE Name = 'Alpha'").json()["records"]
    assert list(record) == ["attributes", "Account", "Name"]
    assert record["attributes"]["url"] == f"/services/data/v62.0/sobjects/Opportunity/{make_id('006', 1)}"
    assert record["Account"]["attributes"] == {
        "type": "Account",
        "url": f"/services/data/v62.0/sobjects/Account/{ACME}",
    }


def test_children_have_conditions_order_limits_and_parents_of_their_own(twin: Twin) -> None:
    lines = "(SELECT Product2.ProductCode, l.Quantity FROM OpportunityLineItems l WHERE Quantity > 1 ORDER BY SortOrder LIMIT 1)"
    rows = found(twin, f"SELECT Name, {lines} FROM Opportunity WHERE Name IN ('Alpha', 'beta') ORDER BY Name")
    assert rows == [
        {"Name": "Alpha", "OpportunityLineItems": {
            "totalSize": 1, "done": True, "records": [{"Product2": {"ProductCode": "W-3"}, "Quantity": 3.0}]}},
        {"Name": "beta", "OpportunityLineItems": None},
    ]  # fmt: skip
    nested = "SELECT Name, (SELECT Name, (SELECT Quantity FROM OpportunityLineItems) FROM Opportunities WHERE Name = 'Alpha')"
    (acme,) = found(twin, f"{nested} FROM Account WHERE Name = 'Acme'")
    assert acme["Opportunities"]["records"][0]["OpportunityLineItems"]["totalSize"] == 3


REFUSED = [
    ("SELECT Foo FROM Account", "INVALID_FIELD",
     "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'."),
    ("select count() from XYZZY", "INVALID_TYPE",
     f"\nselect count() from XYZZY\n{' ' * 20}^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported."),
    ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT Id, FROM Account", "MALFORMED_QUERY", "ERROR at Row:1:Column:12\nunexpected token: 'FROM'"),
    ("SELECT Id FROM Account WHERE A = 1 AND B = 2 OR C = 3", "MALFORMED_QUERY", "unexpected token: 'OR'"),
    ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id FROM Opportunity WHERE CloseDate = '2026-01-01'", "INVALID_FIELD",
     "value of filter criterion for field 'CloseDate' must be of type date and should not be enclosed in quotes"),
    ("SELECT Id FROM Opportunity WHERE CreatedDate > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
    ("SELECT Id FROM Opportunity WHERE Amount = '5'", "INVALID_FIELD", "must be of type double and should not be enclosed"),
    ("SELECT Id FROM Opportunity WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Opportunity WHERE IsWon = 'true'", "INVALID_FIELD", "must be of type boolean"),
    ("SELECT Id FROM Opportunity WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
    ("SELECT Id FROM Opportunity WHERE Amount LIKE '5%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on currency field"),
    ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD",
     "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "field 'Description' can not be sorted in a query call"),
    ("SELECT Amount FROM Opportunity GROUP BY Amount", "MALFORMED_QUERY", "field 'Amount' can not be grouped in a query call"),
    ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
    ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "field Name does not support aggregate operator SUM"),
    ("SELECT Name n FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
    ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Boss.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Boss' in field path."),
    ("SELECT (SELECT Id FROM Foos) FROM Account", "INVALID_TYPE",
     "Didn't understand relationship 'Foos' in FROM part of query call."),
    ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"),
    ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
    ("SELECT Id FROM Account WHERE convertCurrency(AnnualRevenue) > 5", "MALFORMED_QUERY", "not allowed"),
    ("SELECT Id FROM Opportunity WHERE AccountId IN (SELECT Id FROM Contact)", "MALFORMED_QUERY",
     "should point to the same object type"),
    ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account", "MALFORMED_QUERY", "5 levels"),
    ("SELECT FOO(Id) FROM Account", "MALFORMED_QUERY", "FOO"),
    ("", "MALFORMED_QUERY", "A query string has to be specified"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "words"), REFUSED)
def test_a_wrong_query_is_refused_in_the_real_words(twin: Twin, text: str, code: str, words: str) -> None:
    answer = ask(twin, text)
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()
    assert set(error) == {"message", "errorCode"}
    assert error["errorCode"] == code, error
    assert words in error["message"], error


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        (" OR ".join(["Name = 'Alpha'"] * 3000), 1),
        ("Id IN (" + ", ".join(f"'{make_id('006', number)}'" for number in range(1, 3000)) + ")", 5),
        (f"{'(' * 2000}Name = 'Alpha'{')' * 2000}", None),
        ("CloseDate = LAST_N_YEARS:99999", None),
        ("CloseDate = N_DAYS_AGO:999999999999", None),
        ("CloseDate = 2026-13-45", None),
        ("CreatedDate = 2026-13-45T00:00:00Z", None),
        ("Amount > 1e999 LIMIT 99999999999999999999", 0),
    ],
)
def test_what_is_too_much_is_answered_or_refused_and_breaks_nothing(
    twin: Twin, condition: str, count: int | None
) -> None:
    answer = twin.call("GET", "query", params={"q": f"SELECT COUNT() FROM Opportunity WHERE {condition}"})
    assert answer.status_code in {200, 400, 414, 431}, answer.text
    if answer.status_code == 200:
        assert answer.json()["totalSize"] in {count, 1}


def test_a_place_in_a_long_or_many_lined_query_is_shown(twin: Twin) -> None:
    fields = ", ".join(f"Account.{name}" for name in ("Name", "Phone", "Fax", "Website", "Industry", "Rating", "Site"))
    (error,) = ask(twin, f"SELECT {fields}, Nonsense__c FROM Opportunity WHERE StageName = 'Closed Won' LIMIT 5").json()
    _, line, mark, place, _ = error["message"].split("\n")
    assert line[mark.index("^") :].startswith("Nonsense__c FROM")
    assert place == f"ERROR at Row:1:Column:{len(fields) + 10}"
    assert len(line) < 100
    (error,) = ask(twin, "SELECT Id\nFROM Account\nWHERE Nonsense = 5").json()
    assert "\nWHERE Nonsense = 5\n      ^\nERROR at Row:3:Column:7\n" in error["message"]


def test_fields_stands_for_all_of_them(twin: Twin) -> None:
    (every,) = found(twin, "SELECT FIELDS(ALL) FROM Account WHERE Name = 'Acme' LIMIT 200")
    described = {field["name"] for field in twin.call("GET", "sobjects/Account/describe").json()["fields"]}
    assert set(every) == described
    (custom,) = found(twin, "SELECT Id, FIELDS(CUSTOM) FROM Account WHERE Name = 'Acme' LIMIT 1")
    assert {"Id", "NetSuite_Internal_ID__c"} <= set(custom)
    assert "Name" not in custom


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[OwnProcess]:
    own = OwnProcess(tmp_path)
    own.twin.load(*(("Account", {"Id": make_id("001", n), "Name": f"Many {n:05d}"}) for n in range(1, 4501)))
    people = range(1, 2101)
    own.twin.load(*(("Contact", {"LastName": f"P{n:05d}", "AccountId": make_id("001", 1)}) for n in people))
    own.twin.sign_in()
    yield own
    own.kill()


def test_a_cursor_outlives_the_process_and_wins_over_q(crowd: OwnProcess) -> None:
    first = ask(crowd.twin, "SELECT Name FROM Account ORDER BY Name DESC").json()
    assert (first["totalSize"], first["done"], len(first["records"])) == (4500, False, 2000)
    assert first["nextRecordsUrl"].startswith("/services/data/v62.0/query/01g")
    assert first["nextRecordsUrl"].endswith("-2000")
    crowd.kill()
    crowd.start().sign_in()
    session, names = crowd.twin.session, [row["Name"] for row in first["records"]]
    answer = first
    while not answer["done"]:
        url = crowd.twin.url + answer["nextRecordsUrl"]
        answer = session.get(url, params={"q": "SELECT Id FROM Contact"}, timeout=10).json()
        names += [row["Name"] for row in answer["records"]]
    assert names == [f"Many {n:05d}" for n in range(4500, 0, -1)]
    assert "nextRecordsUrl" not in answer


def test_pages_are_as_large_as_asked_within_bounds(crowd: OwnProcess) -> None:
    for wished, given in (("200", 200), ("1", 200), ("9999", 2000), ("nonsense", 2000)):
        headers = {"Sforce-Query-Options": f"batchSize={wished}"}
        answer = ask(crowd.twin, "SELECT Id FROM Account", **headers).json()
        assert (len(answer["records"]), answer["totalSize"]) == (given, 4500)
    (error,) = crowd.twin.call("GET", "query/01g000000000001AAA-2000").json()
    assert error["errorCode"] == "INVALID_QUERY_LOCATOR"
    (error,) = ask(crowd.twin, "SELECT Name, COUNT(Id) FROM Account GROUP BY Name").json()
    assert error["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_a_long_list_of_children_has_pages_too(crowd: OwnProcess) -> None:
    text = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Many 00001'"
    (account,) = ask(crowd.twin, text).json()["records"]
    children = account["Contacts"]
    assert (children["totalSize"], children["done"], len(children["records"])) == (2100, False, 2000)
    rest = crowd.twin.session.get(crowd.twin.url + children["nextRecordsUrl"], timeout=10).json()
    assert (rest["done"], [row["LastName"] for row in rest["records"]]) == (
        True,
        [f"P{n:05d}" for n in range(2001, 2101)],
    )


def test_deleted_records_are_found_by_query_all_alone(crowd: OwnProcess) -> None:
    crowd.twin.call("DELETE", f"sobjects/Account/{make_id('001', 2)}")
    asked = "SELECT Id, IsDeleted FROM Account WHERE Name = 'Many 00002'"
    assert ask(crowd.twin, asked).json()["totalSize"] == 0
    (gone,) = ask(crowd.twin, asked, "queryAll").json()["records"]
    assert gone["IsDeleted"] is True
    first = ask(crowd.twin, "SELECT Id FROM Account", "queryAll").json()
    assert first["totalSize"] == 4500
    assert "/query/" in first["nextRecordsUrl"]


def test_pages_follow_one_order_and_miss_nobody(crowd: OwnProcess) -> None:
    answer = ask(
        crowd.twin, "SELECT Id FROM Account WHERE Name LIKE 'Many%'", **{"Sforce-Query-Options": "batchSize=500"}
    )
    seen, told = [], answer.json()
    while True:
        seen += [row["Id"] for row in told["records"]]
        if told["done"]:
            break
        told = crowd.twin.session.get(crowd.twin.url + told["nextRecordsUrl"], timeout=10).json()
    assert sorted(seen) == sorted(make_id("001", n) for n in range(1, 4501))
    assert len(seen) == len(set(seen))
