"""netsuitesdk: its own host and endpoint, records written, read and searched by pages."""

from __future__ import annotations

import os
from typing import Any

from diary import Diary
from netsuitesdk import NetSuiteConnection

KNOWN = os.environ
diary = Diary()


def connected(**more: Any) -> Any:
    keys = {"account": KNOWN["NS_ACCOUNT"], "consumer_key": KNOWN["NS_CONSUMER_KEY"], "consumer_secret": KNOWN["NS_CONSUMER_SECRET"],
            "token_key": KNOWN["NS_TOKEN_ID"], "token_secret": KNOWN["NS_TOKEN_SECRET"]}  # fmt: skip
    return NetSuiteConnection(**(keys | more), caching=False)


def upserted(name: str, key: str) -> str:
    client = nc.client
    record = client.Customer(
        externalId=key,
        companyName=name,
        subsidiary=client.RecordRef(internalId=KNOWN["NS_SUBSIDIARY"], type="subsidiary"),
    )
    return str(client.upsert(record)["internalId"])


def invoice(customer: str) -> dict[str, Any]:
    client = nc.client
    items = [
        client.InvoiceItem(
            item=client.RecordRef(internalId=one), quantity=2, rate="12.50", price=client.RecordRef(internalId="-1")
        )
        for one in KNOWN["NS_ITEM_IDS"].split(",")[:2]
    ]
    made = client.upsert(
        client.Invoice(
            externalId="SDK-INVOICE-1",
            entity=client.RecordRef(internalId=customer, type="customer"),
            itemList=client.InvoiceItemList(item=items),
        )
    )
    found = client.get("invoice", internalId=made["internalId"])
    return {
        "lines": len(found["itemList"]["item"]),
        "total": found["total"],
        "entity": found["entity"]["internalId"] == customer,
    }


nc = connected()
one = diary("upsert", lambda: upserted("SDK One", "SDK-1"))
diary("again", lambda: upserted("SDK One", "SDK-1") == one)
diary("get", lambda: nc.customers.get(internalId=one)["companyName"])
diary("get by external id", lambda: nc.customers.get(externalId="SDK-1")["internalId"] == one)
diary("second", lambda: upserted("SDK Two", "SDK-2") != one)
diary("search", lambda: [row["companyName"] for row in nc.customers.search("companyName", "SDK", "startsWith")])
diary("count", lambda: nc.customers.count() >= 2)
diary("pages", lambda: len([row for page in nc.customers.get_all_generator(page_size=10) for row in page]) >= 2)
diary("currencies", lambda: [row["symbol"] for row in nc.currencies.get_all()])
diary("subsidiaries", lambda: sorted(row["name"] for row in nc.subsidiaries.get_all()))
diary("accounts", lambda: len(nc.accounts.get_all()) > 5)
diary("terms", lambda: len(list(nc.terms.get_all())) >= 3)
diary("items", lambda: sum(row["itemId"].startswith("SAMPLE-") for row in nc.items.get_all()))
diary("departments", lambda: len(nc.departments.get_all()))
diary("locations", lambda: len(nc.locations.get_all()))
diary("classifications", lambda: len(nc.classifications.get_all()))
diary("price levels", lambda: len(nc.price_level.get_all()))
diary("invoice", lambda: invoice(one))
diary("unknown", lambda: nc.customers.get(internalId="999999"))
diary("wrong secret", lambda: len(connected(token_secret="x").currencies.get_all()))
diary("endpoint 2019", lambda: len(connected(wsdl_version="2019_1").currencies.get_all()))
diary.tell()
