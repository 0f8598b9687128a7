"""How do people's clicks reach the org? A plain REST client: queries, and up to 200 records a call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import requests

from sandbox.life.tally import Tally

VERSION, CHUNK, PATIENCE = "62.0", 200, 120
CONVERT = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:partner.soap.sforce.com">
<e:Header><p:SessionHeader><p:sessionId>{token}</p:sessionId></p:SessionHeader></e:Header>
<e:Body><p:convertLead><p:leadConverts><p:leadId>{lead}</p:leadId><p:convertedStatus>{status}</p:convertedStatus>
</p:leadConverts></p:convertLead></e:Body></e:Envelope>"""
Record = dict[str, Any]


class CrmFault(Exception):
    """The org did not answer as it should; the message says what it said."""


class Crm:
    """The org as sales people see it; what it refuses is tallied."""

    def __init__(self, url: str, client_id: str, client_secret: str, tally: Tally) -> None:
        self._home = f"{url}/services/data/v{VERSION}"
        self._url = url
        self._tally = tally
        self._session = requests.Session()
        grant = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        token = _told(self._session.post(f"{url}/services/oauth2/token", data=grant, timeout=PATIENCE))["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, soql: str) -> Iterator[Record]:
        """Yield the records of a query."""
        answer = _told(self._session.get(f"{self._home}/query", params={"q": soql}, timeout=PATIENCE))
        yield from answer["records"]
        while not answer["done"]:
            answer = _told(self._session.get(f"{self._url}{answer['nextRecordsUrl']}", timeout=PATIENCE))
            yield from answer["records"]

    def create(self, act: str, kind: str, records: Sequence[Record]) -> list[str | None]:
        """Create records; returns their ids, None for each that was refused."""
        return self._write("POST", act, [{"attributes": {"type": kind}, **record} for record in records])

    def change(self, act: str, kind: str, records: Sequence[Record]) -> list[str | None]:
        """Change records, each named by its Id."""
        typed = [{"attributes": {"type": kind}} | {_lower(name): record[name] for name in record} for record in records]
        return self._write("PATCH", act, typed)

    def delete(self, act: str, ids: Sequence[str]) -> None:
        """Put records into the recycle bin."""
        for chunk in _chunks(ids):
            wish = {"ids": ",".join(chunk), "allOrNone": "false"}
            answer = self._session.delete(f"{self._home}/composite/sobjects", params=wish, timeout=PATIENCE)
            self._count(act, _told(answer))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send something else below the version."""
        return _told(self._session.post(f"{self._home}/{path}", json=body, timeout=PATIENCE))

    def convert(self, act: str, lead: str, status: str) -> None:
        """Convert a lead to an account, a contact and a deal; only SOAP can (salesforce.md 3)."""
        body = CONVERT.format(token=str(self._session.headers["Authorization"])[7:], lead=lead, status=status)
        headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
        answer = requests.post(f"{self._url}/services/Soap/u/{VERSION}", body, headers=headers, timeout=PATIENCE)
        if not answer.ok:
            raise CrmFault(f"convertLead: {answer.status_code} {answer.text[:300]}")
        if "<success>true</success>" in answer.text:
            self._tally.did(act)
        else:
            self._tally.was_refused(act, answer.text.partition("<statusCode>")[2].partition("</statusCode>")[0])

    def _write(self, method: str, act: str, records: Sequence[Record]) -> list[str | None]:
        ids: list[str | None] = []
        for chunk in _chunks(records):
            body = {"allOrNone": False, "records": chunk}
            answer = self._session.request(method, f"{self._home}/composite/sobjects", json=body, timeout=PATIENCE)
            ids += self._count(act, _told(answer))
        return ids

    def _count(self, act: str, results: Sequence[Mapping[str, Any]]) -> list[str | None]:
        done = [result["id"] if result["success"] else None for result in results]
        self._tally.did(act, len(done) - done.count(None))
        for result in results:
            if not result["success"]:
                self._tally.was_refused(act, result["errors"][0]["statusCode"])
        return done


def _lower(name: str) -> str:
    """Collections name a record's id in lower case (salesforce.md 1.6)."""
    return "id" if name == "Id" else name


def _chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    return (list(values[start : start + CHUNK]) for start in range(0, len(values), CHUNK))


def _told(answer: requests.Response) -> Any:
    if not answer.ok:
        raise CrmFault(f"{answer.request.method} {answer.url[:200]}: {answer.status_code} {answer.text[:300]}")
    return json.loads(answer.content, parse_float=Decimal) if answer.content else None
