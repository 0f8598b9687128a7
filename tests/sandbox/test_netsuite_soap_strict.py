"""What is tolerated of SOAP clients, what is noted of it, and what does a strict account refuse?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.netsuite_contract import CONTRACT, hold_to_the_contract, needs_contract, violations
from tests.sandbox.netsuite_twin import Twin, running
from tests.sandbox.soap_calls import order_xml, passport, passport_xml, post, read, send, statuses, wrapped

TIME = "<getServerTime/>"
SUITETALK = {"User-Agent": "node-soap"}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running(tmp_path_factory.mktemp("netsuite")) as one:
        yield one


@pytest.fixture(scope="module", params=["published", "our own"])
def strict(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Twin]:
    """Give a strict twin, by the published schemas where they are at hand, and by the project's own."""
    if request.param == "published" and CONTRACT is None:
        pytest.skip("the published NetSuite contract is not at hand")
    wsdl = CONTRACT if request.param == "published" else None
    with running(tmp_path_factory.mktemp("netsuite"), strict=True, wsdl=wsdl) as one:
        yield one


def underscored(twin: Twin, **other: str) -> dict[str, Any]:
    """Give a passport as one client makes it: the algorithm with an underscore, its parts in an order of its own."""
    parts = passport(twin, **other)
    signed = parts.pop("signature")
    return {**dict(sorted(parts.items())), "signature": {**signed, "algorithm": "HMAC_SHA256"}}


def deviations(twin: Twin) -> list[str]:
    return [one["deviation"] for one in twin.control("GET", "deviations")]


def test_a_client_that_signs_once_for_its_life_is_let_in_and_noted(twin: Twin) -> None:
    twin.control("DELETE", "deviations")
    text = wrapped(passport_xml(underscored(twin)), TIME)
    assert [post(twin, text, **SUITETALK).status_code for _ in range(3)] == [200, 200, 200]
    noted = {one["deviation"]: one for one in twin.control("GET", "deviations")}
    assert noted["the same nonce again"]["count"] == 2
    assert noted["algorithm HMAC_SHA256"]["count"] == 3
    assert noted["the same nonce again"]["client"] == "node-soap"
    assert noted["the same nonce again"]["operation"] == "getServerTime"
    assert any(words.startswith("passport in the order") for words in noted)
    assert twin.control("DELETE", "deviations") == {}
    assert deviations(twin) == []
    violations(twin.url)


def test_its_time_may_be_long_gone_but_not_its_first(twin: Twin) -> None:
    old = underscored(twin, timestamp="1508242306")
    assert post(twin, wrapped(passport_xml(old), TIME)).status_code == 500
    violations(twin.url)


def test_a_nonce_is_not_shared_between_passports_or_with_a_client_that_spells_its_algorithm(twin: Twin) -> None:
    first = underscored(twin)
    assert post(twin, wrapped(passport_xml(first), TIME)).status_code == 200
    proper = {**first, "signature": {**first["signature"], "algorithm": "HMAC-SHA256"}}
    assert post(twin, wrapped(passport_xml(proper), TIME)).status_code == 500
    assert twin.control("GET", "audit")[-1]["result"] == "nonce_used"
    forged = {**first, "signature": {**first["signature"], "_value_1": "AAAA"}}
    assert post(twin, wrapped(passport_xml(forged), TIME)).status_code == 500
    assert send(twin, TIME).status_code == 200
    violations(twin.url)


def test_names_in_foreign_namespaces_are_read_and_noted(twin: Twin) -> None:
    twin.control("DELETE", "deviations")
    foreign = order_xml("DEV-1").replace("<record", "<sales:record").replace("</record", "</sales:record")
    assert statuses(read(twin, f"<upsert>{foreign}</upsert>")) == ["ok"]
    outside = send(twin, '<getServerTime xmlns="urn:elsewhere"/>')
    assert outside.status_code == 200
    send(twin, TIME, "2024_1", at="2023_2")
    if CONTRACT:
        assert [one for one in deviations(twin) if "sales:record" in one]
    assert {
        "record outside the messages namespace",
        "operation outside the messages namespace",
        "version 2024_1 at the address of 2023_2",
    } <= set(deviations(twin))
    violations(twin.url)


@needs_contract
def test_requests_and_answers_that_break_the_schemas_are_kept_and_counted(twin: Twin) -> None:
    twin.control("DELETE", "usage")
    backwards = '<get><baseRef type="term" internalId="1"/></get>'
    assert send(twin, backwards).status_code == 200
    told = twin.control("GET", "violations")
    assert [(one["side"], one["operation"]) for one in told] == [("request", "get")]
    assert "abstract" in told[0]["violation"]
    assert twin.control("GET", "usage")["violations"] == 1
    assert violations(twin.url) == told


def test_a_strict_account_takes_what_holds_to_the_contract(strict: Twin) -> None:
    assert statuses(read(strict, f"<upsertList>{order_xml('STRICT-1', lines=2, memo='m')}</upsertList>")) == ["ok"]
    found = read(strict, '<get><baseRef xsi:type="core:RecordRef" type="salesOrder" externalId="STRICT-1"/></get>')
    assert found.findtext(".//memo") == "m"


@pytest.mark.parametrize(
    "body",
    [
        f"<upsert>{order_xml('STRICT-2')}</upsert>".replace("<record", "<sales:record").replace(
            "</record", "</sales:record"
        ),
        '<upsert><record xsi:type="sales:SalesOrder"><sales:memo/><sales:entity internalId="501"/></record></upsert>',
        '<get><baseRef type="term" internalId="1"/></get>',
        "<getServerTime><extra/></getServerTime>",
        '<getAll><record recordType="nothing"/></getAll>',
        '<upsert><record xsi:type="sales:SalesOrder"><sales:tranDate>today</sales:tranDate></record></upsert>',
    ],
)
def test_a_strict_account_refuses_what_breaks_the_contract(strict: Twin, body: str) -> None:
    answer = send(strict, body)
    assert answer.status_code == 500
    assert "org.xml.sax.SAXException" in answer.text


def test_a_strict_account_wants_the_passport_to_the_letter(strict: Twin) -> None:
    ordered = passport(strict)
    signed = ordered.pop("signature")
    spelt = {**ordered, "signature": {**signed, "algorithm": "HMAC_SHA256"}}
    assert post(strict, wrapped(passport_xml(spelt), TIME)).status_code == 500
    assert strict.control("GET", "audit")[-1]["result"] == "UnknownAlgorithm"
    shuffled = {**dict(sorted(passport(strict).items(), reverse=True))}
    assert "SAXException" in post(strict, wrapped(passport_xml(shuffled), TIME)).text
    text = wrapped(passport_xml(passport(strict)), TIME)
    assert [post(strict, text).status_code for _ in range(2)] == [200, 500]
    assert strict.control("GET", "audit")[-1]["result"] == "nonce_used"
    assert deviations(strict) == []


@needs_contract
def test_a_twin_that_serves_its_own_contract_can_be_held_to_the_published_one(tmp_path: Path) -> None:
    with running(tmp_path, wsdl=None) as twin:
        assert send(twin, '<get><baseRef type="term" internalId="1"/></get>').status_code == 200
        assert "error" in twin.control("POST", "violations", {"by": str(tmp_path)})
        assert violations(twin.url) == []
        hold_to_the_contract(twin.url)
        assert send(twin, '<get><baseRef type="term" internalId="1"/></get>').status_code == 200
        assert [one["side"] for one in violations(twin.url)] == ["request"]
        served = requests.get(f"{twin.url}/wsdl/v2023_2_0/netsuite.wsdl", timeout=10).text
        assert "Release Status" not in served


def test_without_schemas_nothing_is_checked_and_everything_goes_fast(tmp_path: Path) -> None:
    with running(tmp_path, wsdl=None) as twin:
        assert send(twin, '<get><baseRef type="term" internalId="1"/></get>').status_code == 200
        assert twin.control("GET", "violations") == []
        assert requests.get(f"{twin.url}/_twin/deviations", timeout=5).json() == []
