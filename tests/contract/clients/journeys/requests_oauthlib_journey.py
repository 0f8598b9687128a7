"""requests with requests_oauthlib: the record service and SuiteQL, signed over loopback, TLS and the vendor's host."""

from __future__ import annotations

import os
from typing import Any

import requests
from diary import Diary
from requests_oauthlib import OAuth1

KNOWN = os.environ
diary = Diary()


def session() -> requests.Session:
    keys = (KNOWN["NS_CONSUMER_KEY"], KNOWN["NS_CONSUMER_SECRET"], KNOWN["NS_TOKEN_ID"], KNOWN["NS_TOKEN_SECRET"])
    made = requests.Session()
    made.auth = OAuth1(*keys, realm=KNOWN["NS_ACCOUNT"], signature_method="HMAC-SHA256")
    return made


def walk(home: str) -> list[Any]:
    """Make an order, approve and invoice it, and ask SuiteQL for it; parameters hold what is hard to sign."""
    base, one, tag = f"{home}/services/rest", session(), home[-4:].strip(":/.")
    name = f"R&D + 100% ä {tag}"
    made = one.put(
        f"{base}/record/v1/customer/eid:RO-{tag}", json={"companyName": name, "subsidiary": {"id": "1"}}, timeout=20
    )
    found = one.get(f"{base}/record/v1/customer", params={"q": f'companyName IS "{name}"'}, timeout=20).json()
    line = {"item": {"id": KNOWN["NS_ITEM_IDS"].split(",")[0]}, "quantity": 3, "rate": 33.33, "price": {"id": "-1"}}
    wish = {
        "entity": {"id": found["items"][0]["id"]},
        "externalId": f"RO-SO-{tag}",
        "item": {"items": [line]},
        "orderStatus": {"id": "B"},
    }
    order = one.post(f"{base}/record/v1/salesorder", json=wish, timeout=20)
    invoice = one.post(f"{order.headers['Location']}/!transform/invoice", json={}, timeout=20)
    total = one.get(invoice.headers["Location"], timeout=20).json()["total"] if invoice.ok else invoice.text
    asked = {"q": f"SELECT tranid, foreigntotal FROM transaction WHERE externalid = 'RO-SO-{tag}'"}
    rows = one.post(
        f"{base}/query/v1/suiteql", params={"limit": 5}, json=asked, headers={"Prefer": "transient"}, timeout=20
    ).json()
    return [
        made.status_code,
        found["totalResults"],
        order.status_code,
        order.headers["Location"].startswith(home),
        invoice.status_code,
        total,
        rows["count"],
    ]


def unsigned() -> list[Any]:
    answer = requests.get(f"{KNOWN['NS_URL']}/services/rest/record/v1/customer", timeout=20)
    return [answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]]


def used_up() -> list[int]:
    """Send the same signature twice: a nonce is good once, so the second is 401, not what the first was."""
    prepared = session().prepare_request(requests.Request("GET", f"{KNOWN['NS_URL']}/services/rest/record/v1/currency"))
    with requests.Session() as sender:
        return [sender.send(prepared, timeout=20).status_code for _ in range(2)]


diary("loopback", lambda: walk(KNOWN["NS_URL"]))
diary("loopback, tls", lambda: walk(KNOWN["NS_TLS_URL"]))
diary("vendor's host", lambda: walk("https://1234567-sb1.suitetalk.api.netsuite.com"))
diary("unsigned", unsigned)
diary("used up", used_up)
diary.tell()
