"""How is a REST request served? Signed in, given a slot, carried out, answered as JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.account import Account
from sandbox.netsuite.documents import dump, load
from sandbox.netsuite.effort import Effort
from sandbox.netsuite.refusals import Refused
from sandbox.netsuite.rest import problems
from sandbox.netsuite.rest.oauth import Seen, sign_in
from sandbox.netsuite.rest.problems import Problem, from_refused, malformed
from sandbox.netsuite.service import Busy, Service, seen_host, trouble_of

MEDIA_TYPE = "application/vnd.oracle.resource+json; type=singular"
_PAGE = 1000


@dataclass(slots=True)
class Ask:
    """One REST call, read; `effort` grows as the call writes."""

    account: Account
    seen: Seen
    path: dict[str, Any]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    slots: int
    trouble: str = ""
    effort: Effort = field(default_factory=Effort)

    def json(self) -> Any:
        """Read the body as JSON with exact decimals."""
        try:
            return load(self.body)
        except ValueError as error:
            raise malformed("The body is no JSON.") from error

    def whole(self, name: str, otherwise: int) -> int:
        """Read a query parameter as a whole number from 0."""
        text = self.query.get(name, str(otherwise))
        if not text.isdecimal():
            raise Problem(400, "INVALID_PARAMETER", f"Invalid value '{text}' for the query parameter {name}.")
        return int(text)

    def page(self) -> tuple[int, int]:
        """Read the page asked for: limit 1 to 1000, offset a multiple of it (netsuite.md 3.1)."""
        limit, offset = self.whole("limit", _PAGE), self.whole("offset", 0)
        if not 0 < limit <= _PAGE or offset % limit:
            raise Problem(400, "INVALID_PARAMETER", "The limit is 1 to 1000 and the offset a multiple of it.")
        return limit, offset


Work = Callable[[Ask], Response]


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None, media: str = MEDIA_TYPE) -> Response:
    """Answer with a JSON body, decimals exact."""
    return Response(dump(body), status, headers, media)


def refusal(problem: Problem) -> Response:
    """Answer with an error body."""
    return as_json(problem.body(), problem.status, problem.headers, problems.MEDIA_TYPE)


def as_seen(request: Request) -> Seen:
    """Give the request as its caller sees it, which is what the caller signed."""
    scheme, host = seen_host(request)
    raw = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope["query_string"].decode("latin-1")
    return Seen(request.method, scheme, host, raw.partition(b"?")[0].decode("latin-1"), query)


class RestEndpoint:
    """Wraps one piece of work in what every REST call goes through."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def __call__(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        """Make an endpoint of a piece of work."""

        async def endpoint(request: Request) -> Response:
            try:
                return await self._serve(request, work)
            except Busy:
                return refusal(problems.busy())
            except Refused as refused:
                return refusal(from_refused(refused))
            except Problem as problem:
                return refusal(problem)

        return endpoint

    async def _serve(self, request: Request, work: Work) -> Response:
        service, seen, trouble = self._service, as_seen(request), trouble_of(request)
        if trouble == "expire":
            service.door.expire()
            raise problems.unwelcome(bearer=True, realm=service.door.keys.account)
        sign_in(service.door, seen, request.headers.get("authorization", ""))
        ask = Ask(
            account=service.account,
            seen=seen,
            path=request.path_params,
            query=dict(parse_qsl(seen.query, keep_blank_values=True)),
            headers=dict(request.headers),
            body=await request.body(),
            slots=service.slots,
            trouble=trouble,
        )
        async with service.slot(trouble):
            answer = work(ask)
            await service.pace(ask.effort)
        return answer
