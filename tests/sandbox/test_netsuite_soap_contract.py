"""Is the project's own contract a part of the published one, and are both served as clients need them?"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree
from zeep import Client

from sandbox.netsuite.soap.contract.names import NAMESPACES, urn
from sandbox.netsuite.soap.contract.operations import OPERATIONS
from sandbox.netsuite.soap.contract.slim import slim
from sandbox.netsuite.soap.operations.table import OPERATIONS as CARRIED_OUT
from tests.sandbox.netsuite_contract import CONTRACT, ROOT, needs_contract
from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.soap_calls import V, passport

XSD = "{http://www.w3.org/2001/XMLSchema}"
Types = dict[tuple[str, str], Any]
UNTYPED = {"anyType"}  # what is known here but not kept
OPEN = {"StatusDetailCodeType"}  # its values are the vendor's own long list


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """Give a twin that serves the project's own contract."""
    with running(tmp_path_factory.mktemp("netsuite"), wsdl=None) as one:
        yield one


def types_of(texts: list[bytes]) -> Types:
    found: Types = {}
    for text in texts:
        root = etree.fromstring(text)
        for one in (*root.findall(f"{XSD}complexType"), *root.findall(f"{XSD}simpleType")):
            found[root.get("targetNamespace", ""), one.get("name", "")] = (one, root.nsmap)
    return found


def parts(kind: etree._Element) -> dict[str, tuple[str, str, str]]:
    """Give a type's elements in order: the local name of the type, and how often each may stand."""
    return {
        (one.get("name") or one.get("ref", "").rpartition(":")[2]): (
            one.get("type", "").rpartition(":")[2],
            one.get("minOccurs", "1"),
            one.get("maxOccurs", "1"),
        )
        for one in kind.iter(f"{XSD}element")
    }


@needs_contract
def test_our_own_contract_is_a_part_of_the_published_one() -> None:
    assert CONTRACT
    published = types_of([file.read_bytes() for file in (CONTRACT / "xsd").glob("*.xsd")])
    contract = slim()
    ours = types_of([contract.given(text, V, "http://x").encode() for text in contract.schemas.values()])
    assert len(ours) > 1000
    wrong = [f"{name}: {said}" for name, (kind, _) in ours.items() for said in differences(name, kind, published)]
    assert wrong == []


def differences(name: tuple[str, str], kind: etree._Element, published: Types) -> list[str]:
    if name not in published:
        return ["is not published"]
    other = published[name][0]
    mine, theirs = parts(kind), parts(other)
    told = [f"{one} is not published" for one in mine if one not in theirs]
    order = [one for one in theirs if one in mine]
    told += ["in another order"] if not told and order != list(mine) else []
    told += [
        f"{one} {mine[one]} {theirs[one]}" for one in order if mine[one] != theirs[one] and mine[one][0] not in UNTYPED
    ]
    words = [[one.get("value") for one in each.iter(f"{XSD}enumeration")] for each in (kind, other)]
    told += ["other values"] if words[0] != words[1] and name[1] not in OPEN else []
    keys = [{one.get("name") for one in each.iter(f"{XSD}attribute")} for each in (kind, other)]
    return told + (["other attributes"] if keys[0] != keys[1] else [])


@needs_contract
def test_every_operation_of_the_contract_is_carried_out() -> None:
    assert CONTRACT
    text = (CONTRACT / "netsuite.wsdl").read_text("utf-8")
    published = list(dict.fromkeys(re.findall(r'<operation name="(\w+)"', text)))
    assert list(OPERATIONS) == published
    assert set(CARRIED_OUT) == set(published)


@needs_contract
def test_every_code_that_is_answered_stands_in_the_published_list() -> None:
    assert CONTRACT
    text = (CONTRACT / "xsd" / "platform.faultTypes.xsd").read_text("utf-8")
    whole = set(re.findall(r'value="([A-Z][A-Z_0-9]+)"', text))
    faults = text[text.index('name="FaultCodeType"') :]
    fault_codes = set(re.findall(r'value="([A-Z][A-Z_0-9]+)"', faults[: faults.index("</simpleType>")]))
    said, raised = set(), set()
    for file in (ROOT / "sandbox" / "netsuite").rglob("*.py"):
        source = file.read_text("utf-8")
        said |= set(re.findall(r'Refused\(\s*"([A-Z_0-9]+)"', source))
        raised |= set(re.findall(r'Fault\(\s*"\w+",\s*"([A-Z_0-9]+)"', source))
    assert len(said) > 20
    assert len(raised) > 8
    assert (said - whole, raised - fault_codes) == (set(), set())


def test_zeep_loads_our_own_contract_in_any_version_and_numbers_its_namespaces_as_the_vendors(twin: Twin) -> None:
    client = Client(f"{twin.url}/wsdl/v2024_1_0/netsuite.wsdl")
    prefixes = client.wsdl.types.prefix_map
    named = {f"ns{place}": urn(name, "2024_1") for place, name in enumerate(NAMESPACES)}
    assert {prefix: space for prefix, space in prefixes.items() if prefix != "xsd"} == named
    order = client.get_type("ns19:SalesOrder")
    line = client.get_type("ns19:SalesOrderItem")
    lines = client.get_type("ns19:SalesOrderItemList")
    reference = client.get_type("ns0:RecordRef")
    wish = order(
        externalId="SLIM-1",
        entity=reference(internalId="501"),
        orderStatus="_pendingFulfillment",
        itemList=lines(
            item=[line(item=reference(internalId="7"), quantity=2, price=reference(internalId="-1"), rate="3.10")]
        ),
    )
    headers = {"tokenPassport": passport(twin)}
    answer = client.service.upsertList([wish], _soapheaders=headers).body.writeResponseList.writeResponse
    assert answer[0].status.isSuccess
    named = reference(externalId="SLIM-1", type="salesOrder")
    record = client.service.get(named, _soapheaders={"tokenPassport": passport(twin)}).body.readResponse.record
    assert (record.total, record.itemList.item[0].rate) == (6.2, "3.10")
    criteria = client.get_type("ns5:TransactionSearchBasic")(
        tranId=client.get_type("ns0:SearchStringField")(searchValue=record.tranId, operator="is")
    )
    found = client.service.search(criteria, _soapheaders={"tokenPassport": passport(twin)}).body.searchResult
    assert found.recordList.record[0].externalId == "SLIM-1"


def test_addresses_are_those_of_the_host_that_was_asked(twin: Twin) -> None:
    seen = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "1234567-sb1.suitetalk.api.netsuite.com"}
    text = requests.get(f"{twin.url}/wsdl/v2025_2_0/netsuite.wsdl", headers=seen, timeout=10).text
    assert 'location="https://1234567-sb1.suitetalk.api.netsuite.com/services/NetSuitePort_2025_2"' in text
    assert 'schemaLocation="https://1234567-sb1.suitetalk.api.netsuite.com/xsd/platform/v2025_2_0/core.xsd"' in text
    assert "127.0.0.1" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/wsdl/v1999_1_0/netsuite.wsdl",
        "/wsdl/v2025_2/netsuite.wsdl",
        "/xsd/platform/v2025_2_0/nothing.xsd",
        "/xsd/a/b/c",
    ],
)
def test_there_is_no_contract_of_what_never_was(twin: Twin, path: str) -> None:
    assert requests.get(twin.url + path, timeout=10).status_code == 404


@needs_contract
def test_the_published_contract_is_served_in_any_version(tmp_path: Path) -> None:
    with running(tmp_path) as twin:
        text = requests.get(f"{twin.url}/wsdl/v2024_1_0/netsuite.wsdl", timeout=10).text
        assert "2023_2" not in text
        places = re.findall(r'schemaLocation="([^"]*)"', text)
        assert f"{twin.url}/xsd/platform/v2024_1_0/messages.xsd" in places
        assert len(places) == 38
        client = Client(f"{twin.url}/wsdl/v2025_2_0/netsuite.wsdl")
        answer = client.service.getServerTime(_soapheaders={"tokenPassport": passport(twin)})
        assert answer.body.getServerTimeResult.status.isSuccess
