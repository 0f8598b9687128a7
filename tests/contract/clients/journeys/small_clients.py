"""Smaller clients: aiosalesforce with three sign-ins; restsuite, netsuite-client and netsuite-oauth over hard-coded hosts."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import httpx
from aiosalesforce import Salesforce
from aiosalesforce.auth import ClientCredentialsFlow, JwtBearerFlow, SoapLogin
from diary import Diary
from netsuite_client import NetSuiteClient
from netsuite_oauth.client import NetsuiteOauth
from restsuite import NetSuiteQL

KNOWN = os.environ
KEYS = {name: KNOWN[f"NS_{name.upper()}"] for name in ("consumer_key", "consumer_secret", "token_id", "token_secret")}
HOST, QUERY = "https://1234567-sb1.suitetalk.api.netsuite.com", "SELECT id, symbol FROM currency ORDER BY id"
diary = Diary()


async def walk(auth: Any) -> list[Any]:
    async with httpx.AsyncClient() as wire:
        org = Salesforce(wire, "https://isthmus.my.salesforce.com", auth)
        one = await org.sobject.create("Account", {"Name": "Aio ä"})
        read = await org.sobject.get("Account", one)
        await org.sobject.update("Account", one, {"Phone": "1"})
        key = f"AIO-{type(auth).__name__}"[:18]
        made = await org.sobject.upsert(
            "Account", key, external_id_field=KNOWN["SF_EXT_FIELD"], data={"Name": "Aio up"}
        )
        found = [row async for row in org.query(f"SELECT Id FROM Account WHERE {KNOWN['SF_EXT_FIELD']} = '{key}'")]
        async with org.composite.batch() as batch:
            asked, created = (
                batch.query("SELECT Id FROM Account LIMIT 1"),
                batch.sobject.create("Account", {"Name": "Aio batch"}),
            )
        async with org.composite(all_or_none=True) as composite:
            account = composite.sobject.create("Account", {"Name": "Aio composite"})
            person = composite.sobject.create("Contact", {"LastName": "P", "AccountId": str(account.reference.id)})
        rows = [{"LastName": "AB 1"}, {"LastName": "AB 2"}, {"LastName": "x" * 200}]
        bulk = await org.bulk_v2.insert("Contact", rows)
        await org.sobject.delete("Account", one)
    kept = [len(bulk.successful_results), len(bulk.failed_results)]
    return [read["Name"], made.created, len(found), len(asked.records), created.id[:3], person.id[:3], kept]


def restsuite() -> list[str]:
    session = NetSuiteQL(
        KNOWN["NS_ACCOUNT"], KEYS["consumer_key"], KEYS["consumer_secret"], KEYS["token_id"], KEYS["token_secret"]
    )
    return [row["symbol"] for row in session.suiteql(QUERY)]


def netsuite_client() -> list[str]:
    found = NetSuiteClient(realm=KNOWN["NS_ACCOUNT"], account="1234567-sb1", **KEYS).get_suiteql_query(QUERY)
    return [row["symbol"] for row in found["items"]]


def netsuite_oauth() -> str:
    client = NetsuiteOauth(url=f"{HOST}/services/rest/record/v1/currency/1", account=KNOWN["NS_ACCOUNT"], **KEYS)
    return str(client.get().json()["symbol"])


key, secret = KNOWN["SF_CLIENT_ID"], KNOWN["SF_CLIENT_SECRET"]
diary("client credentials", lambda: asyncio.run(walk(ClientCredentialsFlow(key, secret))))
diary("jwt", lambda: asyncio.run(walk(JwtBearerFlow(key, KNOWN["SF_USERNAME"], KNOWN["SF_JWT_KEY_FILE"]))))
soap = (KNOWN["SF_USERNAME"], KNOWN["SF_PASSWORD"], KNOWN["SF_SECURITY_TOKEN"])
diary("soap", lambda: asyncio.run(walk(SoapLogin(*soap))))
diary("restsuite", restsuite)
diary("netsuite-client", netsuite_client)
diary("netsuite-oauth", netsuite_oauth)
diary.tell()
