"""Does the org enforce what a real one does, with its codes and words, and compute what a real one computes?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.salesforce.ids import STANDARD_BOOK, make_id
from tests.sandbox.salesforce_api import Twin, in_process

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-17"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with in_process(tmp_path_factory.mktemp("org")) as one:
        yield one


@pytest.fixture
def twin(running: Twin) -> Twin:
    running.reset()
    requests.post(f"{running.url}/_twin/switches", json={"duplicates": False, "single_currency": False}, timeout=10)
    running.sign_in()
    return running


def make(twin: Twin, kind: str, **record: Any) -> str:
    answer = twin.call("POST", f"sobjects/{kind}", json=record)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def read(twin: Twin, kind: str, record: str) -> dict[str, Any]:
    answer = twin.call("GET", f"sobjects/{kind}/{record}")
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(twin: Twin, kind: str, record: str, **wish: Any) -> None:
    answer = twin.call("PATCH", f"sobjects/{kind}/{record}", json=wish)
    assert (answer.status_code, answer.content) == (204, b""), answer.text


def error(twin: Twin, method: str, path: str, **wish: Any) -> tuple[int, str, str, list[str]]:
    answer = twin.call(method, f"sobjects/{path}", json=wish)
    assert answer.status_code >= 400, answer.text
    (found,) = answer.json()
    return answer.status_code, found["errorCode"], found["message"], found.get("fields", [])


def priced(twin: Twin, price: float = 10, currency: str = "USD", book: str = STANDARD_BOOK, product: str = "") -> str:
    product = product or make(twin, "Product2", Name="Widget", ProductCode="W-1", IsActive=True)
    entry = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": price, "CurrencyIsoCode": currency}
    return make(twin, "PricebookEntry", IsActive=True, **entry)


CLOSED = "Please check the security settings of this field and verify that it is read/write for your profile or permission set."
UNREAD = "or request may be missing a required field at [line:1, column:2]"
WRONG = [
    ("Account", {"Phone": "1"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
    ("Opportunity", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name, StageName, CloseDate]",
     ["Name", "StageName", "CloseDate"]),
    ("Account", {"Name": "N" * 256}, "STRING_TOO_LONG", f"Account Name: data value too large: {'N' * 256} (max length=255)",
     ["Name"]),
    ("Account", {"Name": "N", "Nonsense": 1}, "INVALID_FIELD", "No such column 'Nonsense' on sobject of type Account",
     []),
    ("Account", {"Name": "N", "SystemModstamp": None, "IsDeleted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE",
     f"Unable to create/update fields: SystemModstamp, IsDeleted. {CLOSED}", ["SystemModstamp", "IsDeleted"]),
    ("Account", {"Name": "N", "Id": make_id("001", 5)}, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call",
     ["Id"]),
    ("Account", {"Name": "N", "ParentId": "nobody"}, "MALFORMED_ID", "Parent Account ID: id value of incorrect type: nobody",
     ["ParentId"]),
    ("Account", {"Name": "N", "ParentId": make_id("003", 5)}, "FIELD_INTEGRITY_EXCEPTION",
     f"Parent Account ID: id value of incorrect type: {make_id('003', 5)}", ["ParentId"]),
    ("Account", {"Name": "N", "ParentId": make_id("001", 999)}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id",
     ["ParentId"]),
    ("Account", {"Name": "N", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR",
     f"Cannot deserialize instance of currency from VALUE_STRING value much {UNREAD}", []),
    ("Account", {"Name": 5}, "JSON_PARSER_ERROR", "Cannot deserialize instance of string from VALUE_NUMBER_INT value 5",
     []),
    ("Account", {"Name": "N", "NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR", "instance of int from VALUE_NUMBER_FLOAT value 1.5",
     []),
    ("Opportunity", DEAL | {"CloseDate": "2026-02-30"}, "JSON_PARSER_ERROR", "of date from VALUE_STRING value 2026-02-30",
     []),
    ("Opportunity", DEAL | {"IsPrivate": "maybe"}, "JSON_PARSER_ERROR", "instance of boolean from VALUE_STRING value maybe",
     []),
    ("Account", {"Name": "N", "AnnualRevenue": 10**19}, "NUMBER_OUTSIDE_VALID_RANGE",
     "Annual Revenue: value outside of valid range on numeric field: 10000000000000000000", ["AnnualRevenue"]),
    ("Account", {"Name": "N", "NumberOfEmployees": 10**8}, "NUMBER_OUTSIDE_VALID_RANGE", "Employees: value outside",
     ["NumberOfEmployees"]),
    ("Contact", {"LastName": "N", "Email": "no address"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: no address",
     ["Email"]),
    ("Opportunity", DEAL | {"NetSuite_Sync_Status__c": "Perhaps"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     "NetSuite Sync Status: bad value for restricted picklist field: Perhaps", ["NetSuite_Sync_Status__c"]),
    ("Account", {"Name": "N", "CurrencyIsoCode": "XXX"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
     "bad value for restricted picklist field: XXX", ["CurrencyIsoCode"]),
    ("Account", {"Name": "N", "Parent": {"NetSuite_Internal_ID__c": "77"}}, "INVALID_FIELD",
     "Foreign key external ID: 77 not found for field NetSuite_Internal_ID__c in entity Account", []),
    ("Organization", {"Name": "N"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted: Organization",
     []),
    ("OpportunityLineItem", {"OpportunityId": make_id("006", 1)}, "REQUIRED_FIELD_MISSING",
     "Required fields are missing: [Quantity]",
     ["Quantity"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "record", "code", "words", "fields"), WRONG)
def test_a_wrong_record_is_refused(
    twin: Twin, kind: str, record: dict[str, Any], code: str, words: str, fields: list[str]
) -> None:
    status, told, message, named = error(twin, "POST", kind, **record)
    assert (status, told, named) == (400, code, fields)
    assert words in message


def test_a_body_that_is_no_json_is_refused(twin: Twin) -> None:
    answer = twin.call("POST", "sobjects/Account", data=b'{"Name": ')
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_a_taken_external_id_names_who_has_it(twin: Twin) -> None:
    first = make(twin, "Account", Name="One", NetSuite_Internal_ID__c="Key 7")
    _, code, words, _ = error(twin, "POST", "Account", Name="Two", NetSuite_Internal_ID__c="KEY 7")
    assert (code, words) == (
        "DUPLICATE_VALUE",
        f"duplicate value found: NetSuite_Internal_ID__c duplicates value on record with id: {first[:15]}",
    )
    change(twin, "Account", first, NetSuite_Internal_ID__c="Key 7")


def test_a_target_that_is_not_there_is_told_apart(twin: Twin) -> None:
    gone = make(twin, "Account", Name="Gone")
    assert twin.call("DELETE", f"sobjects/Account/{gone[:15]}").status_code == 204
    never = make_id("001", 99999)
    assert error(twin, "GET", f"Account/{never}")[:3] == (404, "NOT_FOUND", "The requested resource does not exist")
    for method in ("GET", "PATCH", "DELETE"):
        assert error(twin, method, f"Account/{gone}") == (404, "ENTITY_IS_DELETED", "entity is deleted", [])
        words = "Provided external ID field does not exist or is not accessible: nonsense"
        assert error(twin, method, "Account/nonsense")[:3] == (404, "NOT_FOUND", words)
    for method in ("PATCH", "DELETE"):
        assert error(twin, method, f"Account/{never}")[:2] == (404, "INVALID_CROSS_REFERENCE_KEY")
    assert error(twin, "POST", "Contact", LastName="N", AccountId=gone)[1] == "ENTITY_IS_DELETED"
    assert error(twin, "GET", "Nothing/x")[:2] == (404, "NOT_FOUND")


def test_an_upsert_creates_changes_and_refuses_to_guess(twin: Twin) -> None:
    path = "Account/NetSuite_Internal_ID__c/a%2Fb%20c"
    made = twin.call("PATCH", f"sobjects/{path}", json={"Name": "One"})
    again = twin.call("PATCH", f"sobjects/{path}", json={"Name": "Two"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (again.status_code, again.json()) == (200, made.json() | {"created": False})
    assert twin.call("GET", f"sobjects/{path}").json()["Name"] == "Two"
    assert error(twin, "PATCH", path, Name="N", NetSuite_Internal_ID__c="x")[1:3] == (
        "INVALID_FIELD", "The NetSuite_Internal_ID__c field should not be specified in the sobject data.")  # fmt: skip
    assert error(twin, "PATCH", "Account/Phone/5", Name="N")[:2] == (404, "NOT_FOUND")
    for name in ("A", "B"):
        make(twin, "Contact", LastName=name, Email="same@isthmus.example")
    several = twin.call("PATCH", "sobjects/Contact/Email/same@isthmus.example", json={"Title": "T"})
    assert several.status_code == 300
    assert [url.rsplit("/", 1)[0] for url in several.json()] == ["/services/data/v62.0/sobjects/Contact"] * 2
    assert twin.call("DELETE", f"sobjects/{path}").status_code == 204


def test_parents_are_named_by_an_external_id_and_followed_by_their_name(twin: Twin) -> None:
    parent = make(twin, "Account", Name="Parent", NetSuite_Internal_ID__c="p1")
    child = make(twin, "Account", Name="Child", Parent={"NetSuite_Internal_ID__c": "P1"})
    assert read(twin, "Account", child)["ParentId"] == parent
    assert twin.call("GET", f"sobjects/Account/{child}/Parent").json()["Name"] == "Parent"


def test_a_record_has_all_fields_or_those_asked_for(twin: Twin) -> None:
    made = make(twin, "Contact", FirstName="Ada", LastName=" Lovelace ", MailingCity="London")
    whole = read(twin, "Contact", made[:15])
    assert whole["Name"] == "Ada Lovelace"
    assert (whole["MailingAddress"]["city"], whole["OtherAddress"]) == ("London", None)
    assert whole["CreatedDate"] == whole["SystemModstamp"]
    assert whole["SystemModstamp"].endswith(".000+0000")
    assert len(whole) > 60
    few = twin.call("GET", f"sobjects/Contact/{made}", params={"fields": "lastname, Email"}).json()
    assert few.keys() == {"attributes", "LastName", "Email"}
    assert error(twin, "GET", f"Contact/{made}?fields=Foo")[1] == "INVALID_FIELD"


def test_a_stale_change_is_refused_and_an_unchanged_record_is_not_sent_again(twin: Twin) -> None:
    made = make(twin, "Account", Name="One")
    long_ago, far_ahead = "Wed, 01 Jan 2020 00:00:00 GMT", "Wed, 01 Jan 2098 00:00:00 GMT"
    stale = twin.call(
        "PATCH", f"sobjects/Account/{made}", json={"Name": "Two"}, headers={"If-Unmodified-Since": long_ago}
    )
    assert (stale.status_code, stale.json()[0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    fresh = twin.call(
        "PATCH", f"sobjects/Account/{made}", json={"Name": "Two"}, headers={"If-Unmodified-Since": far_ahead}
    )
    assert fresh.status_code == 204
    known = twin.call("GET", f"sobjects/Account/{made}", headers={"If-Modified-Since": far_ahead})
    assert (known.status_code, known.content) == (304, b"")


def test_a_stage_decides_what_follows_from_it(twin: Twin) -> None:
    deal = make(twin, "Opportunity", **DEAL, Amount=1000.005, CurrencyIsoCode="USD")
    told = read(twin, "Opportunity", deal)
    assert (told["Amount"], told["Probability"], told["ExpectedRevenue"]) == (1000.01, 10.0, 100.0)
    assert (told["Fiscal"], told["FiscalYear"], told["FiscalQuarter"]) == ("2026 2", 2026, 2)
    assert (told["ForecastCategory"], told["IsClosed"]) == ("Pipeline", False)
    change(twin, "Opportunity", deal, StageName="Closed Won")
    told = read(twin, "Opportunity", deal)
    assert (told["IsWon"], told["IsClosed"], told["Probability"]) == (True, True, 100.0)
    assert (told["ForecastCategory"], told["ForecastCategoryName"], told["ExpectedRevenue"]) == (
        "Closed",
        "Closed",
        1000.01,
    )
    change(twin, "Opportunity", deal, StageName="Negotiation/Review", Probability=55)
    assert read(twin, "Opportunity", deal)["Probability"] == 55.0


def test_a_yen_has_no_cents(twin: Twin) -> None:
    deal = make(twin, "Opportunity", **DEAL, Amount=1000.5, CurrencyIsoCode="JPY")
    assert read(twin, "Opportunity", deal)["Amount"] == 1001.0


def test_lines_make_the_amount_and_keep_it(twin: Twin) -> None:
    entry, deal = priced(twin, 12.5), make(twin, "Opportunity", **DEAL, Amount=5)
    line = make(twin, "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=3, UnitPrice=10.05)
    other = make(twin, "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=2, TotalPrice=9)
    told = read(twin, "Opportunity", deal)
    assert (told["Amount"], told["TotalOpportunityQuantity"], told["ExpectedRevenue"]) == (39.15, 5.0, 3.92)
    assert (told["HasOpportunityLineItem"], told["Pricebook2Id"]) == (True, STANDARD_BOOK)
    sold = read(twin, "OpportunityLineItem", line)
    assert (sold["Name"], sold["ProductCode"], sold["ListPrice"]) == ("Deal Widget", "W-1", 12.5)
    assert read(twin, "OpportunityLineItem", other)["UnitPrice"] == 4.5
    assert error(twin, "PATCH", f"Opportunity/{deal}", Amount=1)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert error(twin, "PATCH", f"Opportunity/{deal}", CurrencyIsoCode="EUR")[1] == "FIELD_INTEGRITY_EXCEPTION"
    change(twin, "Opportunity", deal, Amount=39.15, NextStep="call")
    change(twin, "OpportunityLineItem", line, Quantity=1)
    assert read(twin, "Opportunity", deal)["Amount"] == 19.05
    assert twin.call("DELETE", f"sobjects/OpportunityLineItem/{other}").status_code == 204
    assert read(twin, "Opportunity", deal)["Amount"] == 10.05


def test_a_line_fits_the_price_book_and_currency_of_its_deal(twin: Twin) -> None:
    usd = priced(twin)
    product = read(twin, "PricebookEntry", usd)["Product2Id"]
    euro = priced(twin, currency="EUR", product=product)
    book = make(twin, "Pricebook2", Name="Partners", IsActive=True)
    partner = priced(twin, book=book, product=product)
    deal = make(twin, "Opportunity", **DEAL, Pricebook2Id=STANDARD_BOOK)
    line = {"OpportunityId": deal, "Quantity": 1, "UnitPrice": 1}
    prefix = "field integrity exception: PricebookEntryId (pricebook entry"
    words = [error(twin, "POST", "OpportunityLineItem", **line, PricebookEntryId=one)[2] for one in (partner, euro)]
    assert words == [f"{prefix} is in a different pricebook than the one assigned to the opportunity)",
                     f"{prefix} currency code does not match opportunity currency code)"]  # fmt: skip
    made = make(twin, "OpportunityLineItem", **line, Product2Id=product)
    assert read(twin, "OpportunityLineItem", made)["PricebookEntryId"] == usd
    both = error(twin, "POST", "OpportunityLineItem", **line, PricebookEntryId=usd, TotalPrice=77)
    assert "only one of unit price or total price can be specified" in both[2]


def test_a_price_needs_a_standard_price_and_stands_once(twin: Twin) -> None:
    product = make(twin, "Product2", Name="Widget")
    book = make(twin, "Pricebook2", Name="Partners", IsActive=True)
    early = error(twin, "POST", "PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=1)
    assert early[1:3] == ("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product")
    priced(twin, 7, product=product)
    twice = error(twin, "POST", "PricebookEntry", Pricebook2Id=STANDARD_BOOK, Product2Id=product, UnitPrice=1)
    assert twice[1:3] == ("DUPLICATE_VALUE", "This price definition already exists in this price book")
    used = make(twin, "PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=1, UseStandardPrice=True)
    assert read(twin, "PricebookEntry", used)["UnitPrice"] == 7.0


def test_a_quote_adds_up_with_tax_and_discount(twin: Twin) -> None:
    entry = priced(twin, 100)
    account = make(twin, "Account", Name="Acme")
    deal = make(twin, "Opportunity", **DEAL, AccountId=account)
    quote = make(twin, "Quote", Name="Offer", OpportunityId=deal, Tax=19, ShippingHandling=5.5)
    make(twin, "QuoteLineItem", QuoteId=quote, PricebookEntryId=entry, Quantity=2, UnitPrice=100, Discount=10)
    make(twin, "QuoteLineItem", QuoteId=quote, PricebookEntryId=entry, Quantity=1, UnitPrice=20)
    told = read(twin, "Quote", quote)
    assert (told["Subtotal"], told["TotalPrice"], told["Discount"]) == (220.0, 200.0, 9.09)
    assert (told["GrandTotal"], told["LineItemCount"], told["Status"]) == (224.5, 2, "Draft")
    assert (told["QuoteNumber"].isdigit(), told["AccountId"]) == (True, account)


def test_an_order_is_numbered_activated_with_lines_and_then_closed(twin: Twin) -> None:
    entry, account = priced(twin, 10), make(twin, "Account", Name="Acme")
    wish = {"AccountId": account, "EffectiveDate": "2026-05-01"}
    assert error(twin, "POST", "Order", **wish, Status="Activated")[1] == "FAILED_ACTIVATION"
    order = make(twin, "Order", **wish, Status="Draft", Pricebook2Id=STANDARD_BOOK)
    assert error(twin, "PATCH", f"Order/{order}", Status="Activated")[1] == "FAILED_ACTIVATION"
    line = make(twin, "OrderItem", OrderId=order, PricebookEntryId=entry, Quantity=3, UnitPrice=9.99)
    told = read(twin, "Order", order)
    assert (told["TotalAmount"], told["StatusCode"], len(told["OrderNumber"])) == (29.97, "Draft", 8)
    change(twin, "Order", order, Status="Activated")
    assert read(twin, "Order", order)["ActivatedDate"] is not None
    assert error(twin, "PATCH", f"OrderItem/{line}", Quantity=4)[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert error(twin, "DELETE", f"OrderItem/{line}")[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert error(twin, "PATCH", f"Order/{order}", EffectiveDate="2026-06-01")[1] == "FIELD_INTEGRITY_EXCEPTION"
    change(twin, "Order", order, Description="still open to notes")


def test_a_contract_ends_when_its_months_are_over(twin: Twin) -> None:
    account = make(twin, "Account", Name="Acme")
    contract = make(twin, "Contract", AccountId=account, StartDate="2026-01-31", ContractTerm=13, Status="Draft")
    told = read(twin, "Contract", contract)
    assert (told["EndDate"], told["StatusCode"], told["ContractNumber"].isdigit()) == ("2027-02-27", "Draft", True)


def test_money_that_comes_back_hangs_below_its_deal(twin: Twin) -> None:
    deal = make(twin, "Opportunity", **DEAL, CurrencyIsoCode="EUR")
    invoice = make(twin, "NetSuite_Invoice__c", Opportunity__c=deal, Total__c=11.9, CurrencyIsoCode="EUR")
    line = make(twin, "NetSuite_Invoice_Line__c", Invoice__c=invoice, Quantity__c=1, Rate__c=10.1234, Amount__c=10.12)
    assert read(twin, "NetSuite_Invoice__c", invoice)["Name"] == invoice
    told = read(twin, "NetSuite_Invoice_Line__c", line)
    assert (told["CurrencyIsoCode"], told["Rate__c"]) == ("EUR", 10.12)
    asked = "SELECT Id, (SELECT Total__c FROM NetSuite_Invoices__r) FROM Opportunity"
    assert twin.found(asked)[0]["NetSuite_Invoices__r"]["totalSize"] == 1
    twin.call("DELETE", f"sobjects/NetSuite_Invoice__c/{invoice}")
    assert error(twin, "GET", f"NetSuite_Invoice_Line__c/{line}")[1] == "ENTITY_IS_DELETED"


def test_what_is_needed_cannot_be_deleted_and_what_belongs_goes_along(twin: Twin) -> None:
    account = make(twin, "Account", Name="Acme")
    contact, deal = (
        make(twin, "Contact", LastName="P", AccountId=account),
        make(twin, "Opportunity", **DEAL, AccountId=account),
    )
    order = make(twin, "Order", AccountId=account, EffectiveDate="2026-05-01", Status="Draft")
    status, code, words, _ = error(twin, "DELETE", f"Account/{account}")
    assert (status, code) == (400, "DELETE_FAILED")
    assert words.startswith(
        "Your attempt to delete Acme could not be completed because it is associated with the following orders."
    )
    assert read(twin, "Contact", contact)["AccountId"] == account
    twin.call("DELETE", f"sobjects/Order/{order}")
    assert twin.call("DELETE", f"sobjects/Account/{account}").status_code == 204
    for kind, one in (("Contact", contact), ("Opportunity", deal)):
        assert error(twin, "GET", f"{kind}/{one}")[1] == "ENTITY_IS_DELETED"


def test_duplicates_are_refused_when_the_rule_is_on_and_not_overruled(twin: Twin) -> None:
    known = make(twin, "Account", Name="Acme")
    make(twin, "Account", Name="ACME")
    requests.post(f"{twin.url}/_twin/switches", json={"duplicates": True}, timeout=10).raise_for_status()
    answer = twin.call("POST", "sobjects/Account", json={"Name": "acme"})
    (found,) = answer.json()
    assert (answer.status_code, found["errorCode"]) == (400, "DUPLICATES_DETECTED")
    matched = found["duplicateResult"]["matchResults"][0]
    assert known in [one["record"]["Id"] for one in matched["matchRecords"]]
    allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert twin.call("POST", "sobjects/Account", json={"Name": "acme"}, headers=allowed).status_code == 201
    assert twin.call("POST", "sobjects/Account", json={"Name": "acme"}).status_code == 400
    assert requests.post(f"{twin.url}/_twin/switches", json={"nonsense": True}, timeout=10).status_code == 400


def test_what_was_changed_and_deleted_is_told_by_the_minute(twin: Twin) -> None:
    requests.post(f"{twin.url}/_twin/clock", json={"now": "2026-06-10T10:00:30+00:00", "frozen": True}, timeout=10)
    kept, gone = (make(twin, "Account", Name=name) for name in ("Kept", "Gone"))
    twin.call("DELETE", f"sobjects/Account/{gone}")
    span = {"start": "2026-06-10T10:00:59+00:00", "end": "2026-06-10T10:01:00Z"}
    told = twin.call("GET", "sobjects/Account/updated", params=span).json()
    assert (told["ids"], told["latestDateCovered"]) == ([kept], "2026-06-10T10:00:00.000+0000")
    deleted = twin.call("GET", "sobjects/Account/deleted/", params=span).json()
    assert deleted["deletedRecords"] == [{"id": gone, "deletedDate": "2026-06-10T10:00:30.000+0000"}]
    assert deleted["earliestDateAvailable"].startswith("2026-05-26")
    for start, end, words in (
        ("2026-05-01T00:00:00Z", "2026-06-10T10:00:00Z", "startDate before org replication enabled date"),
        ("2026-06-10T10:00:00Z", "2026-06-10T10:00:59Z", "startDate must be at least one minute greater than endDate"),
    ):
        answer = twin.call("GET", "sobjects/Account/updated", params={"start": start, "end": end})
        assert answer.json() == [{"errorCode": "INVALID_REPLICATION_DATE", "message": words}]
    requests.post(f"{twin.url}/_twin/clock", json={}, timeout=10)


def test_records_are_counted_by_object(twin: Twin) -> None:
    make(twin, "Account", Name="One")
    counted = twin.call("GET", "limits/recordCount", params={"sObjects": "Account,Nothing,Lead"}).json()
    assert counted == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_a_word_is_found_in_many_objects(twin: Twin) -> None:
    account = make(twin, "Account", Name="Blue Whale", Phone="555-1234")
    contact = make(twin, "Contact", LastName="Whale", Email="w@isthmus.example")
    text = "FIND {whal*} IN NAME FIELDS RETURNING Account(Id, Name WHERE Phone != null ORDER BY Name LIMIT 5), Contact"
    found = twin.call("GET", "search/", params={"q": text}).json()["searchRecords"]
    assert [(one["attributes"]["type"], one["Id"]) for one in found] == [("Account", account), ("Contact", contact)]
    assert found[0]["Name"] == "Blue Whale"
    asked = {"q": "whale", "sobject": "Account", "Account.fields": "id,name"}
    assert len(twin.call("GET", "parameterizedSearch", params=asked).json()["searchRecords"]) == 1
    body = {"q": "whale", "fields": ["Id"], "sobjects": [{"name": "Contact", "where": "Email != null"}], "in": "ALL"}
    assert len(twin.call("POST", "parameterizedSearch", json=body).json()["searchRecords"]) == 1
    for wrong in ("whale", "FIND {x}"):
        assert twin.call("GET", "search", params={"q": wrong}).json()[0]["errorCode"] == "MALFORMED_SEARCH"


def test_an_org_of_one_currency_has_no_field_for_it(twin: Twin) -> None:
    deal = make(twin, "Opportunity", **DEAL, Amount=10, CurrencyIsoCode="EUR")
    requests.post(f"{twin.url}/_twin/switches", json={"single_currency": True}, timeout=10).raise_for_status()
    assert "CurrencyIsoCode" not in read(twin, "Opportunity", deal)
    assert error(twin, "POST", "Opportunity", **DEAL, CurrencyIsoCode="EUR")[1] == "INVALID_FIELD"
    make(twin, "Opportunity", **DEAL, Amount=5)
    for text in ("SELECT CurrencyIsoCode FROM Opportunity", "SELECT Id FROM CurrencyType"):
        assert twin.call("GET", "query", params={"q": text}).status_code == 400
    told = twin.call("GET", "sobjects/Opportunity/describe").json()["fields"]
    assert not [field["name"] for field in told if "Currency" in field["name"]]
    assert "CurrencyType" not in {one["name"] for one in twin.call("GET", "sobjects").json()["sobjects"]}
    assert twin.found("SELECT SUM(Amount) FROM Opportunity") == [{"expr0": 15.0}]
    requests.post(f"{twin.url}/_twin/switches", json={"single_currency": False}, timeout=10).raise_for_status()
    assert read(twin, "Opportunity", deal)["CurrencyIsoCode"] == "EUR"
