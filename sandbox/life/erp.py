"""How do people's clicks reach the account? A plain REST client: questions in SuiteQL, records and what is made of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from requests_oauthlib import OAuth1

from sandbox.life.tally import Tally

RECORDS, QUESTIONS = "/services/rest/record/v1", "/services/rest/query/v1/suiteql"
PAGE, PATIENCE, HANDS = 1000, 120, 4  # four hands at once leave one of the account's five slots free
TRIES, BUSY = 8, frozenset({429, 503})
Record = dict[str, Any]
T = TypeVar("T")


class ErpFault(Exception):
    """The account did not answer as it should; the message says what it said."""


@dataclass(frozen=True)
class Keys:
    """What the account lets in."""

    account: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str


class Erp:
    """The account as finance people see it; what it refuses is tallied."""

    def __init__(self, url: str, keys: Keys, tally: Tally) -> None:
        self._url = url
        self._keys = keys
        self._tally = tally
        self._own = threading.local()  # a session each for every hand
        self._rest = threading.Event()

    def ask(self, query: str) -> list[Mapping[str, str]]:
        """Return the rows of a question, page by page, before anything is done with them; its ORDER BY must be total."""
        rows: list[Mapping[str, str]] = []
        offset, more = 0, True
        while more:
            page = {"limit": str(PAGE), "offset": str(offset)}
            answer = self._call("POST", QUESTIONS, {"q": query}, page, prefer="transient")
            if not answer.ok:
                raise ErpFault(f"{query[:200]}: {answer.status_code} {answer.text[:300]}")
            body = answer.json()
            rows += body["items"]
            more, offset = bool(body.get("hasMore")), offset + PAGE
        return rows

    def create(self, act: str, kind: str, record: Record) -> str | None:
        """Create a record; returns its id, or None when it was refused."""
        return self._do(act, "POST", f"{RECORDS}/{kind}", record)

    def make(self, act: str, source: tuple[str, str], kind: str, changes: Record) -> str | None:
        """Make a record of another kind out of one, e.g. an invoice of an order; returns its id."""
        return self._do(act, "POST", f"{RECORDS}/{source[0]}/{source[1]}/!transform/{kind}", changes)

    def change(self, act: str, kind: str, key: str, changes: Record) -> str | None:
        """Change a record."""
        return self._do(act, "PATCH", f"{RECORDS}/{kind}/{key}", changes)

    def delete(self, act: str, kind: str, key: str) -> str | None:
        """Delete a record."""
        return self._do(act, "DELETE", f"{RECORDS}/{kind}/{key}", None)

    def void(self, act: str, kind: str, key: str) -> None:
        """Void a transaction; no web service does, so it is done as on its page."""
        answer = requests.post(f"{self._url}/_twin/void", json={"type": kind, "id": key}, timeout=PATIENCE)
        if answer.ok:
            self._tally.did(act)
        else:
            self._tally.was_refused(act, str(answer.json().get("error", answer.status_code)).partition(":")[0])

    def read(self, kind: str, key: str) -> Record:
        """Return a record with its lines."""
        answer = self._call("GET", f"{RECORDS}/{kind}/{key}", None, {"expandSubResources": "true"})
        if not answer.ok:
            raise ErpFault(f"{kind} {key}: {answer.status_code} {answer.text[:300]}")
        found: Record = answer.json()
        return found

    def each(self, work: Callable[[T], object], things: Sequence[T]) -> None:
        """Do the same with each of many things, with several hands at once."""
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(work, things))

    def _do(self, act: str, method: str, path: str, body: Record | None) -> str | None:
        answer = self._call(method, path, body)
        if answer.ok:
            self._tally.did(act)
            return answer.headers.get("Location", path).rpartition("/")[2]
        told = json.loads(answer.content) if answer.content else {}
        codes = [one.get("o:errorCode", "") for one in told.get("o:errorDetails", ())]
        self._tally.was_refused(act, f"{answer.status_code} {' '.join(codes)}".strip())
        return None

    def _call(
        self, method: str, path: str, body: Record | None, query: Mapping[str, str] | None = None, prefer: str = ""
    ) -> requests.Response:
        headers = {"Prefer": prefer} if prefer else {}
        address = f"{self._url}{path}"
        for trial in range(TRIES):
            answer = self._session.request(
                method, address, params=query, json=body, headers=headers, auth=self._signed(), timeout=PATIENCE
            )
            if answer.status_code not in BUSY:
                break
            self._rest.wait(0.1 * 2**trial)  # all slots are taken: a person clicks again
        return answer

    @property
    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
        session: requests.Session = self._own.session
        return session

    def _signed(self) -> OAuth1:
        keys = self._keys
        secrets = (keys.consumer_key, keys.consumer_secret, keys.token_id, keys.token_secret)
        return OAuth1(*secrets, realm=keys.account, signature_method="HMAC-SHA256")
