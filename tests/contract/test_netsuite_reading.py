"""Does the connector read what flows ask for: headers over references, lines, prices, addresses, what is gone?"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from connectors.netsuite.catalogue import load
from connectors.netsuite.kinds import kinds
from connectors.netsuite.wire import Call
from flows.errors import Misconfigured
from flows.model import Placed, Priority, Record
from mappings.language import Flow
from mappings.loading import load_flows
from mappings.rules import Rule
from mappings.values import Payload, Ref
from tests.contract.test_netsuite_places import (
    CUSTOMERS,
    ORDERS,
    ROOT,
    Opened,
    Place,
    customer,
    declared,
    opening,
    order,
    place_of,
)

HEADER = (
    "tranid",
    "status.name",
    "trandate",
    "foreigntotal",
    "currency.symbol",
    "entity.companyname",
    "subsidiary.name",
)
LINES = ("id", "uniquekey", "item.itemid", "quantity", "rate", "foreignamount", "isclosed", "custcol_sf_line_id")
WHOLE = declared("salesOrder", "custbody_sf_version", *HEADER, children={"lines": LINES})


@pytest.fixture(scope="module", params=["twin", "real"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place_of(request.param, tmp_path_factory.mktemp("netsuite")) as found:
        yield found


@pytest.fixture(scope="module")
def opened(place: Place) -> Iterator[Opened]:
    with opening(place, "rest") as made:
        yield made


@pytest.fixture
def key() -> str:
    return f"SF-T-{secrets.token_hex(5)}"


def placed(opened: Opened, flow: Flow, payload: Payload) -> str:
    (answer,) = opened.target.upsert(flow, [payload], Priority.REALTIME)
    assert isinstance(answer, Placed), answer
    return answer.target_id


def customer_of(opened: Opened, key: str) -> str:
    return placed(opened, CUSTOMERS, customer(opened.place, f"{key}-C"))


def ordered(opened: Opened, key: str, **more: Any) -> str:
    payload = order(opened.place, key, customer_of(opened, key), load(opened.suiteql).find(opened.place.item).id)
    return placed(opened, ORDERS, replace(payload, fields=payload.fields | more))


def named(opened: Opened, flow: Flow, *ids: str) -> list[Record]:
    return list(chain.from_iterable(page.records for page in opened.source.named(flow, ids)))


def fields_of(record: Record) -> dict[str, Any]:
    return dict(record.fields)


def deleted(opened: Opened, kind: str, key: str) -> None:
    opened.target.rest._wire.send(Call("DELETE", f"/record/v1/{kind}/{key}", {}, write=True), Priority.BATCH)  # noqa: SLF001 — no flow deletes


def made(opened: Opened, path: str, body: Mapping[str, Any]) -> str:
    reply = opened.target.rest._wire.send(Call("POST", f"/record/v1/{path}", body, write=True), Priority.BATCH)  # noqa: SLF001 — no flow makes these
    return reply.headers["Location"].rpartition("/")[2]


def test_a_record_is_read_with_its_lines_and_what_it_refers_to(opened: Opened, key: str) -> None:
    (record,) = named(opened, WHOLE, ordered(opened, key))
    fields = fields_of(record)
    assert fields["trandate"] == "2026-03-01"
    assert fields["foreigntotal"] == Decimal("35.35")
    assert fields["currency"] == {"symbol": "USD"}
    assert fields["status"] == {"name": "Pending Approval"}
    assert fields["entity"] == {"companyname": f"Ünicode & Söhne {key}-C"}
    assert fields["subsidiary"]["name"]
    first, second = fields["lines"]["records"]
    assert (first["item"], first["rate"]) == ({"itemid": opened.place.item}, Decimal("10.1"))
    assert (first["quantity"], first["foreignamount"]) == (Decimal("2.5"), Decimal("25.25"))
    assert (first["custcol_sf_line_id"], second["custcol_sf_line_id"]) == (None, "00k")
    assert (first["id"], second["id"], first["isclosed"]) == ("1", "2", False)
    assert first["uniquekey"] != second["uniquekey"]


def test_what_comes_back_twice_is_equal_so_that_hashes_are_stable(opened: Opened, key: str) -> None:
    target_id = ordered(opened, key)
    assert named(opened, WHOLE, target_id) == named(opened, WHOLE, target_id)


def test_records_that_never_were_ours_are_read_unless_the_key_comes_from_a_field_of_ours(
    opened: Opened, key: str
) -> None:
    theirs = ordered(opened, key, custbody_sf_opportunity_id=None)
    ours = ordered(opened, f"{key}-O")
    carried = declared(
        "salesOrder",
        "",
        "custbody_sf_opportunity_id",
        fields={"externalId": Rule(**{"from": "custbody_sf_opportunity_id"})},
    )
    everything = {one.id for page in opened.source.changed(ORDERS, None) for one in page.records}
    only_ours = {one.id for page in opened.source.changed(carried, None) for one in page.records}
    assert {theirs, ours} <= everything
    assert ours in only_ours
    assert theirs not in only_ours


def test_a_customer_is_read_with_its_address_and_its_parent(opened: Opened, key: str) -> None:
    parent = customer_of(opened, key)
    payload = customer(opened.place, key)
    child = placed(opened, CUSTOMERS, replace(payload, fields=payload.fields | {"parent": Ref(parent)}))
    flow = declared(
        "customer",
        "",
        *("companyname", "isinactive", "parent.id", "parent.externalid", "defaultbillingaddress.city", "balancesearch"),
        children={"addresses": ("label", "defaultbilling", "addressbookaddress.zip", "addressbookaddress.country")},
    )
    (record,) = named(opened, flow, child)
    assert record.fields["parent"] == {"id": parent, "externalid": f"{key}-C"}
    assert record.fields["isinactive"] is False
    assert record.fields["defaultbillingaddress"] == {"city": "Springfield"}
    (address,) = fields_of(record)["addresses"]["records"]
    assert address == {"label": "Main", "defaultbilling": True, "addressbookaddress": {"zip": "62701", "country": "US"}}


def test_what_a_customer_owes_moves_with_its_documents(opened: Opened, key: str) -> None:
    flow = declared("customerBalance", "", "balancesearch", "lastmoved", source={"cursor": "lastmoved"})
    since = datetime.now(UTC) - timedelta(minutes=5)
    quiet = customer_of(opened, f"{key}-Q")
    whose = ordered(opened, key)
    (entity,) = opened.suiteql.rows(f"SELECT entity FROM transaction WHERE id = {whose}", Priority.BATCH)
    moved = {one.id: one for page in opened.source.changed(flow, since) for one in page.records}
    assert entity["entity"] in moved
    assert quiet not in moved
    record = moved[entity["entity"]]
    assert record.fields["balancesearch"] is not None
    assert str(record.fields["lastmoved"])[:19] == record.version[:19]


def test_items_are_read_with_their_prices_and_only_those_that_are_sold(opened: Opened, key: str) -> None:
    flow = declared(
        "item",
        "",
        *("itemid", "displayname", "itemtype", "isinactive"),
        children={"prices": ("pricelevel.id", "currency.symbol", "quantity", "unitprice")},
    )
    if not opened.place.twin:
        pytest.skip("a real account may want more on an item than its name")
    row = {"priceLevel": {"id": "1"}, "currencyPage": {"id": "1"}, "price": Decimal("12.50")}
    sold = made(opened, "serviceSaleItem", {"itemId": key, "price": {"items": [row]}})
    bought = made(opened, "servicePurchaseItem", {"itemId": f"{key}-P"})
    (record,) = named(opened, flow, sold, bought)
    assert (record.fields["itemid"], record.fields["isinactive"]) == (key, False)
    (price,) = fields_of(record)["prices"]["records"]
    assert price.pop("quantity") == 0
    assert price == {"pricelevel": {"id": "1"}, "currency": {"symbol": "USD"}, "unitprice": Decimal("12.5")}
    assert opened.source.total(flow) > 0


def test_tax_is_added_up_from_its_lines_and_stands_apart_from_the_others(opened: Opened, key: str) -> None:
    if not opened.place.twin:
        pytest.skip("a real account computes taxes as it is set up")
    taxes = made(opened, "salesTaxItem", {"itemId": f"TAX {key}", "rate": 10})
    payload = order(opened.place, key, customer_of(opened, key), load(opened.suiteql).find(opened.place.item).id)
    lines = [{**line, "isTaxable": True} for line in payload.fields["item"]["items"]]
    taxed = payload.fields | {"taxItem": Ref(taxes), "isTaxable": True, "item": {"items": lines}}
    flow = declared(
        "salesOrder",
        "",
        *("foreigntotal", "taxtotal"),
        children={"lines": ("foreignamount",), "taxlines": ("foreignamount",)},
    )
    (record,) = named(opened, flow, placed(opened, ORDERS, replace(payload, fields=taxed)))
    fields = fields_of(record)
    assert fields["taxtotal"] == Decimal("3.54")
    assert [line["foreignamount"] for line in fields["taxlines"]["records"]] == [fields["taxtotal"]]
    assert sum(line["foreignamount"] for line in fields["lines"]["records"]) == fields["foreigntotal"] - Decimal("3.54")


def test_an_invoice_tells_its_order_and_its_payments_and_a_payment_its_invoices(opened: Opened, key: str) -> None:
    if not opened.place.twin:
        pytest.skip("a real account may want more on an invoice than its order")
    whose = ordered(opened, key, orderStatus=Ref("B"))
    billed = made(opened, f"salesOrder/{whose}/!transform/invoice", {})
    paid = made(opened, f"invoice/{billed}/!transform/customerPayment", {})
    invoices = declared(
        "invoice", "",
        "createdfrom.id", "createdfrom.custbody_sf_opportunity_id", "foreignamountunpaid", "foreigntotal", "taxtotal",
        children={"lines": ("quantity", "foreignamount"), "payments": ("nextdoc.id", "nextdoc.type", "foreignamount")},
    )  # fmt: skip
    (invoice,) = named(opened, invoices, billed)
    assert invoice.fields["createdfrom"] == {"id": whose, "custbody_sf_opportunity_id": key}
    assert (invoice.fields["foreigntotal"], invoice.fields["foreignamountunpaid"]) == (Decimal("35.35"), Decimal(0))
    assert fields_of(invoice)["taxtotal"] == 0
    amounts = [line["foreignamount"] for line in fields_of(invoice)["lines"]["records"]]
    assert amounts == [Decimal("25.25"), Decimal("10.1")]
    assert fields_of(invoice)["payments"]["records"] == [
        {"nextdoc": {"id": paid, "type": "CustPymt"}, "foreignamount": Decimal("35.35")}
    ]
    payments = declared(
        "customerPayment", "", "foreigntotal", children={"applications": ("previousdoc.id", "foreignamount")}
    )
    (payment,) = named(opened, payments, paid)
    assert payment.fields["foreigntotal"] == Decimal("35.35")
    (applied,) = fields_of(payment)["applications"]["records"]
    assert applied == {"previousdoc": {"id": billed}, "foreignamount": Decimal("35.35")}


def test_what_was_deleted_is_told_and_named_as_gone(opened: Opened, key: str) -> None:
    target_id = ordered(opened, key)
    since = datetime.now(UTC) - timedelta(minutes=1)
    deleted(opened, "salesOrder", target_id)
    told = {record.id: record for page in opened.source.removed(ORDERS, since) for record in page.records}
    assert told[target_id].gone
    assert told[target_id].version >= f"{since:%Y-%m-%dT%H:%M:%S}"
    (record,) = named(opened, ORDERS, target_id)
    assert record.gone
    assert record.version == told[target_id].version
    assert not [
        page for page in opened.source.removed(CUSTOMERS, since) if target_id in {one.id for one in page.records}
    ]


def test_an_id_that_never_was_names_nothing(opened: Opened) -> None:
    assert named(opened, ORDERS, "999999999", "nonsense") == []


def test_who_leads_to_a_record_is_found(opened: Opened, key: str) -> None:
    target_id = ordered(opened, key)
    assert opened.source.heirs(ORDERS, "custbody_sf_opportunity_id", [key, "nobody"]) == {key: target_id}


def test_a_flow_with_gone_rules_sees_what_its_where_no_longer_selects(opened: Opened, key: str) -> None:
    target_id = ordered(opened, key)
    picky = {"source": {"where": {"status": "H"}}}
    since = datetime.now(UTC) - timedelta(minutes=5)
    without = declared("salesOrder", "", "status", **picky)
    with_gone = declared("salesOrder", "", "status", gone={"memo": Rule(const="gone")}, **picky)
    seen = [
        {one.id for page in opened.source.changed(flow, since) for one in page.records} for flow in (without, with_gone)
    ]
    assert target_id not in seen[0]
    assert target_id in seen[1]
    assert target_id not in {one.id for page in opened.source.changed(with_gone, None) for one in page.records}


@pytest.mark.parametrize(
    ("own", "children", "words"),
    [
        (("entity", "entity.companyname"), {}, "say entity.id"),
        (("memo.thing",), {}, "leads nowhere"),
        (("entity.Bad",), {}, "not a SuiteQL column"),
        (("id",), {"quirks": ("id",)}, "lines"),
    ],
)
def test_a_path_that_cannot_be_read_says_what_can(
    opened: Opened, own: tuple[str, ...], children: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(Misconfigured, match=words):
        named(opened, declared("salesOrder", "", *own, children=children), "1")


FLOWS = [
    flow
    for flow in load_flows(ROOT / "mappings").values()
    if flow.source.system == "netsuite" and flow.source.object in kinds()
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.flow)
def test_every_flow_that_reads_netsuite_can_ask_for_all_its_paths(opened: Opened, flow: Flow) -> None:
    assert all(record.id for page in opened.source.changed(flow, None) for record in page.records)
    assert list(opened.source.removed(flow, datetime.now(UTC) + timedelta(days=1))) == []
    assert opened.source.total(flow) >= 0
