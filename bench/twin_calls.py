"""Which calls are measured? Each with the requests that make it, signed as the twins want them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, urlencode

import requests

from sandbox.salesforce.ids import make_id
from sandbox.twin import credentials

VERSION = "2025_2"
KNOWN = 2000
EVERYWHERE = {"subsidiary": {"id": "1"}}
_fresh = itertools.count()


@dataclass
class Place:
    """A running twin, filled with a few thousand records."""

    side: str
    url: str
    folder: Path
    pid: int

    @property
    def host(self) -> str:
        """Return the twin's host."""
        return self.url.rpartition("//")[2].partition(":")[0]

    @property
    def port(self) -> int:
        """Return the twin's port."""
        return int(self.url.rpartition(":")[2])

    @cached_property
    def account(self) -> credentials.NetSuiteCredentials:
        """Return what NetSuite clients sign with."""
        return credentials.netsuite("bench", self.folder)

    @cached_property
    def bearer(self) -> str:
        """Sign in to Salesforce once."""
        known = credentials.salesforce("bench", self.folder)
        form = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.client_secret}
        return str(requests.post(f"{self.url}/services/oauth2/token", data=form, timeout=30).json()["access_token"])

    def fill(self) -> None:
        """Load what the calls read."""
        lines = items_and_customer() + orders(0, KNOWN)
        if self.side == "salesforce":
            accounts = ({"Id": make_id("001", number), "Name": f"Account {number}"} for number in range(1, KNOWN + 1))
            lines = [json.dumps({"type": "Account", "record": one}) for one in accounts]
        requests.post(f"{self.url}/_twin/load", data="\n".join(lines).encode(), timeout=600).raise_for_status()


@dataclass(frozen=True)
class Case:
    """One kind of call: `make` prepares so many requests, each of which reads or writes `records` records."""

    name: str
    side: str
    make: Callable[[Place, int], list[bytes]]
    count: int
    records: int = 1


def items_and_customer() -> list[str]:
    """Return two items and a hundred customers as lines to load."""
    item = {"type": "serviceSaleItem", "record": {"id": "7", "itemId": "SVC-1", "basePrice": "100.00"}}
    customers = (
        {
            "id": str(500 + number),
            "companyName": f"Customer {number}",
            "externalId": f"SF-ACC-{number}",
            "subsidiary": {"id": "1"},
        }
        for number in range(100)
    )
    return [json.dumps(one) for one in (item, *({"type": "customer", "record": one} for one in customers))]


def orders(start: int, count: int) -> list[str]:
    """Return orders as lines to load."""
    return [json.dumps({"type": "salesOrder", "record": _order(number)}) for number in range(start, start + count)]


def _order(number: int) -> dict[str, object]:
    line = {"item": {"id": "7"}, "quantity": 1 + number % 7, "rate": "12.50", "price": {"id": "-1"}}
    return {
        "externalId": f"SF-OPP-{number:09d}", "entity": {"id": str(500 + number % 100)}, "tranDate": "2026-03-01",
        "otherRefNum": f"PO-{number}", "item": {"items": [line] * (1 + number % 3)},
    }  # fmt: skip


def http(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the wire."""
    said = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _hmac(place: Place, text: str) -> str:
    key = f"{place.account.consumer_secret}&{place.account.token_secret}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()


def _signed(place: Place, method: str, path: str) -> dict[str, str]:
    keys = place.account
    said = {
        "oauth_consumer_key": keys.consumer_key, "oauth_nonce": uuid.uuid4().hex, "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(time.time())), "oauth_token": keys.token_id, "oauth_version": "1.0",
    }  # fmt: skip
    text = "&".join(
        quote(part, safe="-._~") for part in (method, f"http://127.0.0.1{path}", urlencode(sorted(said.items())))
    )
    said["oauth_signature"] = _hmac(place, text)
    inner = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in {"realm": keys.account, **said}.items())
    return {"Authorization": f"OAuth {inner}"}


def _rest_reads(place: Place, count: int) -> list[bytes]:
    paths = (f"/services/rest/record/v1/salesOrder/eid:SF-OPP-{number % KNOWN:09d}" for number in range(count))
    return [http("GET", path, _signed(place, "GET", path)) for path in paths]


def _suiteql(place: Place, count: int) -> list[bytes]:
    path = "/services/rest/query/v1/suiteql"
    queries = (f"SELECT id, tranid FROM transaction WHERE id = {101 + number % KNOWN}" for number in range(count))  # noqa: S608 — our own numbers
    more = {"Prefer": "transient", "Content-Type": "application/json"}
    return [http("POST", path, _signed(place, "POST", path) | more, json.dumps({"q": q}).encode()) for q in queries]


def _soap(place: Place, body: str) -> bytes:
    keys = place.account
    said = {"account": keys.account, "consumerKey": keys.consumer_key, "token": keys.token_id, "nonce": uuid.uuid4().hex,
            "timestamp": str(int(time.time()))}  # fmt: skip
    inner = "".join(f"<c:{name}>{value}</c:{name}>" for name, value in said.items())
    text = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns="urn:messages_{VERSION}.platform.webservices.netsuite.com" '
        f'xmlns:c="urn:core_{VERSION}.platform.webservices.netsuite.com" '
        f'xmlns:s="urn:sales_{VERSION}.transactions.webservices.netsuite.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header><tokenPassport>'
        f'{inner}<c:signature algorithm="HMAC-SHA256">{_hmac(place, "&".join(said.values()))}</c:signature></tokenPassport>'
        f"</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return http("POST", f"/services/NetSuitePort_{VERSION}", headers, text.encode())


def _get_list(place: Place, count: int) -> list[bytes]:
    one = '<baseRef internalId="{}" type="salesOrder" xsi:type="c:RecordRef"/>'
    spans = (range(101 + 100 * (number % 10), 201 + 100 * (number % 10)) for number in range(count))
    return [_soap(place, f"<getList>{''.join(one.format(key) for key in span)}</getList>") for span in spans]


def _upsert_list(place: Place, count: int) -> list[bytes]:
    line = '<s:item><s:item internalId="7"/><s:quantity>1</s:quantity><s:price internalId="-1"/><s:rate>2.50</s:rate></s:item>'
    one = (
        '<record xsi:type="s:SalesOrder" externalId="NEW-{}"><s:entity externalId="SF-ACC-1"/>'
        f"<s:itemList>{line}</s:itemList></record>"
    )
    bodies = ("".join(one.format(next(_fresh)) for _ in range(100)) for _ in range(count))
    return [_soap(place, f"<upsertList>{body}</upsertList>") for body in bodies]


def _org(place: Place, method: str, path: str, body: object = None) -> bytes:
    headers = {"Authorization": f"Bearer {place.bearer}", "Content-Type": "application/json"}
    return http(method, f"/services/data/v62.0/{path}", headers, b"" if body is None else json.dumps(body).encode())


def _record_reads(place: Place, count: int) -> list[bytes]:
    return [_org(place, "GET", f"sobjects/Account/{make_id('001', 1 + number % KNOWN)}") for number in range(count)]


def _queries(place: Place, count: int) -> list[bytes]:
    keys = (make_id("001", 1 + number % KNOWN) for number in range(count))
    texts = (f"SELECT Id, Name FROM Account WHERE Id = '{key}'" for key in keys)  # noqa: S608 — our own ids
    return [_org(place, "GET", f"query?{urlencode({'q': text})}") for text in texts]


def _collections(place: Place, count: int) -> list[bytes]:
    one = {"attributes": {"type": "Account"}}
    bodies = (
        {"records": [one | {"Name": f"New {next(_fresh)} {place.port}"} for _ in range(200)]} for _ in range(count)
    )
    return [_org(place, "POST", "composite/sobjects", body) for body in bodies]


CASES = (
    Case("salesforce rest read", "salesforce", _record_reads, 3000),
    Case("salesforce query", "salesforce", _queries, 3000),
    Case("salesforce collection", "salesforce", _collections, 16, 200),
    Case("netsuite rest read", "netsuite", _rest_reads, 3000),
    Case("netsuite suiteql", "netsuite", _suiteql, 2000),
    Case("netsuite soap getList", "netsuite", _get_list, 80, 100),
    Case("netsuite soap upsertList", "netsuite", _upsert_list, 40, 100),
)
