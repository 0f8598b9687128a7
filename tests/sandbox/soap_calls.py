"""How do tests speak SOAP to a twin? Hand-written envelopes that hold to the contract, and zeep with the real WSDL."""

import time
import uuid
from functools import cache
from typing import Any

import requests
from lxml import etree
from zeep import Client

from sandbox.netsuite.signin import signature
from tests.sandbox.netsuite_contract import CONTRACT
from tests.sandbox.netsuite_twin import Twin

V = "2023_2"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_SPACES = {
    "core": "core_{}.platform", "common": "common_{}.platform", "sales": "sales_{}.transactions",
    "cust": "customers_{}.transactions", "rel": "relationships_{}.lists", "acct": "accounting_{}.lists",
    "custom": "customization_{}.setup",
}  # fmt: skip


def space(prefix: str, version: str = V) -> str:
    """Give a namespace by the prefix that hand-written bodies use."""
    return f"urn:{_SPACES[prefix].format(version)}.webservices.netsuite.com"


CORE = space("core")


def passport(twin: Twin, **other: str) -> dict[str, Any]:
    keys, nonce, stamp = twin.keys, uuid.uuid4().hex, str(int(time.time()))
    parts = {"account": keys.account, "consumerKey": keys.consumer_key, "token": keys.token_id}
    parts |= {"nonce": nonce, "timestamp": stamp} | other
    signed = signature("&".join(parts.values()), keys.consumer_secret, keys.token_secret)
    return {**parts, "signature": {"_value_1": signed, "algorithm": "HMAC-SHA256"}}


def passport_xml(parts: dict[str, Any]) -> str:
    signed = parts["signature"]
    inner = "".join(f"<core:{name}>{value}</core:{name}>" for name, value in parts.items() if name != "signature")
    inner += f'<core:signature algorithm="{signed["algorithm"]}">{signed["_value_1"]}</core:signature>'
    return f"<tokenPassport>{inner}</tokenPassport>"


def wrapped(header: str, body: str, version: str = V) -> bytes:
    """Write an envelope whose default namespace is that of the messages."""
    spaces = "".join(f' xmlns:{prefix}="{space(prefix, version)}"' for prefix in _SPACES)
    return (
        f'<e:Envelope xmlns:e="{ENVELOPE}" xmlns="urn:messages_{version}.platform.webservices.netsuite.com" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{spaces}><e:Header>{header}</e:Header>'
        f"<e:Body>{body}</e:Body></e:Envelope>"
    ).encode()


def post(twin: Twin, text: bytes, version: str = V, **headers: str) -> requests.Response:
    address = f"{twin.url}/services/NetSuitePort_{version}"
    return requests.post(address, data=text, headers={"Content-Type": "text/xml"} | headers, timeout=30)


def send(twin: Twin, body: str, version: str = V, header: str = "", at: str = "", **other: str) -> requests.Response:
    """Send a signed hand-written call in a version, to that version's address unless `at` names another."""
    return post(twin, wrapped(passport_xml(passport(twin, **other)) + header, body, version), at or version)


def read(twin: Twin, body: str, header: str = "") -> etree._Element:
    """Send a call and give the answer's body, with its namespaces taken off; it must be no fault."""
    answer = send(twin, body, header=header)
    assert answer.status_code == 200, answer.text
    return bare(answer)


def bare(answer: requests.Response) -> etree._Element:
    root = etree.fromstring(answer.content)
    for one in root.iter():
        one.tag = etree.QName(one).localname
    found = root.find("Body")
    assert found is not None
    return found


def statuses(body: etree._Element) -> list[str]:
    """Give each record's status: `ok`, or its code."""
    rows = [one.find("status") for one in body.iter("writeResponse", "readResponse")]
    told = (one for one in rows if one is not None)
    return ["ok" if one.get("isSuccess") == "true" else one.findtext("statusDetail/code") or "" for one in told]


def order_xml(key: str, item: str = "7", lines: int = 1, **fields: str) -> str:
    line = (
        f'<sales:item><sales:item internalId="{item}"/><sales:quantity>1</sales:quantity>'
        '<sales:price internalId="-1"/><sales:rate>2.50</sales:rate></sales:item>'
    )
    more = "".join(f"<sales:{name}>{value}</sales:{name}>" for name, value in fields.items())
    return (
        f'<record xsi:type="sales:SalesOrder" externalId="{key}"><sales:entity externalId="SF-ACC-1"/>{more}'
        f"<sales:itemList>{line * lines}</sales:itemList></record>"
    )


@cache
def client() -> Any:
    """Load the published WSDL in zeep, once a process."""
    return Client(str(CONTRACT / "netsuite.wsdl")) if CONTRACT else None


def ask(twin: Twin, operation: str, *arguments: Any, **headers: Any) -> Any:
    """Call an operation through zeep."""
    name = f"{{urn:platform_{V}.webservices.netsuite.com}}NetSuiteBinding"
    service = client().create_service(name, f"{twin.url}/services/NetSuitePort_{V}")
    sent = {"tokenPassport": passport(twin), **headers}
    return getattr(service, operation)(*arguments, _soapheaders=sent).body


def made(prefix: str, name: str, **fields: Any) -> Any:
    """Make a value of a type of the published WSDL."""
    return client().get_type(f"{{{space(prefix)}}}{name}")(**fields)


def ref(**ids: str) -> Any:
    return made("core", "RecordRef", **ids)
