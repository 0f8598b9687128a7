"""Do the SOAP operations beside upsert do what the contract says of them? Each answer is also held to the schemas."""

import gzip
from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.soap_calls import bare, order_xml, passport, passport_xml, post, read, send, statuses, wrapped

REF = 'xsi:type="core:RecordRef"'


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


def base_ref(kind: str, key: str) -> str:
    return f'<baseRef {REF} type="{kind}" externalId="{key}"/>'


def customer_xml(key: str, name: str = "Nine", fields: str = "") -> str:
    return (
        f'<record xsi:type="rel:Customer" externalId="{key}"><rel:companyName>{name}</rel:companyName>{fields}'
        '<rel:subsidiary internalId="1"/></record>'
    )


def test_a_list_mixes_types_and_may_refer_to_what_stands_before_in_it(twin: Twin) -> None:
    order = order_xml("OP-1").replace("SF-ACC-1", "OP-C")
    contact = (
        '<record xsi:type="rel:Contact" externalId="OP-K"><rel:entityId>Jo</rel:entityId>'
        '<rel:company externalId="OP-C"/></record>'
    )
    body = read(twin, f"<upsertList>{order}{customer_xml('OP-C')}{order}{contact}</upsertList>")
    assert statuses(body) == ["INVALID_KEY_OR_REF", "ok", "ok", "ok"]
    assert [one.get("type") for one in body.iter("baseRef")] == ["salesOrder", "customer", "salesOrder", "contact"]


@pytest.mark.parametrize(("verb", "limit"), [("add", 200), ("update", 100), ("upsert", 100), ("delete", 200)])
def test_a_list_longer_than_its_operation_takes_is_refused_as_a_whole(twin: Twin, verb: str, limit: int) -> None:
    one = base_ref("salesOrder", "NONE") if verb == "delete" else order_xml("MANY", item="99")
    taken = send(twin, f"<{verb}List>{one * limit}</{verb}List>")
    assert (taken.status_code, taken.text.count("<writeResponse>")) == (200, limit)
    refused = send(twin, f"<{verb}List>{one * (limit + 1)}</{verb}List>")
    assert refused.status_code == 500
    assert "exceededRecordCountFault" in refused.text
    assert "MAX_RCRDS_EXCEEDED" in refused.text


def test_a_thousand_are_read_and_one_more_refused(twin: Twin) -> None:
    one = '<baseRef xsi:type="core:RecordRef" type="term" internalId="1"/>'
    assert send(twin, f"<getList>{one * 1000}</getList>").text.count("Net 15") == 1000
    assert "exceededRecordCountFault" in send(twin, f"<getList>{one * 1001}</getList>").text


def test_add_update_and_delete_know_what_is_there(twin: Twin) -> None:
    assert statuses(read(twin, f"<add>{order_xml('OP-A', memo='one')}</add>")) == ["ok"]
    assert statuses(read(twin, f"<add>{order_xml('OP-A')}</add>")) != ["ok"]
    change = '<record xsi:type="sales:SalesOrder" externalId="op-a"><sales:memo>two</sales:memo></record>'
    assert statuses(read(twin, f"<update>{change}</update>")) == ["ok"]
    assert read(twin, f"<get>{base_ref('salesOrder', 'OP-A')}</get>").findtext(".//memo") == "two"
    gone = f"<deleteList>{base_ref('salesOrder', 'OP-A') * 2}</deleteList>"
    assert statuses(read(twin, gone)) == ["ok", "RCRD_DSNT_EXIST"]
    assert statuses(read(twin, f"<get>{base_ref('salesOrder', 'OP-A')}</get>")) == ["RCRD_DSNT_EXIST"]
    assert statuses(read(twin, f"<update>{change}</update>")) == ["RCRD_DSNT_EXIST"]


def test_null_fields_are_cleared_and_absent_ones_stay(twin: Twin) -> None:
    read(twin, f"<upsert>{order_xml('OP-N', memo='kept', email='a@b.example')}</upsert>")
    null = "<core:nullFieldList><core:name>memo</core:name></core:nullFieldList>"
    assert statuses(
        read(twin, f'<update><record xsi:type="sales:SalesOrder" externalId="OP-N">{null}</record></update>')
    ) == ["ok"]
    found = read(twin, f"<get>{base_ref('salesOrder', 'OP-N')}</get>")
    assert (found.find(".//memo"), found.findtext(".//email")) == (None, "a@b.example")


def test_addresses_merge_by_their_key_when_the_list_says_so(twin: Twin) -> None:
    def book(label: str, replace: str) -> str:
        inner = f"<rel:addressbook><rel:label>{label}</rel:label></rel:addressbook>"
        return f'<rel:addressbookList replaceAll="{replace}">{inner}</rel:addressbookList>'

    def labels() -> list[str | None]:
        return [one.text for one in read(twin, f"<get>{base_ref('customer', 'OP-B')}</get>").iter("label")]

    def write(label: str, replace: str) -> None:
        record = customer_xml("OP-B").replace("</record>", f"{book(label, replace)}</record>")
        assert statuses(read(twin, f"<upsert>{record}</upsert>")) == ["ok"]

    write("one", "true")
    write("two", "false")
    assert labels() == ["one", "two"]
    write("three", "true")
    assert labels() == ["three"]


def test_all_currencies_come_in_one_call_and_other_kinds_do_not(twin: Twin) -> None:
    found = read(twin, '<getAll><record recordType="currency"/></getAll>')
    assert (found.findtext(".//totalRecords"), [one.text for one in found.iter("symbol")][:2]) == ("5", ["USD", "GBP"])
    refused = read(twin, '<getAll><record recordType="leadSource"/></getAll>')
    assert refused.find(".//status") is not None


def test_an_order_becomes_an_invoice_by_way_of_initialize_and_add(twin: Twin) -> None:
    read(twin, f"<upsert>{order_xml('OP-I', lines=2, orderStatus='_pendingFulfillment')}</upsert>")
    wish = (
        "<initializeRecord><core:type>invoice</core:type>"
        '<core:reference type="salesOrder" externalId="OP-I"/></initializeRecord>'
    )
    answer = send(twin, f"<initialize>{wish}</initialize>").text
    start, end = answer.index("<record"), answer.index("</readResponse>")
    core = 'xmlns:platformCore="urn:core_2023_2.platform.webservices.netsuite.com"'
    record = answer[start:end].replace("<record", f'<record {core} externalId="OP-INV"', 1)
    ignoring = "<preferences><ignoreReadOnlyFields>true</ignoreReadOnlyFields></preferences>"
    assert statuses(read(twin, f"<add>{record}</add>", header=ignoring)) == ["ok"]
    invoice = read(twin, f"<get>{base_ref('invoice', 'OP-INV')}</get>")
    assert (invoice.findtext(".//total"), len(invoice.findall(".//itemList/item"))) == ("5.00", 2)
    order = read(twin, f"<get>{base_ref('salesOrder', 'OP-I')}</get>")
    assert [one.text for one in order.iter("quantityBilled")] == ["1", "1"]


def test_what_cannot_be_made_from_a_record_is_refused_for_itself(twin: Twin) -> None:
    read(twin, f"<upsert>{order_xml('OP-P')}</upsert>")
    reference = '<core:reference type="salesOrder" externalId="OP-P"/>'
    wishes = "".join(
        f"<initializeRecord><core:type>{kind}</core:type>{reference}</initializeRecord>"
        for kind in ("invoice", "vendorBill")
    )
    lost = reference.replace("OP-P", "NONE")
    wishes += f"<initializeRecord><core:type>invoice</core:type>{lost}</initializeRecord>"
    told = statuses(read(twin, f"<initializeList>{wishes}</initializeList>"))
    assert told == ["INVALID_INITIALIZE_REF", "INVALID_INITIALIZE_REF", "RCRD_DSNT_EXIST"]


def test_contacts_are_attached_in_a_role_and_detached(twin: Twin) -> None:
    contact = '<record xsi:type="rel:Contact" externalId="OP-T"><rel:entityId>Al</rel:entityId></record>'
    read(twin, f"<upsertList>{customer_xml('OP-TC')}{contact}</upsertList>")
    to = f'{REF} type="customer" externalId="OP-TC"'
    attach = (
        f'<attach><attachReference xsi:type="core:AttachContactReference"><core:attachTo {to}/>'
        '<core:contact type="contact" externalId="OP-T"/><core:contactRole internalId="-10"/></attachReference></attach>'
    )
    detach = (
        f'<detach><detachReference xsi:type="core:DetachBasicReference"><core:detachFrom {to}/>'
        f'<core:detachedRecord {REF} type="contact" externalId="OP-T"/></detachReference></detach>'
    )
    told = [statuses(read(twin, body)) for body in (attach, detach, detach)]
    assert told == [["ok"], ["ok"], ["RCRD_DSNT_EXIST"]]


def test_deletions_are_told_by_time_and_type(twin: Twin) -> None:
    read(twin, f"<upsertList>{order_xml('OP-D')}{customer_xml('OP-DC')}</upsertList>")
    read(twin, f"<deleteList>{base_ref('salesOrder', 'OP-D')}{base_ref('customer', 'OP-DC')}</deleteList>")

    def told(when: str, kind: str) -> list[str | None]:
        body = (
            f"<getDeleted><getDeletedFilter><core:deletedDate {when}</core:deletedDate>"
            f'<core:type operator="anyOf"><core:searchValue>{kind}</core:searchValue></core:type></getDeletedFilter>'
            "<pageIndex>1</pageIndex></getDeleted>"
        )
        return [one.get("externalId") for one in read(twin, body).iter("record")]

    today = 'operator="within"><core:predefinedSearchValue>today</core:predefinedSearchValue>'
    past = 'operator="before"><core:searchValue>2020-01-01T00:00:00.000Z</core:searchValue>'
    assert "OP-D" in told(today, "salesOrder")
    assert "OP-D" not in told(today, "customer")
    assert told(past, "salesOrder") == []


def test_look_ups_answer_in_their_own_shapes(twin: Twin) -> None:
    described = (
        "<fieldDescription><core:recordType>salesOrder</core:recordType>{}</fieldDescription><pageIndex>1</pageIndex>"
    )
    terms = described.format(
        '<core:field>terms</core:field><core:filter operator="contains"><core:filterValue>30</core:filterValue></core:filter>'
    )
    found = read(twin, f"<getSelectValue>{terms}</getSelectValue>")
    assert [one.findtext("name") for one in found.iter("baseRef")] == ["Net 30"]
    items = described.format("<core:sublist>itemList</core:sublist><core:field>item</core:field>")
    names = {one.text for one in read(twin, f"<getSelectValue>{items}</getSelectValue>").iter("name")}
    assert {"SVC-1", "BOX-1"} <= names
    assert "OLD-1" not in names
    nothing = described.format("<core:field>memo</core:field>")
    assert "INVALID_FIELD_FOR_RCRD_TYP" in send(twin, f"<getSelectValue>{nothing}</getSelectValue>").text

    wish = '<core:baseCurrency internalId="1"/><core:fromCurrency internalId="4"/>'
    rate = read(twin, f"<getCurrencyRate><currencyRateFilter>{wish}</currencyRateFilter></getCurrencyRate>")
    assert float(rate.findtext(".//exchangeRate") or 0) > 0
    box = '<core:item><core:recordRef internalId="8" type="inventoryItem"/></core:item>'
    stock = read(
        twin, f"<getItemAvailability><itemAvailabilityFilter>{box}</itemAvailabilityFilter></getItemAvailability>"
    )
    assert stock.findtext(".//itemAvailability/item/name") == "BOX-1"
    saved = read(twin, '<getSavedSearch><record searchType="transaction"/></getSavedSearch>')
    assert saved.findtext(".//totalRecords") == "0"
    kinds = '<customizationType getCustomizationType="customRecordType"/><includeInactives>true</includeInactives>'
    assert read(twin, f"<getCustomizationId>{kinds}</getCustomizationId>").find(".//totalRecords") is not None
    period = '<budgetExchangeRateFilter><core:period internalId="999999"/></budgetExchangeRateFilter>'
    assert "INVALID_ACCT_PRD" in send(twin, f"<getBudgetExchangeRate>{period}</getBudgetExchangeRate>").text
    summary = "<getPostingTransactionSummary><pageIndex>1</pageIndex></getPostingTransactionSummary>"
    assert read(twin, summary).findtext(".//totalRecords") == "0"


def test_limits_of_the_account_are_told(twin: Twin) -> None:
    limit = read(twin, "<getAccountGovernanceInfo/>").findtext(".//accountConcurrencyLimit")
    assert (limit, read(twin, "<getIntegrationGovernanceInfo/>").findtext(".//limitType")) == ("5", "_account")


@pytest.mark.parametrize(
    "body",
    [
        "<changePassword><changePassword><core:currentPassword>x</core:currentPassword></changePassword></changePassword>",
        (
            "<updateInviteeStatus><updateInviteeStatusReference><core:eventId internalId='1'/>"
            "<core:responseCode>_accepted</core:responseCode></updateInviteeStatusReference></updateInviteeStatus>"
        ),
    ],
)
def test_what_a_token_may_not_do_is_a_fault(twin: Twin, body: str) -> None:
    answer = send(twin, body)
    assert answer.status_code == 500
    found = bare(answer)
    assert found.findtext(".//insufficientPermissionFault/code") == "INSUFFICIENT_PERMISSION"


def test_an_unknown_account_is_told_apart_only_when_it_is_empty(twin: Twin) -> None:
    assert "DATA_REQD" in send(twin, "<getDataCenterUrls><account/></getDataCenterUrls>").text
    assert twin.url in send(twin, "<getDataCenterUrls><account>999</account></getDataCenterUrls>").text


def test_a_sale_beyond_the_credit_limit_is_saved_with_a_warning_unless_warnings_are_errors(twin: Twin) -> None:
    poor = customer_xml("OP-POOR").replace("</record>", "<rel:creditLimit>3</rel:creditLimit></record>")
    assert statuses(read(twin, f"<upsert>{poor}</upsert>")) == ["ok"]
    order = order_xml("OP-W", lines=2).replace("SF-ACC-1", "OP-POOR")
    strictly = "<preferences><warningAsError>true</warningAsError></preferences>"
    refused = read(twin, f"<upsertList>{order}{order_xml('OP-W2')}</upsertList>", header=strictly)
    assert statuses(refused) == ["BALANCE_EXCEEDS_CREDIT_LIMIT", "ok"]
    assert statuses(read(twin, f"<get>{base_ref('salesOrder', 'OP-W')}</get>")) == ["RCRD_DSNT_EXIST"]
    warned = read(twin, f"<upsert>{order}</upsert>")
    detail = warned.find(".//statusDetail")
    assert detail is not None
    assert (statuses(warned), detail.get("type")) == (["ok"], "WARN")
    assert detail.findtext("code") == "BALANCE_EXCEEDS_CREDIT_LIMIT"
    assert (
        read(twin, f"<upsert>{order_xml('OP-W3').replace('SF-ACC-1', 'OP-POOR')}</upsert>").find(".//statusDetail")
        is None
    )


def test_custom_records_are_written_read_and_found_by_their_own_kind_of_reference(twin: Twin) -> None:
    def record(kind: str) -> str:
        return (
            f'<upsert><record xsi:type="custom:CustomRecord" externalId="OP-X"><custom:name>One</custom:name>'
            f'<custom:recType internalId="{kind}"/><custom:customFieldList><core:customField '
            'xsi:type="core:DoubleCustomFieldRef" internalId="183"><core:value>2.5</core:value></core:customField>'
            "</custom:customFieldList></record></upsert>"
        )

    assert statuses(read(twin, record("999"))) == ["INVALID_KEY_OR_REF"]
    written = read(twin, record("221"))
    told = written.find(".//baseRef")
    assert told is not None
    assert (statuses(written), told.get("typeId"), told.get("type")) == (["ok"], "221", None)
    reference = '<baseRef xsi:type="core:CustomRecordRef" typeId="221" externalId="OP-X"/>'
    found = read(twin, f"<get>{reference}</get>").find(".//record")
    assert found is not None
    assert (found.findtext("name"), found.findtext("customFieldList/customField/value")) == ("One", "2.5")
    name = '<common:name operator="is"><core:searchValue>one</core:searchValue></common:name>'
    search = f'<searchRecord xsi:type="common:CustomRecordSearchBasic"><common:recType internalId="221"/>{name}</searchRecord>'
    assert [one.get("externalId") for one in read(twin, f"<search>{search}</search>").iter("record")] == ["OP-X"]
    assert statuses(read(twin, f"<delete>{reference}</delete>")) == ["ok"]


def test_the_accounts_own_fields_are_listed_and_keep_their_kind(twin: Twin) -> None:
    wish = '<customizationType getCustomizationType="transactionBodyCustomField"/><includeInactives>false</includeInactives>'
    listed = read(twin, f"<getCustomizationId>{wish}</getCustomizationId>")
    assert "custbody_contract_signed" in [one.get("scriptId") for one in listed.iter("customizationRef")]
    field = '<core:customField xsi:type="core:{}CustomFieldRef" scriptId="{}"><core:value>{}</core:value></core:customField>'
    fields = [
        ("Date", "custbody_contract_signed", "2026-03-01T00:00:00.000Z"),
        ("Double", "custbody_contract_value", "7"),
        ("String", "custbody_sf_version", "2026-03-01"),
        ("Boolean", "custbody_auto_renew", "true"),
    ]
    custom = f"<sales:customFieldList>{''.join(field.format(*one) for one in fields)}</sales:customFieldList>"
    record = order_xml("OP-F").replace("</record>", f"{custom}</record>")
    assert statuses(read(twin, f"<upsert>{record}</upsert>")) == ["ok"]
    found = send(twin, f"<get>{base_ref('salesOrder', 'OP-F')}</get>").text
    for kind, name, _ in fields:
        assert f'{kind}CustomFieldRef" scriptId="{name}"' in found


def test_a_compressed_request_is_read(twin: Twin) -> None:
    text = wrapped(passport_xml(passport(twin)), "<getServerTime/>")
    assert post(twin, gzip.compress(text), **{"Content-Encoding": "gzip"}).status_code == 200
    assert "SAXException" in post(twin, b"no gzip", **{"Content-Encoding": "gzip"}).text


def test_whoever_visits_the_service_is_shown_its_wsdl(twin: Twin) -> None:
    address = f"{twin.url}/services/NetSuitePort_2024_1"
    assert f'location="{address}"' in requests.get(f"{address}?wsdl", timeout=10).text
    assert requests.get(address, timeout=10).headers["content-type"].startswith("text/html")
