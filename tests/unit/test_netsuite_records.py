"""Is what leaves over SOAP what the payload says, in the form that the real interface demands?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree
from requests.adapters import BaseAdapter

from connectors.netsuite.connection import ENDPOINTS, Connection, Line
from connectors.netsuite.contract import FOLDER, client
from connectors.netsuite.picking import wanted
from connectors.netsuite.properties import check
from connectors.netsuite.soap import Soap
from connectors.netsuite.wording import RECORDS, countries, neutral_name
from flows.errors import Misconfigured, Rejected, Unsettled
from flows.model import Priority
from mappings.language import Flow
from mappings.loading import load_flows
from mappings.values import Payload, Ref

ROOT = Path(__file__).parents[2]
BESIDE = [above / "shared" / "reference" / "netsuite-wsdl" / "xsd" for above in Path(__file__).parents[2].parents]
SHARED = next((place for place in BESIDE if place.is_dir()), BESIDE[0])
ORDER = Payload(
    "SF-OPP-1",
    {
        "externalId": "SF-OPP-1",
        "entity": Ref("7"),
        "tranDate": date(2017, 3, 1),
        "currency": Ref("1"),
        "orderStatus": Ref("A"),
        "memo": "Ünïcode & <marks>",
        "billingAddress": {"addr1": "1 Main St", "city": "Oslo", "country": "NO"},
        "custbody_sf_opportunity_id": "006x",
        "custbody_rush": True,
        "custbody_due": date(2017, 3, 2),
        "custbody_kind": Ref("3"),
        "custbody_kinds": [Ref("3"), Ref("4")],
        "custbody_share": Decimal("0.1"),
        "item": {
            "items": [
                {
                    "item": Ref("5"),
                    "quantity": Decimal("2.5"),
                    "price": Ref("-1"),
                    "rate": Decimal("1E+3"),
                    "custcol_sf_line_id": "00k",
                    "line": 1,
                },
            ]
        },
    },
    ("00k",),
)
CUSTOMER = Payload(
    "SF-ACC-1",
    {
        "companyName": "Acme",
        "isPerson": False,
        "subsidiary": Ref("1"),
        "parent": None,
        "addressBook": {
            "items": [{"defaultBilling": True, "label": "Main", "addressBookAddress": {"country": "US", "addr1": "x"}}]
        },
        "custentity_sf_version": "v1",
    },
    (),
)
LINES = {"item": {"items": [{"item": Ref("5"), "quantity": Decimal(1), "rate": Decimal("1.5"), "line": 1}]}}
OTHERS = {
    "estimate": {
        "entity": Ref("7"),
        "tranDate": date(2017, 3, 1),
        "dueDate": date(2017, 4, 1),
        "expectedCloseDate": date(2017, 4, 1),
        "title": "Quote",
        "opportunity": Ref("9"),
        "custbody_sf_version": "v1",
        **LINES,
    },
    "opportunity": {
        "entity": Ref("7"),
        "title": "Deal",
        "entityStatus": Ref("8"),
        "probability": Decimal("42.5"),
        "expectedCloseDate": date(2017, 4, 1),
        "projectedTotal": Decimal(100),
        **LINES,
    },
    "contact": {
        "company": Ref("7"),
        "firstName": "Ann",
        "lastName": "Lee",
        "isInactive": False,
        "supervisor": None,
        "addressBook": {"items": [{"label": "x", "addressBookAddress": {"country": "DE", "addr1": "y"}}]},
        "custentity_sf_version": "v1",
    },
}


class Tape(BaseAdapter):
    """Keeps what is sent, as bytes, and cuts the answer short."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]  # one signature less
        self.sent.append(request.body if isinstance(request.body, bytes) else b"")
        reply = requests.Response()
        reply.status_code, reply.url, reply.request = 200, request.url or "", request
        reply.headers["Content-Type"] = "text/xml"
        reply._content = b"<cut"  # noqa: SLF001 — the one way to fill a Response by hand
        return reply

    def close(self) -> None:
        pass


class Open:
    """A budget without a limit."""

    @contextmanager
    def slot(self, priority: Priority, wait: float) -> Iterator[None]:
        assert priority
        assert wait > 0
        yield

    def refused(self) -> None:
        raise AssertionError


def soap(tape: Tape, endpoint: str = "2023_2") -> Soap:
    session = requests.Session()
    session.mount("http://", tape)
    connection = Connection("http://127.0.0.1:1", "1", "a", "b", "c", "d", endpoint=endpoint)
    return Soap(Line(connection, session, Open(), time.time))


def sent(*payloads: tuple[str, Payload], endpoint: str = "2023_2") -> Any:
    tape = Tape()
    writer = soap(tape, endpoint)
    with pytest.raises(Unsettled):  # an answer that cannot be read leaves open whether the write happened
        writer.upsert([writer.record(kind, payload) for kind, payload in payloads], Priority.BATCH)
    return etree.fromstring(tape.sent[0])


def space(file: Path) -> str:
    return etree.parse(str(file)).getroot().get("targetNamespace") or ""


@pytest.fixture(scope="module")
def real() -> etree.XMLSchema:
    if not SHARED.is_dir():
        pytest.skip(f"the published XSDs are not at {SHARED}")
    imports = "".join(
        f'<import namespace="{space(file)}" schemaLocation="{file.as_uri()}"/>' for file in sorted(SHARED.glob("*.xsd"))
    )
    return etree.XMLSchema(etree.fromstring(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'))


def test_every_header_block_and_the_body_are_valid_by_the_published_schemas(real: etree.XMLSchema) -> None:
    header, body = sent(("salesOrder", ORDER), ("customer", CUSTOMER))
    assert len(header) == 2
    for block in (*header, *body):
        real.assertValid(etree.fromstring(etree.tostring(block)))


@pytest.mark.parametrize("kind", OTHERS)
def test_every_object_that_flows_write_is_valid_by_the_published_schemas(real: etree.XMLSchema, kind: str) -> None:
    _, body = sent((kind, Payload(f"SF-{kind}", OTHERS[kind], ())))
    for block in body:
        real.assertValid(etree.fromstring(etree.tostring(block)))


def test_every_element_that_is_shipped_is_one_of_the_published_schemas() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the published XSDs are not at {SHARED}")
    published = {name: names for file in SHARED.glob("*.xsd") for name, names in elements(file).items()}
    for file in FOLDER.glob("*.xsd"):
        for name, names in elements(file).items():
            known = iter([*published[name], "any"])  # records and references cross as wildcards here
            assert all(element in known for element in names), f"{name}: not there, or not in this order"


FLOWS = [flow for flow in load_flows(ROOT / "mappings").values() if flow.target.object in RECORDS]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.flow)
def test_every_field_that_a_flow_writes_to_netsuite_is_one_of_both_interfaces(flow: Flow) -> None:
    namespace, name = RECORDS[flow.target.object]
    kind = client(requests.Session(), "2025_2", (1, 1)).get_type(f"{{{namespace.format('2025_2')}}}{name}")
    assert list(strange(kind, {one: tree for one, tree in wanted(flow).items() if one != "externalId"})) == []
    check(flow.target.object, fields_of(wanted(flow)))


def strange(kind: Any, tree: dict[str, Any]) -> Iterator[str]:
    """Yield what a type does not have; a list's lines are looked into."""
    known = {neutral_name(kind.name, name): element for name, element in kind.elements}
    for name, inner in tree.items():
        if name.startswith("cust"):
            continue
        if name not in known:
            yield f"{kind.name}.{name}"
        elif isinstance(inner, dict):
            below = known[name].type
            lines = inner.get("items")
            yield from strange(next(iter(below.elements))[1].type if lines else below, lines or inner)


def fields_of(tree: dict[str, Any]) -> dict[str, Any]:
    """Return a tree as a payload without values, with one line in each list."""
    return {
        name: {"items": [fields_of(inner["items"])]}
        if isinstance(inner, dict) and "items" in inner
        else fields_of(inner)
        if isinstance(inner, dict)
        else None
        for name, inner in tree.items()
    }


def elements(file: Path) -> dict[str, list[str]]:
    tree: Any = etree.parse(str(file))
    types = tree.xpath("//*[local-name()='complexType'][@name]")
    return {one.get("name"): one.xpath(".//*[local-name()='element']/@name") for one in types}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_each_endpoint_is_spoken_in_its_own_namespaces(endpoint: str) -> None:
    text = etree.tostring(sent(("salesOrder", ORDER), endpoint=endpoint)).decode()
    assert f"urn:sales_{endpoint}.transactions" in text
    assert all(f"_{other}." not in text for other in ENDPOINTS if other != endpoint)


def values(envelope: Any, local: str) -> list[str]:
    return [str(found) for found in envelope.xpath(f"//*[local-name()='{local}']/text()")]


def test_dates_keep_their_day_and_numbers_their_digits() -> None:
    envelope = sent(("salesOrder", ORDER))
    assert values(envelope, "tranDate") == ["2017-03-01T00:00:00"]
    assert values(envelope, "rate") == ["1000"]
    assert values(envelope, "quantity") == ["2.5"]
    assert values(envelope, "orderStatus") == ["_pendingApproval"]
    assert values(envelope, "country") == ["_norway"]


def test_sublists_replace_and_none_is_cleared_by_name() -> None:
    envelope = sent(("salesOrder", ORDER), ("customer", CUSTOMER))
    assert envelope.xpath("//*[@replaceAll]/@replaceAll") == ["true", "true"]
    assert envelope.xpath("//*[local-name()='nullFieldList']/*/text()") == ["parent"]


def test_custom_fields_are_typed_by_their_value() -> None:
    envelope = sent(("salesOrder", ORDER))
    found = list(envelope.iter("{*}customField"))
    kinds = {one.get("scriptId"): one.xpath("string(@*[local-name()='type'])") for one in found}
    assert kinds == {
        "custcol_sf_line_id": "core:StringCustomFieldRef",
        "custbody_sf_opportunity_id": "core:StringCustomFieldRef",
        "custbody_rush": "core:BooleanCustomFieldRef",
        "custbody_due": "core:DateCustomFieldRef",
        "custbody_kind": "core:SelectCustomFieldRef",
        "custbody_kinds": "core:MultiSelectCustomFieldRef",
        "custbody_share": "core:DoubleCustomFieldRef",
    }


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"memoo": "x"}, Misconfigured),
        ({"item": {"items": [{"ratee": Decimal(1)}]}}, Misconfigured),
        ({"entity": "7"}, Misconfigured),
        ({"memo": "bell \x07"}, Rejected),
        ({"billingAddress": {"country": "Atlantis"}}, Rejected),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_call(fields: dict[str, Any], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        soap(Tape()).record("salesOrder", Payload("K", fields, ()))


def test_countries_are_those_of_the_published_schema() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the published XSDs are not at {SHARED}")
    tree: Any = etree.parse(str(SHARED / "platform.commonTypes.xsd"))
    listed = tree.xpath("//*[local-name()='simpleType'][@name='Country']//@value")
    assert sorted(countries().values()) == sorted(str(name) for name in listed)
    assert countries()["NO"] == "_norway"


def test_the_shipped_interface_loads_fast() -> None:
    client(requests.Session(), "2025_2", (1, 1))
    started = time.process_time()
    client(requests.Session(), "2025_2", (1, 1))
    assert time.process_time() - started < 0.1
