"""zeep: the account over SOAP as its WSDL declares it; the first argument is a local WSDL, none takes the twin's own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import sys
import time
from typing import Any

import zeep
from diary import Diary

KNOWN = os.environ
VERSION = "2023_2" if len(sys.argv) > 1 else KNOWN["NS_SOAP_VERSION"]
HOME = KNOWN["NS_URL"]
WSDL = sys.argv[1] if len(sys.argv) > 1 else f"{HOME}/wsdl/v{VERSION}_0/netsuite.wsdl"
diary = Diary()
client = zeep.Client(WSDL)
service = client.create_service(
    f"{{urn:platform_{VERSION}.webservices.netsuite.com}}NetSuiteBinding", f"{HOME}/services/NetSuitePort_{VERSION}"
)


def kind(name: str, space: str) -> Any:
    return client.get_type(f"{{urn:{space}.webservices.netsuite.com}}{name}")


CORE, MESSAGES, LISTS, SALES = (
    f"core_{VERSION}.platform",
    f"messages_{VERSION}.platform",
    f"relationships_{VERSION}.lists",
    f"sales_{VERSION}.transactions",
)
COMMON = f"common_{VERSION}.platform"
Ref, Customer, SalesOrder = kind("RecordRef", CORE), kind("Customer", LISTS), kind("SalesOrder", SALES)


def passport() -> dict[str, Any]:
    nonce, stamp = secrets.token_hex(10), str(int(time.time()))
    text = "&".join((KNOWN["NS_ACCOUNT"], KNOWN["NS_CONSUMER_KEY"], KNOWN["NS_TOKEN_ID"], nonce, stamp))
    key = f"{KNOWN['NS_CONSUMER_SECRET']}&{KNOWN['NS_TOKEN_SECRET']}".encode()
    signed = base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()
    made = kind("TokenPassport", CORE)(
        account=KNOWN["NS_ACCOUNT"], consumerKey=KNOWN["NS_CONSUMER_KEY"], token=KNOWN["NS_TOKEN_ID"], nonce=nonce, timestamp=stamp,
        signature=kind("TokenPassportSignature", CORE)(signed, algorithm="HMAC-SHA256"),
    )  # fmt: skip
    return {"tokenPassport": made}


def call(operation: str, *words: Any, **more: Any) -> Any:
    return getattr(service, operation)(*words, **more, _soapheaders=passport()).body


def customers() -> list[Any]:
    records = [
        Customer(externalId=f"ZEEP-{n}", companyName=f"Zeep {n} ä", subsidiary=Ref(internalId="1")) for n in range(3)
    ]
    records.append(Customer(externalId="ZEEP-BAD", companyName="x", subsidiary=Ref(internalId="99")))
    rows = call("upsertList", record=records).writeResponseList.writeResponse
    return [row.status.isSuccess or row.status.statusDetail[0].code for row in rows]


def order() -> list[Any]:
    line, several = kind("SalesOrderItem", SALES), kind("SalesOrderItemList", SALES)
    items = [
        line(item=Ref(internalId=one), quantity=2, rate="10.10", price=Ref(internalId="-1"))
        for one in KNOWN["NS_ITEM_IDS"].split(",")[:3]
    ]
    wish = SalesOrder(
        externalId="ZEEP-SO", entity=Ref(externalId="ZEEP-0", type="customer"), itemList=several(item=items)
    )
    first = call("upsert", wish).writeResponse
    again = call("upsert", wish).writeResponse
    read = call("get", Ref(externalId="ZEEP-SO", type="salesOrder")).readResponse
    return [
        first.status.isSuccess,
        again.baseRef.internalId == first.baseRef.internalId,
        len(read.record.itemList.item),
        read.record.total,
        read.record.status,
    ]


def invoiced() -> list[Any]:
    """Make an invoice from the order as NetSuite does it: initialize, then add what came back."""
    found = call("get", Ref(externalId="ZEEP-SO", type="salesOrder")).readResponse.record
    found = call(
        "update", SalesOrder(internalId=found.internalId, orderStatus="_pendingFulfillment")
    ).writeResponse.baseRef
    wish = kind("InitializeRecord", CORE)(
        type="invoice", reference=kind("InitializeRef", CORE)(type="salesOrder", internalId=found.internalId)
    )
    draft = call("initialize", wish).readResponse
    if not draft.status.isSuccess:
        return [draft.status.statusDetail[0].code, draft.status.statusDetail[0].message]
    return [draft.status.isSuccess, draft.record.total]


def searched() -> list[Any]:
    text = kind("SearchStringField", CORE)(operator="startsWith", searchValue="Zeep")
    wish = kind("CustomerSearch", LISTS)(basic=kind("CustomerSearchBasic", COMMON)(companyName=text))
    preferences = {"searchPreferences": {"bodyFieldsOnly": True, "returnSearchColumns": True, "pageSize": 5}}
    found = service.search(wish, _soapheaders=passport() | preferences).body.searchResult
    return [found.totalRecords, [one.companyName for one in found.recordList.record]]


diary("upsert list", customers)
diary("order", order)
diary("search", searched)
diary("initialize", invoiced)
diary(
    "get list",
    lambda: [
        row.status.isSuccess
        for row in call(
            "getList", [Ref(externalId="ZEEP-1", type="customer"), Ref(externalId="NOBODY", type="customer")]
        ).readResponseList.readResponse
    ],
)
diary(
    "get all",
    lambda: len(call("getAll", kind("GetAllRecord", CORE)(recordType="currency")).getAllResult.recordList.record),
)
diary("server time", lambda: call("getServerTime").getServerTimeResult.status.isSuccess)
diary(
    "data centres",
    lambda: (
        service.getDataCenterUrls(
            account=KNOWN["NS_ACCOUNT"]
        ).body.getDataCenterUrlsResult.dataCenterUrls.webservicesDomain
        == HOME
    ),
)
diary("delete", lambda: call("delete", Ref(externalId="ZEEP-2", type="customer")).writeResponse.status.isSuccess)
diary("many", lambda: call("upsertList", record=[Customer(externalId=f"M-{n}", companyName="x") for n in range(101)]))
diary.tell()
