"""What does one REST call ask? Its address as the caller sees it, its headers and its body, read once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.netsuite.account import Account
from sandbox.netsuite.documents import dump, load
from sandbox.netsuite.effort import Effort
from sandbox.netsuite.jobs import Jobs
from sandbox.netsuite.rest import problems
from sandbox.netsuite.rest.oauth import Seen
from sandbox.netsuite.rest.problems import Problem, bad_parameter, malformed
from sandbox.netsuite.service import seen_host

SINGULAR = "application/vnd.oracle.resource+json; type=singular"
COLLECTION = "application/vnd.oracle.resource+json; type=collection"
RECORDS = "/services/rest/record/v1"
_PAGE = 1000


@dataclass(slots=True)
class Ask:
    """One REST call, read; `path` holds what the route found in the address, `effort` grows as the call writes."""

    account: Account
    jobs: Jobs
    seen: Seen
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    slots: int
    trouble: str = ""
    path: dict[str, Any] = field(default_factory=dict)
    effort: Effort = field(default_factory=Effort)

    def json(self) -> Any:
        """Read the body as JSON with exact decimals."""
        try:
            return load(self.body)
        except ValueError as error:
            raise malformed("Provide a valid JSON document.") from error

    def flag(self, name: str) -> bool:
        """Read a query parameter as a boolean; clients write `True` as well as `true` (clients.md)."""
        return self.query.get(name, "").lower() == "true"

    def named(self, name: str) -> list[str]:
        """Read a query parameter as a list of names."""
        return [one.strip() for one in self.query.get(name, "").split(",") if one.strip()]

    def whole(self, name: str, otherwise: int) -> int:
        """Read a query parameter as a whole number from 0."""
        text = self.query.get(name, str(otherwise))
        if not text.isdecimal():
            raise bad_parameter(name, f"Invalid value '{text}' for the query parameter '{name}'. Provide a number.")
        return int(text)

    def page(self) -> tuple[int, int]:
        """Read the page asked for: limit 1 to 1000, offset a multiple of it (netsuite.md 3.1)."""
        limit, offset = self.whole("limit", _PAGE), self.whole("offset", 0)
        if not 0 < limit <= _PAGE:
            raise bad_parameter("limit", f"Invalid limit '{limit}'. Provide a number from 1 to {_PAGE}.")
        if offset % limit:
            raise bad_parameter("offset", f"Invalid offset '{offset}'. The offset must be divisible by the limit.")
        return limit, offset


Work = Callable[[Ask], Response]


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None, media: str = SINGULAR) -> Response:
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
