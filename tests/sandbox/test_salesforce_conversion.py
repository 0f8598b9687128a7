"""What does a converted lead become, what is refused, and what is told of it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lxml import etree

from tests.sandbox.salesforce_api import Twin, in_process
from tests.sandbox.test_salesforce_soap import P, S, call, results

STATUS = "Closed - Converted"
LEAD = {"FirstName": "Ada", "LastName": "Byron", "Company": "Engines Ltd", "Email": "ada@engines.example", "Phone": "1",
        "City": "London", "Country": "GB", "LeadSource": "Web", "AnnualRevenue": 7, "CurrencyIsoCode": "GBP"}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as twin:
        yield twin


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    return running


def made(twin: Twin, kind: str, **fields: Any) -> str:
    answer = twin.call("POST", f"sobjects/{kind}", json=fields)
    assert answer.ok, answer.text
    return str(answer.json()["id"])


def wish(lead: str, **more: str) -> str:
    told = {"leadId": lead, "convertedStatus": STATUS} | more
    inside = "".join(f"<p:{name}>{value}</p:{name}>" for name, value in sorted(told.items()))
    return f"<p:leadConverts>{inside}</p:leadConverts>"


def converted(twin: Twin, lead: str, **more: str) -> etree._Element:
    (one,) = results(call(twin, "convertLead", wish(lead, **more)))
    assert one.findtext(f"{P}success") == "true", etree.tostring(one)
    return one


def refused(twin: Twin, lead: str, **more: str) -> tuple[str | None, str | None]:
    (one,) = results(call(twin, "convertLead", wish(lead, **more)))
    assert one.findtext(f"{P}success") == "false"
    return one.findtext(f"{P}errors/{P}statusCode"), one.findtext(f"{P}errors/{P}message")


def test_a_lead_becomes_account_contact_and_opportunity(twin: Twin) -> None:
    lead = made(twin, "Lead", **LEAD)
    (before,) = twin.found(f"SELECT SystemModstamp FROM Lead WHERE Id = '{lead}'")
    requests.post(f"{twin.url}/_twin/clock", json={"advance": 5}, timeout=10)
    one = converted(twin, lead)
    account, contact, deal = (one.findtext(f"{P}{name}Id") for name in ("account", "contact", "opportunity"))
    (known,) = twin.found(
        "SELECT IsConverted, Status, ConvertedAccountId, ConvertedContactId, ConvertedOpportunityId, SystemModstamp, "
        f"ConvertedDate FROM Lead WHERE Id = '{lead}'"
    )
    assert (known["IsConverted"], known["Status"], bool(known["ConvertedDate"])) == (True, STATUS, True)
    assert [known[f"Converted{name}Id"] for name in ("Account", "Contact", "Opportunity")] == [account, contact, deal]
    assert known["SystemModstamp"] > before["SystemModstamp"]
    assert twin.found("SELECT Name, BillingCity, AnnualRevenue, Phone, CurrencyIsoCode FROM Account") == [
        {"Name": "Engines Ltd", "BillingCity": "London", "AnnualRevenue": 7, "Phone": "1", "CurrencyIsoCode": "GBP"}
    ]
    assert twin.found("SELECT Name, Email, MailingCity, AccountId FROM Contact") == [
        {"Name": "Ada Byron", "Email": LEAD["Email"], "MailingCity": "London", "AccountId": account}
    ]
    (sold,) = twin.found("SELECT Name, AccountId, StageName, LeadSource, IsClosed, CurrencyIsoCode FROM Opportunity")
    assert sold == {"Name": "Engines Ltd", "AccountId": account, "StageName": "Prospecting", "LeadSource": "Web",
                    "IsClosed": False, "CurrencyIsoCode": "GBP"}  # fmt: skip
    roles = twin.found("SELECT OpportunityId, ContactId, IsPrimary FROM OpportunityContactRole")
    assert roles == [{"OpportunityId": deal, "ContactId": contact, "IsPrimary": True}]


def test_what_exists_is_filled_where_it_is_empty(twin: Twin) -> None:
    account = made(twin, "Account", Name="Engines", Phone="9")
    contact = made(twin, "Contact", LastName="Lovelace", AccountId=account, LeadSource="Other")
    deal = made(twin, "Opportunity", Name="Deal", StageName="Qualification", CloseDate="2026-01-01")
    lead = made(twin, "Lead", **LEAD)
    task = made(twin, "Task", WhoId=lead, Subject="Call")
    one = converted(twin, lead, accountId=account, contactId=contact, opportunityId=deal, overwriteLeadSource="true")
    assert [one.findtext(f"{P}{name}Id") for name in ("account", "contact", "opportunity")] == [account, contact, deal]
    assert twin.found("SELECT Name, Phone, BillingCity FROM Account") == [
        {"Name": "Engines", "Phone": "9", "BillingCity": "London"}
    ]
    assert twin.found("SELECT FirstName, LastName, LeadSource FROM Contact") == [
        {"FirstName": "Ada", "LastName": "Lovelace", "LeadSource": "Web"}
    ]
    assert twin.found("SELECT Name, AccountId FROM Opportunity") == [{"Name": "Deal", "AccountId": account}]
    assert twin.found(f"SELECT WhoId FROM Task WHERE Id = '{task}'") == [{"WhoId": contact}]


def test_an_opportunity_is_named_or_left_out(twin: Twin) -> None:
    first, second = (made(twin, "Lead", LastName="L", Company=name) for name in ("A", "B"))
    converted(twin, first, opportunityName="First deal")
    assert converted(twin, second, doNotCreateOpportunity="true").findtext(f"{P}opportunityId") == ""
    assert twin.found("SELECT Name FROM Opportunity") == [{"Name": "First deal"}]


def test_a_converted_lead_is_read_only(twin: Twin) -> None:
    lead = made(twin, "Lead", **LEAD)
    converted(twin, lead)
    answer = twin.call("PATCH", f"sobjects/Lead/{lead}", json={"Phone": "2"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "CANNOT_UPDATE_CONVERTED_LEAD")
    assert refused(twin, lead)[0] == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert len(twin.found("SELECT Id FROM Account")) == 1


def test_what_makes_no_sense_is_refused_for_its_lead_alone(twin: Twin) -> None:
    account, other = made(twin, "Account", Name="A"), made(twin, "Account", Name="B")
    contact = made(twin, "Contact", LastName="L", AccountId=other)
    lead = made(twin, "Lead", **LEAD)
    assert refused(twin, lead, convertedStatus="Closed - Not Converted") == (
        "INVALID_STATUS",
        "invalid convertedStatus: Closed - Not Converted",
    )
    assert refused(twin, lead, contactId=contact)[0] == "REQUIRED_FIELD_MISSING"
    assert refused(twin, lead, contactId=contact, accountId=account)[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert refused(twin, lead, doNotCreateOpportunity="true", opportunityName="X")[0] == "FIELD_INTEGRITY_EXCEPTION"
    assert refused(twin, lead, ownerId="005000000000zzzAAA")[0] == "INVALID_CROSS_REFERENCE_KEY"
    assert refused(twin, "00Q000000000zzz")[0] == "INVALID_CROSS_REFERENCE_KEY"
    assert twin.found("SELECT IsConverted FROM Lead") == [{"IsConverted": False}]
    both = results(call(twin, "convertLead", wish("00Q000000000zzz") + wish(lead)))
    assert [one.findtext(f"{P}success") for one in both] == ["false", "true"]


def test_more_than_a_hundred_are_refused_as_a_whole(twin: Twin) -> None:
    lead = made(twin, "Lead", **LEAD)
    tree = call(twin, "convertLead", wish(lead) * 101, status=500)
    assert tree.findtext(".//faultcode") == "sf:EXCEEDED_ID_LIMIT"
    assert twin.found("SELECT IsConverted FROM Lead") == [{"IsConverted": False}]


def test_one_status_converts(twin: Twin) -> None:
    text = "<p:queryString>SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true</p:queryString>"
    (page,) = results(call(twin, "query", text))
    assert [one.findtext(f"{S}MasterLabel") for one in page.iter(f"{P}records")] == [STATUS]


def test_a_conversion_is_told_as_one_transaction(twin: Twin) -> None:
    requests.post(f"{twin.url}/_twin/events", json={"entities": ["Lead", "Account", "Contact"]}, timeout=10)
    lead = made(twin, "Lead", **LEAD)
    requests.delete(f"{twin.url}/_twin/events", timeout=10)
    converted(twin, lead)
    told = requests.get(f"{twin.url}/_twin/events", timeout=10).json()["events"]
    assert {("Account", "CREATE"), ("Contact", "CREATE"), ("Lead", "UPDATE")} <= {
        (one["event"]["ChangeEventHeader"]["entityName"], one["change"]) for one in told
    }
    assert len({one["event"]["ChangeEventHeader"]["transactionKey"] for one in told}) == 1
    (changed,) = (one["changed"] for one in told if one["name"] == "LeadChangeEvent")
    assert {"IsConverted", "Status", "ConvertedAccountId"} <= set(changed)
