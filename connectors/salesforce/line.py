"""How is one call to Salesforce made? Budget, sign-in, the call by simple-salesforce, and its refusal as our error."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar, cast

import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from connectors.http import Patient, calling, exact_text, session
from connectors.salesforce.auth import SignIn, Token
from connectors.salesforce.connection import Connection
from connectors.salesforce.errors import Expired, decoded, error_of, refusal_of
from flows.errors import IsthmusError, Throttled, Transient
from flows.model import Priority

T = TypeVar("T")
CALLER = "client=isthmus"  # change events then name their origin, so that our own echoes are known (salesforce.md 0.9)
WAIT = 5.0  # seconds for a slot


class Governor(Protocol):
    """The org's shared budget of concurrent calls."""

    def slot(self, priority: Priority, wait: float) -> AbstractContextManager[object]:
        """Hold one of the slots; raises Throttled when none is free within `wait` seconds."""

    def refused(self) -> object:
        """Learn that the org refused a call for concurrency."""


class Day(Protocol):
    """The org's shared budget of calls a day."""

    def admit(self, priority: Priority) -> None:
        """Let the call pass, or raise Throttled."""

    def learn(self, limit_info: str) -> None:
        """Remember what an answer's `Sforce-Limit-Info` says."""

    def spent(self) -> None:
        """Learn that the day's calls are used up."""


@dataclass(frozen=True)
class Budgets:
    """The shared limits that every call keeps to."""

    governor: Governor
    day: Day


class Plain(Patient):
    """Speaks http where https is asked: simple-salesforce knows nothing else, and a twin on loopback needs no TLS."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send the request to the same host and port without TLS."""
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


class Line:
    """The one way to the org, for all threads of a process."""

    def __init__(self, connection: Connection, budgets: Budgets, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._budgets = budgets
        self._session = session(connection.timeout)
        self._session.hooks["response"].append(self._learn)
        if connection.scheme == "http":
            self._session.mount(f"https://{connection.host}/", Plain(connection.timeout))
        self._sign_in = SignIn(connection, self._session, clock)

    @property
    def sign_in(self) -> SignIn:
        """The process's sign-in, for calls that are no REST."""
        return self._sign_in

    def get(self, path: str, priority: Priority, params: Mapping[str, str] | None = None) -> Any:
        """Return the decoded answer of a GET below the version's root, fractions as Decimal; up to three tries."""
        return self.read(lambda client: client.restful(path, params=params), priority)

    def query(self, soql: str, priority: Priority) -> Any:
        """Return the first page of a query's answer."""
        return self.read(lambda client: client.query(soql), priority)

    def more(self, url: str, priority: Priority) -> Any:
        """Return a further page by its `nextRecordsUrl`."""
        return self.read(lambda client: client.query_more(url, identifier_is_url=True), priority)

    def change(self, method: str, path: str, body: Any, priority: Priority) -> Any:
        """Send one write with an exact JSON body; never repeated, for its outcome may be unknown."""
        text = exact_text(body).encode()
        return self._call(lambda client: client.restful(path, method=method, data=text), priority, write=True)

    def upload(self, path: str, content: bytes, priority: Priority) -> None:
        """Send the rows of a job as CSV; never repeated, for a job takes one upload."""

        def act(client: Salesforce) -> None:
            headers = {**client.headers, "Content-Type": "text/csv; charset=UTF-8"}
            _whole(path, self._session.put(f"{client.base_url}{path}", data=content, headers=headers))

        self._call(act, priority, write=True)

    def ask(self, method: str, path: str, body: Any, priority: Priority) -> Any:
        """Return the decoded answer of a call that may be repeated though it is no GET: a job changes no record."""
        text = None if body is None else exact_text(body).encode()
        return self.read(lambda client: client.restful(path, method=method, data=text), priority)

    def fetch(self, path: str, parse: Callable[[requests.Response], T], priority: Priority) -> T:
        """Return what `parse` makes of an answer that is not JSON; what it finds torn (Transient) is fetched again."""

        def act(client: Salesforce) -> T:
            return parse(_whole(path, self._session.get(f"{client.base_url}{path}", headers=client.headers)))

        return self.read(act, priority)

    def read(self, act: Callable[[Salesforce], T], priority: Priority) -> T:
        """Make a call that changes nothing; up to three tries, for what may pass within a second or two."""
        tries = Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(3),
            wait=wait_random_exponential(multiplier=0.2, max=2),
            reraise=True,
        )
        return cast("T", tries(self._call, act, priority, write=False))

    def _call(self, act: Callable[[Salesforce], T], priority: Priority, *, write: bool) -> T:
        self._budgets.day.admit(priority)
        with self._budgets.governor.slot(priority, WAIT):
            token = self._sign_in.token()
            try:
                return self._once(act, token, write=write)
            except Expired:  # refused before anything was done, so even a write may go again
                self._sign_in.forget(token)
                return self._once(act, self._sign_in.token(), write=write)

    def _once(self, act: Callable[[Salesforce], T], token: Token, *, write: bool) -> T:
        with calling("Salesforce", write=write):
            try:
                return act(self._client(token))
            except SalesforceError as fault:
                error = error_of(refusal_of(int(fault.status), fault.content), write=write)
        self._slow_down(error)
        raise error

    def _client(self, token: Token) -> Salesforce:
        """Return a client that cannot sign in by itself: its renewal recurses and drops headers (salesforce.md 2.5)."""
        client = Salesforce(
            session_id=token.value,
            instance_url=token.instance,
            version=self._connection.api_version,
            session=self._session,
            parse_float=Decimal,
            object_pairs_hook=None,
        )
        client.headers["Sforce-Call-Options"] = CALLER
        del client.headers["X-PrettyPrint"]
        return client

    def _slow_down(self, error: IsthmusError) -> None:
        if not isinstance(error, Throttled):
            return
        if error.code == "DAILY_LIMIT":
            self._budgets.day.spent()
        else:
            self._budgets.governor.refused()

    def _learn(self, response: requests.Response, **_: Any) -> None:
        self._budgets.day.learn(response.headers.get("Sforce-Limit-Info", ""))


def _whole(path: str, reply: requests.Response) -> requests.Response:
    if not reply.ok:
        raise SalesforceError(path, reply.status_code, path, decoded(reply.content))
    return reply
