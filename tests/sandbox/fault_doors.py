"""By which doors do the tests of faults come in? Each channel of both twins: a usual call, and what it left behind."""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import requests
from lxml import etree

from sandbox.netsuite.signin import signature
from sandbox.salesforce.ids import make_id
from tests.sandbox import netsuite_twin, salesforce_api

VERSION = "2025_2"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ACCOUNTS = [make_id("001", number) for number in range(1, 5)]
PATIENCE = 30.0


@dataclass(frozen=True)
class Outcome:
    """What a client saw: an answer, or (status 0) a cut connection; `rows` are the results of a list, one letter each."""

    status: int
    text: str = ""
    kind: str = ""
    seconds: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_readable(self) -> bool:
        """Tell whether the body is what its content type says."""
        try:
            if "xml" in self.kind:
                etree.fromstring(self.text.encode())
            elif "json" in self.kind:
                json.loads(self.text)
            elif "csv" in self.kind:
                return all(list(csv.reader(io.StringIO(self.text), strict=True)))
        except (etree.XMLSyntaxError, ValueError, csv.Error):
            return False
        return True


@dataclass(frozen=True)
class Door:
    """One channel: `call` uses it under a fresh key, `written` counts the records of the key; `good` is the usual answer."""

    name: str
    side: str
    match: str
    good: Callable[[Outcome], bool]
    call: Callable[[Any, str], Outcome]
    written: Callable[[Any, str], int] | None = None
    full: int = 0


def seen(send: Callable[[], requests.Response]) -> Outcome:
    """Send a request and tell what became of it."""
    began = time.perf_counter()
    try:
        answer = send()
    except requests.ConnectionError:
        return Outcome(0, seconds=time.perf_counter() - began)
    kind = answer.headers.get("content-type", "")
    text = answer.content.decode("utf-8", "replace")
    return Outcome(answer.status_code, text, kind, time.perf_counter() - began, tuple(answer.headers.items()))


def soap(twin: netsuite_twin.Twin, body: str) -> Outcome:
    keys, nonce, stamp = twin.keys, uuid.uuid4().hex, str(int(time.time()))
    parts = {"account": keys.account, "consumerKey": keys.consumer_key, "token": keys.token_id}
    parts |= {"nonce": nonce, "timestamp": stamp}
    signed = signature("&".join(parts.values()), keys.consumer_secret, keys.token_secret)
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    text = (
        f'<e:Envelope xmlns:e="{ENVELOPE}" xmlns="urn:messages_{VERSION}.platform.webservices.netsuite.com" '
        f'xmlns:c="urn:core_{VERSION}.platform.webservices.netsuite.com" '
        f'xmlns:s="urn:sales_{VERSION}.transactions.webservices.netsuite.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><tokenPassport>'
        f'{inner.replace("<", "<c:").replace("<c:/", "</c:")}<c:signature algorithm="HMAC-SHA256">{signed}</c:signature>'
        f"</tokenPassport></e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": ""}
    address = f"{twin.url}/services/NetSuitePort_{VERSION}"
    return seen(lambda: requests.post(address, data=text.encode(), headers=headers, timeout=PATIENCE))


def order_xml(key: str) -> str:
    line = '<s:item><s:item internalId="7"/><s:quantity>1</s:quantity><s:price internalId="-1"/><s:rate>2.50</s:rate></s:item>'
    return (
        f'<record xsi:type="s:SalesOrder" externalId="{key}"><s:entity externalId="SF-ACC-1"/>'
        f"<s:itemList>{line}</s:itemList></record>"
    )


def orders(twin: netsuite_twin.Twin, key: str) -> int:
    found: int = twin.control("GET", f"records/salesOrder?q={key}")["count"]
    return found


def upsert_list(twin: netsuite_twin.Twin, key: str) -> Outcome:
    return soap(twin, f"<upsertList>{''.join(order_xml(f'{key}-{number}') for number in range(4))}</upsertList>")


def put(twin: netsuite_twin.Twin, key: str) -> Outcome:
    body = netsuite_twin.order()
    return seen(lambda: twin.record("PUT", f"salesOrder/eid:{key}-0", body))


def batch(twin: netsuite_twin.Twin, key: str) -> Outcome:
    """Hand in a batch, wait for its end, and tell of its tasks."""
    items = [netsuite_twin.order() | {"externalId": f"{key}-{number}"} for number in range(4)]
    media = "application/vnd.oracle.resource+json; type=collection"
    headers = {"Prefer": "respond-async", "Content_Type": media}
    taken = seen(lambda: twin.record("PUT", "salesOrder", {"items": items}, **headers))
    place = dict(taken.headers).get("location", "")
    if taken.status != 202 or not place:
        return taken
    path = place.removeprefix(twin.url)
    while not (job := twin.call("GET", path).json())["completed"]:
        continue
    return Outcome(202, json.dumps(job), "application/json")


def suiteql(twin: netsuite_twin.Twin, _key: str) -> Outcome:
    return seen(lambda: twin.ask("SELECT id FROM transaction"))


def restlet(twin: netsuite_twin.Twin, key: str) -> Outcome:
    body = {"recordtype": "salesorder", "externalid": f"{key}-0", "record": netsuite_twin.order()}
    return seen(lambda: twin.call("PUT", "/app/site/hosting/restlet.nl?script=1&deploy=1", body))


def accounts(org: salesforce_api.Twin, key: str) -> int:
    found: int = requests.get(f"{org.url}/_twin/records/Account", params={"q": key}, timeout=10).json()["count"]
    return found


def create(org: salesforce_api.Twin, key: str) -> Outcome:
    return seen(lambda: org.call("POST", "sobjects/Account", json={"Name": f"{key}-0"}))


def change(org: salesforce_api.Twin, key: str) -> Outcome:
    return seen(lambda: org.call("PATCH", f"sobjects/Account/{ACCOUNTS[0]}", json={"Name": f"{key}-0"}))


def collection(org: salesforce_api.Twin, key: str) -> Outcome:
    records = [{"attributes": {"type": "Account"}, "Name": f"{key}-{number}"} for number in range(4)]
    body = {"allOrNone": False, "records": records}
    return seen(lambda: org.call("POST", "composite/sobjects", json=body))


def query(org: salesforce_api.Twin, _key: str) -> Outcome:
    return seen(lambda: org.call("GET", "query", params={"q": "SELECT Id, Name FROM Account LIMIT 4"}))


def bulk_results(org: salesforce_api.Twin, _key: str) -> Outcome:
    made = org.call("POST", "jobs/query", json={"operation": "query", "query": "SELECT Id, Name FROM Account LIMIT 4"})
    job = made.json()["id"]
    while org.call("GET", f"jobs/query/{job}").json()["state"] != "JobComplete":
        continue
    return seen(lambda: org.call("GET", f"jobs/query/{job}/results"))


def ingest(org: salesforce_api.Twin, key: str) -> Outcome:
    """Open a job, hand its rows in, close it (which is what a fault strikes), and tell of its rows once it is done."""
    wish = {"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    place = f"jobs/ingest/{org.call('POST', 'jobs/ingest', json=wish).json()['id']}"
    rows = "Name\n" + "".join(f"{key}-{number}\n" for number in range(4))
    assert org.call("PUT", f"{place}/batches", data=rows, headers={"Content-Type": "text/csv"}).status_code == 201
    closed = seen(lambda: org.call("PATCH", place, json={"state": "UploadComplete"}))
    if closed.status == 401:
        org.sign_in()
    while org.call("GET", place).json()["state"] in {"UploadComplete", "InProgress"}:
        continue
    if not closed.is_readable or closed.status != 200:
        return closed
    parts = [org.call("GET", f"{place}/{name}Results").text for name in ("successful", "failed")]
    return replace(closed, text="\n".join(parts), kind="text/plain")


def bulk_one(org: salesforce_api.Twin, _key: str) -> Outcome:
    headers = {"X-SFDC-Session": str(org.session.headers["Authorization"]).removeprefix("Bearer ")}
    body = {"operation": "query", "object": "Account", "contentType": "JSON"}
    return seen(
        lambda: requests.post(f"{org.url}/services/async/59.0/job", json=body, headers=headers, timeout=PATIENCE)
    )


def token(org: salesforce_api.Twin, _key: str) -> Outcome:
    own = {"client_id": org.known.client_id, "client_secret": org.known.client_secret}
    return seen(lambda: org.grant(grant_type="client_credentials", **own))


def login(org: salesforce_api.Twin, _key: str) -> Outcome:
    known = org.known
    body = (
        f'<e:Envelope xmlns:e="{ENVELOPE}" xmlns:n1="urn:partner.soap.sforce.com"><e:Body><n1:login>'
        f"<n1:username>{known.username}</n1:username><n1:password>{known.password}{known.security_token}</n1:password>"
        "</n1:login></e:Body></e:Envelope>"
    )
    headers = {"content-type": "text/xml", "SOAPAction": "login"}
    return seen(lambda: requests.post(f"{org.url}/services/Soap/u/59.0", data=body, headers=headers, timeout=PATIENCE))


def status(wanted: int, words: str = "") -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.status == wanted and words in outcome.text and outcome.is_readable


DOORS = [
    Door("SOAP", "netsuite", "upsertList", status(200, 'isSuccess="true"'), upsert_list, orders, 4),
    Door("REST", "netsuite", "PUT .*/salesOrder/", status(204), put, orders, 1),
    Door("REST batch", "netsuite", "PUT .*/salesOrder$", status(202, '"progress": "succeeded"'), batch, orders, 4),
    Door("SuiteQL", "netsuite", "POST .*/suiteql", status(200, "items"), suiteql),
    Door("RESTlet", "netsuite", "PUT .*/restlet.nl", status(200, '"success"'), restlet, orders, 1),
    Door("create", "salesforce", "POST .*/sobjects/Account", status(201, "success"), create, accounts, 1),
    Door("change", "salesforce", "PATCH .*/sobjects/Account/", status(204), change, accounts, 1),
    Door(
        "collection", "salesforce", "POST .*/composite/sobjects", status(200, '"success":true'), collection, accounts, 4
    ),
    Door("query", "salesforce", "GET .*/query$", status(200, "records"), query),
    Door("bulk results", "salesforce", "GET .*/jobs/query/.*/results", status(200, '"Id"'), bulk_results),
    Door("ingest", "salesforce", "PATCH .*/jobs/ingest/", status(200, "sf__Id"), ingest, accounts, 4),
    Door("Bulk 1.0", "salesforce", "POST /services/async/.*/job", status(201, "Open"), bulk_one),
    Door("token", "salesforce", "POST /services/oauth2/token", status(200, "access_token"), token),
    Door("SOAP login", "salesforce", "POST /services/Soap/u/.* login", status(200, "sessionId"), login),
]
BY_NAME = {door.name: door for door in DOORS}
