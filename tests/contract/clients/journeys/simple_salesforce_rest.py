"""simple-salesforce: records, queries, changes and composite over REST, on a loopback address with TLS."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

from diary import Diary
from simple_salesforce import Salesforce, SalesforceLogin, format_soql
from simple_salesforce.format import format_external_id

KNOWN = os.environ
FIELD = KNOWN["SF_EXT_FIELD"]
session_id, _ = SalesforceLogin(
    username=KNOWN["SF_USERNAME"], password=KNOWN["SF_PASSWORD"], security_token=KNOWN["SF_SECURITY_TOKEN"],
    scratch_url=KNOWN["SF_URL"],
)  # fmt: skip
sf = Salesforce(session_id=session_id, instance_url=KNOWN["SF_TLS_URL"], version=KNOWN["SF_API_VERSION"])
old = Salesforce(session_id=session_id, instance_url=KNOWN["SF_TLS_URL"], version="45.0")
diary = Diary()
started = datetime.now(UTC)
NAME = 'Ä & "O\'Neil" <日本>'


def created() -> str:
    made = sf.Account.create({"Name": NAME, "BillingCity": "Köln", "AnnualRevenue": 1234})
    assert made["success"] is True
    assert made["errors"] == []
    return str(made["id"])


def deal(account: str) -> dict[str, Any]:
    entry = sf.query(
        "SELECT Id, UnitPrice FROM PricebookEntry WHERE Pricebook2.IsStandard = TRUE AND CurrencyIsoCode = 'USD' ORDER BY UnitPrice LIMIT 1"
    )
    made = sf.Opportunity.create(
        {"Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-03-01", "AccountId": account}
    )
    line = {
        "OpportunityId": made["id"],
        "PricebookEntryId": entry["records"][0]["Id"],
        "Quantity": 3,
        "UnitPrice": 10.5,
    }
    sf.OpportunityLineItem.create(line)
    asked = f"SELECT Id, Amount, IsWon, Account.Name, (SELECT Quantity, UnitPrice, TotalPrice FROM OpportunityLineItems) FROM Opportunity WHERE Id = '{made['id']}'"
    found = sf.query(asked)["records"][0]
    lines = found["OpportunityLineItems"]
    return {
        "amount": found["Amount"], "won": found["IsWon"], "account": found["Account"]["Name"], "lines": lines["totalSize"],
        "total": lines["records"][0]["TotalPrice"], "type": found["attributes"]["type"],
    }  # fmt: skip


def upserted(value: str, record: dict[str, Any], **more: Any) -> Any:
    return sf.Account.upsert(f"{FIELD}/{format_external_id(FIELD, value).partition('/')[2]}", record, **more)


def pages() -> dict[str, Any]:
    """Make 450 accounts in collections, then read them by pages of 200."""
    for start in range(0, 450, 150):
        records = [{"attributes": {"type": "Account"}, "Name": f"Page {start + n:03}"} for n in range(150)]
        answer = sf.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": records})
        assert all(row["success"] for row in answer), answer
    headers = {"Sforce-Query-Options": "batchSize=200"}
    asked = "SELECT Id, Name FROM Account WHERE Name LIKE 'Page %' ORDER BY Name"
    first = sf.query(asked, headers=headers)
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True, headers=headers)
    third = sf.query_more(second["nextRecordsUrl"].rpartition("/")[2], headers=headers)
    names = [row["Name"] for page in (first, second, third) for row in page["records"]]
    return {
        "sizes": [len(page["records"]) for page in (first, second, third)], "done": [page["done"] for page in (first, second, third)],
        "total": first["totalSize"], "in order": names == sorted(names) and len(set(names)) == 450,
        "iterated": sum(1 for _ in sf.query_all_iter(asked)), "all": len(sf.query_all(asked)["records"]),
    }  # fmt: skip


def composite() -> Any:
    answer = sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": [
        {"method": "POST", "url": f"/services/data/v{KNOWN['SF_API_VERSION']}/sobjects/Account", "referenceId": "a", "body": {"Name": "Composed"}},
        {"method": "POST", "url": f"/services/data/v{KNOWN['SF_API_VERSION']}/sobjects/Contact", "referenceId": "c", "body": {"LastName": "Person", "AccountId": "@{a.id}"}},
        {"method": "GET", "url": f"/services/data/v{KNOWN['SF_API_VERSION']}/query?q=SELECT Name FROM Contact WHERE AccountId = '@{{a.id}}'", "referenceId": "q"},
    ]})  # fmt: skip
    rows = answer["compositeResponse"]
    return [[row["httpStatusCode"] for row in rows], rows[2]["body"]["records"][0]["Name"]]


one = diary("create", created)
diary("get", lambda: [sf.Account.get(one)[name] for name in ("Name", "BillingCity", "AnnualRevenue")])
diary("update", lambda: sf.Account.update(one, {"Phone": "1"}))
diary("update, raw", lambda: sf.Account.update(one, {"Phone": "2"}, raw_response=True).status_code)
diary("deal", lambda: deal(one))
diary("upsert creates", lambda: upserted("J/1-ä", {"Name": "Upserted"}, raw_response=True).status_code)
diary("upsert changes", lambda: upserted("J/1-ä", {"Name": "Changed"}, raw_response=True).status_code)
diary("upsert changes, old version", lambda: old.Account.upsert(f"{FIELD}/J%2F1-%C3%A4", {"Name": "Changed"}))
diary("get by custom id", lambda: sf.Account.get_by_custom_id(FIELD, "J/1-ä")["Name"])
diary("query", lambda: sf.query(format_soql("SELECT Name FROM Account WHERE Name = {}", NAME))["records"][0]["Name"])
diary(
    "count", lambda: sf.query("SELECT COUNT() FROM Account WHERE Name LIKE 'Upser%' OR Name = 'Changed'")["totalSize"]
)
diary(
    "aggregate",
    lambda: sf.query(
        "SELECT StageName, COUNT(Id) n, SUM(Amount) total FROM Opportunity WHERE Name = 'Deal' GROUP BY StageName"
    )["records"][0]["total"],
)
diary("pages", pages)
diary("composite", composite)
diary("describe", lambda: [f["name"] for f in sf.Account.describe()["fields"] if f["externalId"]])
diary(
    "describe all",
    lambda: [sf.describe()["maxBatchSize"], "Opportunity" in {o["name"] for o in sf.describe()["sobjects"]}],
)
diary("metadata", lambda: sf.Account.metadata()["objectDescribe"]["name"])
diary("limits", lambda: sf.limits()["DailyApiRequests"]["Max"])
diary("usage", lambda: sorted(sf.api_usage))
diary("delete", lambda: sf.Account.delete(sf.Account.create({"Name": "Gone"})["id"]))
window = (started - timedelta(minutes=2), datetime.now(UTC) + timedelta(minutes=2))
diary("updated", lambda: one in sf.Account.updated(*window)["ids"])
diary("deleted", lambda: len(sf.Account.deleted(*window)["deletedRecords"]) >= 1)
diary("not in query", lambda: sf.query("SELECT Id FROM Account WHERE Name = 'Gone'")["totalSize"])
diary(
    "in queryAll",
    lambda: sf.query("SELECT Id, IsDeleted FROM Account WHERE Name = 'Gone'", include_deleted=True)["totalSize"],
)
diary(
    "search",
    lambda: [
        row["attributes"]["type"]
        for row in sf.search("FIND {Composed} IN NAME FIELDS RETURNING Account(Id, Name)")["searchRecords"]
    ],
)
diary("userinfo", lambda: sf.oauth2("userinfo")["preferred_username"])
diary("missing", lambda: sf.Account.get("001Ws0000099999AAA"))
diary("malformed query", lambda: sf.query("SELECT Id FROM Account WHERE"))
diary("unknown field", lambda: sf.Account.create({"Name": "x", "Nope": 1}))
diary("required", lambda: sf.Account.create({}))
diary("several", lambda: sf.Account.get_by_custom_id("Nope__c", "x"))
diary.tell()
