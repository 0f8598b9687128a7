"""Do searches over SOAP find, page, join and show as the contract says? Each answer is also held to the schemas."""

from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from tests.sandbox.netsuite_contract import needs_contract
from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.soap_calls import ask, made, order_xml, read, ref, send, statuses

SALES = '<common:type operator="anyOf"><core:searchValue>_salesOrder</core:searchValue></common:type>'


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        orders = [
            order_xml("S-1", lines=2, tranDate="2026-01-15T00:00:00.000Z", otherRefNum="9", memo="first one"),
            order_xml("S-2", tranDate="2026-02-15T00:00:00.000Z", otherRefNum="10", memo="Second"),
            order_xml("S-3", item="8", tranDate="2026-03-15T00:00:00.000Z", orderStatus="_pendingFulfillment"),
        ]
        address = (
            "<rel:addressbook><rel:addressbookAddress><common:country>_germany</common:country>"
            "<common:addr1>Weg 1</common:addr1><common:city>Ulm</common:city></rel:addressbookAddress></rel:addressbook>"
        )
        customer = (
            '<record xsi:type="rel:Customer" externalId="S-C"><rel:companyName>Ärger &amp; Co</rel:companyName>'
            f'<rel:subsidiary internalId="2"/><rel:addressbookList>{address}</rel:addressbookList><rel:customFieldList>'
            '<core:customField xsi:type="core:StringCustomFieldRef" scriptId="custentity_tier"><core:value>gold</core:value>'
            "</core:customField></rel:customFieldList></record>"
        )
        contact = (
            '<record xsi:type="rel:Contact" externalId="S-K"><rel:entityId>Jo</rel:entityId>'
            '<rel:company externalId="S-C"/></record>'
        )
        assert set(statuses(read(one, f"<upsertList>{''.join(orders)}{customer}{contact}</upsertList>"))) == {"ok"}
        yield one


def search(twin: Twin, kind: str, inner: str, header: str = "", attributes: str = "") -> etree._Element:
    preferred = f"<searchPreferences>{header}</searchPreferences>" if header else ""
    body = f'<search><searchRecord xsi:type="{kind}"{attributes}>{inner}</searchRecord></search>'
    return read(twin, body, header=preferred)


def keys(body: etree._Element) -> list[str]:
    return [one.get("externalId") or "" for one in body.iter("record")]


def test_a_page_asked_for_later_is_a_new_run(twin: Twin) -> None:
    found = search(twin, "common:CustomerSearchBasic", one("comments", "is", "shifting"), "<pageSize>5</pageSize>")
    mark = found.findtext(".//searchId")
    assert found.findtext(".//totalRecords") == "0"
    customer = (
        '<record xsi:type="rel:Customer"><rel:companyName>Late</rel:companyName><rel:comments>shifting</rel:comments>'
    )
    read(twin, f'<add>{customer}<rel:subsidiary internalId="1"/></record></add>')
    again = read(twin, f"<searchMoreWithId><searchId>{mark}</searchId><pageIndex>1</pageIndex></searchMoreWithId>")
    assert again.findtext(".//totalRecords") == "1"


def basic(twin: Twin, criteria: str, kind: str = "common:TransactionSearchBasic") -> list[str]:
    return keys(search(twin, kind, criteria))


def one(name: str, operator: str, *values: str) -> str:
    names = ("searchValue", "searchValue2")
    inner = "".join(f"<core:{tag}>{value}</core:{tag}>" for tag, value in zip(names, values, strict=False))
    return f'<common:{name} operator="{operator}">{inner}</common:{name}>'


def refs(name: str, operator: str, *ids: str) -> str:
    inner = "".join(f"<core:searchValue {each}/>" for each in ids)
    return f'<common:{name} operator="{operator}">{inner}</common:{name}>'


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (SALES, ["S-1", "S-2", "S-3"]),
        (SALES.replace("_salesOrder", "_invoice"), []),
        (one("memo", "contains", "ONE"), ["S-1"]),
        (one("memo", "empty"), ["S-3"]),
        (one("externalIdString", "is", "s-2"), ["S-2"]),
        (refs("externalId", "anyOf", 'externalId="S-1"', 'externalId="s-3"'), ["S-1", "S-3"]),
        (refs("entity", "anyOf", 'internalId="501"'), ["S-1", "S-2", "S-3"]),
        (refs("entity", "anyOf", 'externalId="S-C"'), []),
        (refs("entity", "noneOf", 'internalId="501"'), []),
        (refs("item", "anyOf", 'internalId="8"'), ["S-3"]),
        (one("otherRefNum", "greaterThan", "9"), ["S-2"]),
        (one("tranDate", "within", "2026-01-01T00:00:00Z", "2026-02-15T00:00:00Z"), ["S-1", "S-2"]),
        (one("tranDate", "onOrAfter", "2026-02-15T00:00:00.000-00:00"), ["S-2", "S-3"]),
        (one("amount", "greaterThan", "2.5"), ["S-1"]),
        (one("status", "anyOf", "_salesOrderPendingFulfillment"), ["S-3"]),
        (one("status", "noneOf", "_salesOrderPendingFulfillment"), ["S-1", "S-2"]),
        ("<common:mainLine><core:searchValue>true</core:searchValue></common:mainLine>", ["S-1", "S-2", "S-3"]),
        (one("serialNumber", "is", "x"), []),
        (one("serialNumber", "isNot", "x"), ["S-1", "S-2", "S-3"]),
        (
            (
                '<common:lastModifiedDate operator="onOrAfter"><core:predefinedSearchValue>today</core:predefinedSearchValue>'
                "</common:lastModifiedDate>"
            ),
            ["S-1", "S-2", "S-3"],
        ),
        (
            (
                '<common:lastModifiedDate operator="before"><core:predefinedSearchValue>today</core:predefinedSearchValue>'
                "</common:lastModifiedDate>"
            ),
            [],
        ),
    ],
)
def test_transactions_are_found_by_their_criteria(twin: Twin, criteria: str, expected: list[str]) -> None:
    assert basic(twin, criteria) == expected


def test_customers_are_found_by_address_custom_field_and_contact(twin: Twin) -> None:
    def found(inner: str) -> list[str]:
        return keys(search(twin, "rel:CustomerSearch", inner))

    tier = (
        '<common:customFieldList><core:customField xsi:type="core:SearchStringCustomField" scriptId="custentity_tier" '
        'operator="is"><core:searchValue>GOLD</core:searchValue></core:customField></common:customFieldList>'
    )
    assert found(f"<rel:basic>{one('city', 'is', 'ulm')}</rel:basic>") == ["S-C"]
    assert found(f"<rel:basic>{one('country', 'anyOf', '_germany')}</rel:basic>") == ["S-C"]
    assert found(f"<rel:basic>{one('country', 'anyOf', '_france')}</rel:basic>") == []
    assert found(f"<rel:basic>{tier}</rel:basic>") == ["S-C"]
    assert found(f"<rel:contactJoin>{one('entityId', 'is', 'Jo')}</rel:contactJoin>") == ["S-C"]
    assert found(f"<rel:transactionJoin>{one('memo', 'is', 'second')}</rel:transactionJoin>") == ["SF-ACC-1"]
    assert basic(twin, one("companyName", "startsWith", "ärger"), "common:CustomerSearchBasic") == ["S-C"]


def test_transactions_are_found_by_what_they_refer_to(twin: Twin) -> None:
    def found(inner: str) -> list[str]:
        return keys(search(twin, "sales:TransactionSearch", inner))

    assert found(f"<sales:customerMainJoin>{one('companyName', 'is', 'acme')}</sales:customerMainJoin>") == [
        "S-1",
        "S-2",
        "S-3",
    ]
    assert found(f"<sales:itemJoin>{one('itemId', 'is', 'BOX-1')}</sales:itemJoin>") == ["S-3"]


def test_items_subsidiaries_and_lists_have_searches_of_their_own(twin: Twin) -> None:
    inactive = "<common:isInactive><core:searchValue>false</core:searchValue></common:isInactive>"
    names = [each.text for each in search(twin, "common:ItemSearchBasic", inactive).iter("itemId")]
    assert {"SVC-1", "BOX-1"} <= set(names)
    assert "OLD-1" not in names
    service = search(twin, "common:ItemSearchBasic", one("type", "anyOf", "_service"))
    assert "7" in [each.get("internalId") for each in service.iter("record")]
    assert "8" not in [each.get("internalId") for each in service.iter("record")]
    assert search(twin, "common:SubsidiarySearchBasic", "").findtext(".//totalRecords") == "3"
    assert search(twin, "common:TermSearchBasic", one("name", "is", "Net 30")).findtext(".//name") == "Net 30"


def test_every_record_stands_on_one_page_and_there_is_no_page_behind_the_last(twin: Twin) -> None:
    first = search(twin, "common:AccountingPeriodSearchBasic", "", "<pageSize>5</pageSize>")
    figures = [
        int(first.findtext(f".//{name}") or 0) for name in ("totalRecords", "pageSize", "totalPages", "pageIndex")
    ]
    assert figures[1:] == [5, -(-figures[0] // 5), 1]
    assert figures[0] > 10
    mark = first.findtext(".//searchId")

    def more(page: int) -> etree._Element:
        return read(
            twin, f"<searchMoreWithId><searchId>{mark}</searchId><pageIndex>{page}</pageIndex></searchMoreWithId>"
        )

    ids = [each.get("internalId") for page in range(1, figures[2] + 1) for each in more(page).iter("record")]
    assert len(set(ids)) == figures[0]
    assert more(figures[2] + 1).findtext(".//code") == "INVALID_SEARCH_PAGE_INDEX"
    assert (
        "INVALID_JOB_ID"
        in send(twin, "<searchMoreWithId><searchId>x</searchId><pageIndex>2</pageIndex></searchMoreWithId>").text
    )


@pytest.mark.parametrize(
    ("size", "code"), [(4, "INVALID_SEARCH_PAGE_SIZE"), (1001, "INVALID_SEARCH_PAGE_SIZE"), (5, None), (1000, None)]
)
def test_a_page_has_five_to_a_thousand(twin: Twin, size: int, code: str | None) -> None:
    assert search(twin, "common:TermSearchBasic", "", f"<pageSize>{size}</pageSize>").findtext(".//code") == code


def test_sublists_come_only_when_asked_for(twin: Twin) -> None:
    criteria = refs("externalId", "anyOf", 'externalId="S-1"')
    assert search(twin, "common:TransactionSearchBasic", criteria).find(".//itemList") is None
    whole = search(twin, "common:TransactionSearchBasic", criteria, "<bodyFieldsOnly>false</bodyFieldsOnly>")
    assert len(whole.findall(".//itemList/item")) == 2


COLUMNS = (
    "<sales:columns><sales:basic><common:amount/><common:entity/><common:item/><common:mainLine/><common:quantity/>"
    "<common:status/><common:tranDate/><common:tranId><core:customLabel>No</core:customLabel></common:tranId>"
    "</sales:basic><sales:customerMainJoin><common:companyName/></sales:customerMainJoin>"
    "<sales:itemJoin><common:itemId/></sales:itemJoin></sales:columns>"
)


def rows(twin: Twin, criteria: str, header: str = "") -> list[etree._Element]:
    wish = f"<sales:criteria><sales:basic>{criteria}</sales:basic></sales:criteria>{COLUMNS}"
    return list(search(twin, "sales:TransactionSearchAdvanced", wish, header).iter("searchRow"))


def test_columns_make_rows_of_a_transaction_and_of_its_lines(twin: Twin) -> None:
    wanted = refs("externalId", "anyOf", 'externalId="S-1"')
    found = rows(twin, wanted)
    assert [row.findtext("basic/amount/searchValue") for row in found] == ["5.00", "2.50", "2.50"]
    assert [row.findtext("itemJoin/itemId/searchValue") for row in found] == [None, "SVC-1", "SVC-1"]
    assert [row.findtext("basic/mainLine/searchValue") for row in found] == ["true", "false", "false"]
    assert found[0].findtext("customerMainJoin/companyName/searchValue") == "Acme"
    assert found[0].findtext("basic/tranId/customLabel") == "No"
    assert found[0].findtext("basic/status/searchValue") == "pendingApproval"
    main = "<common:mainLine><core:searchValue>{}</core:searchValue></common:mainLine>"
    assert len(rows(twin, wanted + main.format("true"))) == 1
    assert len(rows(twin, wanted + main.format("false"))) == 2
    assert rows(twin, wanted, "<returnSearchColumns>false</returnSearchColumns>") == []


@pytest.mark.parametrize(
    ("kind", "inner", "attributes", "code"),
    [
        ("sales:TransactionSearchAdvanced", "", ' savedSearchId="12"', "INVALID_SAVEDSEARCH"),
        ("common:AddressSearchBasic", "", "", "INVALID_SEARCH_TYPE"),
        ("common:TransactionSearchBasic", one("tranDate", "within", "2026-01-01T00:00:00Z"), "", None),
        ("sales:TransactionSearch", "<sales:fileJoin/>", "", "SSS_INVALID_SRCH_FILTER_JOIN"),
    ],
)
def test_a_search_that_makes_no_sense_says_so_in_its_status(
    twin: Twin, kind: str, inner: str, attributes: str, code: str | None
) -> None:
    assert search(twin, kind, inner, attributes=attributes).findtext(".//code") == code


@needs_contract
def test_zeep_searches_with_joins_and_reads_rows(twin: Twin) -> None:
    def text(value: str) -> Any:
        return made("core", "SearchStringField", searchValue=value, operator="is")

    found = ask(twin, "search", made("common", "TransactionSearchBasic", memo=text("second"))).searchResult
    assert (found.totalRecords, found.recordList.record[0].otherRefNum) == (1, "10")
    criteria = made(
        "sales", "TransactionSearch", customerMainJoin=made("common", "CustomerSearchBasic", companyName=text("Acme"))
    )
    columns = made(
        "sales", "TransactionSearchRow", basic=made("common", "TransactionSearchRowBasic", tranId=[{}], total=[{}])
    )
    wish = made("sales", "TransactionSearchAdvanced", criteria=criteria, columns=columns)
    result = ask(twin, "search", wish, searchPreferences={"pageSize": 5}).searchResult
    assert (result.totalRecords, result.totalPages) == (7, 2)
    assert result.searchRowList.searchRow[0].basic.tranId[0].searchValue.startswith("SO")
    more = ask(twin, "searchMoreWithId", result.searchId, 2).searchResult
    assert (more.pageIndex, len(more.searchRowList.searchRow)) == (2, 2)
    by_ref = made("core", "SearchMultiSelectField", searchValue=[ref(internalId="501")], operator="anyOf")
    assert ask(twin, "search", made("common", "TransactionSearchBasic", entity=by_ref)).searchResult.totalRecords == 3
