"""How does one request stand inside another? It goes to the same endpoints, without waiting for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from sandbox.salesforce.calls import version_of
from sandbox.salesforce.refusals import Refused, not_found
from sandbox.salesforce.table import Table

T = TypeVar("T")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
TOLD = ("Location", "ETag", "Last-Modified")  # the headers of an inner answer that the outer one repeats
OK = 400  # statuses below it are no failures
ROOT = "/services/data/"
UNFIT = re.compile(
    r"(composite(/(batch|graph|tree).*)?|jobs/.*|tooling/.*)/?", re.IGNORECASE
)  # never inside another request


@dataclass(frozen=True)
class Sub:
    """One request inside another; `url` may hold spaces as they are (salesforce.md 1.6)."""

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answered:
    """What an inner request was answered; `body` is JSON, or None where there is none."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Tell whether the request failed."""
        return self.status >= OK


class Inner:
    """Answers requests inside requests."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def answer(self, sub: Sub, outer: Request) -> Answered:
        """Answer one; a refusal is an answer too."""
        try:
            return _told(at_once(self._run(sub, outer)))
        except Refused as refused:
            return refused_as(refused)

    async def _run(self, sub: Sub, outer: Request) -> Response:
        if sub.method not in METHODS:
            raise Refused("METHOD_NOT_ALLOWED", f"HTTP Method '{sub.method}' not allowed", 405)
        request = _request(sub, outer)
        version_of(request)
        if UNFIT.fullmatch(request.path_params["rest"]):
            raise Refused(
                "PROCESSING_HALTED", f"The resource {sub.url.partition('?')[0]} cannot stand in a composite request"
            )
        return await self._table.answer(request)


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that has nothing to wait for, so that nothing comes between the parts of a transaction."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return] # what the coroutine returns
    coroutine.close()
    raise RuntimeError("an endpoint waited inside another request")


def refused_as(refused: Refused) -> Answered:
    """Return a refusal as an answer."""
    return _told(refused.response())


def _request(sub: Sub, outer: Request) -> Request:
    path, _, query = sub.url.partition("?")
    path = unquote(path)
    version, _, rest = _below_root(path).partition("/")
    body = b"" if sub.body is None else json.dumps(sub.body).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        **outer.scope, "method": sub.method, "path": path, "raw_path": sub.url.partition("?")[0].encode(),
        "query_string": quote(query, safe="%/:?#[]@!$&'()*+,;=~ ").encode(), "headers": _headers(sub, outer),
        "path_params": {"version": version, "rest": rest}, "fault": None,
    }  # fmt: skip
    for kept in ("state", "app", "router", "endpoint"):
        scope.pop(kept, None)
    return Request(scope, receive)


def _below_root(path: str) -> str:
    """Return what follows `/services/data/v`; a batch names its requests from the version on."""
    for root in (ROOT, "/", ""):
        if path.lower().startswith(f"{root}v"):
            return path[len(root) + 1 :]
    raise not_found()


def _headers(sub: Sub, outer: Request) -> list[tuple[bytes, bytes]]:
    own = {name.lower().encode(): str(value).encode() for name, value in sub.headers.items()}
    dropped = {b"content-length", b"transfer-encoding", b"content-encoding", b"if-modified-since", *own}
    return [pair for pair in outer.scope["headers"] if pair[0] not in dropped] + list(own.items())


def _told(response: Response) -> Answered:
    headers = {name: response.headers[name] for name in TOLD if name in response.headers}
    body = json.loads(bytes(response.body)) if response.body else None
    return Answered(response.status_code, body, headers)
