"""How does one REST call reach NetSuite? Budget, fresh signature, exact numbers, errors by meaning (netsuite.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import requests

from connectors.http import calling, exact_json, exact_text
from connectors.netsuite.auth import Signer
from connectors.netsuite.connection import Line
from connectors.netsuite.errors import Refusal, error_of, words_of_page
from flows.errors import Throttled, Transient, Unsettled
from flows.model import Priority
from mappings.values import Ref

UNAUTHORISED = 401
GOOD = range(200, 300)  # a redirect is no answer: it would carry the signature elsewhere


@dataclass(frozen=True, slots=True)
class Call:
    """One REST request: `path` below /services/rest, `body` any value that `exact` can write."""

    method: str
    path: str
    body: Any
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    write: bool = False


class Wire:
    """Sends REST calls. One instance a process, so that one access token serves all of them."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._signer = Signer(line.connection, line.session, line.clock)

    def send(self, call: Call, priority: Priority) -> requests.Response:
        """Return NetSuite's answer; raises the error that says what happens next."""
        reply = self._try(call, priority)
        if reply.status_code == UNAUTHORISED:
            # A token may have ended, or a nonce been spent by a refusal: one fresh signature, never a second, because
            # five failures lock the account for half an hour (netsuite.md 2.3).
            self._signer.forget()
            reply = self._try(call, priority)
        if reply.status_code in GOOD:
            return reply
        error = error_of(refusal_of(reply), write=call.write)
        if isinstance(error, Throttled):
            self._line.governor.refused()
        raise error

    def json(self, call: Call, priority: Priority) -> Any:
        """Return the answer's JSON with exact numbers."""
        reply = self.send(call, priority)
        try:
            return exact_json(reply)
        except ValueError as fault:
            kind = Unsettled if call.write else Transient
            raise kind("UNREADABLE", "NetSuite's answer is not JSON.") from fault

    def _try(self, call: Call, priority: Priority) -> requests.Response:
        line = self._line
        body = exact(call.body).encode()
        with line.governor.slot(priority, line.wait):
            auth = self._signer.auth()
            with calling("NetSuite", write=call.write):
                return line.session.request(
                    call.method,
                    f"{line.connection.rest}{call.path}",
                    params=dict(call.params),
                    data=body,
                    headers={"Content-Type": "application/json", **call.headers},
                    auth=auth,
                    timeout=line.connection.timeout,
                    allow_redirects=False,
                )


def refusal_of(reply: requests.Response) -> Refusal:
    """Return what a REST error body says (netsuite.md 3.5); proxies answer with pages, so anything may come."""
    status = reply.status_code
    try:
        body = exact_json(reply)
        detail = (body.get("o:errorDetails") or [{}])[0]
        code = detail.get("o:errorCode") or body.get("o:errorCode", "")
        return Refusal(detail.get("detail") or body.get("title", ""), code, status, path=detail.get("o:errorPath", ""))
    except (ValueError, AttributeError, TypeError):
        return Refusal(f"HTTP {status}: {words_of_page(reply.content)}", status=status)


def exact(value: Any) -> str:
    """Return a neutral value as REST wants it: references by id, dates as days, moments in UTC, numbers exact.

    >>> exact({"rate": Decimal("10.50"), "item": Ref("7")})
    '{"rate":10.50,"item":{"id":"7"}}'
    """
    return exact_text(_plain(value))


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case Ref():
            return {"id": value.id}
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return value
