"""Does what finance does in NetSuite stand in Salesforce, line by line and to the cent?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce.target import Hand, SalesforceTarget
from flows.model import Reading
from flows.pace import Pace
from tests.flows_live.house import House, opened, total

BACK = ("sales_order_to_opportunity", "sales_order_to_order")
PAID = (
    "credit_memo_to_salesforce", "cash_refund_to_salesforce", "payment_to_salesforce", "deposit_to_salesforce",
    "deposit_application_to_salesforce", "refund_to_salesforce",
)  # fmt: skip
BILLED = ("invoice_to_salesforce", "cash_sale_to_salesforce", "fulfillment_to_salesforce")
ALL = ("customer_to_account", "item_to_product", *BACK, *BILLED, *PAID, "customer_balance_to_account")
GOODS = {"item": {"id": "8"}, "quantity": 10, "rate": 9.99, "price": {"id": "-1"}}
HELP = {"item": {"id": "7"}, "quantity": 2.5, "rate": 100.25, "price": {"id": "-1"}}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened(tmp_path_factory.mktemp("house")) as one:
        yield one


def ordered(house: House, *lines: dict[str, Any], **fields: object) -> str:
    """Make an order in NetSuite that may be shipped and billed."""
    body = {"entity": {"id": "501"}, "item": {"items": list(lines)}, "orderStatus": {"id": "B"}}
    return house.found("salesOrder", body | fields)


def quiet(house: House) -> None:
    """Nothing died and nothing waits."""
    assert [(one.flow, one.code, one.message, one.field, one.value) for one in house.letters()] == []
    states = {flow: dict(found) for flow, found in house.stage.ledger.reports.counts().items()}
    assert not [flow for flow, found in states.items() if {"waiting", "pending", "leased"} & set(map(str, found))], (
        states
    )


def one(house: House, kind: str, key: str, *fields: str) -> dict[str, Any]:
    """Return the record that a NetSuite id has in Salesforce."""
    wanted = ", ".join(("Id", *fields))
    (found,) = house.crm(f"SELECT {wanted} FROM {kind} WHERE NetSuite_Internal_ID__c = '{key}'")
    return {name: value for name, value in found.items() if name != "attributes"}


def lines(house: House, kind: str, link: str, parent: str, *fields: str) -> list[tuple[Any, ...]]:
    """Return what a record's lines say, in their order."""
    rows = house.crm(
        f"SELECT {', '.join(fields)} FROM {kind} WHERE {link} = '{parent}' ORDER BY NetSuite_Internal_ID__c"
    )
    return [tuple(row[name] for name in fields) for row in rows]


def agrees(house: House, kinds: Sequence[str], column: str, kind: str, field: str, of: str) -> Decimal:
    """Both sides add up to the same, currency by currency; return the sum over all of them."""
    named = ", ".join(f"'{code}'" for code in kinds)
    theirs = house.books(
        f"SELECT BUILTIN.DF(currency) AS of, SUM(ABS({column})) AS worth FROM transaction WHERE type IN ({named}) "
        "AND status <> 'V' GROUP BY BUILTIN.DF(currency)"
    )
    ours = house.crm(f"SELECT CurrencyIsoCode, {field} FROM {kind} WHERE Type__c IN ({of})")
    by_currency = {
        code: total([row for row in ours if row["CurrencyIsoCode"] == code], field)
        for code in {row["CurrencyIsoCode"] for row in ours}
    }
    assert len(by_currency) == len(theirs), (by_currency, theirs)
    assert sorted(by_currency.values()) == sorted(Decimal(row["worth"]) for row in theirs)
    return sum(by_currency.values(), Decimal())


def test_an_order_comes_back_to_its_deal_with_all_that_became_of_it(house: House) -> None:
    house.run("customer_to_account", "item_to_product")
    account = one(house, "Account", "501")["Id"]
    entry = house.crm(
        "SELECT Id, Pricebook2Id FROM PricebookEntry WHERE ProductCode = 'BOX-1' AND CurrencyIsoCode = 'USD'"
    )[0]
    deal = {"Name": "Whole", "StageName": "Closed Won", "CloseDate": "2026-11-20", "AccountId": account}
    (won,) = house.make("Opportunity", deal | {"CurrencyIsoCode": "USD", "Pricebook2Id": entry["Pricebook2Id"]})
    sold = {"OpportunityId": won, "PricebookEntryId": entry["Id"], "Quantity": 10, "UnitPrice": Decimal("9.99")}
    (line,) = house.make("OpportunityLineItem", sold)
    order = ordered(house, GOODS | {"custcol_sf_line_id": line}, HELP, custbody_sf_opportunity_id=won)
    parcels = {"items": [{"packageTrackingNumber": "1Z 999", "packageWeight": 1}]}
    shipped = house.become("salesOrder", order, "itemFulfillment", {"package": parcels})
    billed = house.become("salesOrder", order, "invoice")
    paid = house.become("invoice", billed, "customerPayment", {"payment": 290})
    house.run(*ALL)
    quiet(house)

    back = house.crm(f"SELECT NetSuite_Order_Status__c, NetSuite_Order_Total__c FROM Opportunity WHERE Id = '{won}'")[0]
    assert (back["NetSuite_Order_Status__c"], back["NetSuite_Order_Total__c"]) == ("Billed", Decimal("350.53"))
    progress = "NetSuite_Quantity_Fulfilled__c", "NetSuite_Quantity_Billed__c", "NetSuite_Closed__c"
    assert lines_of_deal(house, won, *progress) == [(Decimal(10), Decimal(10), False)]

    invoice = one(
        house, "NetSuite_Invoice__c", billed, "Account__c", "Opportunity__c", "Status__c", "Total__c", "Amount_Due__c"
    )
    assert (invoice["Account__c"], invoice["Opportunity__c"], invoice["Status__c"]) == (account, won, "Open")
    assert (invoice["Total__c"], invoice["Amount_Due__c"]) == (Decimal("350.53"), Decimal("60.53"))
    said = lines(house, "NetSuite_Invoice_Line__c", "Invoice__c", invoice["Id"], "Name", "Quantity__c", "Amount__c")
    assert said == [("BOX-1", Decimal(10), Decimal("99.9")), ("SVC-1", Decimal("2.5"), Decimal("250.63"))]
    products = lines(house, "NetSuite_Invoice_Line__c", "Invoice__c", invoice["Id"], "Product__c")
    assert products == [(one(house, "Product2", "8")["Id"],), (one(house, "Product2", "7")["Id"],)]

    payment = one(house, "NetSuite_Payment__c", paid, "Amount__c", "Applied__c", "Unapplied__c")
    assert (payment["Amount__c"], payment["Applied__c"], payment["Unapplied__c"]) == (290, 290, 0)
    used = lines(house, "NetSuite_Payment_Application__c", "Payment__c", payment["Id"], "Invoice__c", "Amount__c")
    assert used == [(invoice["Id"], Decimal(290))]

    shipment = one(house, "NetSuite_Fulfillment__c", shipped, "Opportunity__c", "Status__c")
    assert (shipment["Opportunity__c"], shipment["Status__c"]) == (won, "Shipped")
    assert lines(house, "NetSuite_Fulfillment_Line__c", "Fulfillment__c", shipment["Id"], "Quantity__c")[0] == (10,)
    assert lines(house, "NetSuite_Tracking_Number__c", "Fulfillment__c", shipment["Id"], "Name") == [("1Z 999",)]


def lines_of_deal(house: House, deal: str, *fields: str) -> list[tuple[Any, ...]]:
    rows = house.crm(f"SELECT {', '.join(fields)} FROM OpportunityLineItem WHERE OpportunityId = '{deal}'")
    return [tuple(row[name] for name in fields) for row in rows]


def test_what_finance_made_alone_stands_under_its_account(house: House) -> None:
    euro = {"entity": {"id": "501"}, "currency": {"id": "4"}}
    stray = house.found("invoice", euro | {"item": {"items": [GOODS]}})
    sold = house.found("cashSale", {"entity": {"id": "501"}, "item": {"items": [HELP]}})
    kept = house.found("customerDeposit", {"customer": {"id": "501"}, "payment": 75})
    wrong = house.found("creditMemo", {"entity": {"id": "501"}, "item": {"items": [GOODS | {"quantity": 1}]}})
    house.run(*ALL)
    quiet(house)
    account = one(house, "Account", "501")["Id"]
    links = ("Account__c", "Opportunity__c", "Order__c", "Created_From__c")
    for kind, key in (
        ("NetSuite_Invoice__c", stray),
        ("NetSuite_Invoice__c", sold),
        ("NetSuite_Credit_Memo__c", wrong),
    ):
        found = one(house, kind, key, *links)
        assert [found[name] for name in links] == [account, None, None, None]
    invoice = one(house, "NetSuite_Invoice__c", stray, "CurrencyIsoCode", "Total__c", "Amount_Due__c", "Status__c")
    assert (invoice["CurrencyIsoCode"], invoice["Total__c"], invoice["Status__c"]) == ("EUR", Decimal("99.9"), "Open")
    currencies = lines(house, "NetSuite_Invoice_Line__c", "Invoice__c", invoice["Id"], "CurrencyIsoCode")
    assert currencies == [("EUR",)]
    cash = one(house, "NetSuite_Invoice__c", sold, "Type__c", "Amount_Paid__c", "Amount_Due__c")
    assert (cash["Type__c"], cash["Amount_Paid__c"], cash["Amount_Due__c"]) == ("Cash Sale", Decimal("250.63"), 0)
    deposit = one(house, "NetSuite_Payment__c", kept, "Type__c", "Amount__c", "Applied__c", "Unapplied__c")
    assert (deposit["Type__c"], deposit["Amount__c"], deposit["Unapplied__c"]) == ("Deposit", 75, 75)
    credit = one(house, "NetSuite_Credit_Memo__c", wrong, "Type__c", "Total__c", "Remaining__c", "Status__c")
    assert (credit["Total__c"], credit["Remaining__c"], credit["Status__c"]) == (
        Decimal("9.99"),
        Decimal("9.99"),
        "Open",
    )
    said = lines(house, "NetSuite_Credit_Memo_Line__c", "Credit_Memo__c", credit["Id"], "Quantity__c", "Amount__c")
    assert said == [(Decimal(1), Decimal("9.99"))]


def test_what_is_voided_or_deleted_there_is_worth_nothing_here(house: House) -> None:
    voided, deleted = (house.found("invoice", {"entity": {"id": "501"}, "item": {"items": [GOODS]}}) for _ in range(2))
    house.run("invoice_to_salesforce")
    standing = one(house, "NetSuite_Invoice__c", deleted, "Total__c")
    assert standing["Total__c"] == Decimal("99.9")
    assert house.erp.control("POST", "void", {"type": "invoice", "id": voided})["status"] == "V"
    assert house.erp.record("DELETE", f"invoice/{deleted}").status_code == 204
    house.run("invoice_to_salesforce")
    quiet(house)
    money = ("Status__c", "Total__c", "Subtotal__c", "Amount_Paid__c", "Amount_Due__c")
    for key, state in ((voided, "Voided"), (deleted, "Deleted")):
        found = one(house, "NetSuite_Invoice__c", key, *money)
        assert [found[name] for name in money] == [state, 0, 0, 0, 0]
    assert lines(house, "NetSuite_Invoice_Line__c", "Invoice__c", standing["Id"], "Amount__c") == []


def test_a_line_that_finance_takes_out_goes_and_the_others_stay_themselves(house: House) -> None:
    two = house.found("invoice", {"entity": {"id": "501"}, "item": {"items": [GOODS, HELP]}})
    house.run("invoice_to_salesforce")
    invoice = one(house, "NetSuite_Invoice__c", two)["Id"]
    (_, kept) = lines(house, "NetSuite_Invoice_Line__c", "Invoice__c", invoice, "Id")
    house.change("invoice", two, {"item": {"items": [HELP | {"line": 2}]}}, replace_="item")
    house.run("invoice_to_salesforce")
    quiet(house)
    left = lines(house, "NetSuite_Invoice_Line__c", "Invoice__c", invoice, "Id", "Amount__c")
    assert left == [(*kept, Decimal("250.63"))]


def test_both_sides_add_up_to_the_same(house: House) -> None:
    for currency in ("1", "4", "5"):
        plain = {"entity": {"id": "501"}, "currency": {"id": currency}, "item": {"items": [GOODS | {"rate": 11}]}}
        billed = house.found("invoice", plain)
        house.become("invoice", billed, "customerPayment", {"payment": 40})
        house.become("invoice", billed, "creditMemo")
        house.found("cashSale", plain)
    house.run(*ALL, reading=Reading.FULL)
    quiet(house)
    assert agrees(house, ["CustInvc"], "foreigntotal", "NetSuite_Invoice__c", "Total__c", "'Invoice'") > 0
    assert agrees(house, ["CashSale"], "foreigntotal", "NetSuite_Invoice__c", "Total__c", "'Cash Sale'") > 0
    assert agrees(house, ["CustCred"], "foreigntotal", "NetSuite_Credit_Memo__c", "Total__c", "'Credit Memo'") > 0
    assert agrees(house, ["CustPymt"], "foreigntotal", "NetSuite_Payment__c", "Amount__c", "'Payment'") > 0
    assert agrees(house, ["CustInvc"], "foreignamountunpaid", "NetSuite_Invoice__c", "Amount_Due__c", "'Invoice'") > 0
    owed = house.books("SELECT balancesearch FROM customer WHERE id = 501")[0]["balancesearch"]
    assert one(house, "Account", "501", "NetSuite_Balance__c")["NetSuite_Balance__c"] == Decimal(owed)


def test_what_was_paid_ahead_or_is_paid_back_stands_beside_the_payments(house: House) -> None:
    plain = {"entity": {"id": "501"}, "item": {"items": [GOODS]}}
    billed, kept = (
        house.found("invoice", plain),
        house.found("customerDeposit", {"customer": {"id": "501"}, "payment": 60}),
    )
    used = house.become(
        "customerDeposit", kept, "depositApplication", {"apply": {"items": [{"doc": {"id": billed}, "amount": 60}]}}
    )
    credit = house.found("creditMemo", plain)
    back = house.found(
        "customerRefund", {"customer": {"id": "501"}, "apply": {"items": [{"doc": {"id": credit}, "apply": True}]}}
    )
    spot = house.become("cashSale", house.found("cashSale", plain), "cashRefund")
    house.run(*ALL)
    quiet(house)
    invoice = one(house, "NetSuite_Invoice__c", billed, "Amount_Due__c")
    assert invoice["Amount_Due__c"] == Decimal("39.9")
    application = one(house, "NetSuite_Payment__c", used, "Type__c", "Amount__c")
    assert (application["Type__c"], application["Amount__c"]) == ("Deposit Application", 60)
    paid = lines(house, "NetSuite_Payment_Application__c", "Payment__c", application["Id"], "Invoice__c", "Amount__c")
    assert paid == [(invoice["Id"], Decimal(60))]
    refund = one(house, "NetSuite_Payment__c", back, "Type__c", "Amount__c")
    assert (refund["Type__c"], refund["Amount__c"]) == ("Refund", Decimal("99.9"))
    of = lines(
        house, "NetSuite_Payment_Application__c", "Payment__c", refund["Id"], "NetSuite_Document_ID__c", "Invoice__c"
    )
    assert of == [(credit, None)]
    cash = one(house, "NetSuite_Credit_Memo__c", spot, "Type__c", "Total__c", "Remaining__c")
    assert (cash["Type__c"], cash["Total__c"], cash["Remaining__c"]) == ("Cash Refund", Decimal("99.9"), 0)


def test_a_large_night_goes_by_jobs_and_comes_to_the_same(house: House) -> None:
    plain = {"entity": {"id": "501"}, "item": {"items": [GOODS, HELP]}}
    billed = [house.found("invoice", plain) for _ in range(7)]
    usual, at_once = house.stage.services, Hand(ingest_from=3, rest=lambda _: None)
    targets = dict(usual.targets) | {"salesforce": SalesforceTarget(house.line, at_once)}
    house.stage.services = replace(usual, targets=targets, pace=Pace(slots=1))
    house.run("customer_to_account", "item_to_product", "invoice_to_salesforce")
    house.stage.services = usual
    quiet(house)
    named = ", ".join(f"'{key}'" for key in billed)
    of = f"FROM NetSuite_Invoice_Line__c WHERE Invoice__r.NetSuite_Internal_ID__c IN ({named})"
    assert house.crm(f"SELECT COUNT(Id) number, SUM(Amount__c) worth {of}")[0]["number"] == 2 * len(billed)
    assert total(house.crm(f"SELECT Amount__c {of}"), "Amount__c") == Decimal("350.53") * len(billed)


def test_a_night_in_which_nothing_changed_writes_nothing(house: House) -> None:
    house.run(*ALL)
    stamp = "SELECT MAX(SystemModstamp) newest, COUNT(Id) number FROM {}"
    kinds = ("NetSuite_Invoice__c", "NetSuite_Invoice_Line__c", "NetSuite_Payment__c", "Product2", "PricebookEntry")
    before = [house.crm(stamp.format(kind))[0] for kind in kinds]
    house.run(*ALL)
    assert [house.crm(stamp.format(kind))[0] for kind in kinds] == before


def test_an_order_comes_back_to_the_salesforce_order_that_it_came_from(house: House) -> None:
    house.run("customer_to_account", "item_to_product")
    account = one(house, "Account", "501")["Id"]
    entry = house.crm(
        "SELECT Id, Pricebook2Id FROM PricebookEntry WHERE ProductCode = 'BOX-1' AND CurrencyIsoCode = 'USD'"
    )[0]
    wish = {"AccountId": account, "EffectiveDate": "2026-11-20", "Status": "Draft", "CurrencyIsoCode": "USD"}
    (sale,) = house.make("Order", wish | {"Pricebook2Id": entry["Pricebook2Id"]})
    sold = {"OrderId": sale, "PricebookEntryId": entry["Id"], "Quantity": 10, "UnitPrice": Decimal("9.99")}
    (line,) = house.make("OrderItem", sold)
    house.edit("Order", sale, Status="Activated")
    order = ordered(house, GOODS | {"custcol_sf_line_id": line}, HELP, custbody_sf_order_id=sale)
    billed = house.become("salesOrder", order, "invoice")
    house.run(*BACK, "invoice_to_salesforce")
    quiet(house)
    assert one(house, "Order", order, "NetSuite_Order_Total__c")["NetSuite_Order_Total__c"] == Decimal("350.53")
    back = house.crm(f"SELECT NetSuite_Quantity_Billed__c FROM OrderItem WHERE Id = '{line}'")
    assert back[0]["NetSuite_Quantity_Billed__c"] == 10
    assert one(house, "NetSuite_Invoice__c", billed, "Order__c")["Order__c"] == sale
