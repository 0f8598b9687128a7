"""netsuite 0.12: SOAP, REST and RESTlet over its hard-coded hosts."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from diary import Diary
from netsuite import Config, NetSuite, TokenAuth
from zeep.cache import InMemoryCache

KNOWN = os.environ
diary = Diary()
auth = TokenAuth(
    consumer_key=KNOWN["NS_CONSUMER_KEY"],
    consumer_secret=KNOWN["NS_CONSUMER_SECRET"],
    token_id=KNOWN["NS_TOKEN_ID"],
    token_secret=KNOWN["NS_TOKEN_SECRET"],
)


def opened(version: str) -> NetSuite:
    return NetSuite(
        Config(account=KNOWN["NS_ACCOUNT"], auth=auth), soap_api_options={"version": version, "cache": InMemoryCache()}
    )


async def soap(version: str) -> dict[str, Any]:
    api = opened(version).soap_api
    key = f"LIB-{version}"
    made = await api.upsert(
        api.Relationships.Customer(
            externalId=key, companyName="Lib", subsidiary=api.Core.RecordRef(internalId=KNOWN["NS_SUBSIDIARY"])
        )
    )
    found = await api.get("customer", externalId=key)
    several = await api.upsertList(
        [
            api.Relationships.Customer(
                externalId=f"{key}-{n}", companyName=f"Lib {n}", subsidiary=api.Core.RecordRef(internalId="1")
            )
            for n in range(3)
        ]
    )
    currencies = await api.getAll("currency")
    basic = api.Common.CustomerSearchBasic(
        companyName=api.Core.SearchStringField(operator="startsWith", searchValue="Lib")
    )
    searched = await api.search(api.Relationships.CustomerSearch(basic=basic))
    return {
        "made": _body(made),
        "found": _body(found),
        "several": _body(several),
        "currencies": _body(currencies),
        "searched": _body(searched),
    }


def _body(answer: Any) -> Any:
    """Some helpers of this client give the record, some the raw envelope: say what is in either."""
    if isinstance(answer, list):
        return [getattr(one, "internalId", None) or getattr(one, "symbol", None) or str(one)[:40] for one in answer][:6]
    return getattr(answer, "internalId", None) or str(answer)[:60]


def rest(name: str, work: Any) -> Any:
    return diary(name, lambda: asyncio.run(work(opened("2023.2.0").rest_api)))


async def written(api: Any) -> Any:
    await api.put("/record/v1/customer/eid:LIB-REST-1", json={"companyName": "Lib rest", "subsidiary": {"id": "1"}})
    await api.patch("/record/v1/customer/eid:LIB-REST-1", json={"comments": "ä & ü"})
    found = await api.get("/record/v1/customer/eid:LIB-REST-1")
    lines = [
        {"item": {"id": one}, "quantity": 1, "rate": 5, "price": {"id": "-1"}}
        for one in KNOWN["NS_ITEM_IDS"].split(",")
    ]
    await api.post(
        "/record/v1/salesOrder",
        json={"entity": {"id": found["id"]}, "externalId": "LIB-SO-1", "item": {"items": lines}},
    )
    order = await api.get("/record/v1/salesOrder/eid:LIB-SO-1", params={"expandSubResources": "true"})
    return [found["comments"], order["total"], len(order["item"]["items"])]


async def listed(api: Any) -> Any:
    found = await api.get("/record/v1/customer", params={"q": 'companyName START_WITH "Lib rest"', "limit": 5})
    return [found["count"], found["items"][0]["links"][0]["href"].partition("/services")[0]]


async def asked(api: Any) -> Any:
    found = await api.suiteql("SELECT companyname, id FROM customer WHERE externalid = 'LIB-REST-1'", limit=5)
    return [row["companyname"] for row in found["items"]]


async def deleted(api: Any) -> Any:
    await api.put("/record/v1/customer/eid:LIB-REST-2", json={"companyName": "Lib gone", "subsidiary": {"id": "1"}})
    await api.delete("/record/v1/customer/eid:LIB-REST-2")
    try:
        await api.get("/record/v1/customer/eid:LIB-REST-2")
    except Exception as error:  # noqa: BLE001 — whatever it is, its words are told
        return str(error)[:120]


async def schema(api: Any) -> Any:
    return [
        "companyName" in (await api.jsonschema("customer"))["properties"],
        (await api.openapi(["customer"]))["openapi"][:2],
    ]


async def misspelt(api: Any) -> Any:
    return await api.post("/record/v1/customer", json={"companyNames": "x"})


async def token(api: Any) -> Any:
    return (await api.token_info())["companyId"]


async def script() -> Any:
    return await opened("2023.2.0").restlet.get(1, deploy=1)


for version in ("2021.1.0", "2023.2.0", "2025.2.0"):
    diary(f"soap {version}", lambda version=version: asyncio.run(soap(version)))
rest("rest write", written)
rest("rest list", listed)
rest("suiteql", asked)
rest("rest delete", deleted)
rest("schema", schema)
rest("misspelt", misspelt)
rest("token info", token)
diary("restlet", lambda: asyncio.run(script()))
diary.tell()
